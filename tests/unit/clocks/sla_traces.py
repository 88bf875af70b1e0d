"""Short words for the traces and policies that the tests of SLA clocks are about."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.domain.calendars import ALWAYS, Calendar, Span
from bot.domain.sla import (
    Metric,
    PrioritySet,
    SlaClock,
    SlaPolicy,
    Speaker,
    Spoke,
    StatusSet,
    TraceEntry,
    WarnAt,
    clocks,
)

HOUR = timedelta(hours=1)


def at(text: str) -> datetime:
    """A clock time on Monday 2 March 2026, or `3 08:30` on another day of that month; UTC."""
    day, _, clock = text.rpartition(" ")
    return datetime.fromisoformat(f"2026-03-{int(day or 2):02}T{clock}:00+00:00")


def customer(when: str) -> TraceEntry:
    return Spoke(at=at(when), by=Speaker.CUSTOMER, public=True)


def agent(when: str, *, public: bool = True) -> TraceEntry:
    return Spoke(at=at(when), by=Speaker.AGENT, public=public)


def status(when: str, word: str) -> TraceEntry:
    return StatusSet(at=at(when), status=word)


def priority(when: str, word: str) -> TraceEntry:
    return PrioritySet(at=at(when), priority=word)


OFFICE = Calendar(
    name="office",
    timezone=ZoneInfo("UTC"),
    week=dict.fromkeys(range(5), (Span.parse("09:00-17:00"),)),
    holidays=frozenset(),
)


def policy(
    metric: Metric = Metric.RESOLUTION, *warn: WarnAt, hours: Calendar = ALWAYS, **targets: float
) -> SlaPolicy:
    """One metric's targets in hours by priority; `normal` has one hour unless told otherwise."""
    promised = {word: {metric: n * HOUR} for word, n in ({"normal": 1.0} | targets).items()}
    return SlaPolicy(name="standard", calendar=hours, targets=promised, warn=warn)


def only(metric: Metric, found: Sequence[SlaClock]) -> list[SlaClock]:
    return [clock for clock in found if clock.metric is metric]


def one(trace: Iterable[TraceEntry], promised: SlaPolicy, until: str) -> SlaClock:
    """The last clock of the metric that the policy promises."""
    metric = next(iter(promised.targets["normal"]))
    return only(metric, clocks(trace, promised, at(until)))[-1]


CREATED = (customer("09:00"), priority("09:00", "normal"))
