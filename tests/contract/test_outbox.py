"""The outbox as workers and operators see it: lanes, leases, tries, and what is parked."""

from __future__ import annotations

import asyncio
import random
from collections import defaultdict
from datetime import UTC, datetime, timedelta

import pytest

from bot.clock import ManualClock
from bot.domain.effects import (
    Effect,
    OpenThread,
    Parcel,
    ParcelState,
    Pool,
    SendPage,
    Tell,
    UpdateCard,
    UpdatePage,
)
from bot.ports import Outbox, Store
from storage.database import Database
from storage.store import SqlStore
from tests.contract.databases import ON_POSTGRES
from tests.contract.parcels import (
    AT_ONCE,
    CARD,
    LEASE,
    cancel,
    dead,
    effects,
    leased,
    line,
    put,
    sent,
)
from tests.contract.work import MINUTE, NOW, store_on

# On either side of whatever the database's clock says.
LONG_AGO, FAR_AWAY = datetime(2001, 1, 1, tzinfo=UTC), datetime(2101, 1, 1, tzinfo=UTC)


async def the_parcel(store: Store, effect: Effect = CARD, lease: timedelta = LEASE) -> Parcel:
    """The only row there is, leased."""
    await put(store, effect)
    (parcel,) = await leased(store.outbox, lease=lease)
    return parcel


# ---------------------------------------------------------------- lanes


async def test_a_lane_gives_one_row_at_a_time_in_order(database: Database) -> None:
    store: Store = store_on(database)
    await put(store, line(3), CARD, line(1))
    order = list[Effect]()
    for _ in range(3):
        (parcel,) = await leased(store.outbox)
        assert await leased(store.outbox) == []
        order.append(parcel.effect)
        await sent(store, parcel)

    assert order == [line(3), CARD, line(1)]
    assert await leased(store.outbox) == []


async def test_lanes_do_not_wait_for_each_other(database: Database) -> None:
    store = store_on(database)
    await put(store, line(1, 1), line(2, 1), line(3, 2), line(4, 1), line(5, 3))

    assert effects(await leased(store.outbox)) == [line(1, 1), line(3, 2), line(5, 3)]


async def test_no_more_lanes_than_the_limit_longest_due_first(database: Database) -> None:
    store = store_on(database)
    await put(store, line(1, 9), line(2, 8))
    await put(store, line(3, 7), not_before=NOW - MINUTE)
    await put(store, line(4, 6))

    assert effects(await leased(store.outbox, limit=2)) == [line(1, 9), line(3, 7)]
    assert effects(await leased(store.outbox, limit=2)) == [line(2, 8), line(4, 6)]


async def test_each_pool_has_its_own_rows(database: Database) -> None:
    store = store_on(database)
    await put(store, CARD, SendPage(page=1), UpdatePage(page=1), SendPage(page=2))

    assert await leased(store.outbox, pool=Pool.MAIL) == []
    pages = await leased(store.outbox, pool=Pool.PAGE)
    assert effects(pages) == [SendPage(page=1), SendPage(page=2)]
    assert [parcel.pool for parcel in pages] == [Pool.PAGE] * 2


async def test_a_row_waits_for_its_time_and_its_lane_with_it(database: Database) -> None:
    store = store_on(database)
    await put(store, line(1), not_before=NOW + MINUTE)
    await put(store, line(2))

    assert await leased(store.outbox, now=NOW + MINUTE / 2) == []
    assert effects(await leased(store.outbox, now=NOW + MINUTE)) == [line(1)]


@pytest.mark.parametrize(("lanes", "rows"), [(1, 2500), (80, 30)])
async def test_deep_lanes_hide_nobody(database: Database, lanes: int, rows: int) -> None:
    store = store_on(database)
    one = "INSERT INTO outbox (pool, lane, kind, payload, not_before, created_at)"
    await database.executemany(
        f"{one} VALUES ('chat', ?, 'UpdateCard', ?, 0, 0)",
        [(f"thread:{n}", f'{{"thread":{n}}}') for n in range(lanes) for _ in range(rows)],
    )
    await put(store, line(1, 500), line(2, 501))

    parcels = await leased(store.outbox, limit=200)
    assert len({parcel.lane for parcel in parcels}) == len(parcels) == lanes + 2


