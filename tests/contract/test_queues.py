"""What all queues promise: no more than was asked for, and a failure of the database that passes is
told as one.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Awaitable, Callable
from datetime import timedelta
from itertools import combinations

import pytest

from bot.domain.effects import Pool, UpdateCard
from bot.errors import TemporaryError
from bot.ports import Arrival, InboxRow, Timer
from storage.database import Database
from storage.kindly import kindly
from storage.records.feed import SqlFeed
from storage.store import SqlStore
from tests.contract.databases import ON_POSTGRES, PostgresServer, opened
from tests.contract.work import NOW, store_on

LEASE = timedelta(seconds=60)

_ROW = InboxRow(id=1, source="mail", raw=b"", meta={}, received_at=NOW, attempt=1)
_TIMER = Timer(id=1, kind="sla", subject="1", due_at=NOW, attempt=1)


async def fill(store: SqlStore, rows: int) -> None:
    """So many rows in each queue, all due."""
    for number in range(rows):
        await store.inbox.accept(Arrival(source="mail", key=f"{number}", raw=b"", meta={}))
    async with store.work() as work:
        for number in range(rows):
            await work.outbox.put(UpdateCard(thread=number))
            await work.timers.arm("sla", f"{number}", NOW)


# ---------------------------------------------------------------- no more than was asked for

# Without them PostgreSQL likes to run a subquery once for each row.
_PLANS = ("hashjoin", "mergejoin", "hashagg", "sort", "material", "seqscan")


@ON_POSTGRES
async def test_a_lease_keeps_its_limit_however_it_is_planned(database: Database) -> None:
    store = store_on(database)
    await fill(store, 12)
    taken = set[int]()
    for plans in combinations(_PLANS, 4):
        async with database.transaction() as transaction:
            await transaction.execute("DISCARD PLANS")
            for plan in plans:
                await transaction.execute(f"SET LOCAL enable_{plan} = off")
            taken.add(len(await store.inbox.lease("mail", 2, -LEASE, NOW)))
            taken.add(len(await store.outbox.lease(Pool.CHAT, 2, -LEASE, NOW)))
            taken.add(len(await store.timers.lease(2, -LEASE, NOW)))

    assert taken == {2}


# ---------------------------------------------------------------- failures that pass

CALLS: dict[str, Callable[[SqlStore, SqlFeed], Awaitable[object]]] = {
    "inbox.accept": lambda store, _: store.inbox.accept(
        Arrival(source="mail", key="k", raw=b"", meta={})
    ),
    "inbox.lease": lambda store, _: store.inbox.lease("mail", 1, LEASE, NOW),
    "inbox.postpone": lambda store, _: store.inbox.postpone(_ROW, "", NOW),
    "inbox.quarantine": lambda store, _: store.inbox.quarantine(_ROW, ""),
    "inbox.replay": lambda store, _: store.inbox.replay(1),
    "outbox.lease": lambda store, _: store.outbox.lease(Pool.CHAT, 1, LEASE, NOW),
    "outbox.drop": lambda store, _: store.outbox.drop(1, ""),
    "outbox.replay": lambda store, _: store.outbox.replay(1, NOW),
    "timers.lease": lambda store, _: store.timers.lease(1, LEASE, NOW),
    "timers.postpone": lambda store, _: store.timers.postpone(_TIMER, NOW),
    "feed.post": lambda _, feed: feed.post("ops", 0, "", "k", NOW),
    "feed.edit": lambda _, feed: feed.edit(1, "", NOW),
}


async def works_after_it_failed(
    call: Callable[[SqlStore, SqlFeed], Awaitable[object]],
    database: Database,
    unlock: Callable[[], Awaitable[object]],
) -> None:
    """Whether it fails kindly while somebody else has the database, and works again afterwards."""
    store, feed = store_on(database), SqlFeed(database)
    with pytest.raises(TemporaryError, match="busy or away"):
        await call(store, feed)
    await unlock()
    await call(store, feed)


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("kind", ["sqlite-file"], indirect=True)
async def test_a_file_that_is_locked_is_told_as_temporary(database: Database, name: str) -> None:
    await database.execute("PRAGMA busy_timeout = 0")
    with contextlib.closing(sqlite3.connect(database.file or "", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")

        async def unlock() -> None:
            other.execute("ROLLBACK")

        await works_after_it_failed(CALLS[name], database, unlock)


@ON_POSTGRES
@pytest.mark.parametrize("name", CALLS)
async def test_a_table_that_is_locked_is_told_as_temporary(
    database: Database, postgres: PostgresServer, name: str
) -> None:
    here = (await database.fetch("SELECT current_database() AS name"))[0]["name"]
    await database.execute(f"ALTER DATABASE {here} SET lock_timeout = '1ms'")
    async with opened(postgres.url(here)) as elsewhere, contextlib.AsyncExitStack() as locks:
        transaction = await locks.enter_async_context(database.transaction())
        await transaction.execute("LOCK TABLE inbox, outbox, timer, feed")
        await works_after_it_failed(CALLS[name], elsewhere, locks.aclose)


@kindly
async def fail(failure: Exception) -> None:
    raise failure


async def test_a_defect_is_not_told_as_temporary() -> None:
    with pytest.raises(KeyError):
        await fail(KeyError("x"))
    with pytest.raises(sqlite3.IntegrityError):
        await fail(sqlite3.IntegrityError("x"))
    with pytest.raises(TemporaryError) as caught:
        await fail(ConnectionResetError())

    assert isinstance(caught.value.__cause__, ConnectionResetError)
