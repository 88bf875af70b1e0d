"""Faults on demand: what the next calls of a route meet instead of an answer."""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from dataclasses import dataclass
from enum import Enum
from typing import Any

from aiohttp import web


class Way(Enum):
    """How a call fails."""

    ANSWER = "answered with an error, nothing was done"
    DONE_THEN_ERROR = "carried out, and then answered with an error"
    DONE_THEN_RESET = "carried out, and then the connection was reset"
    DROP = "the connection was cut before anything was done"
    HANG = "taken and never answered, nothing was done"
    DONE_THEN_HANG = "carried out and never answered"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One planned failure; `status` is what an error answer says."""

    way: Way
    status: int = 500
    retry_after: float = 0.0
    everywhere: bool = False

    @property
    def done(self) -> bool:
        """The call is carried out all the same."""
        return self.way in {Way.DONE_THEN_ERROR, Way.DONE_THEN_RESET, Way.DONE_THEN_HANG}

    @property
    def answers(self) -> bool:
        """An HTTP answer is given."""
        return self.way in {Way.ANSWER, Way.DONE_THEN_ERROR}


def error(status: int) -> Fault:
    """A 500, 502 or 503 in front of the call."""
    return Fault(way=Way.ANSWER, status=status)


def too_many(retry_after: float, *, everywhere: bool = False) -> Fault:
    """A 429 with that many seconds to wait; `everywhere` marks it as the global limit."""
    return Fault(way=Way.ANSWER, status=429, retry_after=retry_after, everywhere=everywhere)


RESET = Fault(way=Way.DONE_THEN_RESET)
DROP = Fault(way=Way.DROP)
HANG = Fault(way=Way.HANG)
LOST_ANSWER = Fault(way=Way.DONE_THEN_HANG)
LATE_ERROR = Fault(way=Way.DONE_THEN_ERROR, status=502)


class Faults:
    """The plan: faults by route, oldest first; an outage; and a revoked token."""

    def __init__(self) -> None:
        self._planned: defaultdict[str, deque[Fault]] = defaultdict(deque)
        self._released = asyncio.Event()
        self.outage = False
        self.revoked = False

    def next(self, route: str, fault: Fault, times: int = 1) -> None:
        """The next calls of a route ("POST /channels/{channel_id}/messages", or "*") meet it."""
        self._planned[route].extend([fault] * times)

    def left(self, route: str = "*") -> int:
        """How many planned faults of a route were not met yet."""
        return len(self._planned[route])

    def clear(self) -> None:
        """Forget all plans, end the outage, give the token back."""
        self._planned.clear()
        self.outage = self.revoked = False

    def meet(self, route: str) -> Fault | None:
        """The fault of this call, taken from the plan."""
        if self.outage:
            return DROP
        for key in (route, "*"):
            if self._planned[key]:
                return self._planned[key].popleft()
        return None

    def release(self) -> None:
        """Cut the connections of all calls that hang."""
        self._released.set()
        self._released = asyncio.Event()

    async def break_off(self, request: web.Request, fault: Fault) -> None:
        """Hang if the fault says so, then cut the connection."""
        if fault.way in {Way.HANG, Way.DONE_THEN_HANG}:
            await self._released.wait()
        if request.transport is not None:
            request.transport.abort()


def answer_of(fault: Fault) -> tuple[int, dict[str, Any]]:
    """Status and body of a fault that answers."""
    if fault.status == 429:
        return 429, limited(fault.retry_after, everywhere=fault.everywhere)
    return fault.status, {"message": f"{fault.status}: made by the test", "code": 0}


def limited(retry_after: float, *, everywhere: bool) -> dict[str, Any]:
    """The body of a 429."""
    return {
        "message": "You are being rate limited.",
        "retry_after": retry_after,
        "global": everywhere,
    }
