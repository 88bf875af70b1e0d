"""Keeps a pass running: whenever it is woken, until it finds no more work; and tells
how it fares.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Protocol

from bot.ports import Meter
from bot.tasks import spawn, stop

log = logging.getLogger(__name__)


class Pass(Protocol):
    """A pass of the engine."""

    async def run_once(self) -> int:
        """Do what is due; how much was done (0: nothing more to do)."""
        ...


class Runner:
    """One pass, its task, and its health; `wake` may be called from anywhere in the loop."""

    def __init__(self, name: str, run_once: Callable[[], Awaitable[int]], meter: Meter) -> None:
        self.name = name
        self._run_once = run_once
        self._meter = meter
        self._woken = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._finished_at = 0.0

    def start(self) -> None:
        """Begin, with a first run at once."""
        self._finished_at = self._time()
        self._woken.set()
        self._task = spawn(self._work(), f"pass:{self.name}")

    async def stop(self) -> None:
        """End after the run in flight was cancelled; its leases run out by themselves."""
        if self._task is not None:
            await stop(self._task)

    def wake(self) -> None:
        """There may be work now."""
        self._woken.set()

    @property
    def alive(self) -> bool:
        """Whether the pass's task runs."""
        return self._task is not None and not self._task.done()

    def age(self) -> float:
        """Seconds since the last run ended."""
        return self._time() - self._finished_at

    async def _work(self) -> None:
        while True:
            await self._woken.wait()
            self._woken.clear()
            await self._until_idle()

    async def _until_idle(self) -> None:
        busy = True
        while busy:
            begun = self._time()
            try:
                busy = await self._run_once() > 0
            except Exception:  # the boundary of the engine's passes
                log.exception(
                    "a pass failed; it runs again at the next tick", extra={"pass": self.name}
                )
                self._meter.count("pass_failures", 1, **{"pass": self.name})
                busy = False
            self._finished_at = self._time()
            self._meter.observe("pass_seconds", self._finished_at - begun, **{"pass": self.name})

    def _time(self) -> float:
        return asyncio.get_running_loop().time()
