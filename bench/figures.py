"""A figure: what was measured, its goal, and what stands behind it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil
from statistics import median


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A measured value; the goal is a lower bound if `more_is_better`, else an upper one."""

    name: str
    value: float
    unit: str
    goal: float
    more_is_better: bool = False
    details: Mapping[str, float | str] = field(default_factory=dict)

    @property
    def met(self) -> bool:
        """Whether the goal is reached."""
        return self.value >= self.goal if self.more_is_better else self.value <= self.goal


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """One turn of ours and one of the limit, right after each other."""

    ours: float
    limit: float


def ratio(rounds: Sequence[Round]) -> float:
    """The median of the rounds' ratios: what slows the machine down meets both sides of a round."""
    return median(each.ours / each.limit for each in rounds)


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least this share (0 to 1) of the values do not exceed."""
    return sorted(values)[max(ceil(share * len(values)) - 1, 0)]


def milliseconds(seconds: float) -> float:
    """Rounded to a tenth."""
    return round(seconds * 1000, 1)
