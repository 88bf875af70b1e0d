"""Links to threads: made without one, bound to it, and freed when it is gone."""

from __future__ import annotations

import pytest
from tortoise.exceptions import IntegrityError

from bot.domain.threads import Space, ThreadLink, ThreadRef
from storage.database import Database
from storage.store import SqlStore
from tests.contract.work import opened_item, store_on

SUPPORT = Space(surface="slack", id="C1")
DIRECT = Space(surface="slack", id="@ana")
REF = ThreadRef(surface="slack", space="C1", id="17.5")


async def test_a_link_is_bound_and_freed(database: Database) -> None:
    store = store_on(database)
    item = await opened_item(store)
    async with store.work() as work:
        link = await work.threads.add(item, SUPPORT)
        assert await work.threads.get(link.id) == ThreadLink(id=link.id, item=item, place=SUPPORT)
        await work.threads.bind(link.id, REF)
        bound = await work.threads.get(link.id)
        assert bound == ThreadLink(id=link.id, item=item, place=SUPPORT, ref=REF)
        assert await work.threads.item_at(REF) == item
        await work.threads.unbind(link.id)
        assert await work.threads.get(link.id) == link
        assert await work.threads.item_at(REF) is None


async def test_an_item_may_have_several(database: Database) -> None:
    store = store_on(database)
    item, other = await opened_item(store), await opened_item(store)
    async with store.work() as work:
        links = [await work.threads.add(item, place) for place in (SUPPORT, DIRECT)]
        await work.threads.add(other, SUPPORT)

        assert await work.threads.of(item) == links


async def test_a_thread_may_hang_elsewhere_than_asked(database: Database) -> None:
    store = store_on(database)
    async with store.work() as work:
        link = await work.threads.add(await opened_item(store), DIRECT)
        await work.threads.bind(link.id, REF)
        bound = await work.threads.get(link.id)

    assert bound is not None
    assert (bound.place, bound.ref) == (DIRECT, REF)


async def test_two_items_cannot_share_a_thread(database: Database) -> None:
    store = store_on(database)
    one, other = await opened_item(store), await opened_item(store)
    async with store.work() as work:
        mine, yours = [await work.threads.add(item, SUPPORT) for item in (one, other)]
        await work.threads.bind(mine.id, REF)
    with pytest.raises(IntegrityError):
        await bind(store, yours.id)


async def bind(store: SqlStore, link: int) -> None:
    async with store.work() as work:
        await work.threads.bind(link, REF)


@pytest.mark.parametrize("field", ["surface", "space", "id"])
async def test_only_the_very_thread_leads_to_the_item(database: Database, field: str) -> None:
    store = store_on(database)
    other = ThreadRef(**{"surface": "slack", "space": "C1", "id": "17.5", field: "x"})
    async with store.work() as work:
        link = await work.threads.add(await opened_item(store), SUPPORT)
        await work.threads.bind(link.id, REF)

        assert await work.threads.item_at(other) is None
