"""The unit of work: all or nothing, who is woken, what readers see, and what failures become."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import timedelta

import pytest

from bot.domain.effects import Tell
from bot.domain.events import Claimed
from bot.domain.refusals import Refused
from bot.errors import PermanentError, TemporaryError
from bot.ports import Arrival, Store, UnitOfWork
from storage.database import Database
from storage.store import SqlStore
from tests.contract.databases import ON_POSTGRES, ON_SQLITE, PostgresServer, opened
from tests.contract.work import NOW, opened_item, store_on, ticket

TELL = Tell(surface="console", space="support", title="Hello", text="there")


async def write_all(work: UnitOfWork) -> None:
    """Touch the item, its history and both queues."""
    item = await work.items.add(ticket(), "SUP")
    await work.timeline.append(item.id, "system", NOW, Claimed())
    await work.outbox.put(TELL)
    await work.timers.arm("sla", item.number, NOW)


async def write_and_raise(store: SqlStore, failure: Exception) -> None:
    async with store.work() as work:
        await write_all(work)
        raise failure


async def rows_in(database: Database) -> list[int]:
    tables = ("work_item", "timeline", "outbox", "timer", "counter")
    counts = [await database.fetch(f"SELECT COUNT(*) AS n FROM {table}") for table in tables]
    return [rows[0]["n"] for rows in counts]


async def test_a_unit_of_work_is_kept_as_a_whole(database: Database) -> None:
    store: Store = store_on(database)
    async with store.work() as work:
        await write_all(work)

    assert await rows_in(database) == [1, 1, 1, 1, 1]


@pytest.mark.parametrize(
    "failure", [Refused("no"), PermanentError("never"), TemporaryError("later"), KeyError("x")]
)
async def test_one_that_raises_leaves_nothing_and_says_why(
    database: Database, failure: Exception
) -> None:
    failure.__cause__ = ConnectionResetError()
    with pytest.raises(type(failure)) as caught:
        await write_and_raise(store_on(database), failure)

    assert caught.value is failure
    assert await rows_in(database) == [0, 0, 0, 0, 0]


async def test_one_inside_another_can_fail_alone(database: Database) -> None:
    store = store_on(database)
    async with store.work() as work:
        with contextlib.suppress(Refused):
            await write_and_raise(store, Refused("no"))
        await work.outbox.put(TELL)

    assert await rows_in(database) == [0, 0, 1, 0, 0]


# ---------------------------------------------------------------- reading


async def test_a_reader_sees_what_is_committed_and_waits_for_nobody(database: Database) -> None:
    if database.dialect == "sqlite" and database.file is None:
        pytest.skip("a database in memory has one connection")
    store = store_on(database)
    id_ = await opened_item(store)
    written, seen = asyncio.Event(), asyncio.Event()

    async def write() -> None:
        async with store.work() as work:
            item = await work.items.by_id(id_)
            assert item is not None
            await work.items.add(ticket(), "SUP")
            written.set()
            await seen.wait()

    async def read() -> bool:
        await written.wait()
        async with store.read() as work:
            here, not_yet = await work.items.by_id(id_), await work.items.get("SUP-2")
        seen.set()
        return here is not None and not_yet is None

    assert (await asyncio.gather(write(), read()))[1]


async def test_reading_inside_a_unit_of_work_sees_its_rows(database: Database) -> None:
    store = store_on(database)
    async with store.work() as work:
        await work.items.add(ticket(), "SUP")
        async with store.read() as reader:
            assert await reader.items.get("SUP-1") is not None


@ON_SQLITE
async def test_a_reader_cannot_write(database: Database) -> None:
    if database.file is None:
        pytest.skip("a database in memory has one connection")
    with pytest.raises(Exception, match="readonly"):
        async with store_on(database).read() as work:
            await work.seen.once("a", NOW)


# ---------------------------------------------------------------- waking


@pytest.fixture
async def told(database: Database) -> tuple[SqlStore, list[str]]:
    """A store, and the topics it told after commits."""
    store, topics = store_on(database), list[str]()
    store.on_commit(topics.append)
    await database.listen("ready", lambda: None)
    topics.clear()
    return store, topics


async def test_a_commit_wakes_those_it_made_work_for(told: tuple[SqlStore, list[str]]) -> None:
    store, topics = told
    async with store.work() as work:
        await write_all(work)
        await work.outbox.put(TELL)
        assert topics == []

    assert sorted(topics) == ["outbox", "timers"]


async def test_what_made_no_work_wakes_nobody(told: tuple[SqlStore, list[str]]) -> None:
    store, topics = told
    await opened_item(store)
    with contextlib.suppress(Refused):
        await write_and_raise(store, Refused("no"))

    assert topics == []


async def test_an_arrival_wakes_too(told: tuple[SqlStore, list[str]]) -> None:
    store, topics = told
    await store.inbox.accept(Arrival(source="mail", key="k", raw=b"x", meta={}))

    assert topics == ["inbox"]


@ON_POSTGRES
async def test_another_instances_commit_wakes(database: Database, postgres: PostgresServer) -> None:
    woken = asyncio.Queue[str]()
    rows = await database.fetch("SELECT current_database() AS name")
    async with opened(postgres.url(rows[0]["name"])) as elsewhere:
        store_on(elsewhere).on_commit(woken.put_nowait)
        async with store_on(database).work() as work:
            await work.outbox.put(TELL)
        async with asyncio.timeout(10):
            while await woken.get() != "outbox":
                pass


# ---------------------------------------------------------------- failures


async def open_many(store: SqlStore) -> None:
    async with store.work() as work:
        for _ in range(500):
            await work.items.add(ticket(title="x" * 500), "SUP")


@ON_SQLITE
async def test_a_full_disk_is_told_as_temporary(database: Database) -> None:
    store = store_on(database)
    pages = (await database.fetch("PRAGMA page_count"))[0]["page_count"]
    await database.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(TemporaryError, match="the database is full") as caught:
        await open_many(store)

    assert not caught.value.ambiguous
    assert await rows_in(database) == [0, 0, 0, 0, 0]


@ON_POSTGRES
async def test_a_deadlock_is_told_as_temporary(database: Database) -> None:
    store, met = store_on(database), asyncio.Barrier(2)
    one, other = await opened_item(store), await opened_item(store)

    async def lock(first: int, second: int) -> None:
        async with store.work() as work:
            await work.items.by_id(first)
            await met.wait()
            await work.items.by_id(second)

    outcomes = await asyncio.gather(lock(one, other), lock(other, one), return_exceptions=True)

    (failure,) = filter(None, outcomes)
    assert isinstance(failure, TemporaryError)
    assert failure.words == "the database is busy or away; try again soon"


async def test_a_defect_is_not_told_as_temporary(database: Database) -> None:
    with pytest.raises(Exception, match=r"(?i)foreign key"):
        async with store_on(database).work() as work:
            await work.timeline.append(99, "system", NOW, Claimed())


async def test_the_queues_work_on_what_was_committed(database: Database) -> None:
    store = store_on(database)
    async with store.work() as work:
        await work.timers.arm("sla", "SUP-1", NOW)
    (timer,) = await store.timers.lease(10, timedelta(seconds=30), NOW)
    async with store.work() as work:
        assert await work.timers.finish(timer)

    assert await rows_in(database) == [0, 0, 0, 0, 0]
