"""The one place where the product reads the time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class SystemClock:
    """The machine's wall clock, in UTC."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        return datetime.now(UTC)


class DemoClock:
    """A wall clock that can be pushed forward, so that a demonstration need not wait for hours."""

    def __init__(self) -> None:
        self._ahead = timedelta()

    @property
    def ahead(self) -> timedelta:
        """How far it was pushed."""
        return self._ahead

    def now(self) -> datetime:
        """The present instant plus what it was pushed forward."""
        return datetime.now(UTC) + self._ahead

    def push(self, by: timedelta) -> None:
        """Move forward; ValueError for a step back."""
        if by < timedelta():
            raise ValueError("a clock is only pushed forward")
        self._ahead += by


class ManualClock:
    """A clock that stands still until it is told to move; for tests and for replaying a story."""

    def __init__(self, now: datetime) -> None:
        self._now = now

    def now(self) -> datetime:
        """The instant it was last set to."""
        return self._now

    def push(self, by: timedelta) -> None:
        """Move forward by that much."""
        self._now += by
