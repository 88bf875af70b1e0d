"""A reply can be taken back before it leaves, and everything is as it was."""

from __future__ import annotations

from bot.domain import events as happened
from bot.domain.messages import Delivery
from bot.domain.work_items import TicketStatus
from tests.scenario.desk import BOB, Desk, told, words


async def test_undo_brings_back_the_status(desk: Desk) -> None:
    await desk.mail()
    await desk.run("ana", "/ticket claim SUP-1")
    await desk.run("ana", "/ticket reply SUP-1 Oops --resolve")
    await desk.run("ana", "/ticket undo SUP-1")
    ticket = await desk.ticket()
    assert (ticket.status, ticket.resolved_at) == (TicketStatus.NEW, None)
    assert "↩ taken back" in words((await desk.posts())[-2])


async def test_undo_of_a_reply_that_came_with_the_claim(desk: Desk) -> None:
    await desk.mail()
    due_at = (await desk.ticket()).due_at
    await desk.run("ana", "/ticket reply SUP-1 Oops")
    assert (await desk.ticket()).due_at != due_at
    reply = await desk.run("ana", "/ticket undo SUP-1")
    ticket = await desk.ticket()
    assert told(reply) == "Taken back: nothing was sent to the customer of SUP-1."
    assert (ticket.assignee, ticket.status, ticket.due_at) == ("ana", TicketStatus.NEW, due_at)


async def test_undo_keeps_what_happened_since(desk: Desk) -> None:
    await desk.mail()
    await desk.run("ana", "/ticket reply SUP-1 Oops")
    await desk.answer(desk.mailbox.mails()[0], "Wait!")
    await desk.run("ana", "/ticket undo SUP-1")
    assert (await desk.ticket()).status is TicketStatus.OPEN


async def test_undo_comes_too_late(desk: Desk) -> None:
    await desk.mail()
    await desk.replied()
    reply = await desk.run("ana", "/ticket undo SUP-1")
    assert reply.refused
    assert told(reply).startswith("Too late to undo on SUP-1: the mail has left.")
    assert (await desk.newest()).delivery is Delivery.SENT


async def test_undo_twice_says_so(desk: Desk) -> None:
    await desk.mail()
    await desk.run("ana", "/ticket reply SUP-1 Oops")
    await desk.run("ana", "/ticket undo SUP-1")
    reply = await desk.run("ana", "/ticket undo SUP-1")
    assert reply.refused
    assert "taken back already" in told(reply)
    assert await desk.happened(happened.ReplyUndone) == 1


async def test_there_is_nothing_to_undo(desk: Desk) -> None:
    await desk.mail()
    reply = await desk.run("ana", "/ticket undo SUP-1")
    assert "no reply to take back" in told(reply)


async def test_undo_takes_every_copy_back(desk: Desk) -> None:
    await desk.mail()
    await desk.run("ana", f"/ticket add SUP-1 {BOB}")
    sent = len(desk.mailbox.mails())
    await desk.run("ana", "/ticket reply SUP-1 Oops")
    await desk.run("ana", "/ticket add SUP-1 zoe@acme.example")
    assert not (await desk.run("ana", "/ticket undo SUP-1")).refused
    await desk.after(minutes=1)
    assert [mail.text for mail in desk.mailbox.mails()[sent:] if not mail.automatic] == []


async def test_what_was_taken_back_is_in_nobodys_references(desk: Desk) -> None:
    first = await desk.mail()
    await desk.run("ana", "/ticket reply SUP-1 Oops")
    await desk.run("ana", "/ticket undo SUP-1")
    assert (await desk.replied("Right words.")).references == (first,)


async def test_undo_takes_ones_own_reply_back_and_not_a_quicker_colleagues(desk: Desk) -> None:
    await desk.mail()
    await desk.run("ana", "/ticket reply SUP-1 Ana's wrong words")
    await desk.run("ben", "/ticket reply SUP-1 Ben's words")
    assert not (await desk.run("ana", "/ticket undo SUP-1")).refused
    await desk.after(minutes=1)
    assert [mail.text.strip() for mail in desk.mails()] == ["Ben's words"]


async def test_an_undo_button_takes_back_the_reply_it_stands_under(desk: Desk) -> None:
    await desk.mail()
    sent = await desk.run("ana", "/ticket reply SUP-1 first")
    await desk.run("ana", "/ticket reply SUP-1 second")
    assert sent.card is not None
    await desk.press("ben", sent.card.actions[0].id)
    await desk.after(minutes=1)
    assert [mail.text.strip() for mail in desk.mails()] == ["second"]
    assert (await desk.ticket()).status is TicketStatus.PENDING


async def test_undo_again_takes_the_reply_before_it_back(desk: Desk) -> None:
    await desk.mail()
    await desk.run("ana", "/ticket reply SUP-1 first")
    await desk.run("ana", "/ticket reply SUP-1 second")
    assert not (await desk.run("ana", "/ticket undo SUP-1")).refused
    assert not (await desk.run("ana", "/ticket undo SUP-1")).refused
    await desk.after(minutes=1)
    assert desk.mails() == []


async def test_a_colleague_may_undo_for_the_one_who_wrote(desk: Desk) -> None:
    await desk.mail()
    await desk.run("ana", "/ticket reply SUP-1 Oops")
    assert not (await desk.run("ben", "/ticket undo SUP-1")).refused
