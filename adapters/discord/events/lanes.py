"""What happens in one channel is done in its order; channels do not wait for each other."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Final

from bot.tasks import spawn, stop

log = logging.getLogger(__name__)

Job = Callable[[], Awaitable[None]]
MOST: Final = 5000
"""So many jobs may wait at once; more come only while nothing can be done at all."""


class Lanes:
    """Runs jobs, lane by lane; a job that fails is logged and ends only itself."""

    def __init__(self) -> None:
        self._waiting: dict[str, deque[Job]] = {}
        self._running: dict[str, asyncio.Task[None]] = {}
        self._count = 0

    def put(self, lane: str, job: Job) -> bool:
        """Let the job run after those of its lane; False when there is no room."""
        if self._count >= MOST:
            log.error("too much waits; an event of Discord is dropped")
            return False
        self._count += 1
        self._waiting.setdefault(lane, deque()).append(job)
        if lane not in self._running:
            self._running[lane] = spawn(self._run(lane), f"discord:{lane}")
        return True

    async def run(self, lane: str, job: Job) -> None:
        """Return once the job has run in its turn; at once when there is no room for it."""
        done = asyncio.Event()

        async def run() -> None:
            try:
                await job()
            finally:
                done.set()

        if self.put(lane, run):
            await done.wait()

    async def close(self) -> None:
        """Drop what waits and end what runs."""
        self._waiting.clear()
        self._count = 0
        for task in list(self._running.values()):
            await stop(task)
        self._running.clear()

    async def idle(self) -> None:
        """Return once nothing runs."""
        while self._running:
            await asyncio.wait(list(self._running.values()))

    async def _run(self, lane: str) -> None:
        try:
            while jobs := self._waiting.get(lane):
                job = jobs.popleft()
                self._count = max(0, self._count - 1)
                await _done(job)
        finally:
            self._waiting.pop(lane, None)
            self._running.pop(lane, None)


async def _done(job: Job) -> None:
    try:
        await job()
    except Exception:  # the boundary of the listener
        log.exception("an event of Discord could not be handled")
