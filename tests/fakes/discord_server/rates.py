"""Rate limits as Discord tells them: buckets by header, a global limit, and the invalid requests.

Measured in real seconds, since the client waits in real seconds. Out of the box every bucket is
wide and the global limit is off, so that a story in fast-forward is not slowed down; tests
tighten them.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256

BAN_AFTER = 10_000
BAN_WINDOW = timedelta(minutes=10)
WIDE = 1000
EVERYWHERE = {"X-RateLimit-Scope": "global", "X-RateLimit-Global": "true"}


@dataclass(frozen=True, slots=True)
class Limit:
    """So many calls in so many seconds."""

    calls: int
    seconds: float


@dataclass(slots=True)
class _Bucket:
    limit: Limit
    used: int = 0
    resets_at: float = 0.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the limits say to one call; `retry_after` above zero refuses it."""

    headers: dict[str, str]
    retry_after: float = 0.0
    everywhere: bool = False


@dataclass(slots=True)
class Rates:
    """Judges each call; `tick` gives real seconds."""

    tick: Callable[[], float] = time.monotonic
    ban_after: int = BAN_AFTER
    invalid: deque[datetime] = field(default_factory=deque)
    refused: int = 0
    _limits: dict[str, Limit] = field(default_factory=dict)
    _buckets: dict[tuple[str, str], _Bucket] = field(default_factory=dict)
    _everywhere: _Bucket | None = None

    def limit(self, route: str, calls: int, seconds: float) -> None:
        """Tighten a route's bucket, e.g. 5 calls in 5 s for each channel."""
        self._limits[route] = Limit(calls, seconds)
        self._buckets.clear()

    def limit_everywhere(self, calls: int = 50, seconds: float = 1.0) -> None:
        """Switch the global limit on; interaction answers are outside it."""
        self._everywhere = _Bucket(Limit(calls, seconds))

    def judge(self, route: str, major: str, at: datetime, *, counted: bool) -> Verdict:
        """Take one call from its buckets; `counted` ones also from the global limit."""
        if counted and self._everywhere is not None:
            wait = self._take(self._everywhere)
            if wait:
                self.refused += 1
                return Verdict(EVERYWHERE, wait, everywhere=True)
        bucket = self._buckets.setdefault(
            (route, major), _Bucket(self._limits.get(route, Limit(WIDE, 1.0)))
        )
        wait = self._take(bucket)
        self.refused += bool(wait)
        return Verdict(self._headers(route, bucket, at), wait)

    def _take(self, bucket: _Bucket) -> float:
        now = self.tick()
        if now >= bucket.resets_at:
            bucket.used, bucket.resets_at = 0, now + bucket.limit.seconds
        if bucket.used >= bucket.limit.calls:
            return bucket.resets_at - now
        bucket.used += 1
        return 0.0

    def _headers(self, route: str, bucket: _Bucket, at: datetime) -> dict[str, str]:
        left = bucket.resets_at - self.tick()
        return {
            "X-RateLimit-Limit": str(bucket.limit.calls),
            "X-RateLimit-Remaining": str(bucket.limit.calls - bucket.used),
            "X-RateLimit-Reset": f"{at.timestamp() + left:.3f}",
            "X-RateLimit-Reset-After": f"{left:.3f}",
            "X-RateLimit-Bucket": sha256(route.encode()).hexdigest()[:32],
            "X-RateLimit-Scope": "user",
        }

    def note(self, status: int, scope: str | None, at: datetime) -> None:
        """Count an answer that Discord calls invalid: 401, 403, and 429 outside shared buckets."""
        if status in {401, 403, 429} and scope != "shared":
            self.invalid.append(at)

    def banned(self, at: datetime) -> bool:
        """Too many invalid requests within ten minutes: the edge answers, not Discord."""
        while self.invalid and self.invalid[0] <= at - BAN_WINDOW:
            self.invalid.popleft()
        return len(self.invalid) >= self.ban_after
