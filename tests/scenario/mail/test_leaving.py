"""Whoever takes part no more gets nothing that waits; messages say so (O7)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

import pytest

from adapters.memory.mailbox import MemoryMailbox
from bot.domain.effects import ParcelState, Pool
from bot.domain.mail import Acceptance, Attachment, OutboundMail
from bot.domain.messages import Delivery
from bot.engine.outbox import OutboxPass
from bot.errors import TemporaryError
from bot.services.delivery.delivering import Delivering
from bot.services.mailing.outgoing import leaving, withholding
from tests.scenario.conftest import OpenDesk
from tests.scenario.desk import BOB, EVE, MARIA, Desk, line, told, words
from tests.scenario.mail.test_mail_origin import complain
from tests.scenario.mail.test_returned import returned

PUBLIC = "https://desk.example"


@pytest.fixture
async def desk(open_desk: OpenDesk) -> Desk:
    """Maria's ticket, on which Bob takes part; mails name the way out."""
    desk = await open_desk(public_url=PUBLIC)
    await desk.mail()
    await desk.run("ana", f"/ticket add SUP-1 {BOB}")
    return desk


def way_out(desk: Desk, address: str = BOB) -> str:
    """The token of the link in the newest mail to somebody."""
    url = f"{PUBLIC}/u/"
    text = desk.mailbox.mails(address)[-1]
    return f"{text.unsubscribe_url} {text.text}".partition(url)[2].split()[0]


async def written(desk: Desk, text: str = "It is fixed.") -> None:
    """Ana answers, and the mails wait for the undo window to end."""
    assert not (await desk.run("ana", f"/ticket reply SUP-1 {text}")).refused


async def copies(desk: Desk) -> dict[str, Delivery]:
    return {copy.recipient: copy.delivery for copy in (await desk.newest()).copies}


async def cancelled(desk: Desk) -> list[str]:
    return [row.detail for row in await desk.store.outbox.find(ParcelState.CANCELLED)]


async def test_o7_who_left_by_the_link_gets_nothing_that_waits(desk: Desk) -> None:
    await written(desk)
    assert await leaving.leave(desk.core, way_out(desk), desk.clock.now()) is not None
    await desk.after(seconds=10)
    assert (len(desk.mails(MARIA)), desk.mails(BOB)) == (1, [])
    assert await copies(desk) == {MARIA: Delivery.SENT, BOB: Delivery.CANCELLED}
    assert await cancelled(desk) == ["cancelled: they left SUP-1"]
    assert f"🚫 not sent to {BOB}: they left SUP-1" in words((await desk.posts())[-2])


async def test_o7_who_was_removed_gets_nothing_that_waits(desk: Desk) -> None:
    await written(desk)
    reply = await desk.run("ana", f"/ticket remove SUP-1 {BOB}")
    assert told(reply).endswith("about SUP-1. What still waited for them is not sent.")
    await desk.after(seconds=10)
    assert desk.mails(BOB) == []
    assert await cancelled(desk) == ["cancelled: Ana took them off the ticket"]


async def test_o7_nothing_is_said_of_mail_when_none_waits(desk: Desk) -> None:
    reply = await desk.run("ana", f"/ticket remove SUP-1 {BOB}")
    assert told(reply) == f"{BOB} gets no more mail about SUP-1."


async def test_o7_a_mail_that_was_deferred_is_not_tried_again(desk: Desk) -> None:
    await written(desk)
    desk.mailbox.script.outage(TemporaryError("451 try later"))
    await desk.after(seconds=10)
    desk.mailbox.script.outage(None)
    await desk.run("ana", f"/ticket remove SUP-1 {BOB}")
    await desk.after(hours=1)
    assert (len(desk.mails(MARIA)), desk.mails(BOB)) == (1, [])


async def test_o7_one_that_may_have_arrived_says_so(desk: Desk) -> None:
    await written(desk)
    desk.mailbox.script.outage(TemporaryError("no answer", ambiguous=True))
    await desk.after(seconds=10)
    await desk.run("ana", f"/ticket remove SUP-1 {BOB}")
    copy = next(c for c in (await desk.newest()).copies if c.recipient == BOB)
    assert copy.detail == "Ana took them off the ticket; an earlier try may have arrived"


async def test_o7_what_is_left_of_the_reply_can_be_taken_back(desk: Desk) -> None:
    await written(desk)
    await desk.run("ana", f"/ticket remove SUP-1 {BOB}")
    assert not (await desk.run("ana", "/ticket undo SUP-1")).refused
    await desk.after(seconds=10)
    assert desk.mails(MARIA) == []