async def test_a_lane_rests_while_any_row_of_it_is_held(database: Database) -> None:
    store = store_on(database)
    await put(store, line(1), line(2))
    (first,) = await leased(store.outbox)
    await dead(store, first)
    (second,) = await leased(store.outbox)
    await store.outbox.replay(first.id, NOW)

    assert await leased(store.outbox) == []
    await sent(store, second)
    assert effects(await leased(store.outbox)) == [line(1)]


@ON_POSTGRES
async def test_a_row_that_was_committed_late_waits_for_the_one_that_is_held(
    database: Database,
) -> None:
    store = store_on(database)
    begun, overtaken = asyncio.Event(), asyncio.Event()

    async def put_late() -> None:
        async with store.work() as work:
            await work.outbox.put(line(1))
            begun.set()
            await overtaken.wait()

    async def overtake() -> Parcel:
        await begun.wait()
        parcel = await the_parcel(store, line(2))
        overtaken.set()
        return parcel

    _, parcel = await asyncio.gather(put_late(), overtake())
    assert await leased(store.outbox) == []
    await sent(store, parcel)
    assert effects(await leased(store.outbox)) == [line(1)]


async def test_what_only_a_newer_version_knows_is_left_to_it(database: Database) -> None:
    store = store_on(database)
    await put(store, line(1), line(2), CARD, line(3, 2))
    await database.execute("UPDATE outbox SET kind = 'SendFax' WHERE key = 'line:1:1'")

    assert effects(await leased(store.outbox)) == [line(3, 2)]
    assert effects(await store.outbox.find()) == [line(3, 2), CARD, line(2)]


# ---------------------------------------------------------------- leases and tries


@pytest.mark.parametrize("lease", [AT_ONCE, -MINUTE])
async def test_a_row_whose_lease_ran_out_is_given_again_in_doubt(
    database: Database, lease: timedelta
) -> None:
    store = store_on(database)
    first = await the_parcel(store, line(1), lease)
    await put(store, line(2))
    (again,) = await leased(store.outbox, now=NOW + MINUTE)

    assert (first.attempt, first.ambiguous, first.first_try_at) == (1, False, NOW)
    assert (again.attempt, again.ambiguous, again.first_try_at) == (2, True, NOW)
    assert again.effect == first.effect


async def test_a_lease_runs_by_the_databases_clock(database: Database) -> None:
    store = store_on(database)
    await the_parcel(store)

    assert await leased(store.outbox, now=FAR_AWAY) == []


async def test_who_lost_the_lease_changes_nothing(database: Database) -> None:
    store = store_on(database)
    stale = await the_parcel(store, lease=AT_ONCE)
    (parcel,) = await leased(store.outbox)

    assert not await sent(store, stale, "late")
    assert not await dead(store, stale)
    assert not await store.outbox.retry(stale, "late", NOW, ambiguous=True)
    assert not await store.outbox.renew(stale, LEASE)
    assert [(p.state, p.detail) for p in await store.outbox.find()] == [(ParcelState.LEASED, "")]
    assert await sent(store, parcel, "1.2")


async def test_a_renewed_lease_is_kept(database: Database) -> None:
    store = store_on(database)
    parcel = await the_parcel(store, lease=AT_ONCE)

    assert await store.outbox.renew(parcel, LEASE)
    assert await leased(store.outbox) == []
    assert await store.outbox.renew(parcel, AT_ONCE)
    assert len(await leased(store.outbox)) == 1


