"""The outbox as units of work see it: what is put in, drawn once for many, and cancelled."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from bot.domain.effects import (
    EFFECTS,
    Admit,
    Announce,
    CleanThread,
    Effect,
    NotifyByMail,
    OpenThread,
    Parcel,
    ParcelState,
    Pool,
    PostLine,
    PostMessage,
    Redraw,
    Remove,
    SendMail,
    SendPage,
    Tell,
    TellPerson,
    UpdateCard,
    UpdateMessage,
    UpdatePage,
    key_of,
    lane_of,
    pool_of,
)
from bot.domain.mail import Address, AttachmentRef, OutboundMail
from bot.ports import Store
from storage.database import Database
from tests.contract.databases import ON_POSTGRES
from tests.contract.parcels import CARD, cancel, dead, effects, leased, line, put, sent
from tests.contract.work import MINUTE, NOW, store_on

MAIL = OutboundMail(
    message_id="dk.k.5@desk.example",
    date=datetime(2026, 11, 21, 10, 30, 15, 123456, tzinfo=timezone(timedelta(hours=1))),
    sender=Address(address="support@desk.example", name="Büro “Nord”"),
    recipient=Address(address="marta@example.com", name="Marta Öz"),
    subject="Re: 請求書 \U0001f4e6",
    text='Zeile\r\n\tzwei \\ "drei" \x00\x1b\u2028',
    envelope_from="bounce+5@desk.example",
    reply_to="support+k@desk.example",
    in_reply_to="a@example.com",
    references=("a@example.com", "b@example.com"),
    cc=(Address(address="b@example.com"), Address(address="c@example.com", name="C")),
    attachments=(AttachmentRef(id=3, name="Größe.pdf", content_type="application/pdf", size=9),),
    automatic="auto-replied",
    unsubscribe_url="https://desk.example/u?a=1&b=2",
    ticket="SUP-1",
)

ALL: list[Effect] = [
    OpenThread(thread=1),
    Admit(thread=1, person="ana"),
    Remove(thread=1, person="ana"),
    CARD,
    PostMessage(thread=1, message=2),
    UpdateMessage(thread=1, message=2),
    PostLine(thread=1, entry=3, mention="ana"),
    Announce(surface="slack", space="C1", entry=3),
    Tell(surface="slack", space="C1", title="Störung", text="a\nb"),
    Redraw(row=5, lane="channel:slack:C1"),
    CleanThread(thread=1),
    SendPage(page=4),
    UpdatePage(page=4),
    SendMail(mail=MAIL, message=7),
    NotifyByMail(person="ana", item=1, since=3, pauses_until=NOW),
    TellPerson(surface="slack", account="U1", title="Störung", text="a\nb"),
]


async def refresh(store: Store, effect: Effect = CARD) -> None:
    async with store.work() as work:
        await work.outbox.refresh(effect)


# ---------------------------------------------------------------- putting


@pytest.mark.parametrize("effect", ALL, ids=lambda effect: type(effect).__name__)
async def test_an_effect_comes_back_as_it_was(database: Database, effect: Effect) -> None:
    store: Store = store_on(database)
    rows = await put(store, effect)
    (parcel,) = await leased(store.outbox, pool=pool_of(effect))

    assert (parcel.id, parcel.effect) == (rows[0], effect)
    assert (parcel.pool, parcel.lane, parcel.key) == (
        pool_of(effect),
        lane_of(effect),
        key_of(effect),
    )
    assert (parcel.state, parcel.attempt) == (ParcelState.LEASED, 1)
    assert (parcel.created_at, parcel.not_before) == (NOW, NOW)


def test_every_effect_is_tried_above() -> None:
    assert {type(effect) for effect in ALL} == set(EFFECTS.values())


async def test_a_date_is_the_same_instant_with_its_microseconds(database: Database) -> None:
    store = store_on(database)
    await put(store, SendMail(mail=MAIL))
    (parcel,) = await leased(store.outbox, pool=Pool.MAIL)

    assert isinstance(parcel.effect, SendMail)
    assert parcel.effect.mail.date == datetime(2026, 11, 21, 9, 30, 15, 123456, tzinfo=UTC)


async def test_text_that_no_database_takes_is_made_fit(database: Database) -> None:
    store = store_on(database)
    await put(store, Tell(surface="slack", space="C1", title="half \ud83d", text="\udcff"))

    (parcel,) = await leased(store.outbox)
    assert parcel.effect == Tell(surface="slack", space="C1", title="half ?", text="?")


async def test_a_known_key_adds_nothing_and_gives_its_row(database: Database) -> None:
    store = store_on(database)
    first, loud, other = await put(
        store, line(1), PostLine(thread=1, entry=1, mention="ana"), line(2)
    )
    (parcel,) = await leased(store.outbox)
    await sent(store, parcel)

    assert first == loud != other
    assert parcel.effect == line(1)
    assert await put(store, line(1), not_before=NOW + MINUTE) == [first]
    assert effects(await leased(store.outbox)) == [line(2)]


async def test_what_may_be_done_many_times_is_put_in_each_time(database: Database) -> None:
    store = store_on(database)
    tell = Tell(surface="slack", space="C1", title="a", text="b")

    assert len(set(await put(store, CARD, CARD, tell, tell))) == 4


async def test_what_was_undone_does_not_leave(database: Database) -> None:
    store = store_on(database)
    with contextlib.suppress(ZeroDivisionError):
        async with store.work() as work:
            await work.outbox.put(line(1))
            raise ZeroDivisionError

    assert await leased(store.outbox) == []
    assert len(await put(store, line(1))) == 1


async def test_two_who_put_the_same_share_a_row(database: Database) -> None:
    store = store_on(database)
    rows = await asyncio.gather(*(put(store, line(1)) for _ in range(6)))

    assert len({id_ for ids in rows for id_ in ids}) == 1


# ---------------------------------------------------------------- drawing once for many


async def test_a_state_that_waits_is_drawn_once(database: Database) -> None:
    store = store_on(database)
    for _ in range(3):
        await refresh(store)
    await refresh(store, UpdateCard(thread=2))
    await refresh(store, UpdateMessage(thread=1, message=2))

    found = await store.outbox.find()
    assert effects(found) == [UpdateMessage(thread=1, message=2), UpdateCard(thread=2), CARD]


async def test_a_state_that_is_being_drawn_is_drawn_again(database: Database) -> None:
    store = store_on(database)
    await refresh(store)
    (parcel,) = await leased(store.outbox)
    for _ in range(2):
        await refresh(store)

    await sent(store, parcel)
    assert effects(await leased(store.outbox)) == [CARD]
    assert len(await store.outbox.find()) == 2


async def test_a_state_waits_behind_what_its_lane_says_before(database: Database) -> None:
    store = store_on(database)
    await refresh(store)
    (parcel,) = await leased(store.outbox)
    await put(store, line(1))
    await store.outbox.retry(parcel, "busy", NOW, ambiguous=False)
    await refresh(store)

    assert effects(await store.outbox.find()) == [line(1), CARD]


async def test_a_state_that_is_over_is_drawn_anew(database: Database) -> None:
    store = store_on(database)
    await refresh(store)
    (parcel,) = await leased(store.outbox)
    await dead(store, parcel)
    await refresh(store)

    assert effects(await leased(store.outbox)) == [CARD]


@pytest.mark.parametrize(
    ("first", "again"),
    [
        (OpenThread(thread=1), CARD),
        (PostMessage(thread=1, message=2), UpdateMessage(thread=1, message=2)),
        (SendPage(page=7), UpdatePage(page=7)),
    ],
)
async def test_what_is_drawn_for_the_first_time_is_not_drawn_at_once_again(
    database: Database, first: Effect, again: Effect
) -> None:
    store, pool = store_on(database), pool_of(first)
    await put(store, first)
    await refresh(store, again)
    assert effects(await store.outbox.find()) == [first]

    (parcel,) = await leased(store.outbox, pool=pool)
    await store.outbox.retry(parcel, "busy", NOW, ambiguous=False)
    await refresh(store, again)
    assert effects(await store.outbox.find()) == [first]

    (parcel,) = await leased(store.outbox, pool=pool)
    await store.outbox.retry(parcel, "no answer", NOW, ambiguous=True)
    await refresh(store, again)
    assert effects(await store.outbox.find()) == [again, first]


async def waits(store: Store, effect: Effect) -> bool:
    async with store.work() as work:
        return await work.outbox.waits(effect)


async def test_one_of_the_kind_waits_in_its_lane_whatever_it_says(database: Database) -> None:
    store = store_on(database)
    first = NotifyByMail(person="ana", item=1, since=3)
    await put(store, first)
    assert await waits(store, replace(first, since=9))
    assert not await waits(store, replace(first, person="ben"))
    assert not await waits(store, replace(first, item=2))


async def test_what_is_being_sent_or_may_have_left_waits_no_more(database: Database) -> None:
    store = store_on(database)
    effect = NotifyByMail(person="ana", item=1, since=3)
    await put(store, effect)
    (parcel,) = await leased(store.outbox, pool=Pool.MAIL)
    assert not await waits(store, effect)
    await store.outbox.retry(parcel, "no answer", NOW, ambiguous=True)
    assert not await waits(store, effect)


async def test_another_threads_card_is_not_what_is_drawn_there(database: Database) -> None:
    store = store_on(database)
    await put(store, OpenThread(thread=1))
    await refresh(store, UpdateCard(thread=2))
    assert len(await store.outbox.find()) == 2


@ON_POSTGRES
async def test_a_worker_waits_for_the_state_that_it_will_draw(database: Database) -> None:
    store = store_on(database)
    await refresh(store)
    await put(store, line(1, thread=2))
    relied, looked = asyncio.Event(), asyncio.Event()

    async def change() -> None:
        async with store.work() as work:
            await work.outbox.refresh(CARD)
            relied.set()
            await looked.wait()

    async def carry() -> list[Effect]:
        await relied.wait()
        taken = effects(await leased(store.outbox))
        looked.set()
        return taken

    assert (await asyncio.gather(change(), carry()))[1] == [line(1, thread=2)]
    assert effects(await leased(store.outbox)) == [CARD]


@ON_POSTGRES
async def test_a_row_that_a_worker_takes_meanwhile_is_not_relied_on(database: Database) -> None:
    store = store_on(database)
    await refresh(store)
    taken, going_on = asyncio.Event(), asyncio.Event()

    async def carry() -> None:
        async with database.transaction():
            await leased(store.outbox)
            taken.set()
            await going_on.wait()

    async def change() -> None:
        await taken.wait()
        async with store.work() as work:
            asyncio.get_running_loop().call_soon(going_on.set)
            await work.outbox.refresh(CARD)

    await asyncio.gather(carry(), change())
    assert [parcel.state for parcel in await store.outbox.find()] == [
        ParcelState.WAITING,
        ParcelState.LEASED,
    ]


# ---------------------------------------------------------------- cancelling


async def test_what_waits_is_cancelled_and_who_did_it_is_named(database: Database) -> None:
    store = store_on(database)
    await put(store, line(1), line(2))

    assert await cancel(store, "line:1:1")
    assert not await cancel(store, "line:1:1")
    assert effects(await leased(store.outbox)) == [line(2)]
    (cancelled,) = await store.outbox.find(ParcelState.CANCELLED)
    assert (cancelled.effect, cancelled.detail) == (line(1), "cancelled by ana")


async def test_what_may_have_left_is_not_cancelled(database: Database) -> None:
    store = store_on(database)
    await put(store, line(1))
    (parcel,) = await leased(store.outbox)
    assert not await cancel(store, parcel.key)
    await store.outbox.retry(parcel, "no answer", NOW, ambiguous=True)
    assert not await cancel(store, parcel.key)
    (parcel,) = await leased(store.outbox)
    await sent(store, parcel)

    assert not await cancel(store, parcel.key)
    assert not await cancel(store, "line:9:9")


async def test_a_try_that_certainly_failed_is_cancelled(database: Database) -> None:
    store = store_on(database)
    await put(store, line(1))
    (parcel,) = await leased(store.outbox)
    await store.outbox.retry(parcel, "refused", NOW, ambiguous=False)

    assert await cancel(store, parcel.key)


async def test_what_waits_in_a_lane_is_cancelled_together(database: Database) -> None:
    store = store_on(database)
    await put(store, SendPage(page=1), UpdatePage(page=1), SendPage(page=2), UpdatePage(page=1))
    (first, _) = await leased(store.outbox, pool=Pool.PAGE)
    async with store.work() as work:
        assert await work.outbox.cancel_lane("page:1", "ana") == 2
        assert await work.outbox.cancel_lane("page:1", "ana") == 0

    assert first.effect == SendPage(page=1)
    assert await sent(store, first)
    assert await leased(store.outbox, pool=Pool.PAGE) == []


async def test_a_cancellation_that_is_undone_cancels_nothing(database: Database) -> None:
    store = store_on(database)
    await put(store, line(1))
    with contextlib.suppress(ZeroDivisionError):
        async with store.work() as work:
            assert await work.outbox.cancel("line:1:1", "ana")
            raise ZeroDivisionError

    assert effects(await leased(store.outbox)) == [line(1)]


# ---------------------------------------------------------------- what was posted


async def test_the_platforms_id_is_known_once_it_was_sent(database: Database) -> None:
    store = store_on(database)
    await put(store, line(1))
    (parcel,) = await leased(store.outbox)
    async with store.work() as work:
        assert await work.outbox.external_id(parcel.key) == ""
        assert await work.outbox.sent(parcel, "1700.5\0", "250 ok \udc80")
        assert await work.outbox.external_id(parcel.key) == "1700.5"
        assert await work.outbox.external_id("line:9:9") == ""

    assert [one.detail for one in await store.outbox.find()] == ["250 ok ?"]


async def test_a_settlement_that_is_undone_leaves_the_row_leased(database: Database) -> None:
    store = store_on(database)
    await put(store, line(1))
    (parcel,) = await leased(store.outbox)
    with contextlib.suppress(ZeroDivisionError):
        async with store.work() as work:
            assert await work.outbox.sent(parcel, "1")
            raise ZeroDivisionError

    assert await sent(store, parcel, "1")


async def cancelled(store: Store, parcel: Parcel) -> None:
    await store.outbox.retry(parcel, "refused", NOW, ambiguous=False)
    await cancel(store, parcel.key)


async def dropped(store: Store, parcel: Parcel) -> None:
    await store.outbox.retry(parcel, "refused", NOW, ambiguous=True)
    await store.outbox.drop(parcel.id, "ana")


@pytest.mark.parametrize("end", [sent, dead, cancelled, dropped])
async def test_the_end_of_a_row_wakes_who_carries_the_next(
    database: Database, end: Callable[[Store, Parcel], Awaitable[object]]
) -> None:
    store, topics = store_on(database), list[str]()
    await put(store, line(1), line(2))
    (parcel,) = await leased(store.outbox)
    store.on_commit(topics.append)
    await database.listen("ready", lambda: None)
    topics.clear()
    await end(store, parcel)

    assert topics == ["outbox"]
    assert effects(await leased(store.outbox)) == [line(2)]
