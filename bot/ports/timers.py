"""Timers: deadlines as rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Timer:
    """A leased deadline: `kind` names the pass that handles it, `subject` what it is about."""

    id: int
    kind: str
    subject: str
    due_at: datetime
    attempt: int


class Timers(Protocol):
    """Deadlines as rows; one for each (kind, subject)."""

    async def lease(self, limit: int, lease: timedelta, now: datetime) -> Sequence[Timer]:
        """Take timers that are due."""
        ...

    async def postpone(self, timer: Timer, until: datetime) -> bool:
        """Give the timer back, fenced by its attempt (its handling failed)."""
        ...

    async def overdue(self, now: datetime) -> timedelta:
        """How late the most overdue timer is; zero when none is."""
        ...


class TimerArm(Protocol):
    """Timers as a unit of work sees them."""

    async def arm(self, kind: str, subject: str, due_at: datetime) -> None:
        """Set the deadline, replacing the one of the same kind and subject."""
        ...

    async def disarm(self, kind: str, subject: str) -> None:
        """Take the deadline away; nothing happens when there is none."""
        ...

    async def finish(self, timer: Timer) -> bool:
        """End a leased timer (unless it was armed anew); False when the lease was lost."""
        ...
