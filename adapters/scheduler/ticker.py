"""A few interval ticks on APScheduler, in UTC; late ones are made up for, by a single one."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, timedelta

from apscheduler.schedulers.asyncio import AsyncIOScheduler

log = logging.getLogger(__name__)


@dataclass(slots=True, kw_only=True)
class _Tick:
    """An interval in seconds, and when it was called and ended well, on the loop's own clock."""

    every: float
    called_at: float
    ticked_at: float


class Ticker:
    """Calls back every so many seconds on the event loop, between `start` and `stop`.

    A callback must be quick, like waking a pass. One that fails is logged and does not count as a
    tick, so that its age tells. All methods are called on the event loop.
    """

    def __init__(self) -> None:
        self._scheduler = AsyncIOScheduler(
            timezone=UTC,
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )
        self._ticks: dict[str, _Tick] = {}
        self._silent: set[str] = set()
        self._watch: asyncio.TimerHandle | None = None

    def every(self, seconds: float, name: str, callback: Callable[[], None]) -> None:
        """Tick under that name, first after `seconds`; ValueError when the name is taken."""
        if name in self._ticks:
            raise ValueError(f"there is already a tick called {name}")
        now = _now()
        tick = self._ticks[name] = _Tick(every=seconds, called_at=now, ticked_at=now)
        self._scheduler.add_job(
            _job(tick, callback), "interval", seconds=seconds, id=name, name=name
        )

    def age(self, name: str) -> timedelta:
        """How long ago it last ticked, or was begun; KeyError for an unknown name."""
        return timedelta(seconds=_now() - self._ticks[name].ticked_at)

    async def start(self) -> None:
        """Begin to tick; ages count from now."""
        for tick in self._ticks.values():
            tick.called_at = tick.ticked_at = _now()
        self._scheduler.start()
        self._look_again()

    async def stop(self) -> None:
        """Tick no more; nothing happens when it does not tick."""
        if self._watch is not None:
            self._watch.cancel()
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)
            await asyncio.sleep(0)  # APScheduler shuts down in the loop's next turn

    def _look_again(self) -> None:
        """Begin anew what was silent twice: a wall clock set back silences APScheduler for as long.

        Once may be a loop that was blocked, whose ticks are about to come.
        """
        now = _now()
        silent = {n for n, tick in self._ticks.items() if now - tick.called_at > 3 * tick.every}
        for name in silent & self._silent:
            log.warning("a tick is begun anew; was the clock set back?", extra={"tick": name})
            tick = self._ticks[name]
            tick.called_at = now
            self._scheduler.reschedule_job(name, trigger="interval", seconds=tick.every)
        self._silent = silent
        pause = min((tick.every for tick in self._ticks.values()), default=1.0)
        self._watch = asyncio.get_running_loop().call_later(pause, self._look_again)


def _job(tick: _Tick, callback: Callable[[], None]) -> Callable[[], Awaitable[None]]:
    # A coroutine, because APScheduler runs plain functions in threads.
    async def call() -> None:
        tick.called_at = _now()
        callback()
        tick.ticked_at = _now()

    return call


def _now() -> float:
    """Seconds on the loop's own clock, which no change of the wall clock moves."""
    return asyncio.get_running_loop().time()
