"""The database as the core sees it: units of work, the queues, and who is woken by a commit."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from typing import Any, Final

import asyncpg
from tortoise.exceptions import BaseORMException

from bot.errors import TemporaryError
from bot.ports import Clock
from storage.database import Database
from storage.failures import retryable, storage_full
from storage.queues import arrivals, outbox, timers
from storage.queues.inbox import SqlInbox
from storage.queues.outbox import SqlOutbox
from storage.queues.timers import SqlTimers
from storage.records import feed
from storage.unit_of_work import SqlUnitOfWork

TOPICS: Final = (arrivals.TOPIC, outbox.TOPIC, timers.TOPIC, feed.TOPIC)

# Unlike FOR UPDATE it lets others insert rows that refer to the locked one.
_ROW_LOCK: Final = "FOR NO KEY UPDATE"

# What a statement raises; exceptions of the core have causes too, and must pass as they are.
_FAILURES: Final = (
    BaseORMException,
    sqlite3.Error,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    OSError,
)


class SqlStore:
    """Units of work on a database; a `Store`.

    `work` and `read` raise TemporaryError when the database is busy, away or full. Only the task
    that began a unit of work may use it.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._lock = _ROW_LOCK if database.dialect == "postgres" else ""
        # Kept, since the loop itself holds its tasks only weakly.
        self._listening: list[asyncio.Future[Any]] = []
        self.inbox = SqlInbox(database)
        self.outbox = SqlOutbox(database)
        self.timers = SqlTimers(database)

    @asynccontextmanager
    async def work(self) -> AsyncIterator[SqlUnitOfWork]:
        """A transaction; what its block loads to change is locked until it ends.

        Inside another unit of work it is a part of that one which can fail alone.
        """
        with _told_kindly():
            async with self._database.transaction() as transaction:
                unit = SqlUnitOfWork(transaction, self._clock, lock=self._lock)
                yield unit
                for topic in unit.topics:
                    await transaction.notify(topic)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[SqlUnitOfWork]:
        """Read without a transaction; each statement sees what was committed before it."""
        with _told_kindly(), self._database.reading() as connection:
            yield SqlUnitOfWork(connection, self._clock)

    async def take_over(self) -> None:
        """Let what another process was at be taken at once, and not only when its leases run out.

        Only for who knows that there is no such process any more.
        """
        with _told_kindly():
            async with self._database.transaction() as transaction:
                for leased in ("inbox", "outbox", "timer"):
                    await transaction.execute(
                        f"UPDATE {leased} SET lease_until = 1 WHERE lease_until > 1"
                    )

    async def answers(self) -> None:
        """Ask the database for nothing; TemporaryError when it does not answer."""
        with _told_kindly():
            await self._database.fetch("SELECT 1 AS one")

    def on_commit(self, wake: Callable[[str], None]) -> None:
        """Call `wake` with the topic of each commit that made work, here and in other instances.

        It is a hint, which may come twice or without need; call this inside the running loop.
        """
        heard = (self._database.listen(topic, partial(wake, topic)) for topic in TOPICS)
        self._listening.append(asyncio.gather(*heard))


@contextmanager
def _told_kindly() -> Iterator[None]:
    try:
        yield
    except _FAILURES as failure:
        if storage_full(failure):
            raise TemporaryError("the database is full; give it room") from failure
        if retryable(failure):
            raise TemporaryError("the database is busy or away; try again soon") from failure
        raise
