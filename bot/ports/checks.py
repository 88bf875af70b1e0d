"""What an adapter finds when an operator asks whether it would work."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """How a check is to be taken."""

    FINE = "fine"
    CARE = "care"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that was tried: how it went, in words, and what to do about it."""

    verdict: Verdict
    part: str
    words: str
    fix: str = ""
