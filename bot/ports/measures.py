"""Time and measure: the clock that the core reads, and the meter that counts."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """The only source of the present instant for the core."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        ...


class Meter(Protocol):
    """Where decisions and durations are counted; names carry no `deskhand_` prefix."""

    def count(self, name: str, amount: float = 1, **labels: str) -> None:
        """Add to a counter."""
        ...

    def observe(self, name: str, value: float, **labels: str) -> None:
        """Add an observation, in seconds, to a histogram."""
        ...

    def gauge(self, name: str, value: float, **labels: str) -> None:
        """Set a gauge."""
        ...
