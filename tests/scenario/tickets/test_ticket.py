"""The main job of the desk: mail in, claim, reply, undo, customer answers, resolve."""

from __future__ import annotations

from bot.domain import events as happened
from bot.domain.messages import Delivery, Voice
from bot.domain.work_items import TicketStatus
from tests.scenario.world import World

MARIA = "maria@acme.example"


async def test_a_mail_becomes_a_ticket_with_a_card_and_a_thread(world: World) -> None:
    await world.mail("Our invoices show 19% VAT.")
    ticket = await world.ticket()
    assert (ticket.title, ticket.status) == ("Invoice shows wrong VAT", TicketStatus.NEW)
    assert ticket.requester.address == MARIA
    (card,) = world.surface.channel("support")
    assert card.card.number == "SUP-1"
    assert await world.thread() == ["Maria Huber on SUP-1: Our invoices show 19% VAT."]


async def test_the_customer_is_thanked_once(world: World) -> None:
    mail_id = await world.mail()
    (thanks,) = world.mailbox.mails(MARIA)
    assert thanks.subject == "Re: Invoice shows wrong VAT [SUP-1]"
    assert (thanks.automatic, thanks.in_reply_to) == ("auto-replied", mail_id)


async def test_an_agents_reply_leaves_after_the_undo_window(world: World) -> None:
    await world.mail()
    await world.run("ana", "/ticket reply SUP-1 It is fixed.")
    assert len(world.mailbox.mails(MARIA)) == 1
    await world.after(seconds=10)
    reply = world.mailbox.mails(MARIA)[1]
    assert reply.text == "It is fixed.\n"
    assert (await world.messages())[-1].delivery is Delivery.SENT
    assert (await world.ticket()).status is TicketStatus.PENDING


async def test_undo_takes_the_reply_back(world: World) -> None:
    await world.mail()
    await world.run("ana", "/ticket reply SUP-1 Wrong words.")
    reply = await world.press("ana", "dk1:undo:SUP-1")
    assert not reply.refused
    await world.after(minutes=1)
    assert len(world.mailbox.mails(MARIA)) == 1
    assert (await world.messages())[-1].delivery is Delivery.UNDONE


async def test_the_customers_answer_goes_on_with_the_ticket(world: World) -> None:
    await world.mail()
    await world.run("ana", "/ticket reply SUP-1 Better now?")
    await world.after(seconds=10)
    reply = world.mailbox.mails(MARIA)[1]
    await world.mail("Yes, thanks!", to=reply.reply_to, subject="Re: something else")
    assert [m.voice for m in await world.messages()][-1] is Voice.CUSTOMER
    assert (await world.ticket()).status is TicketStatus.OPEN


async def test_a_clock_is_at_risk_once_and_breached_once(world: World) -> None:
    await world.mail()
    await world.after(minutes=46)
    await world.after(minutes=5)
    assert await world.happened(happened.SlaAtRisk) == 1
    await world.after(minutes=10)
    await world.after(hours=1)
    assert await world.happened(happened.SlaBreached) == 1
    assert await world.happened(happened.TicketEscalated) == 1
    assert len(world.surface.directs("carla")) == 1