@pytest.mark.parametrize("ambiguous", [False, True])
async def test_a_try_that_failed_is_repeated_before_what_is_behind_it(
    database: Database, ambiguous: bool
) -> None:
    store = store_on(database)
    parcel = await the_parcel(store, line(1))
    await put(store, line(2))

    assert await store.outbox.retry(parcel, "busy\0", NOW + MINUTE, ambiguous=ambiguous)
    assert not await store.outbox.retry(parcel, "again", NOW, ambiguous=ambiguous)
    assert await leased(store.outbox) == []
    (again,) = await leased(store.outbox, now=NOW + MINUTE)
    assert (again.effect, again.attempt, again.detail) == (line(1), 2, "busy")
    assert (again.ambiguous, again.first_try_at) == (ambiguous, NOW)


async def test_doubt_stays_when_a_later_try_certainly_failed(database: Database) -> None:
    store = store_on(database)
    for ambiguous, in_doubt in ((True, False), (False, True)):
        parcel = await the_parcel(store, OpenThread(thread=1))
        assert parcel.ambiguous is in_doubt
        await store.outbox.retry(parcel, "", NOW, ambiguous=ambiguous)

    assert (await store.outbox.find())[0].ambiguous


async def test_what_was_sent_is_over_and_the_next_may_go(database: Database) -> None:
    store = store_on(database)
    parcel = await the_parcel(store, line(1))
    await put(store, line(2))

    assert await sent(store, parcel, "1700.1")
    assert not await sent(store, parcel, "1700.2")
    assert effects(await leased(store.outbox)) == [line(2)]
    (over,) = await store.outbox.find(ParcelState.SENT)
    assert (over.external_id, over.attempt) == ("1700.1", 1)


async def test_a_dead_row_lets_the_lane_go_on(database: Database) -> None:
    store = store_on(database)
    parcel = await the_parcel(store, line(1))
    await put(store, line(2))

    assert await dead(store, parcel, "no such channel\ud800")
    assert effects(await leased(store.outbox)) == [line(2)]
    (parked,) = await store.outbox.find(ParcelState.DEAD)
    assert (parked.effect, parked.detail) == (line(1), "no such channel?")


# ---------------------------------------------------------------- many workers


class Workers:
    """Workers that take what they get, fail at random, and write down what they did."""

    def __init__(self, store: SqlStore, rows: int, seed: int) -> None:
        self.ended: defaultdict[str, list[int]] = defaultdict(list)
        self._store = store
        self._left = rows
        self._dice = random.Random(seed)
        self._flying = set[str]()

    async def work(self) -> None:
        """Carry until nothing is left."""
        async with asyncio.timeout(60):
            while self._left:
                for parcel in await leased(self._store.outbox, limit=3):
                    assert parcel.lane not in self._flying
                    self._flying.add(parcel.lane)
                    await asyncio.sleep(0)
                    await self._end(parcel)

    async def _end(self, parcel: Parcel) -> None:
        luck = self._dice.random()
        self._flying.discard(parcel.lane)
        if luck < 0.2:
            assert await self._store.outbox.retry(parcel, "", NOW, ambiguous=luck < 0.1)
        elif luck < 0.3:
            assert await self._store.outbox.renew(parcel, AT_ONCE)
        else:
            self.ended[parcel.lane].append(parcel.id)
            self._left -= 1
            assert await (sent if luck < 0.9 else dead)(self._store, parcel)


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_many_workers_share_no_row_and_keep_the_order_of_each_lane(
    database: Database, seed: int
) -> None:
    store = store_on(database)
    lanes = [thread for thread in range(12) for _ in range(8)]
    random.Random(seed).shuffle(lanes)
    rows = await put(store, *(line(entry, lane) for entry, lane in enumerate(lanes)))
    workers = Workers(store, len(rows), seed)
    await asyncio.gather(*(workers.work() for _ in range(8)))

    assert sorted(id_ for ids in workers.ended.values() for id_ in ids) == rows
    assert all(ids == sorted(ids) for ids in workers.ended.values())


# ---------------------------------------------------------------- operators


