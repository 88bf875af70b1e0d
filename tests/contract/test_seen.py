"""What may happen once, and what only so often."""

from __future__ import annotations

import asyncio
import contextlib

from storage.database import Database
from storage.store import SqlStore
from tests.contract.work import MINUTE, NOW, opened_item, store_on


async def test_a_key_is_new_once(database: Database) -> None:
    store = store_on(database)
    async with store.work() as work:
        assert await work.seen.once("a", NOW)
        assert await work.seen.once("b", NOW)
        assert not await work.seen.once("a", NOW + MINUTE)
    async with store.work() as work:
        assert not await work.seen.once("b", NOW)


async def test_of_many_keys_those_that_were_seen_are_told(database: Database) -> None:
    async with store_on(database).work() as work:
        await work.seen.once("a", NOW)
        await work.seen.once("b", NOW)
        assert await work.seen.known(["a", "c", "b"]) == {"a", "b"}
        assert await work.seen.known([]) == frozenset()


async def test_what_was_rolled_back_was_not_seen(database: Database) -> None:
    store = store_on(database)
    with contextlib.suppress(ZeroDivisionError):
        async with store.work() as work:
            await work.seen.once("a", NOW)
            raise ZeroDivisionError
    async with store.work() as work:
        assert await work.seen.once("a", NOW)


async def test_a_known_key_does_not_end_the_unit_of_work(database: Database) -> None:
    store = store_on(database)
    async with store.work() as work:
        assert [await work.seen.once("a", NOW) for _ in range(2)] == [True, False]
        await opened_item(store)

    async with store.read() as work:
        assert await work.items.get("SUP-1") is not None


async def once(store: SqlStore) -> bool:
    async with store.work() as work:
        return await work.seen.once("a", NOW)


async def test_of_many_at_once_one_is_the_first(database: Database) -> None:
    store = store_on(database)

    assert sorted(await asyncio.gather(*(once(store) for _ in range(8)))) == [False] * 7 + [True]


async def test_a_tally_forgets_what_left_the_window(database: Database) -> None:
    window = 10 * MINUTE
    async with store_on(database).work() as work:
        totals = [
            await work.seen.tally("marta", NOW + minute * MINUTE, window)
            for minute in (0, 4, 9, 10, 14, 60)
        ]
        assert await work.seen.tally("ben", NOW, window) == 1

    assert totals == [1, 2, 3, 3, 3, 1]
    rows = await database.fetch("SELECT COUNT(*) AS rows FROM tally WHERE scope = 'marta'")
    assert rows == [{"rows": 1}]
