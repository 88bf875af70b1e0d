"""Work items: numbers, every field there and back, finding, and who wins a race."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import replace
from importlib import import_module

import pytest

from bot.domain import assignment
from bot.domain.assignment import Taken
from bot.domain.work_items import AnyItem, Incident, Kind, Priority, Severity, Ticket, TicketStatus
from bot.ports import ItemQuery
from storage.database import Database
from storage.store import SqlStore
from tests.contract.databases import ON_POSTGRES
from tests.contract.work import (
    FULL_INCIDENT,
    FULL_TICKET,
    MINUTE,
    NOW,
    incident,
    opened_item,
    store_on,
    ticket,
)

# ---------------------------------------------------------------- numbers


async def test_numbers_count_by_prefix(database: Database) -> None:
    async with store_on(database).work() as work:
        added = [await work.items.add(ticket(), prefix) for prefix in ("SUP", "INC", "SUP")]

    assert [item.number for item in added] == ["SUP-1", "INC-1", "SUP-2"]


async def test_a_rollback_leaves_no_gap(database: Database) -> None:
    store = store_on(database)
    with contextlib.suppress(ZeroDivisionError):
        async with store.work() as work:
            await work.items.add(ticket(), "SUP")
            raise ZeroDivisionError
    async with store.work() as work:
        assert (await work.items.add(ticket(), "SUP")).number == "SUP-1"


async def test_many_at_once_get_different_numbers(database: Database) -> None:
    store = store_on(database)
    await asyncio.gather(*(opened_item(store) for _ in range(20)))

    async with store.read() as work:
        found = await work.items.find(ItemQuery())
    assert {item.number for item in found} == {f"SUP-{n}" for n in range(1, 21)}


# ---------------------------------------------------------------- there and back


@pytest.mark.parametrize("item", [ticket(), incident(), FULL_TICKET, FULL_INCIDENT])
async def test_an_item_comes_back_as_it_was(database: Database, item: AnyItem) -> None:
    async with store_on(database).work() as work:
        added = await work.items.add(item, "SUP")
        by_number, by_id = await work.items.get("sup-1"), await work.items.by_id(added.id)

    assert added == replace(item, id=added.id, number="SUP-1")
    assert by_number == by_id == added


@pytest.mark.parametrize(("old", "new"), [(ticket(), FULL_TICKET), (FULL_INCIDENT, incident())])
async def test_every_field_is_saved(database: Database, old: AnyItem, new: AnyItem) -> None:
    async with store_on(database).work() as work:
        added = await work.items.add(old, "SUP")
        changed = replace(new, id=added.id, number=added.number, title="Another title")
        await work.items.save(changed)

        assert await work.items.by_id(added.id) == changed
        assert await work.items.count(ItemQuery(words="another")) == 1


async def test_what_is_not_there(database: Database) -> None:
    async with store_on(database).work() as work:
        assert await work.items.get("SUP-1") is None
        assert await work.items.by_id(1) is None
        with pytest.raises(LookupError, match="not stored"):
            await work.items.save(ticket(id=1))


async def test_tickets_that_were_merged_before_are_known_as_such(database: Database) -> None:
    quoting = ticket(title='"merged_into":"SUP-7"', tags=('"merged_into":"SUP-7"',))
    async with store_on(database).work() as work:
        for item in (ticket(), FULL_TICKET, quoting):
            await work.items.add(item, "SUP")
    await database.execute("UPDATE work_item SET merged = FALSE")
    await database.execute(import_module("storage.migrations.0007_mail_and_merges").FILL)
    async with store_on(database).read() as work:
        found = await work.items.find(ItemQuery(merged=True))

    assert [item.number for item in found] == ["SUP-2"]


# ---------------------------------------------------------------- finding

DESK = (
    ticket(title="Printer 100% broken", created_at=NOW),
    ticket(title="Größe ÄNDERN", desk="sales", assignee="ana", created_at=NOW + MINUTE),
    replace(FULL_TICKET, title="100 ways", created_at=NOW + 2 * MINUTE),
    replace(FULL_INCIDENT, title="pay_ment", created_at=NOW + 3 * MINUTE),
    incident(title="payXment", service="search", severity=Severity.SEV4, created_at=NOW),
)


@pytest.fixture
async def desk(database: Database) -> SqlStore:
    """A store with some tickets and incidents, numbered in their order."""
    store = store_on(database)
    async with store.work() as work:
        for item in DESK:
            await work.items.add(item, "T")
    return store


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        (ItemQuery(), [1, 5, 2, 3, 4]),
        (ItemQuery(newest_first=True), [4, 3, 2, 5, 1]),
        (ItemQuery(newest_first=True, limit=2), [4, 3]),
        (ItemQuery(kind=Kind.INCIDENT), [5, 4]),
        (ItemQuery(desks=("sales", "support")), [1, 2, 3]),
        (ItemQuery(desks=("sales",)), [2]),
        (ItemQuery(statuses=(TicketStatus.NEW, TicketStatus.RESOLVED)), [1, 2, 3]),
        (ItemQuery(assignee="ana"), [2, 3]),
        (ItemQuery(assignee="ana", open_only=True), [2]),
        (ItemQuery(unassigned=True), [1, 5]),
        (ItemQuery(open_only=True), [1, 5, 2, 4]),
        (ItemQuery(group=FULL_INCIDENT.group, open_only=True), [4]),
        (ItemQuery(service="search"), [5]),
        (ItemQuery(created_from=NOW + 2 * MINUTE), [3, 4]),
        (ItemQuery(resolved_from=NOW + 5 * MINUTE), [3]),
        (ItemQuery(resolved_from=NOW + 6 * MINUTE), []),
        (ItemQuery(kind=Kind.TICKET, awake=True), [1, 2]),
        (ItemQuery(merged=True), [3]),
        (ItemQuery(merged=False), [1, 5, 2, 4]),
    ],
)
async def test_finding_by_what_is_asked(
    desk: SqlStore, query: ItemQuery, numbers: list[int]
) -> None:
    async with desk.read() as work:
        found = await work.items.find(query)

    assert [item.number for item in found] == [f"T-{number}" for number in numbers]


SECRETS = (
    incident(title="Known to all"),
    incident(title="Ana's", confidential=True, insiders=("ana",)),
    incident(title="Nobody's", confidential=True),
    incident(title="Ben's and Ana's", confidential=True, insiders=("ben", "ana")),
    ticket(),
)


@pytest.mark.parametrize(
    ("person", "numbers"),
    [
        (None, [1, 2, 3, 4, 5]),
        ("ana", [1, 2, 4, 5]),
        ("ben", [1, 4, 5]),
        ("Ana", [1, 5]),
        ("an_", [1, 5]),
        ("", [1, 5]),
    ],
)
async def test_confidential_ones_match_for_their_insiders_alone(
    database: Database, person: str | None, numbers: list[int]
) -> None:
    query, wanted = ItemQuery(known_to=person), [f"T-{number}" for number in numbers]
    async with store_on(database).work() as work:
        for item in SECRETS:
            await work.items.add(item, "T")
        found = await work.items.find(query)
        newest = await work.items.find(replace(query, limit=1, newest_first=True))
        assert await work.items.count(query) == len(numbers)

    assert [item.number for item in found] == wanted
    assert [item.number for item in newest] == wanted[-1:]


async def test_whoever_is_let_in_later_finds_it(database: Database) -> None:
    async with store_on(database).work() as work:
        added = await work.items.add(incident(confidential=True), "INC")
        assert isinstance(added, Incident)
        await work.items.save(replace(added, insiders=("ana",)))
        await work.items.save(replace(added, insiders=("ana", "ben")))
        assert await work.items.count(ItemQuery(known_to="ana")) == 1
        assert await work.items.count(ItemQuery(known_to="ben")) == 1


@pytest.mark.parametrize(
    ("words", "numbers"),
    [
        ("t-3", [3]),
        ("PRINTER marta@EXAMPLE.com", [1]),
        ("marta öz", [1, 2, 3]),
        ("b@example.com", [3]),
        ("GRÖSSE", []),
        ("größe ändern", [2]),
        ("100%", [1]),
        ("y_m", [4]),
        ("printer sales", []),
        ("  ", [1, 5, 2, 3, 4]),
    ],
)
async def test_every_word_must_occur(desk: SqlStore, words: str, numbers: list[int]) -> None:
    async with desk.read() as work:
        found = await work.items.find(ItemQuery(words=words))

    assert [item.number for item in found] == [f"T-{number}" for number in numbers]


async def test_the_most_urgent_comes_first(database: Database) -> None:
    urgent = Priority.URGENT
    async with store_on(database).work() as work:
        for fields in (
            {"snoozed_until": NOW + MINUTE, "due_at": NOW},
            {"created_at": NOW + MINUTE},
            {"created_at": NOW},
            {"created_at": NOW + MINUTE, "priority": urgent},
            {"due_at": NOW + 2 * MINUTE},
            {"due_at": NOW + MINUTE, "created_at": NOW + MINUTE},
        ):
            await work.items.add(ticket(**fields), "T")
        found = await work.items.find(ItemQuery(urgent_first=True))

    assert [item.number for item in found] == ["T-6", "T-5", "T-4", "T-3", "T-2", "T-1"]


async def test_counting_knows_no_limit(desk: SqlStore) -> None:
    async with desk.read() as work:
        assert await work.items.count(ItemQuery(limit=1)) == 5
        assert await work.items.count(ItemQuery(kind=Kind.TICKET, open_only=True)) == 2


# ---------------------------------------------------------------- races


async def claim(store: SqlStore, by: str, met: asyncio.Barrier) -> str:
    await met.wait()
    async with store.work() as work:
        item = await work.items.get("SUP-1")
        assert item is not None
        await work.items.save(assignment.claim(item, by, NOW).item)
    return by


async def test_of_those_who_claim_at_once_one_wins(database: Database) -> None:
    store, met = store_on(database), asyncio.Barrier(8)
    id_ = await opened_item(store)
    outcomes = await asyncio.gather(
        *(claim(store, f"agent{n}", met) for n in range(8)), return_exceptions=True
    )

    (winner,) = (outcome for outcome in outcomes if isinstance(outcome, str))
    assert [o.holder for o in outcomes if isinstance(o, Taken)] == [winner] * 7
    async with store.read() as work:
        item = await work.items.by_id(id_)
    assert item is not None
    assert item.assignee == winner


async def tag_with(store: SqlStore, id_: int, tag: str) -> None:
    async with store.work() as work:
        item = await work.items.by_id(id_)
        assert isinstance(item, Ticket)
        await work.items.save(replace(item, tags=(*item.tags, tag)))


async def test_no_change_is_lost(database: Database) -> None:
    store = store_on(database)
    id_ = await opened_item(store)
    await asyncio.gather(*(tag_with(store, id_, f"t{n}") for n in range(6)))

    async with store.read() as work:
        item = await work.items.by_id(id_)
    assert isinstance(item, Ticket)
    assert sorted(item.tags) == [f"t{n}" for n in range(6)]


@ON_POSTGRES
async def test_who_holds_several_never_waits_for_one_who_waits(database: Database) -> None:
    store = store_on(database)
    one, other = [await opened_item(store) for _ in range(2)]
    both_began = asyncio.Barrier(2)

    async def change(number: str, *ids: int) -> None:
        async with store.work() as work:
            await both_began.wait()
            await work.items.hold([number], ids[1:])
            for id_ in ids:
                assert await work.items.by_id(id_) is not None

    await asyncio.gather(change("sup-1", one, other), change("SUP-2", other, one))


async def test_nothing_is_held_without_a_name(database: Database) -> None:
    async with store_on(database).work() as work:
        await work.items.hold()
        await work.items.hold(["SUP-99"], [99])
        assert await work.items.get("SUP-99") is None
