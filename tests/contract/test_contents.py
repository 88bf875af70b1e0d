"""The bytes of files: kept once for all who hold them, and gone with the last of them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from dataclasses import replace
from hashlib import sha256
from importlib import import_module
from typing import TypeVar

import pytest

from bot.domain.mail import Attachment
from bot.tasks import spawn
from storage.database import Database
from storage.store import SqlStore
from tests.contract.test_messages import EMPTY, LOGO, message
from tests.contract.work import opened_item, store_on

Result = TypeVar("Result")
OTHER = replace(LOGO, name="other.png", content=b"\x00other")
SAME = replace(LOGO, name="image001.png", inline=True, content_id="logo@acme")


async def kept(database: Database) -> int:
    rows = await database.fetch("SELECT COUNT(*) AS files FROM file_content")
    return int(rows[0]["files"])


async def said(store: SqlStore, *files: Attachment) -> list[int]:
    """A message on a ticket of its own, with these files; their rows."""
    item = await opened_item(store)
    async with store.work() as work:
        added = await work.messages.add(message(item), files)
    return [ref.id for ref in added.attachments]


async def drop(store: SqlStore, *ids: int) -> int:
    async with store.work() as work:
        return await work.belongings.drop_files(ids)


async def into(found: list[Result], work: Awaitable[Result]) -> None:
    """Done by somebody else, who leaves what came of it."""
    found.append(await work)


async def there(store: SqlStore, *ids: int) -> list[Attachment | None]:
    async with store.read() as work:
        return [await work.messages.file(id_) for id_ in ids]


async def test_equal_bytes_are_kept_once_and_every_file_has_its_own_name(
    database: Database,
) -> None:
    store = store_on(database)
    ids = [*await said(store, LOGO, SAME), *await said(store, LOGO, OTHER, EMPTY)]
    assert await there(store, *ids) == [LOGO, SAME, LOGO, OTHER, EMPTY]
    assert await kept(database) == 3


async def test_the_last_who_holds_them_takes_them_along(database: Database) -> None:
    store = store_on(database)
    (one,), (another,) = await said(store, LOGO), await said(store, SAME)
    assert await drop(store, one) == 1
    assert await there(store, one, another) == [None, SAME]
    assert await drop(store, another) == 1
    assert await kept(database) == 0


async def test_only_what_is_named_is_dropped(database: Database) -> None:
    store = store_on(database)
    ids = await said(store, LOGO, OTHER)
    assert await drop(store) == 0
    assert await drop(store, ids[0], 99) == 1
    assert (await there(store, ids[1]), await kept(database)) == ([OTHER], 1)


async def test_what_was_dropped_can_come_again(database: Database) -> None:
    store = store_on(database)
    await drop(store, *await said(store, LOGO))
    assert await there(store, *await said(store, LOGO)) == [LOGO]


async def test_bytes_stay_that_somebody_begins_to_hold(database: Database) -> None:
    store = store_on(database)
    (old,), item = await said(store, LOGO), await opened_item(store)
    async with store.work() as work:
        added = await work.messages.add(message(item), [LOGO])
        dropping = spawn(into(dropped := list[int](), drop(store, old)), "dropping")
        await asyncio.wait([dropping], timeout=0.05)
    await dropping
    assert dropped == [1]
    assert await there(store, added.attachments[0].id) == [LOGO]


async def test_bytes_that_go_meanwhile_are_kept_anew(database: Database) -> None:
    store = store_on(database)
    (old,) = await said(store, LOGO)
    async with store.work() as work:
        await work.belongings.drop_files([old])
        saying = spawn(into(found := list[list[int]](), said(store, LOGO)), "saying")
        await asyncio.wait([saying], timeout=0.05)
    await saying
    assert await there(store, *found[0]) == [LOGO]


@pytest.mark.parametrize("order", [1, -1])
async def test_two_who_keep_the_same_do_not_wait_for_each_other(
    database: Database, order: int
) -> None:
    store = store_on(database)
    found = await asyncio.gather(
        said(store, LOGO, OTHER), said(store, *(LOGO, OTHER)[::order]), said(store, OTHER)
    )
    assert None not in [file for ids in found for file in await there(store, *ids)]
    assert await kept(database) == 2


async def test_files_of_before_are_moved(database: Database) -> None:
    store = store_on(database)
    ids = [*await said(store, LOGO), *await said(store, LOGO, OTHER)]
    kind = "BYTEA" if database.dialect == "postgres" else "BLOB"
    await database.execute(f"ALTER TABLE attachment ADD COLUMN content {kind}")
    for file in (LOGO, OTHER):
        digest = sha256(file.content).digest()
        await database.execute(
            "UPDATE attachment SET content = ? WHERE sha256 = ?", (file.content, digest)
        )
    await database.execute("DELETE FROM file_content")
    for statement in import_module("storage.migrations.0010_contents_once").MOVE:
        await database.execute(statement)
    assert await there(store, *ids) == [LOGO, LOGO, OTHER]
    assert await kept(database) == 2
