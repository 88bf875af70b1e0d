"""What is counted over a time, and what is forgotten when its time is over."""

from __future__ import annotations

from datetime import timedelta

from bot.domain.effects import Pool, Tell
from bot.ports import Arrival
from bot.ports.outbox import Outbox
from storage.database import Database
from storage.queues.keeping import SqlKeeping
from storage.records.feed import SqlFeed
from storage.store import SqlStore
from tests.contract.work import MINUTE, NOW, store_on

LEASE = timedelta(seconds=30)
# The database numbers arrivals by its own clock.
FOREVER = timedelta(days=36500)


async def arrived(store: SqlStore, *outcomes: str) -> None:
    """Mails that ended so; `quarantined` ones are parked, empty ones wait."""
    for number, _ in enumerate(outcomes):
        arrival = Arrival(source="mail", key=f"k{number}", raw=b"Subject: x", meta={"from": "a@b"})
        await store.inbox.accept(arrival)
    rows = await store.inbox.lease("mail", len(outcomes), LEASE, NOW + FOREVER)
    for row, outcome in zip(rows, outcomes, strict=True):
        if outcome == "quarantined":
            await store.inbox.quarantine(row, "broken")
        elif outcome == "parked as held":
            async with store.work() as work:
                await work.inbox.park(row, "held", detail="slow")
        elif outcome:
            async with store.work() as work:
                await work.inbox.finish(row, outcome)


async def test_rows_are_counted_by_what_became_of_them(database: Database) -> None:
    store, keeping = store_on(database), SqlKeeping(database)
    await arrived(store, "ticket", "ticket", "held", "quarantined", "")
    assert await keeping.counts("mail", NOW - FOREVER, NOW + FOREVER) == {
        ("done", "ticket"): 2, ("done", "held"): 1, ("quarantined", "quarantined"): 1,
        ("leased", ""): 1,
    }  # fmt: skip
    assert await keeping.counts("alert", NOW - FOREVER, NOW + FOREVER) == {}
    assert await keeping.counts("mail", NOW - FOREVER, NOW - FOREVER / 2) == {}


async def test_only_the_bytes_of_what_has_ended_are_forgotten(database: Database) -> None:
    store, keeping = store_on(database), SqlKeeping(database)
    await arrived(store, "ticket", "quarantined", "held", "")
    assert await keeping.forget_raw(NOW - FOREVER, 10) == 0
    assert await keeping.forget_raw(NOW + FOREVER, 1) == 1
    assert await keeping.forget_raw(NOW + FOREVER, 10) == 1
    assert await keeping.forget_raw(NOW + FOREVER, 10) == 0
    lines = await store.inbox.find()
    raws = [await store.inbox.raw(line.id) for line in reversed(lines)]
    assert raws == [b"", b"Subject: x", b"", b"Subject: x"]
    assert {line.meta["from"] for line in lines} == {"a@b"}


async def test_a_repeat_is_known_when_its_bytes_are_forgotten(database: Database) -> None:
    store = store_on(database)
    await arrived(store, "ticket")
    await SqlKeeping(database).forget_raw(NOW + FOREVER, 10)
    assert not await store.inbox.accept(Arrival(source="mail", key="k0", raw=b"again", meta={}))


async def test_quarantine_ends_as_dropped(database: Database) -> None:
    store, keeping = store_on(database), SqlKeeping(database)
    await arrived(store, "quarantined", "ticket")
    assert await keeping.forget_quarantine(NOW - FOREVER, 10) == 0
    assert await keeping.forget_quarantine(NOW + FOREVER, 10) == 1
    [line] = await store.inbox.find(state="done", words="kept")
    assert (line.outcome, line.detail) == ("dropped", "broken (kept as long as quarantine is kept)")


async def test_what_is_held_in_quarantine_ends_as_held(database: Database) -> None:
    store = store_on(database)
    await arrived(store, "parked as held")
    assert await SqlKeeping(database).forget_quarantine(NOW + FOREVER, 10) == 1
    assert await store.inbox.totals() == {("done", "held"): 1}


async def test_old_keys_are_forgotten(database: Database) -> None:
    store, keeping = store_on(database), SqlKeeping(database)
    async with store.work() as work:
        await work.seen.once("old", NOW)
        await work.seen.once("new", NOW + MINUTE)
    assert await keeping.forget_seen(NOW + MINUTE, 10) == 1
    async with store.work() as work:
        assert await work.seen.once("old", NOW)
        assert not await work.seen.once("new", NOW)


async def test_old_counts_are_forgotten(database: Database) -> None:
    store, keeping = store_on(database), SqlKeeping(database)
    async with store.work() as work:
        await work.seen.tally("greeting:a", NOW, 100 * MINUTE)
        await work.seen.tally("greeting:b", NOW + MINUTE, 100 * MINUTE)
    assert await keeping.forget_seen(NOW + MINUTE, 10) == 1
    async with store.work() as work:
        assert await work.seen.tally("greeting:a", NOW + MINUTE, 100 * MINUTE) == 1
        assert await work.seen.tally("greeting:b", NOW + MINUTE, 100 * MINUTE) == 2


async def told(outbox: Outbox) -> list[str]:
    return [type(parcel.effect).__name__ for parcel in await outbox.find()]


async def test_finished_rows_of_the_outbox_go_waiting_ones_stay(database: Database) -> None:
    store, keeping = store_on(database), SqlKeeping(database)
    async with store.work() as work:
        for space in ("a", "b"):
            await work.outbox.put(Tell(surface="console", space=space, title="t", text="x"))
    [parcel] = await store.outbox.lease(Pool.CHAT, 1, LEASE, NOW)
    async with store.work() as work:
        assert await work.outbox.sent(parcel, "1")
    assert await keeping.forget_sent(NOW - MINUTE, 10) == 0
    assert await keeping.forget_sent(NOW + FOREVER, 10) == 1
    assert await told(store.outbox) == ["Tell"]


async def test_a_console_thread_goes_with_its_last_line(database: Database) -> None:
    feed, keeping = SqlFeed(database), SqlKeeping(database)
    old = await feed.post("s", 0, "root", "k1", NOW)
    await feed.post("s", old, "line", "k2", NOW)
    alive = await feed.post("s", 0, "root", "k3", NOW)
    await feed.post("s", alive, "line", "k4", NOW + MINUTE)
    assert await keeping.forget_feed(NOW + MINUTE / 2, 10) == 2
    assert [line.id for line in await feed.lines("s")] == [alive]
    assert len(await feed.thread(alive)) == 2


async def test_the_newest_line_stays_so_that_revisions_go_on(database: Database) -> None:
    feed = SqlFeed(database)
    await feed.post("s", 0, "a", "k1", NOW)
    await feed.post("s", 0, "b", "k2", NOW)
    before = await feed.revision()
    assert await SqlKeeping(database).forget_feed(NOW + FOREVER, 10) == 1
    assert await feed.revision() == before
