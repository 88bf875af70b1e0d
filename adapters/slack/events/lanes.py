"""Turns within lanes: what belongs together is done one after the other, in the order it has."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import count


@dataclass(slots=True)
class _Lane:
    busy: bool = False
    waiting: list[tuple[str, int, asyncio.Future[None]]] = field(default_factory=list)


class Lanes:
    """Lets one in at a time for each lane: the first by `place`, then by arrival.

    What comes over several connections comes in any order. A free lane waits `gather` seconds
    before it lets the first one in that has a place, so that an earlier one is not overtaken.
    """

    def __init__(self, gather: float) -> None:
        self._gather = gather
        self._lanes: dict[str, _Lane] = {}
        self._serial = count()

    @asynccontextmanager
    async def turn(self, name: str, place: str = "") -> AsyncIterator[None]:
        """Wait for a turn, and hold it; a lane without a name lets everybody in."""
        if not name:
            yield
            return
        await self._enter(name, place)
        try:
            yield
        finally:
            self._next(name)

    async def _enter(self, name: str, place: str) -> None:
        loop = asyncio.get_running_loop()
        lane = self._lanes.setdefault(name, _Lane())
        turn = loop.create_future()
        heappush(lane.waiting, (place, next(self._serial), turn))
        if not lane.busy:
            lane.busy = True
            loop.call_later(self._gather if place else 0, self._next, name)
        try:
            await turn
        except asyncio.CancelledError:
            # Called in and cancelled at the same moment: the turn goes on to the next.
            if turn.done() and not turn.cancelled():
                self._next(name)
            raise

    def _next(self, name: str) -> None:
        lane = self._lanes[name]
        while lane.waiting:
            _, _, turn = heappop(lane.waiting)
            if not turn.done():
                turn.set_result(None)
                return
        del self._lanes[name]
