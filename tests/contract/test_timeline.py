"""The timeline: every kind of event there and back, in order, for good."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime
from typing import Any, get_type_hints

import pytest

from bot.domain.events import EVENTS, Claimed, Event, Released, StatusChanged
from bot.domain.work_items import TicketStatus
from bot.errors import PermanentError
from storage.database import Database
from storage.store import SqlStore
from tests.contract.work import MINUTE, NOW, opened_item, store_on

_SAMPLES: dict[Any, object] = {
    str: "a {b} – \x00",
    int: 7,
    bool: True,
    datetime: NOW,
    datetime | None: NOW,
    tuple[str, ...]: ("x", "ÿ"),
}


def sample(kind: type[Event]) -> Event:
    """An event with all its fields filled."""
    hints = get_type_hints(kind)
    return kind(**{field.name: _SAMPLES[hints[field.name]] for field in fields(kind)})


async def test_every_event_comes_back_as_it_was(database: Database) -> None:
    store = store_on(database)
    item = await opened_item(store)
    events = [sample(kind) for kind in EVENTS.values()]
    async with store.work() as work:
        told = await work.timeline.append(item, "person:ana", NOW, *events)
        kept = await work.timeline.of(item)

    assert [entry.event for entry in kept] == events
    assert kept == told


async def test_a_status_is_kept_as_its_word(database: Database) -> None:
    store = store_on(database)
    item = await opened_item(store)
    async with store.work() as work:
        moved = StatusChanged(old=TicketStatus.NEW, new=TicketStatus.OPEN)
        (entry,) = await work.timeline.append(item, "system", NOW, moved)
        found = await work.timeline.entry(entry.id)

    assert found is not None
    assert found.event == moved
    assert found.event.tell() == moved.tell()


async def test_entries_belong_to_their_item(database: Database) -> None:
    store = store_on(database)
    one, other = await opened_item(store), await opened_item(store)
    async with store.work() as work:
        await work.timeline.append(one, "person:ana", NOW, Claimed())
        await work.timeline.append(other, "person:ben", NOW, Claimed())
        await work.timeline.append(one, "person:ana", NOW, Released(previous="ana"))

        assert [entry.actor for entry in await work.timeline.of(one)] == ["person:ana"] * 2
        assert await work.timeline.append(one, "system", NOW) == ()
        assert await work.timeline.entry(99) is None


async def test_events_of_some_kinds_since_then(database: Database) -> None:
    store = store_on(database)
    one, other = await opened_item(store), await opened_item(store)
    async with store.work() as work:
        for minute, item in enumerate((one, other, one)):
            await work.timeline.append(item, "x", NOW + minute * MINUTE, Claimed())
        await work.timeline.append(one, "x", NOW + MINUTE, Released(previous="ana"))
        found = await work.timeline.since([Claimed, StatusChanged], NOW + MINUTE)

        assert [(entry.item, entry.at - NOW) for entry in found] == [
            (other, MINUTE),
            (one, 2 * MINUTE),
        ]
        assert await work.timeline.since([], NOW) == ()


async def add_raw(database: Database, item: int, kind: str, json: str) -> None:
    await database.execute(
        "INSERT INTO timeline (item, at, actor, kind, fields) VALUES (?, 0, 'x', ?, ?)",
        (item, kind, json),
    )


@pytest.mark.parametrize(("kind", "json"), [("Merged", "{}"), ("Claimed", '{"mood": "good"}')])
async def test_an_event_of_a_newer_version_is_refused(
    database: Database, kind: str, json: str
) -> None:
    store = store_on(database)
    item = await opened_item(store)
    await add_raw(database, item, kind, json)
    async with store.read() as work:
        with pytest.raises(PermanentError, match="unknown to this version"):
            await work.timeline.of(item)


@pytest.mark.parametrize("change", ["UPDATE timeline SET actor = 'y'", "DELETE FROM timeline"])
async def test_history_is_not_rewritten(database: Database, change: str) -> None:
    store: SqlStore = store_on(database)
    item = await opened_item(store)
    await add_raw(database, item, "Claimed", "{}")
    with pytest.raises(Exception, match="the timeline is append-only"):
        await database.execute(change)
