"""How long what is no longer needed is kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """Since when something may be forgotten; what tickets hold is not meant."""

    raw_mail: timedelta = timedelta(days=30)
    quarantine: timedelta = timedelta(days=90)
    seen: timedelta = timedelta(days=30)
    sent: timedelta = timedelta(days=30)
    feed: timedelta = timedelta(days=365)