async def test_a_dead_row_is_replayed_anew(database: Database) -> None:
    store = store_on(database)
    parcel = await the_parcel(store)
    assert not await store.outbox.replay(parcel.id, NOW)
    await dead(store, parcel)

    assert await store.outbox.replay(parcel.id, NOW + MINUTE)
    assert not await store.outbox.replay(parcel.id, NOW)
    assert await leased(store.outbox) == []
    (again,) = await leased(store.outbox, now=NOW + MINUTE)
    assert (again.id, again.attempt, again.first_try_at) == (parcel.id, 1, NOW)


async def test_what_is_dead_or_waits_is_dropped(database: Database) -> None:
    store = store_on(database)
    (waiting,) = await put(store, line(1), not_before=FAR_AWAY)
    await put(store, line(2))

    assert await store.outbox.drop(waiting, "ana\0")
    assert not await store.outbox.drop(waiting, "ana")
    (parcel,) = await leased(store.outbox)
    assert not await store.outbox.drop(parcel.id, "ana")
    await dead(store, parcel)
    assert await store.outbox.drop(parcel.id, "ben")
    dropped = await store.outbox.find(ParcelState.CANCELLED)
    assert [one.detail for one in dropped] == ["dropped by ben", "dropped by ana"]


async def test_rows_are_found_newest_first_by_every_word(database: Database) -> None:
    outbox: Outbox = store_on(database).outbox
    tells = [("C_1", "Storm 100%"), ("Cx1", "Größe"), ("C_1", "Quiet")]
    said = [Tell(surface="slack", space=s, title=t, text="Hello") for s, t in tells]
    await put(store_on(database), *said, CARD)

    assert effects(await outbox.find(limit=2)) == [CARD, said[2]]
    assert effects(await outbox.find(words="c_1 HELLO")) == [said[2], said[0]]
    assert effects(await outbox.find(words="100% tell")) == [said[0]]
    assert effects(await outbox.find(words="größe")) == [said[1]]
    assert effects(await outbox.find(ParcelState.WAITING, "updatecard")) == [CARD]
    assert await outbox.find(ParcelState.DEAD) == []


async def test_the_depth_of_each_pool(database: Database) -> None:
    store = store_on(database)
    await put(store, *(line(n, n) for n in range(6)), SendPage(page=1))
    one, other, *_ = await leased(store.outbox, limit=3)
    await dead(store, one)
    await sent(store, other)
    await cancel(store, "line:5:5")

    assert await store.outbox.depth() == {
        (Pool.CHAT, ParcelState.WAITING): 2,
        (Pool.CHAT, ParcelState.LEASED): 1,
        (Pool.CHAT, ParcelState.DEAD): 1,
        (Pool.PAGE, ParcelState.WAITING): 1,
    }


async def test_the_oldest_that_should_have_left(database: Database) -> None:
    clock = ManualClock(NOW)
    store = SqlStore(database, clock)
    await put(store, line(1), not_before=FAR_AWAY)
    assert await store.outbox.oldest_waiting(Pool.CHAT) is None
    clock.push(MINUTE)
    await put(store, UpdateCard(thread=2), not_before=LONG_AGO)
    clock.push(MINUTE)
    await put(store, UpdateCard(thread=3), not_before=LONG_AGO)

    assert await store.outbox.oldest_waiting(Pool.CHAT) == NOW + MINUTE
    assert await store.outbox.oldest_waiting(Pool.PAGE) is None


async def test_what_was_tried_should_have_left(database: Database) -> None:
    store = store_on(database)
    parcel = await the_parcel(store)
    assert await store.outbox.oldest_waiting(Pool.CHAT) == NOW
    await store.outbox.retry(parcel, "", FAR_AWAY, ambiguous=False)
    assert await store.outbox.oldest_waiting(Pool.CHAT) == NOW
    (parcel,) = await leased(store.outbox, now=FAR_AWAY)
    await sent(store, parcel)

    assert await store.outbox.oldest_waiting(Pool.CHAT) is None
