"""Timers: one deadline for each kind and subject, handled once by whoever holds it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from bot.ports import Store, Timer, Timers
from storage.database import Database
from tests.contract.work import MINUTE, NOW, store_on

LEASE = timedelta(seconds=30)
AT_ONCE = timedelta()


async def arm(store: Store, subject: str, due_at: datetime = NOW, kind: str = "sla") -> None:
    async with store.work() as work:
        await work.timers.arm(kind, subject, due_at)


async def disarm(store: Store, subject: str, kind: str = "sla") -> None:
    async with store.work() as work:
        await work.timers.disarm(kind, subject)


async def finish(store: Store, timer: Timer) -> bool:
    async with store.work() as work:
        return await work.timers.finish(timer)


async def leased(
    timers: Timers, now: datetime = NOW, limit: int = 10, lease: timedelta = LEASE
) -> Sequence[Timer]:
    """What is leased at this moment."""
    return await timers.lease(limit, lease, now)


async def the_timer(store: Store, lease: timedelta = LEASE) -> Timer:
    """The only timer there is, due and leased."""
    await arm(store, "1")
    (timer,) = await leased(store.timers, lease=lease)
    return timer


# ---------------------------------------------------------------- arming


async def test_a_timer_is_due_at_its_time_not_before(database: Database) -> None:
    store: Store = store_on(database)
    await arm(store, "SUP-1", NOW + MINUTE, kind="reminder")

    assert await leased(store.timers, NOW + MINUTE - timedelta(microseconds=1)) == []
    (timer,) = await leased(store.timers, NOW + MINUTE)
    assert (timer.kind, timer.subject) == ("reminder", "SUP-1")
    assert (timer.due_at, timer.attempt) == (NOW + MINUTE, 1)


@pytest.mark.parametrize("moved", [-MINUTE, MINUTE])
async def test_arming_anew_replaces_the_deadline(database: Database, moved: timedelta) -> None:
    store = store_on(database)
    await arm(store, "1")
    await arm(store, "1", NOW + moved)

    timers = await leased(store.timers, NOW + 9 * MINUTE)
    assert [timer.due_at for timer in timers] == [NOW + moved]


async def test_kinds_and_subjects_have_their_own(database: Database) -> None:
    store = store_on(database)
    for kind, subject in (("sla", "1"), ("sla", "2"), ("wake", "1")):
        await arm(store, subject, kind=kind)
    await disarm(store, "1")
    await disarm(store, "3")

    timers = await leased(store.timers)
    assert [(timer.kind, timer.subject) for timer in timers] == [("sla", "2"), ("wake", "1")]


async def test_what_was_undone_is_not_armed_nor_disarmed(database: Database) -> None:
    store = store_on(database)
    await arm(store, "1")
    with contextlib.suppress(ZeroDivisionError):
        async with store.work() as work:
            await work.timers.arm("sla", "2", NOW)
            await work.timers.disarm("sla", "1")
            raise ZeroDivisionError

    assert [timer.subject for timer in await leased(store.timers)] == ["1"]


async def test_a_deadline_without_a_time_zone_is_refused(database: Database) -> None:
    with pytest.raises(ValueError, match="time zone"):
        await arm(store_on(database), "1", NOW.replace(tzinfo=None))


# ---------------------------------------------------------------- leasing


async def test_the_most_overdue_are_leased_first_up_to_the_limit(database: Database) -> None:
    store = store_on(database)
    for minutes in (3, 1, 2, 1):
        await arm(store, f"{minutes}", NOW - minutes * MINUTE)
    await arm(store, "1 too", NOW - MINUTE)
    first, second, none = [await leased(store.timers, limit=3) for _ in range(3)]

    assert [timer.subject for timer in first] == ["3", "2", "1"]
    assert [timer.subject for timer in second] == ["1 too"]
    assert none == []


@pytest.mark.parametrize("lease", [AT_ONCE, -MINUTE])
async def test_a_timer_whose_lease_ran_out_is_given_again(
    database: Database, lease: timedelta
) -> None:
    store = store_on(database)
    stale = await the_timer(store, lease)
    (timer,) = await leased(store.timers)

    assert (stale.attempt, timer.attempt) == (1, 2)
    assert not await finish(store, stale)
    assert not await store.timers.postpone(stale, NOW)
    assert await finish(store, timer)


async def test_a_lease_runs_by_the_databases_clock(database: Database) -> None:
    store = store_on(database)
    await the_timer(store)

    assert await leased(store.timers, NOW + timedelta(days=9999)) == []


async def test_a_postponed_timer_comes_again(database: Database) -> None:
    store = store_on(database)
    timer = await the_timer(store)

    assert await store.timers.postpone(timer, NOW + MINUTE)
    assert not await store.timers.postpone(timer, NOW)
    assert not await finish(store, timer)
    assert await leased(store.timers) == []
    (again,) = await leased(store.timers, NOW + MINUTE)
    assert (again.due_at, again.attempt) == (NOW + MINUTE, 2)


async def test_many_workers_share_no_timer(database: Database) -> None:
    store = store_on(database)
    async with store.work() as work:
        for subject in range(60):
            await work.timers.arm("sla", f"{subject}", NOW)
    taken = await asyncio.gather(*(leased(store.timers, limit=9) for _ in range(8)))

    subjects = [timer.subject for timers in taken for timer in timers]
    assert len(set(subjects)) == len(subjects) <= 60
    rest = await leased(store.timers, limit=60)
    assert len(subjects) + len(rest) == 60


# ---------------------------------------------------------------- ending


async def test_a_finished_timer_is_gone(database: Database) -> None:
    store = store_on(database)
    timer = await the_timer(store)

    assert await finish(store, timer)
    assert not await finish(store, timer)
    assert await leased(store.timers, NOW + MINUTE) == []


async def test_a_handler_that_arms_anew_keeps_the_new_deadline(database: Database) -> None:
    store = store_on(database)
    timer = await the_timer(store)
    async with store.work() as work:
        assert await work.timers.finish(timer)
        await work.timers.arm("sla", "1", NOW + MINUTE)

    assert not await finish(store, timer)
    assert [again.due_at for again in await leased(store.timers, NOW + MINUTE)] == [NOW + MINUTE]


async def test_who_holds_a_timer_that_was_armed_anew_cannot_end_it(database: Database) -> None:
    store = store_on(database)
    timer = await the_timer(store)
    await arm(store, "1", NOW + MINUTE)

    assert not await finish(store, timer)
    assert not await store.timers.postpone(timer, NOW)
    assert await leased(store.timers) == []
    (again,) = await leased(store.timers, NOW + MINUTE)
    assert not await finish(store, timer)
    assert await finish(store, again)


async def test_arming_anew_gives_a_leased_timer_back(database: Database) -> None:
    store = store_on(database)
    await the_timer(store)
    await arm(store, "1", NOW)

    assert len(await leased(store.timers)) == 1


async def test_who_holds_a_timer_that_was_disarmed_cannot_end_it(database: Database) -> None:
    store = store_on(database)
    timer = await the_timer(store)
    await disarm(store, "1")
    await arm(store, "1")

    assert not await finish(store, timer)
    assert len(await leased(store.timers)) == 1


async def test_an_end_that_is_undone_leaves_the_timer_held(database: Database) -> None:
    store = store_on(database)
    timer = await the_timer(store)
    with contextlib.suppress(ZeroDivisionError):
        async with store.work() as work:
            assert await work.timers.finish(timer)
            raise ZeroDivisionError

    assert await leased(store.timers) == []
    assert await finish(store, timer)


async def test_how_late_the_most_overdue_is(database: Database) -> None:
    store = store_on(database)
    assert await store.timers.overdue(NOW) == timedelta()
    await arm(store, "1", NOW + MINUTE)
    assert await store.timers.overdue(NOW) == timedelta()
    await arm(store, "2", NOW - 3 * MINUTE)
    await arm(store, "3", NOW - MINUTE)

    assert await store.timers.overdue(NOW) == 3 * MINUTE
