"""The store of a world, watched, or in trouble."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

from bot.services.core import Core
from storage.store import SqlStore
from storage.unit_of_work import SqlUnitOfWork
from tests.scenario.world import World


async def _nothing() -> None:
    """No trouble."""


class Watched:
    """Counts the units of work of a world's store; `trouble` comes before each of them.

    What only reads finds no timeline when `timelines` is False: whoever asks for it fails.
    """

    def __init__(
        self,
        store: SqlStore,
        trouble: Callable[[], Awaitable[object]] = _nothing,
        *,
        timelines: bool = True,
    ) -> None:
        self.inbox, self.outbox, self.timers = store.inbox, store.outbox, store.timers
        self.on_commit = store.on_commit
        self.reads = self.writes = 0
        self._store = store
        self._trouble = trouble
        self._timelines = timelines

    @asynccontextmanager
    async def work(self) -> AsyncIterator[SqlUnitOfWork]:
        self.writes += 1
        await self._trouble()
        async with self._store.work() as work:
            yield work

    @asynccontextmanager
    async def read(self) -> AsyncIterator[SqlUnitOfWork]:
        self.reads += 1
        await self._trouble()
        async with self._store.read() as work:
            if not self._timelines:
                del work.timeline
            yield work


def core_on(world: World, store: Watched) -> Core:
    """The world's core on that store."""
    return replace(world.core, store=store)
