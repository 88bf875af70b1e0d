"""Faults on purpose: what the next calls, or all of them, shall run into."""

from __future__ import annotations

import asyncio
import random
from collections import defaultdict, deque
from dataclasses import dataclass, field

ANY = "*"
WRITES = frozenset({"chat.postMessage", "chat.update", "chat.postEphemeral"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One fault; `done` says that the effect happens first, and only its answer is spoiled."""

    name: str
    done: bool = False
    status: int = 200
    error: str = ""
    retry_after: int = 0


def limited(seconds: int = 1) -> Fault:
    """429 with Retry-After; nothing happened."""
    return Fault(name="limited", status=429, error="ratelimited", retry_after=seconds)


def failing(status: int = 500, *, done: bool = False) -> Fault:
    """A bare HTTP status such as 500 or 503, with a page that is no JSON."""
    return Fault(name=f"http {status}", status=status, done=done)


def saying(error: str, *, done: bool = False) -> Fault:
    """200 with ok=false and this error; `done` for fatal_error after the effect."""
    return Fault(name=error, error=error, done=done)


def lost_answer() -> Fault:
    """The effect happens, and the connection is reset before the answer."""
    return Fault(name="lost answer", done=True)


def dropped() -> Fault:
    """The connection is reset, and nothing happened."""
    return Fault(name="dropped")


def hanging(*, done: bool = False) -> Fault:
    """No answer until `Faults.release` or the server stops."""
    return Fault(name="hanging", done=done)


def slow() -> Fault:
    """The effect and the answer come only after `Faults.release`."""
    return Fault(name="slow", done=True)


@dataclass(slots=True)
class Faults:
    """The plan: ordered faults of one method come first, then those of any, then the outage."""

    waiting: int = 0
    _next: defaultdict[str, deque[Fault | None]] = field(default_factory=lambda: defaultdict(deque))
    _always: dict[str, Fault] = field(default_factory=dict)
    _rate: float = 0.0
    _dice: random.Random = field(default_factory=random.Random)
    _writes: frozenset[str] = frozenset()
    _released: asyncio.Event = field(default_factory=asyncio.Event)

    def then(self, method: str, *faults: Fault | None, times: int = 1) -> None:
        """Add to what the next calls of a method (`ANY` for all) run into; None lets one pass."""
        for _ in range(times):
            self._next[method].extend(faults)

    def always(self, fault: Fault | None, method: str = ANY) -> None:
        """Every call fails so, once the ordered ones are used up; None ends it."""
        if fault is None:
            self._always.pop(method, None)
        else:
            self._always[method] = fault

    def take(self, method: str) -> Fault | None:
        """What this call runs into."""
        for name in (method, ANY):
            if self._next[name]:
                return self._next[name].popleft()
        return self._always.get(method) or self._always.get(ANY) or self._chance(method)

    def at_random(self, rate: float, seed: int, methods: frozenset[str] = WRITES) -> None:
        """So many of the calls fail, half with 500 before the effect, half reset after it."""
        self._rate, self._dice, self._writes = rate, random.Random(seed), methods

    def _chance(self, method: str) -> Fault | None:
        fate = self._dice.random() if method in self._writes else 1.0
        if fate >= self._rate:
            return None
        return failing(500) if fate < self._rate / 2 else lost_answer()

    def release(self) -> None:
        """Let what hangs go: its connections are closed."""
        self.waiting = 0
        self._released.set()
        self._released = asyncio.Event()

    def hold(self) -> asyncio.Event:
        """What `release` sets; `waiting` counts those who wait for it."""
        self.waiting += 1
        return self._released
