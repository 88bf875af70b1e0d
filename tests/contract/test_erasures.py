"""Erasures as jobs, and what is somebody's as a whole."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.effects import (
    Announce,
    Effect,
    Pool,
    PostLine,
    SendMail,
    Tell,
    UpdateCard,
    UpdatePage,
)
from bot.domain.erasure import Erasure, Stage
from bot.domain.mail import Address
from bot.domain.paging import Page
from bot.domain.scrubbing import AddressScrub
from bot.domain.threads import Space
from bot.ports import Arrival, Store
from bot.ports.privacy import Belongings, Letter
from storage.database import Database
from storage.privacy.compacting import SqlCompacting
from storage.queues.keeping import SqlKeeping
from tests.contract.parcels import leased, put
from tests.contract.test_outbox_put import MAIL
from tests.contract.work import MINUTE, NOW, opened_item, store_on, ticket

MARIA = "maria@acme.example"
JOB = Erasure(address=MARIA, mark="m1", by="ops", started_at=NOW, touched_at=NOW)
CONSOLE = Space(surface="console", id="support")


def mail(recipient: str, number: str = "SUP-1") -> SendMail:
    named = replace(MAIL, message_id=f"{recipient}{number}", ticket=number)
    return SendMail(mail=replace(named, recipient=Address(address=recipient)), message=7)


# ---------------------------------------------------------------- jobs


async def test_an_erasure_is_known_until_it_is_done(database: Database) -> None:
    async with store_on(database).work() as work:
        first = await work.erasures.begin(JOB)
        second = await work.erasures.begin(replace(JOB, address="b@c.example"))
        assert await work.erasures.unfinished() == first == replace(JOB, number=first.number)
        swept = first.swept(NOW + MINUTE)
        await work.erasures.save(swept)
        assert await work.erasures.unfinished() == swept
        await work.erasures.save(swept.done(NOW + MINUTE))
        assert await work.erasures.unfinished() == second


async def test_a_mark_is_known_for_good(database: Database) -> None:
    async with store_on(database).work() as work:
        begun = await work.erasures.begin(JOB)
        await work.erasures.save(replace(begun, stage=Stage.DONE, address=""))
        assert await work.erasures.marked(["m0", "m1"])
        assert not await work.erasures.marked(["m0"])
        assert not await work.erasures.marked([])


async def test_the_files_can_be_compacted(database: Database) -> None:
    compacting = SqlCompacting(database)
    await compacting.overwrite()
    await compacting.compact()
    assert await opened_item(store_on(database))


# ---------------------------------------------------------------- belongings


async def test_mail_is_found_by_whom_it_is_for_and_what_it_is_about(database: Database) -> None:
    store = store_on(database)
    await put(store, mail(MARIA), mail("anna-" + MARIA), mail("b@c.example"), mail(MARIA, "SUP-11"))
    async with store.work() as work:
        found = [parcel.lane for parcel in await work.belongings.mail_to([MARIA])]
        assert found == [f"mail:SUP-1:{MARIA}", f"mail:SUP-11:{MARIA}"]
        assert len(await work.belongings.mail_about("SUP-1")) == 3
        ids = [parcel.id for parcel in await work.belongings.mail_to([MARIA])]
        assert await work.belongings.drop_parcels(ids) == 2
        assert await work.belongings.mail_to([MARIA]) == []


async def test_a_mail_that_went_is_carried_by_nobody(database: Database) -> None:
    store = store_on(database)
    [row] = await put(store, mail(MARIA))
    [parcel] = await leased(store.outbox, pool=Pool.MAIL)
    async with store.work() as work:
        await work.belongings.drop_parcels([row])
        assert not await work.outbox.sent(parcel, "x")
    assert not await store.outbox.retry(parcel, "busy", NOW, ambiguous=False)


async def test_posts_are_found_by_their_keys(database: Database) -> None:
    store = store_on(database)
    line, heard, other = (
        PostLine(thread=1, entry=3),
        Announce(surface="slack", space="C1", entry=3),
        Tell(surface="slack", space="C1", title="t", text="x"),
    )
    rows = await put(store, line, heard, other)
    async with store.read() as work:
        found = await work.belongings.posted(["line:1:3", "announce:slack:C1:3", "line:1:4"])
        assert found == [(rows[0], "thread:1"), (rows[1], "channel:slack:C1")]
        assert await work.belongings.notices(rows) == [(rows[2], "channel:slack:C1")]
        found_row = await work.outbox.row(rows[0])
        assert found_row is not None
        assert found_row.effect == line


async def redraws(store: Store) -> list[object]:
    async with store.read() as work:
        return [parcel.effect for parcel in await work.belongings.redraws("console")]


async def test_what_waits_to_be_drawn_again_is_told_by_its_surface(database: Database) -> None:
    store = store_on(database)
    item = await opened_item(store)
    async with store.work() as work:
        here = await work.threads.add(item, CONSOLE)
        there = await work.threads.add(item, Space(surface="slack", id="C1"))
        base = Page(item=item, person="ana", contact="console", reason="r", created_at=NOW)
        mine = await work.pages.add(base)
        slack = await work.pages.add(replace(base, contact="slack"))
    wanted: list[Effect] = [UpdateCard(thread=here.id), UpdatePage(page=mine.id)]
    await put(store, *wanted, UpdateCard(thread=there.id), UpdatePage(page=slack.id))
    assert await redraws(store) == wanted


@pytest.mark.parametrize("address", [MARIA, "maria+x@acme.example"])
async def test_other_plus_parts_are_told(database: Database, address: str) -> None:
    store = store_on(database)
    people = [MARIA, "maria+x@acme.example", "maria+y@acme.example", "mariax@acme.example"]
    async with store.work() as work:
        for each in people:
            person = replace(ticket().requester, address=each)
            await work.items.add(ticket(participants=(person,)), "SUP")
        found = await work.belongings.like(address)
    assert set(found) == {*people[:3]} - {address}


async def test_a_letter_is_emptied_once_and_its_repeat_is_known(database: Database) -> None:
    store = store_on(database)
    arrival = Arrival(source="mail", key="k", raw=b"Hi", meta={"from": f"Maria <{MARIA}>"})
    await store.inbox.accept(arrival)
    async with store.work() as work:
        [letter] = await letters(work.belongings)
        assert not letter.ended
        assert await work.belongings.empty_letter(letter.id)
        assert not await work.belongings.empty_letter(letter.id)
        assert await letters(work.belongings) == []
    [line] = await store.inbox.find()
    assert (line.state, line.outcome, line.meta) == ("done", "dropped", {})
    assert await store.inbox.raw(line.id) == b""
    assert not await store.inbox.accept(arrival)


async def letters(belongings: Belongings) -> list[Letter]:
    return list(await belongings.letters(AddressScrub(MARIA, "gone")))


async def test_posted_lines_are_kept_so_that_they_can_be_drawn_again(database: Database) -> None:
    store = store_on(database)
    await put(store, PostLine(thread=1, entry=3))
    [parcel] = await leased(store.outbox)
    async with store.work() as work:
        await work.outbox.sent(parcel, "17")
    later = NOW + timedelta(days=36500)
    assert await SqlKeeping(database).forget_sent(later, 10) == 0
