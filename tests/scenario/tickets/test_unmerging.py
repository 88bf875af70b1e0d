"""Undoing a merge: the ticket goes on by itself, and what was said since stays where it was."""

from __future__ import annotations

from typing import Any

import pytest

from bot.domain import events as happened
from bot.domain.directory import Directory
from bot.domain.messages import Voice
from bot.domain.people import Grant, Person, Role
from bot.domain.work_items import TicketStatus
from tests.scenario.conftest import OpenDesk
from tests.scenario.desk import BOB, EVE, MARIA, Desk, labels, told, words
from tests.scenario.tickets.test_merged_figures import week
from tests.scenario.tickets.test_merging import LEAD, LOG, merged, people

ADMIN = Person(key="ada", name="Ada", grants=(Grant(role=Role.ADMIN),), accounts={"console": "ada"})


@pytest.fixture
async def desk(open_desk: OpenDesk, directory: Directory) -> Desk:
    """Two tickets, of Maria and of Bob; Maria is answered, Bob is not, and joined her ticket."""
    desk = await open_desk(people={**directory.people, "lea": LEAD})
    await desk.mail()
    await desk.mail("My words.", sender=f"Bob <{BOB}>", subject="Same for me", files=[LOG])
    await desk.replied()
    await desk.run("ana", "/ticket status SUP-1 pending")
    await merged(desk)
    await desk.after(minutes=5)
    return desk


async def undone(desk: Desk, number: str = "SUP-2") -> str:
    reply = await desk.run("lea", f"/ticket unmerge {number}")
    assert not reply.refused, told(reply)
    return told(reply)


async def test_both_are_as_they_were(desk: Desk) -> None:
    mailed = len(desk.mailbox.mails())
    said = await undone(desk)
    ticket, home = await desk.ticket("SUP-2"), await desk.ticket("SUP-1")
    assert (ticket.status, ticket.merged_into, ticket.resolved_at) == (TicketStatus.NEW, "", None)
    assert (home.status, await people(desk)) == (TicketStatus.PENDING, [MARIA])
    assert said.startswith("SUP-2 is a ticket of its own again")
    assert f"{BOB}: no part in SUP-1 any more." in said
    assert len(desk.mailbox.mails()) == mailed


async def test_both_threads_tell_it(desk: Desk) -> None:
    await undone(desk)
    assert "SUP-2: Lea took it out of SUP-1 again; it goes on by itself" in (
        await desk.thread("SUP-2")
    )
    assert "SUP-1: Lea took SUP-2 “Same for me” out of it again" in await desk.thread("SUP-1")
    assert "Claim" in labels(await desk.card("SUP-2"))


async def test_its_buttons_undo_it(desk: Desk) -> None:
    menu = {action.label: action.id for action in (await desk.card("SUP-2")).menu}
    reply = await desk.press("lea", menu["Undo the merge"])
    assert "SUP-2 is a ticket of its own again" in told(reply)
    again = await desk.run("lea", "/ticket merge SUP-2 SUP-1 join")
    assert again.card is not None
    await desk.press("lea", again.card.actions[0].id)
    assert (await desk.ticket("SUP-2")).merged_into == ""


async def test_what_was_carried_stays_as_a_note(desk: Desk) -> None:
    await undone(desk)
    note = await desk.newest("SUP-1")
    assert (note.text, note.voice) == ("My words.", Voice.NOTE)
    assert "a ticket of its own again" in " ".join(note.warnings)
    shown = next(post for post in await desk.posts("SUP-1") if "My words." in words(post))
    assert "internal" in words(shown)


@pytest.mark.parametrize("way", ["key", "id", "tag"])
async def test_its_mail_comes_to_it_again(desk: Desk, way: str) -> None:
    await undone(desk)
    mail_id = (await desk.messages("SUP-2"))[0].mail_id
    mail = await desk.replied("Hello Bob", "SUP-2")
    facts: dict[str, dict[str, Any]] = {
        "key": {"to": mail.reply_to, "subject": "x"},
        "id": {"In_Reply_To": f"<{mail_id}>", "subject": "x"},
        "tag": {"subject": "Re: same [SUP-2]"},
    }
    await desk.mail("I am back", sender=BOB, **facts[way])
    assert (await desk.newest("SUP-2")).text == "I am back"


async def test_what_they_wrote_since_and_nobody_answered_goes_along(desk: Desk) -> None:
    await desk.mail("And one more.", sender=BOB, subject="Re: [SUP-2]", files=[LOG])
    assert (await desk.newest("SUP-1")).text == "And one more."
    assert "nobody answered is on SUP-2 too" in await undone(desk)
    along, there = await desk.newest("SUP-2"), await desk.messages("SUP-1")
    assert (along.text, along.voice) == ("And one more.", Voice.CUSTOMER)
    assert [file.name for file in along.attachments] == ["log.txt"]
    assert "And one more." in [message.text for message in there]


