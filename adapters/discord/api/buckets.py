"""Discord's rate limits as its headers tell them: who must wait, and for how long.

https://discord.com/developers/docs/topics/rate-limits. Nothing is hard-coded but the limit of all
requests together, which no header tells. Times are seconds of the event loop's clock.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from adapters.discord.api.routes import Route
from bot.errors import TemporaryError

# Discord allows 50 requests in a second; other instances may share the token.
PER_SECOND: Final = 40
MAX_BUCKETS: Final = 2000


@dataclass(slots=True)
class _Bucket:
    """So many requests are left until a time; unknown until the first answer."""

    known: bool = False
    limit: int = 1
    left: int = 1
    flying: int = 0
    resets_at: float = 0.0
    span: float = 1.0
    blocked_until: float = 0.0
    learnt: asyncio.Event = field(default_factory=asyncio.Event)

    def wait(self, now: float) -> float:
        """Seconds until a request may go; negative: until the first answer is there."""
        if now < self.blocked_until:
            return self.blocked_until - now
        if not self.known:
            return -1.0 if self.flying else 0.0
        if now >= self.resets_at:
            self.left = self.limit - self.flying
            self.resets_at = now + self.span
        return 0.0 if self.left > 0 else max(0.01, self.resets_at - now)

    def idle(self, now: float) -> bool:
        return not self.flying and now >= max(self.resets_at, self.blocked_until)


class Buckets:
    """Lets requests go, or tells how long they have to wait."""

    def __init__(self, patience: timedelta, now: Callable[[], float]) -> None:
        self._patience = patience.total_seconds()
        self._now = now
        self._names: dict[str, str] = {}
        self._buckets: dict[tuple[str, str], _Bucket] = {}
        self._recent: deque[float] = deque(maxlen=PER_SECOND)
        self._blocked_until = 0.0

    async def admit(self, route: Route) -> None:
        """Return when the request may go; TemporaryError when that is longer than bearable."""
        give_up = self._now() + self._patience
        while True:
            bucket = self._bucket(route)
            wait = self._wait(bucket)
            if not wait:
                break
            if wait > 0 and self._now() + wait > give_up:
                words = f"Discord's limit of {route.key} is used up"
                raise TemporaryError(words, retry_after=timedelta(seconds=wait))
            await self._pause(bucket, wait, give_up)
        bucket.left -= 1
        bucket.flying += 1
        self._recent.append(self._now())

    def landed(self, route: Route, headers: Mapping[str, str]) -> None:
        """Note what the answer's headers say; without an answer there are none."""
        bucket = self._bucket(route)
        bucket.flying = max(0, bucket.flying - 1)
        if name := headers.get("X-RateLimit-Bucket", ""):
            bucket = self._named(route, name, bucket)
        if "X-RateLimit-Remaining" in headers:
            self._learn(bucket, headers)
        bucket.learnt.set()
        bucket.learnt = asyncio.Event()

    def block(self, wait: timedelta, route: Route, *, everywhere: bool) -> None:
        """Discord said: not before then."""
        until = self._now() + wait.total_seconds()
        if everywhere:
            self._blocked_until = max(self._blocked_until, until)
            return
        bucket = self._bucket(route)
        bucket.known, bucket.blocked_until = False, until

    async def _pause(self, bucket: _Bucket, wait: float, give_up: float) -> None:
        if wait > 0:
            await asyncio.sleep(wait)
            return
        try:
            async with asyncio.timeout(max(0.0, give_up - self._now())):
                await bucket.learnt.wait()
        except TimeoutError:
            raise TemporaryError("Discord is slow to answer") from None

    def _wait(self, bucket: _Bucket) -> float:
        now = self._now()
        if now < self._blocked_until:
            return self._blocked_until - now
        full = len(self._recent) == PER_SECOND and now - self._recent[0] < 1.0
        return max(0.01, self._recent[0] + 1.0 - now) if full else bucket.wait(now)

    def _learn(self, bucket: _Bucket, headers: Mapping[str, str]) -> None:
        """An answer that overtook another one may not give back what that one has taken."""
        limit = _number(headers, "X-RateLimit-Limit", 1)
        left = int(_number(headers, "X-RateLimit-Remaining", 0))
        reset = self._now() + _number(headers, "X-RateLimit-Reset-After", 1)
        fresh = not bucket.known or reset > bucket.resets_at + bucket.span / 2
        bucket.left = left - bucket.flying if fresh else min(bucket.left, left)
        bucket.span = max(reset - self._now(), bucket.span if bucket.known and not fresh else 0.05)
        bucket.known, bucket.limit, bucket.resets_at = True, max(1, int(limit)), reset

    def _bucket(self, route: Route) -> _Bucket:
        key = (self._names.get(route.key, route.key), route.major)
        found = self._buckets.get(key)
        if found is None:
            self._make_room()
            found = self._buckets[key] = _Bucket()
        return found

    def _named(self, route: Route, name: str, bucket: _Bucket) -> _Bucket:
        """Routes with the same name share a bucket."""
        if self._names.get(route.key) == name:
            return bucket
        self._buckets.pop((self._names.get(route.key, route.key), route.major), None)
        self._names[route.key] = name
        return self._buckets.setdefault((name, route.major), bucket)

    def _make_room(self) -> None:
        if len(self._buckets) >= MAX_BUCKETS:
            now = self._now()
            self._buckets = {k: b for k, b in self._buckets.items() if not b.idle(now)}


def _number(headers: Mapping[str, str], name: str, otherwise: float) -> float:
    try:
        return float(headers.get(name, otherwise))
    except ValueError:
        return otherwise
