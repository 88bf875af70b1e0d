"""Pages and overrides: every field there and back, in their order."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta, timezone

import pytest

from bot.domain.paging import Page, PageState
from bot.domain.schedules import Override
from storage.database import Database
from storage.store import SqlStore
from tests.contract.work import MINUTE, NOW, opened_item, store_on


def page(item: int) -> Page:
    """A page to Ana that waits."""
    return Page(item=item, person="ana", contact="console", reason="step 1", created_at=NOW)


async def test_a_page_comes_back_as_it_was(database: Database) -> None:
    store = store_on(database)
    item = await opened_item(store)
    async with store.work() as work:
        added = await work.pages.add(page(item))
        assert added == replace(page(item), id=added.id)
        assert await work.pages.get(added.id) == added
        sent = replace(added, state=PageState.SENT, sent_at=NOW + MINUTE, ref="m1", detail="ok")
        await work.pages.save(sent)
        assert await work.pages.get(added.id) == sent


async def test_the_pages_of_an_item_are_told_in_order(database: Database) -> None:
    store = store_on(database)
    item, other = await opened_item(store), await opened_item(store)
    async with store.work() as work:
        added = [await work.pages.add(page(some)) for some in (item, other, item)]

        assert await work.pages.of(item) == [added[0], added[2]]
        assert await work.pages.get(99) is None
        with pytest.raises(LookupError, match="not stored"):
            await work.pages.save(page(item))


async def deliver(store: SqlStore, id_: int) -> None:
    async with store.work() as work:
        found = await work.pages.get(id_)
        assert found is not None
        await work.pages.save(replace(found, ref="m1"))


async def answer(store: SqlStore, item: int) -> None:
    async with store.work() as work:
        for found in await work.pages.of(item):
            await work.pages.save(replace(found, detail="ana"))


async def test_an_answer_and_a_delivery_at_once_are_both_kept(database: Database) -> None:
    store = store_on(database)
    item = await opened_item(store)
    async with store.work() as work:
        added = await work.pages.add(page(item))
    for _ in range(5):
        async with store.work() as work:
            await work.pages.save(added)
        await asyncio.gather(deliver(store, added.id), answer(store, item))

        async with store.read() as work:
            assert await work.pages.get(added.id) == replace(added, ref="m1", detail="ana")


# ---------------------------------------------------------------- overrides


def override(start: int, end: int, person: str = "ana", schedule: str = "platform") -> Override:
    """Somebody on call from one minute to another."""
    return Override(
        schedule=schedule, person=person, start=NOW + start * MINUTE, end=NOW + end * MINUTE
    )


async def test_overrides_of_a_window_come_in_the_order_they_were_made(database: Database) -> None:
    made = [override(20, 40, "ben"), override(0, 100), override(15, 16), override(39, 41, "cy")]
    beside = [override(0, 10), override(40, 50), override(20, 40, schedule="web")]
    async with store_on(database).work() as work:
        for some in (*made, *beside):
            await work.overrides.add(some)
        found = await work.overrides.of("platform", NOW + 10 * MINUTE, NOW + 40 * MINUTE)

    assert found == made


async def test_an_override_of_another_zone_is_the_same_instants(database: Database) -> None:
    zone = timezone(timedelta(hours=5))
    local = replace(override(0, 10), start=NOW.astimezone(zone))
    async with store_on(database).work() as work:
        await work.overrides.add(local)

        assert await work.overrides.of("platform", NOW, NOW + MINUTE) == [local]
