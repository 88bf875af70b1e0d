"""Mail in the outbox that is wanted no more: cancelled for one reader, on one ticket or on all."""

from __future__ import annotations

from dataclasses import replace

from bot.domain.effects import Effect, ParcelState, Pool, SendMail
from bot.domain.mail import Address
from bot.ports import Store
from storage.database import Database
from tests.contract.parcels import effects, leased, put, sent
from tests.contract.test_outbox_put import MAIL
from tests.contract.work import NOW, store_on


def mail_to(address: str, ticket: str = "SUP-1", serial: int = 1) -> SendMail:
    recipient = Address(address=address)
    own = f"dk.{ticket}.{serial}.{address}"
    mail = replace(MAIL, recipient=recipient, ticket=ticket, message_id=own)
    return SendMail(mail=mail, message=serial)


BOB, OTHER = "bob_x@acme.example", "bobbx@acme.example"


async def cancelled_mail(store: Store, address: str, ticket: str = "") -> list[Effect]:
    async with store.work() as work:
        return effects(await work.outbox.cancel_mail(address, "they left", ticket=ticket))


async def test_mail_of_a_ticket_to_somebody_is_cancelled(database: Database) -> None:
    store = store_on(database)
    first, second = mail_to(BOB), mail_to(BOB, serial=2)
    others = [mail_to(OTHER), mail_to(BOB, "SUP-11"), mail_to(f"a{BOB}")]
    await put(store, first, *others, second)

    assert await cancelled_mail(store, BOB, "SUP-1") == [first, second]
    assert await cancelled_mail(store, BOB, "SUP-1") == []
    assert effects(await leased(store.outbox, pool=Pool.MAIL)) == others
    row = (await store.outbox.find(ParcelState.CANCELLED))[0]
    assert row.detail == "cancelled: they left"


async def test_mail_to_somebody_is_cancelled_on_every_ticket(database: Database) -> None:
    store = store_on(database)
    theirs = [mail_to(BOB), mail_to(BOB, "SUP-2"), mail_to(BOB, "")]
    await put(store, mail_to(OTHER), *theirs, mail_to(f"a{BOB}"))

    assert await cancelled_mail(store, BOB) == theirs


async def test_mail_that_is_being_sent_is_left_alone(database: Database) -> None:
    store = store_on(database)
    await put(store, mail_to(BOB), mail_to(BOB, serial=2))
    [parcel] = await leased(store.outbox, pool=Pool.MAIL)

    assert await cancelled_mail(store, BOB, "SUP-1") == [mail_to(BOB, serial=2)]
    assert await sent(store, parcel)


async def test_mail_that_may_have_left_is_not_tried_again(database: Database) -> None:
    store = store_on(database)
    await put(store, mail_to(BOB))
    [parcel] = await leased(store.outbox, pool=Pool.MAIL)
    await store.outbox.retry(parcel, "no answer", NOW, ambiguous=True)
    async with store.work() as work:
        [row] = await work.outbox.cancel_mail(BOB, "they left")

    assert row.ambiguous


async def test_a_leased_row_is_cancelled_by_who_holds_it(database: Database) -> None:
    store = store_on(database)
    await put(store, mail_to(BOB))
    [parcel] = await leased(store.outbox, pool=Pool.MAIL)
    async with store.work() as work:
        assert await work.outbox.cancelled(parcel, "they left")
        assert not await work.outbox.cancelled(parcel, "they left")

    [row] = await store.outbox.find(ParcelState.CANCELLED)
    assert row.detail == "cancelled: they left"
