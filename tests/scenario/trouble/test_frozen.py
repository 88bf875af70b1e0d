"""What leaves is what was decided: O1 (whole or not at all, and frozen), O6 (who it comes from)."""

from __future__ import annotations

import contextlib

from bot.domain.effects import ParcelState, SendMail
from bot.domain.mail import OutboundMail
from bot.services.gestures import talk
from tests.scenario.desk import BOB, EVE, MARIA, Desk


async def waiting(desk: Desk) -> list[OutboundMail]:
    """The mails that wait to leave."""
    rows = await desk.store.outbox.find(ParcelState.WAITING)
    return [row.effect.mail for row in rows if isinstance(row.effect, SendMail)]


async def test_o1_a_mail_under_way_is_what_it_was_when_it_was_written(desk: Desk) -> None:
    await desk.mail()
    await desk.run("ana", "/ticket reply SUP-1 It is fixed.")
    [written] = [mail for mail in await waiting(desk) if not mail.automatic]
    await desk.run("ana", "/ticket note SUP-1 Only for us")
    await desk.run("ana", f"/ticket add SUP-1 {BOB}")
    await desk.run("ana", f"/ticket readdress SUP-1 {MARIA} {EVE}")
    await desk.mail("One more thing", subject="Re: x [SUP-1]", sender=EVE)
    await desk.after(seconds=10)
    assert (desk.mails(MARIA), desk.mails(BOB), desk.mails(EVE)) == ([written], [], [])


async def test_o1_a_reply_that_was_not_saved_is_not_sent(desk: Desk) -> None:
    await desk.mail()
    ticket, ana = await desk.ticket(), desk.core.directory.people["ana"]
    answer = talk.Answer(text="It is fixed.", then=ticket.status)
    with contextlib.suppress(ZeroDivisionError):
        async with desk.store.work() as work:
            await talk.reply(desk.core, work, ticket, ana, answer, desk.clock.now())
            raise ZeroDivisionError
    await desk.after(minutes=1)
    assert (desk.mails(), len(await desk.messages())) == ([], 1)


async def test_o6_a_mail_comes_from_the_desk_and_names_the_agent_only_in_display(
    desk: Desk,
) -> None:
    await desk.mail()
    mail = await desk.replied()
    assert str(mail.sender) == "Ana (Shop Support) <support@shop.example>"
    senders = {sent.sender.address for sent in desk.mailbox.mails()}
    returns = {sent.envelope_from.rpartition("@")[2] for sent in desk.mailbox.mails()}
    assert (senders, returns) == ({"support@shop.example"}, {"shop.example"})


async def test_o6_nothing_is_sent_in_the_name_of_a_customer(desk: Desk) -> None:
    await desk.mail("From me", sender=f"Support <{BOB}>")
    await desk.run("ana", f"/ticket add SUP-1 {EVE}")
    await desk.replied()
    await desk.answer(desk.mails(EVE)[-1], "And I", sender=EVE)
    await desk.replied("To both")
    assert {sent.sender.address for sent in desk.mailbox.mails()} == {"support@shop.example"}
