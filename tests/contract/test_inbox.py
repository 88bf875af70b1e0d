"""The inbox: durable before it is told, once for each key, leased, ended once, and found again."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from datetime import timedelta

import pytest

from bot.errors import TemporaryError
from bot.ports import Arrival, Inbox, InboxRow
from storage.database import Database
from storage.queues.arrivals import BATCH
from storage.queues.inbox import SqlInbox
from storage.store import SqlStore
from tests.contract.databases import ON_POSTGRES, ON_SQLITE
from tests.contract.work import MINUTE, NOW, store_on

LEASE = timedelta(seconds=60)
AT_ONCE = timedelta()


def arrival(key: str = "k", source: str = "mail", **meta: str) -> Arrival:
    """What came, with its key as its bytes."""
    return Arrival(source=source, key=key, raw=key.encode(), meta=meta)


async def leased(
    inbox: Inbox, limit: int = 10, lease: timedelta = LEASE, source: str = "mail"
) -> Sequence[InboxRow]:
    """What is leased at this moment."""
    return await inbox.lease(source, limit, lease, NOW)


async def the_row(inbox: Inbox, **meta: str) -> InboxRow:
    """The only row there is, leased."""
    await inbox.accept(arrival(**meta))
    (row,) = await leased(inbox)
    return row


async def finish(store: SqlStore, row: InboxRow) -> bool:
    async with store.work() as work:
        return await work.inbox.finish(row, "new")


# ---------------------------------------------------------------- accepting


async def test_what_is_accepted_is_committed(database: Database) -> None:
    inbox: Inbox = store_on(database).inbox
    raw = bytes(range(256)) * 300

    assert await inbox.accept(Arrival(source="mail", key="k", raw=raw, meta={"from": "Zoë"}))
    (line,) = await inbox.find()
    assert (line.source, line.meta, line.state, line.size) == (
        "mail",
        {"from": "Zoë"},
        "waiting",
        len(raw),
    )
    assert await inbox.raw(line.id) == raw


async def test_a_known_key_adds_and_changes_nothing(database: Database) -> None:
    inbox = SqlInbox(database)
    again = Arrival(source="mail", key="k", raw=b"other", meta={"a": "b"})

    assert [await inbox.accept(one) for one in (arrival(), again)] == [True, False]
    assert await inbox.accept(arrival(source="alert:prom"))
    (row,) = await leased(inbox)
    assert (row.raw, row.meta) == (b"k", {})


async def test_many_at_once_share_a_commit_and_each_has_its_own_answer(database: Database) -> None:
    store, topics = store_on(database), list[str]()
    store.on_commit(topics.append)
    await database.listen("ready", lambda: None)
    await store.inbox.accept(arrival("7"))
    topics.clear()
    keys = [str(n) for n in range(50)]
    answers = await asyncio.gather(*(store.inbox.accept(arrival(key)) for key in [*keys, *keys]))

    assert [key for key, new in zip(keys, answers[:50], strict=True) if not new] == ["7"]
    assert not any(answers[50:])
    assert topics == ["inbox"]


async def test_more_than_one_commit_holds_are_all_kept(database: Database) -> None:
    inbox = SqlInbox(database)
    many = [arrival(str(n)) for n in range(BATCH + 20)]

    assert all(await asyncio.gather(*map(inbox.accept, many)))
    assert await inbox.totals() == {("waiting", ""): BATCH + 20}


@pytest.mark.parametrize("steps", range(6))
async def test_who_is_cancelled_neither_loses_nor_holds_up_the_others(
    database: Database, steps: int
) -> None:
    inbox = SqlInbox(database)
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(inbox.accept(arrival(key))) for key in "abc"]
        for _ in range(steps):
            await asyncio.sleep(0)
        tasks[1].cancel()

    assert tasks[0].result()
    assert tasks[2].result()
    assert await inbox.accept(arrival("d"))
    assert [row.raw for row in await leased(inbox) if row.raw != b"b"] == [b"a", b"c", b"d"]


async def test_a_failure_is_told_to_all_who_wait_and_the_next_is_taken(database: Database) -> None:
    inbox = SqlInbox(database)
    await database.execute("ALTER TABLE inbox RENAME TO lost")
    accepting = (inbox.accept(arrival(key)) for key in "abc")
    failures = await asyncio.gather(*accepting, return_exceptions=True)
    await database.execute("ALTER TABLE lost RENAME TO inbox")

    assert [type(failure) for failure in failures] == [TemporaryError] * 3
    assert len(set(map(id, failures))) == 3
    assert await inbox.accept(arrival("a"))


@ON_SQLITE
async def test_a_full_disk_is_told_as_such(database: Database) -> None:
    inbox = SqlInbox(database)
    pages = (await database.fetch("PRAGMA page_count"))[0]["page_count"]
    await database.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(TemporaryError, match="the database is full"):
        await inbox.accept(Arrival(source="mail", key="k", raw=bytes(99_999), meta={}))
    await database.execute(f"PRAGMA max_page_count = {pages + 99}")

    assert await inbox.accept(arrival())


@ON_POSTGRES
async def test_an_arrival_is_not_undone_with_the_work_of_who_brought_it(database: Database) -> None:
    store = store_on(database)
    with contextlib.suppress(ZeroDivisionError):
        async with store.work():
            await store.inbox.accept(arrival())
            raise ZeroDivisionError

    assert len(await leased(store.inbox)) == 1


async def test_meta_that_no_database_takes_is_made_fit(database: Database) -> None:
    store = store_on(database)
    await store.inbox.accept(
        Arrival(source="mail", key="k", raw=b"\0", meta={"a\0": "x\0y\ud800z", "\udfff": "ü"})
    )
    (row,) = await leased(store.inbox)
    async with store.work() as work:
        assert await work.inbox.finish(row, "new", detail="\0\ud800", meta={"b": "\udc80"})

    (line,) = await store.inbox.find("x\0y ü \ud800")
    assert (line.meta, line.detail) == ({"a": "xy?z", "?": "ü", "b": "?"}, "?")


# ---------------------------------------------------------------- leasing


async def test_the_oldest_are_leased_first_up_to_the_limit(database: Database) -> None:
    inbox = SqlInbox(database)
    for key in "abcde":
        await inbox.accept(arrival(key, subject=key))
    first, second, none = [await leased(inbox, limit=3) for _ in range(3)]

    assert [row.raw for row in first] == [b"a", b"b", b"c"]
    assert [(row.raw, row.meta, row.attempt) for row in second] == [
        (b"d", {"subject": "d"}, 1),
        (b"e", {"subject": "e"}, 1),
    ]
    assert none == []


async def test_a_lease_is_for_one_family_of_sources(database: Database) -> None:
    inbox = SqlInbox(database)
    for source in ("alert:prom", "mail", "alert:grafana"):
        await inbox.accept(arrival(source=source))

    assert [row.source for row in await leased(inbox)] == ["mail"]
    alerts = await leased(inbox, source="alert")
    assert [row.source for row in alerts] == ["alert:prom", "alert:grafana"]


@pytest.mark.parametrize("lease", [AT_ONCE, -MINUTE])
async def test_a_row_whose_lease_ran_out_is_given_again(
    database: Database, lease: timedelta
) -> None:
    inbox = SqlInbox(database)
    await inbox.accept(arrival())

    assert [row.attempt for row in await leased(inbox, lease=lease)] == [1]
    assert [row.attempt for row in await leased(inbox, lease=lease)] == [2]


async def test_a_lease_runs_by_the_databases_clock(database: Database) -> None:
    inbox = SqlInbox(database)
    await the_row(inbox)

    assert await inbox.lease("mail", 1, LEASE, NOW + timedelta(days=9999)) == []


async def test_who_lost_the_lease_changes_nothing(database: Database) -> None:
    store = store_on(database)
    await store.inbox.accept(arrival())
    (stale,) = await leased(store.inbox, lease=AT_ONCE)
    (row,) = await leased(store.inbox)
    await store.inbox.postpone(stale, "late", NOW)
    await store.inbox.quarantine(stale, "late")

    assert not await finish(store, stale)
    assert await store.inbox.totals() == {("leased", ""): 1}
    assert await finish(store, row)


async def test_a_postponed_row_waits_for_the_clock_that_is_given(database: Database) -> None:
    inbox = SqlInbox(database)
    await inbox.postpone(await the_row(inbox), "busy\0", NOW + MINUTE)

    assert await leased(inbox) == []
    assert [line.detail for line in await inbox.find(state="waiting")] == ["busy"]
    (again,) = await inbox.lease("mail", 1, LEASE, NOW + MINUTE)
    assert again.attempt == 2


async def test_a_try_that_does_not_count_is_fenced_all_the_same(database: Database) -> None:
    store = store_on(database)
    row = await the_row(store.inbox)
    await store.inbox.postpone(row, "away", NOW, counts=False)
    assert not await finish(store, row)
    (again,) = await leased(store.inbox, lease=AT_ONCE)
    (stolen,) = await leased(store.inbox)
    assert (again.attempt, stolen.attempt) == (1, 2)
    await store.inbox.postpone(again, "late", NOW, counts=False)
    assert await store.inbox.totals() == {("leased", ""): 1}


# ---------------------------------------------------------------- ending


async def test_a_row_ends_once_with_its_outcome(database: Database) -> None:
    store = store_on(database)
    row = await the_row(store.inbox, subject="Hi")
    async with store.work() as work:
        ended = await work.inbox.finish(
            row, "follow-up", detail="by its token", item="SUP-1", meta={"to": "x"}
        )

    assert ended
    assert not await finish(store, row)
    (line,) = await store.inbox.find()
    assert (line.state, line.outcome, line.detail) == ("done", "follow-up", "by its token")
    assert (line.item, line.meta) == ("SUP-1", {"subject": "Hi", "to": "x"})


async def test_rows_end_together_unless_one_was_lost(database: Database) -> None:
    store = store_on(database)
    await asyncio.gather(*(store.inbox.accept(arrival(str(key))) for key in range(3)))
    rows = await leased(store.inbox, limit=3)
    async with store.work() as work:
        assert await work.inbox.finish_all(rows, "alerts", ["1 new", "2 new", "3 new"])
        assert not await work.inbox.finish_all(rows[:1], "alerts", ["again"])
        assert await work.inbox.finish_all([], "alerts", [])

    assert [line.detail for line in await store.inbox.find()] == ["3 new", "2 new", "1 new"]


async def test_an_end_that_is_undone_leaves_the_row_leased(database: Database) -> None:
    store = store_on(database)
    row = await the_row(store.inbox)
    with contextlib.suppress(ZeroDivisionError):
        async with store.work() as work:
            assert await work.inbox.finish(row, "new")
            raise ZeroDivisionError

    assert await store.inbox.totals() == {("leased", ""): 1}
    assert await finish(store, row)


async def test_a_quarantined_row_is_kept_until_it_is_replayed(database: Database) -> None:
    store = store_on(database)
    row = await the_row(store.inbox)
    await store.inbox.quarantine(row, "too deep")

    assert await leased(store.inbox) == []
    assert not await finish(store, row)
    assert [line.detail for line in await store.inbox.find(state="quarantined")] == ["too deep"]
    assert await store.inbox.replay(row.id)
    assert not await store.inbox.replay(row.id)
    assert [again.attempt for again in await leased(store.inbox)] == [1]


async def test_a_row_is_parked_with_what_was_made_of_it(database: Database) -> None:
    store = store_on(database)
    row = await the_row(store.inbox, subject="Hi")
    async with store.work() as work:
        assert await work.inbox.park(row, "held", detail="slow\0", item="SUP-1", meta={"a": "7"})
        assert not await work.inbox.park(row, "held", detail="again")
    (line,) = await store.inbox.find("hi", state="quarantined")
    assert (line.outcome, line.detail, line.item) == ("held", "slow", "SUP-1")
    assert await store.inbox.replay(row.id)
    assert (await leased(store.inbox))[0].meta == {"subject": "Hi", "a": "7"}
    assert await store.inbox.totals() == {("leased", ""): 1}


async def test_what_is_infected_is_replayed_only_where_that_is_said(database: Database) -> None:
    store = store_on(database)
    row = await the_row(store.inbox)
    async with store.work() as work:
        await work.inbox.park(row, "infected", detail="infected: X")
    assert not await store.inbox.replay(row.id)
    assert await store.inbox.replay(row.id, infected=True)


async def test_a_row_has_a_line_of_its_own(database: Database) -> None:
    inbox = SqlInbox(database)
    row = await the_row(inbox, subject="Hi")
    found = await inbox.line(row.id)
    assert found is not None
    assert (found.id, found.state, found.meta) == (row.id, "leased", {"subject": "Hi"})
    assert await inbox.line(99) is None


async def test_what_is_held_stays_held_when_it_is_dropped(database: Database) -> None:
    store = store_on(database)
    row = await the_row(store.inbox)
    async with store.work() as work:
        await work.inbox.park(row, "held", detail="slow")
    assert await store.inbox.drop(row.id, "ana")
    (line,) = await store.inbox.find(state="done")
    assert (line.outcome, line.detail) == ("held", "dropped by ana")


async def test_a_replay_wakes(database: Database) -> None:
    store, topics = store_on(database), list[str]()
    row = await the_row(store.inbox)
    await store.inbox.quarantine(row, "x")
    store.on_commit(topics.append)
    await database.listen("ready", lambda: None)
    topics.clear()
    await store.inbox.replay(row.id)

    assert topics == ["inbox"]


async def test_a_quarantined_row_is_dropped_and_who_did_it_is_named(database: Database) -> None:
    inbox = SqlInbox(database)
    row = await the_row(inbox)
    assert not await inbox.drop(row.id, "ana")
    await inbox.quarantine(row, "spam")

    assert await inbox.drop(row.id, "ana")
    assert not await inbox.replay(row.id)
    (line,) = await inbox.find()
    assert (line.state, line.outcome, line.detail) == ("done", "dropped", "dropped by ana")
    assert await inbox.raw(row.id) == b"k"


async def test_a_row_that_is_not_there(database: Database) -> None:
    inbox = SqlInbox(database)

    assert await inbox.raw(99) is None
    assert not await inbox.replay(99)
    assert not await inbox.drop(99, "ana")


# ---------------------------------------------------------------- looking


@pytest.fixture
async def ledger(database: Database) -> SqlStore:
    """Three rows, told apart by their subjects; the first has ended."""
    store = store_on(database)
    for subject in ("Größe 100%", "100 SHOES", "snake_case"):
        await store.inbox.accept(arrival(subject, subject=subject, to="desk@example.com"))
    (row,) = await leased(store.inbox, limit=1)
    async with store.work() as work:
        await work.inbox.finish(row, "new", detail="opened Now", item="SUP-12")
    return store


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("", ["snake_case", "100 SHOES", "Größe 100%"]),
        ("DESK@example.com", ["snake_case", "100 SHOES", "Größe 100%"]),
        ("100", ["100 SHOES", "Größe 100%"]),
        ("100%", ["Größe 100%"]),
        ("GRÖßE", ["Größe 100%"]),
        ("shoes 100", ["100 SHOES"]),
        ("shoes 200", []),
        ("snake_case", ["snake_case"]),
        ("snake%case", []),
        ("sn_ke", []),
        ("now sup-12 größe", ["Größe 100%"]),
        ("!", []),
    ],
)
async def test_every_word_must_be_there_as_it_is(
    ledger: SqlStore, words: str, found: list[str]
) -> None:
    assert [line.meta["subject"] for line in await ledger.inbox.find(words)] == found


async def test_the_newest_of_a_state_up_to_the_limit(ledger: SqlStore) -> None:
    find = ledger.inbox.find

    assert [line.meta["subject"] for line in await find(limit=1)] == ["snake_case"]
    assert len(await find("100", state="waiting")) == 1
    assert [line.item for line in await find(state="done")] == ["SUP-12"]


async def test_the_totals_balance(ledger: SqlStore) -> None:
    (row,) = await leased(ledger.inbox, limit=1)
    await ledger.inbox.quarantine(row, "x")

    assert await ledger.inbox.totals() == {
        ("done", "new"): 1,
        ("quarantined", "quarantined"): 1,
        ("waiting", ""): 1,
    }
