"""A reply that somebody began and did not send."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """One person's unsent reply on one ticket; `then` is what was to come after it, or empty."""

    person: str
    item: int
    text: str
    then: str = ""
    at: datetime
