"""How often somebody may do something: a bucket of tokens for each, refilled evenly (R6)."""

from __future__ import annotations

from typing import Final

MINUTE: Final = 60.0
MAX_KEYS: Final = 20_000


class Rate:
    """At most so many a minute for each key; as many again at once after a minute of silence."""

    def __init__(self, per_minute: int) -> None:
        self._most = float(per_minute)
        self._buckets: dict[str, tuple[float, float]] = {}

    def allows(self, key: str, now: float) -> bool:
        """Whether one more is within the rate at `now` (seconds of any steady clock)."""
        left, since = self._buckets.pop(key, (self._most, now))
        left = min(self._most, left + (now - since) * self._most / MINUTE)
        if len(self._buckets) >= MAX_KEYS:
            self._forget(now)
        # The newest stand last: the oldest are forgotten first.
        self._buckets[key] = (left - 1 if left >= 1 else left, now)
        return left >= 1

    def _forget(self, now: float) -> None:
        """Drop the oldest: buckets that are full again, and a tenth of the others if need be."""
        oldest = list(self._buckets)[: MAX_KEYS // 10]
        full = [key for key, (_, since) in self._buckets.items() if now - since >= MINUTE]
        for key in full or oldest:
            del self._buckets[key]