async def test_o7_who_comes_back_is_not_told_of_what_they_did_not_get(desk: Desk) -> None:
    await written(desk, "One")
    await desk.run("ana", f"/ticket remove SUP-1 {BOB}")
    await desk.after(seconds=10)
    await desk.run("ana", f"/ticket add SUP-1 {BOB}")
    await desk.replied("Two")
    [mail] = desk.mails(BOB)
    assert len(mail.references) == 1


async def test_b2_a_complaint_cancels_what_waits_on_every_ticket(desk: Desk) -> None:
    await desk.mail(subject="Another", sender=MARIA)
    mail = await desk.replied()
    await written(desk)
    await desk.run("ana", "/ticket reply SUP-2 Hello")
    await complain(desk, mail.message_id)
    await desk.after(seconds=10)
    assert len(desk.mails(MARIA)) == 1
    assert await cancelled(desk) == ["cancelled: they called a mail of ours spam"] * 2
    arrived = f"⚠️ The mail to {MARIA} arrived, but they called it spam (abuse)"
    assert any(arrived in line for line in await desk.thread())


class Slow(MemoryMailbox):
    """A smarthost that thinks about Bob's mail until something has happened, and then defers it."""

    def __init__(self, meanwhile: Callable[[], Awaitable[object]], *, answers: bool = True) -> None:
        super().__init__()
        self._meanwhile = meanwhile
        self._answers = answers
        self.tries = 0

    async def send(self, mail: OutboundMail, files: Sequence[Attachment]) -> Acceptance:
        if mail.recipient.address == BOB:
            self.tries += 1
            await self._meanwhile()
            raise TemporaryError("451 try later", ambiguous=not self._answers)
        return await super().send(mail, files)


def by(desk: Desk, smarthost: Slow) -> None:
    """Mail leaves by that smarthost from now on."""
    delivering = Delivering(desk.core, {}, smarthost, {})
    desk.outboxes[-1] = desk.passes[-1] = OutboxPass(desk.core, delivering, Pool.MAIL, lambda: 0.5)


@pytest.mark.parametrize(
    ("answers", "why"),
    [
        (True, "they take part no more"),
        (False, "they take part no more; an earlier try may have arrived"),
    ],
)
async def test_o7_a_mail_that_was_being_sent_is_not_tried_again(
    desk: Desk, answers: bool, why: str
) -> None:
    token = way_out(desk)
    slow = Slow(lambda: leaving.leave(desk.core, token, desk.clock.now()), answers=answers)
    by(desk, slow)
    await written(desk)
    await desk.after(seconds=10)
    await desk.after(days=1)
    assert slow.tries == 1
    assert await cancelled(desk) == ["cancelled: they take part no more"]
    copy = next(c for c in (await desk.newest()).copies if c.recipient == BOB)
    assert (copy.delivery, copy.detail) == (Delivery.CANCELLED, why)


async def test_o5_who_moved_to_another_address_still_gets_it(desk: Desk) -> None:
    typed = f"/ticket readdress SUP-1 {BOB} bob@home.example"
    slow = Slow(lambda: desk.dispatcher.run(line("ana", typed)))
    by(desk, slow)
    await written(desk)
    await desk.after(seconds=10)
    await desk.after(minutes=1)
    assert (slow.tries, await cancelled(desk)) == (2, [])


# ---------------------------------------------------------------- whose place was taken


async def test_b1_a_late_bounce_of_who_left_stops_nobody_else(desk: Desk) -> None:
    await desk.replied()
    await desk.run("ana", f"/ticket remove SUP-1 {BOB}")
    await desk.run("ana", f"/ticket add SUP-1 {EVE}")
    await returned(desk, BOB)
    await desk.replied("Again")
    assert await copies(desk) == {MARIA: Delivery.SENT, EVE: Delivery.SENT}


async def test_who_comes_back_is_welcomed_anew(desk: Desk) -> None:
    await desk.run("ana", f"/ticket remove SUP-1 {BOB}")
    await desk.run("ana", f"/ticket add SUP-1 {BOB}")
    assert len(desk.mailbox.mails(BOB)) == 2


async def test_o7_what_an_operator_cancels_says_so(desk: Desk) -> None:
    await desk.run("ana", "/ticket reply SUP-1 Done.")
    mails = await desk.store.outbox.find(ParcelState.WAITING, limit=50)
    rows = [row.id for row in mails if row.pool is Pool.MAIL]
    assert [await withholding.drop(desk.store, row, "root") for row in rows] == [True, True]
    assert not await withholding.drop(desk.store, rows[0], "root")
    assert (await desk.newest()).delivery is Delivery.CANCELLED