async def test_what_was_answered_since_is_answered(desk: Desk) -> None:
    await desk.replied("Here you both are.")
    assert "too." not in await undone(desk)
    assert [m.text for m in await desk.messages("SUP-2")] == ["My words."]
    assert "because an agent replied" in told(await desk.run("ana", "/ticket sla SUP-2"))


async def test_their_answer_to_what_was_said_there_is_held_there(desk: Desk) -> None:
    await desk.replied("Here you both are.")
    await undone(desk)
    await desk.answer(desk.mails(BOB)[-1], "Thanks!", sender=BOB)
    assert (await desk.newest("SUP-1")).voice is Voice.HELD


async def test_who_was_added_by_hand_since_stays(desk: Desk) -> None:
    await desk.run("ana", f"/ticket remove SUP-1 {BOB}")
    await desk.run("ana", f"/ticket add SUP-1 {BOB}")
    await undone(desk)
    assert await people(desk) == [MARIA, BOB]


async def test_whom_another_merged_ticket_brings_as_well_stays(desk: Desk) -> None:
    await desk.mail("More", sender=BOB, subject="A third")
    await merged(desk, "SUP-3 SUP-1 join")
    await undone(desk)
    assert await people(desk) == [MARIA, BOB]
    await undone(desk, "SUP-3")


async def test_of_a_chain_the_later_merge_is_undone_first(desk: Desk) -> None:
    await desk.mail(sender=EVE, subject="A third")
    await merged(desk, "SUP-1 SUP-3 join")
    reply = await desk.run("lea", "/ticket unmerge SUP-2")
    assert reply.refused
    assert "Undo the later merge first: `/ticket unmerge SUP-1`" in told(reply)
    await undone(desk, "SUP-1")
    await undone(desk)
    assert [t.merged_into for t in await desk.tickets()] == ["", "", ""]


async def test_a_reply_leaves_first(desk: Desk) -> None:
    await desk.run("ana", "/ticket reply SUP-1 Hello")
    assert "just being sent" in told(await desk.run("lea", "/ticket unmerge SUP-2"))


async def test_one_that_is_its_own_is_told_so(desk: Desk) -> None:
    reply = await desk.run("lea", "/ticket unmerge SUP-1")
    assert reply.refused
    assert "Name the one that was merged: `/ticket unmerge SUP-2`" in told(reply)


async def test_the_right_is_asked_on_both(open_desk: OpenDesk, directory: Directory) -> None:
    desk = await open_desk(people={**directory.people, "lea": LEAD, "ada": ADMIN})
    await desk.mail()
    await desk.mail(to="billing@shop.example", subject="Bill")
    assert not (await desk.run("ada", "/ticket merge SUP-1 BIL-1")).refused
    assert "needs the right to merge" in told(await desk.run("lea", "/ticket unmerge SUP-1"))
    assert not (await desk.run("ada", "/ticket unmerge SUP-1")).refused


async def test_it_counts_as_if_it_had_never_been_merged(desk: Desk) -> None:
    assert ((await week(desk)).merged, (await week(desk)).backlog) == (1, 1)
    await undone(desk)
    found = await week(desk)
    assert (found.merged, found.resolved, found.backlog) == (0, 0, 2)
    await merged(desk)
    assert (await week(desk)).merged == 1


async def test_its_clocks_run_as_if_it_had_never_been_merged(desk: Desk) -> None:
    await desk.after(hours=2)
    assert await desk.happened(happened.SlaBreached, "SUP-2") == 0
    await undone(desk)
    await desk.after(minutes=1)
    assert await desk.happened(happened.SlaBreached, "SUP-2") == 1


async def test_the_other_is_owed_nothing_by_it_any_more(desk: Desk) -> None:
    assert (await desk.ticket("SUP-1")).due_at is not None
    await undone(desk)
    sla = told(await desk.run("ana", "/ticket sla SUP-1"))
    assert "what waited for an answer went back to a ticket of its own" in sla
    await desk.after(hours=8)
    assert await desk.happened(happened.SlaBreached, "SUP-1") == 0


async def test_its_sleep_goes_on(desk: Desk) -> None:
    await undone(desk)
    await desk.run("ana", "/ticket snooze SUP-2 3h")
    await merged(desk)
    await desk.after(hours=1)
    await undone(desk)
    assert (await desk.ticket("SUP-2")).snoozed_until is not None
    await desk.after(hours=3)
    assert (await desk.ticket("SUP-2")).snoozed_until is None
