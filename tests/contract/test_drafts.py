"""Drafts: one for each person and item, replaced, and forgotten."""

from __future__ import annotations

from dataclasses import replace

from bot.domain.drafts import Draft
from storage.database import Database
from tests.contract.work import MINUTE, NOW, opened_item, store_on


async def test_a_draft_is_kept_replaced_and_forgotten(database: Database) -> None:
    store = store_on(database)
    item, other = await opened_item(store), await opened_item(store)
    first = Draft(person="ana", item=item, text="Half a\x00 sentence", then="resolve", at=NOW)
    theirs = Draft(person="ben", item=item, text="Other words", at=NOW)
    async with store.work() as work:
        for draft in (first, theirs):
            await work.drafts.keep(draft)
        assert await work.drafts.of("ana", item) == replace(first, text="Half a sentence")
        assert await work.drafts.of("ana", other) is None
        assert [draft.person for draft in await work.drafts.on(item)] == ["ana", "ben"]
        assert await work.drafts.on(other) == []

        whole = replace(first, text="A whole one", then="", at=NOW + MINUTE)
        await work.drafts.keep(whole)
        assert await work.drafts.of("ana", item) == whole

        for _ in range(2):
            await work.drafts.drop("ana", item)
        assert await work.drafts.of("ana", item) is None
        assert await work.drafts.of("ben", item) == theirs
