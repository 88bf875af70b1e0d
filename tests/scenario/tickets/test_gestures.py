"""However a verb comes: by a button, a form, typed in a thread, twice, or by two people at once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.commands.call import Talk
from bot.domain import events as happened
from bot.domain.directory import Directory, ReplyMode
from bot.domain.messages import Voice
from bot.domain.people import Grant, Role
from bot.domain.work_items import Priority, TicketStatus
from bot.errors import TemporaryError
from bot.services.gestures.dispatch import DEADLINE, NOT_SAVED, Dispatcher
from tests.scenario.conftest import OpenDesk
from tests.scenario.desk import BOB, Desk, labels, line, told, words
from tests.scenario.stores import Watched, core_on

# ---------------------------------------------------------------- buttons and forms


@pytest.mark.parametrize("verb", ["assign", "priority", "tag", "snooze", "escalate", "note"])
async def test_a_button_without_its_words_opens_a_form(desk: Desk, verb: str) -> None:
    await desk.mail()
    reply = await desk.press("ana", f"dk1:{verb}:SUP-1")
    assert reply.form is not None
    assert reply.form.id == f"dk1:{verb}:SUP-1"
    assert "SUP-1" in reply.form.title


async def test_a_form_that_was_filled_in_runs(desk: Desk) -> None:
    await desk.mail()
    await desk.press("ana", "dk1:priority:SUP-1", priority="urgent")
    assert (await desk.ticket()).priority is Priority.URGENT


async def test_a_button_may_bring_its_argument(desk: Desk) -> None:
    await desk.mail()
    waits = next(a for a in (await desk.card()).menu if a.label == "Wait for customer")
    await desk.press("ana", waits.id)
    assert (await desk.ticket()).status is TicketStatus.PENDING


@pytest.mark.parametrize("action", ["dk1:explode:SUP-1", "dk9:claim:SUP-1", "nonsense"])
async def test_a_control_that_is_none_of_ours(desk: Desk, action: str) -> None:
    await desk.mail()
    assert (await desk.press("ana", action)).refused


async def test_every_button_of_a_card_works(desk: Desk) -> None:
    await desk.mail()
    await desk.run("ana", "/ticket claim SUP-1")
    card = await desk.card()
    for action in (*card.menu, *card.actions):
        reply = await desk.press("carla", action.id)
        assert not reply.refused, (action, told(reply))


async def test_the_same_gesture_again_does_nothing(desk: Desk) -> None:
    await desk.mail()
    note = replace(line("ana", "/ticket note SUP-1 once"), key="trigger-1")
    replies = [await desk.dispatcher.run(note) for _ in range(2)]
    assert "already done" in told(replies[1])
    assert await desk.happened(happened.NoteAdded) == 1


async def test_what_only_looks_may_come_again(desk: Desk) -> None:
    await desk.mail()
    queue = replace(line("ana", "/ticket queue"), key="trigger-1")
    first, second = [await desk.dispatcher.run(queue) for _ in range(2)]
    assert first == second


async def test_a_gesture_that_was_refused_may_be_tried_again(desk: Desk) -> None:
    await desk.mail()
    await desk.run("ben", "/ticket claim SUP-1")
    claim = replace(line("ana", "/ticket claim SUP-1"), key="trigger-1")
    assert (await desk.dispatcher.run(claim)).refused
    await desk.run("ben", "/ticket release SUP-1")
    assert not (await desk.dispatcher.run(claim)).refused


# ---------------------------------------------------------------- in the thread


async def test_in_a_thread_the_number_is_implied(desk: Desk) -> None:
    await desk.mail()
    assert told(await desk.say("ana", "SUP-1", "!claim")) == "SUP-1 is yours."
    await desk.say("ana", "SUP-1", "!priority high")
    ticket = await desk.ticket()
    assert (ticket.assignee, ticket.priority) == ("ana", Priority.HIGH)


@pytest.mark.parametrize("text", ["!nice work", "!unknown", "! claim", "!", "wow!claim"])
async def test_what_is_no_verb_stays_a_note(desk: Desk, text: str) -> None:
    await desk.mail()
    assert await desk.say("ana", "SUP-1", text) is None
    note = await desk.newest()
    assert (note.voice, note.text) == (Voice.NOTE, text)
    assert (await desk.ticket()).assignee is None


async def test_its_own_number_may_be_typed_as_well(desk: Desk) -> None:
    await desk.mail()
    await desk.say("ana", "SUP-1", "!claim sup-1")
    await desk.say("ana", "SUP-1", "!reply SUP-1 Hello")
    await desk.after(seconds=10)
    assert (await desk.ticket()).assignee == "ana"
    assert desk.mails()[0].text == "Hello\n"


@pytest.mark.parametrize("text", ["!claim SUP-2", "!reply SUP-2 Hello", "!resolve INC-1"])
async def test_another_number_in_a_thread_is_refused(desk: Desk, text: str) -> None:
    await desk.mail()
    await desk.mail(sender=BOB)
    reply = await desk.say("ana", "SUP-1", text)
    await desk.after(minutes=1)
    assert "In this thread everything is about SUP-1." in told(reply)
    assert desk.mails() == []


async def test_words_that_only_look_like_a_number_are_words(desk: Desk) -> None:
    await desk.mail()
    await desk.say("ana", "SUP-1", "!reply UTF-8 works now")
    await desk.after(seconds=10)
    assert desk.mails()[0].text == "UTF-8 works now\n"


async def test_a_reply_in_the_thread_keeps_its_lines(desk: Desk) -> None:
    await desk.mail()
    await desk.say("ana", "SUP-1", "!reply Hello,\n\n  it works.\nAna")
    await desk.after(seconds=10)
    assert desk.mails()[0].text == "Hello,\n\n  it works.\nAna\n"


async def test_a_mistake_in_a_thread_is_told_and_no_note(desk: Desk) -> None:
    await desk.mail()
    reply = await desk.say("ana", "SUP-1", "!priority hihg")
    assert "Did you mean `high`?" in told(reply)
    assert await desk.happened(happened.NoteAdded) == 0


@pytest.mark.parametrize("verb", ["reply", "priority", "note"])
async def test_a_bare_verb_in_a_thread_offers_its_form(desk: Desk, verb: str) -> None:
    await desk.mail()
    reply = await desk.say("ana", "SUP-1", f"!{verb}")
    assert reply is not None
    assert reply.card is not None
    (action,) = reply.card.actions
    form = (await desk.press("ana", action.id)).form
    assert form is not None
    assert form.id.startswith(f"dk1:{verb}:SUP-1")


async def test_verbs_about_nothing_work_in_a_thread(desk: Desk) -> None:
    await desk.mail()
    assert "SUP-1" in told(await desk.say("ana", "SUP-1", "!queue"))


async def test_talk_that_comes_twice_is_one_note(desk: Desk) -> None:
    await desk.mail()
    ref = await desk.thread_of("SUP-1")
    talk = Talk(surface="console", account="ana", thread=ref, text="once", key="ts-1")
    for _ in range(2):
        assert await desk.dispatcher.say(talk) is None
    assert await desk.happened(happened.NoteAdded) == 1


async def test_talk_in_a_strange_thread_is_nobodys_business(desk: Desk) -> None:
    await desk.mail()
    ref = replace(await desk.thread_of("SUP-1"), id="999")
    talk = Talk(surface="console", account="ana", thread=ref, text="!claim", key="1")
    assert await desk.dispatcher.say(talk) is None


# ---------------------------------------------------------------- two at once


async def test_of_two_claims_at_once_one_wins(desk: Desk) -> None:
    await desk.mail()
    replies = await asyncio.gather(
        *(desk.dispatcher.run(line(person, "/ticket claim SUP-1")) for person in ("ana", "ben"))
    )
    assert sorted(reply.refused for reply in replies) == [False, True]
    holder = (await desk.ticket()).assignee
    loser = next(reply for reply in replies if reply.refused)
    name = desk.core.directory.name_of(holder or "")
    assert told(loser).startswith(f"{name} has it since 2026-03-02 09:00 UTC.")
    assert await desk.happened(happened.Claimed) == 1


async def test_a_lead_is_offered_to_take_over(desk: Desk) -> None:
    await desk.mail()
    await desk.run("ana", "/ticket claim SUP-1")
    loser = await desk.run("carla", "/ticket claim SUP-1")
    assert loser.card is not None
    assert labels(loser.card) == ["Take over"]
    await desk.press("carla", loser.card.actions[0].id)
    assert (await desk.ticket()).assignee == "carla"
    assert "Carla took it over from Ana" in words((await desk.posts())[-1])


async def test_an_agent_is_told_whom_to_ask(desk: Desk) -> None:
    await desk.mail()
    await desk.run("ana", "/ticket claim SUP-1")
    for typed in ("claim SUP-1", "release SUP-1", "assign SUP-1 me"):
        reply = await desk.run("ben", f"/ticket {typed}")
        assert reply.refused
        assert told(reply).endswith("Ask Ana, or a lead, who can hand it over.")


@pytest.mark.parametrize(
    ("mode", "text"), [(ReplyMode.MIRROR, "!reslove"), (ReplyMode.PREFIX, "> !reslove")]
)
async def test_a_mistyped_command_is_not_mailed(
    open_desk: OpenDesk, directory: Directory, mode: ReplyMode, text: str
) -> None:
    support = replace(directory.desks["support"], reply_mode=mode)
    desk = await open_desk(desks={**directory.desks, "support": support})
    await desk.mail()
    reply = await desk.say("ana", "SUP-1", text)
    assert told(reply).startswith("“!reslove” looks like a command, so nothing was sent.")
    assert "Did you mean `!resolve`?" in told(reply)
    assert len(await desk.messages()) == 1


# ---------------------------------------------------------------- completion


async def test_a_line_is_completed_with_what_one_may_see(desk: Desk) -> None:
    await desk.mail()
    await desk.mail(to="billing@shop.example")
    proposals = await desk.dispatcher.complete("console", "ana", "/ticket claim ", None)
    assert [proposal.line for proposal in proposals] == ["/ticket claim SUP-1 "]


@pytest.mark.parametrize(
    ("person", "line", "proposed"),
    [("dora", "/ticket show ", "BIL-1"), ("ana", "/ticket show SUP-1", "SUP-1")],
)
async def test_what_is_newer_hides_no_proposals(
    open_desk: OpenDesk, directory: Directory, person: str, line: str, proposed: str
) -> None:
    grant = Grant(role=Role.AGENT, desk="billing")
    ana = directory.people["ana"]
    dora = replace(ana, key="dora", grants=(grant,), accounts={"console": "dora"})
    desk = await open_desk(people={**directory.people, "dora": dora})
    await desk.mail(to="billing@shop.example")
    for number in range(26):
        await desk.mail(subject=f"Matter {number}")
    proposals = await desk.dispatcher.complete("console", person, line, None)
    assert f"/ticket show {proposed} " in [proposal.line for proposal in proposals]


async def test_what_has_ended_is_proposed_by_its_number(desk: Desk) -> None:
    await desk.mail()
    await desk.run("ana", "/ticket resolve SUP-1")
    assert not await desk.dispatcher.complete("console", "ana", "/ticket reopen ", None)
    (found,) = await desk.dispatcher.complete("console", "ana", "/ticket reopen SUP-1", None)
    assert found.line == "/ticket reopen SUP-1 "


@pytest.mark.parametrize("person", ["gus", "nobody"])
async def test_nobody_is_told_names_by_completion(desk: Desk, person: str) -> None:
    await desk.mail()
    assert await desk.dispatcher.complete("console", person, "/ticket assign SUP-1 ", None) == ()


# ---------------------------------------------------------------- a database that is away


async def away() -> None:
    """A database that answers with an error."""
    raise TemporaryError("the database is busy or away")


async def never() -> None:
    """A database that does not answer at all."""
    await asyncio.Event().wait()


@pytest.mark.parametrize("trouble", [away, never])
async def test_what_could_not_be_saved_is_said(
    desk: Desk, trouble: Callable[[], Awaitable[None]]
) -> None:
    await desk.mail()
    core = core_on(desk, Watched(desk.store, trouble))
    dispatcher = Dispatcher(core, desk.dispatcher.table, timedelta(milliseconds=20))
    reply = await dispatcher.run(line("ana", "/ticket claim SUP-1"))
    assert (told(reply), reply.refused) == (NOT_SAVED, True)
    assert (await desk.ticket()).assignee is None


@pytest.mark.parametrize("text", ["!claim", "a note"])
async def test_talk_that_could_not_be_saved_is_said(desk: Desk, text: str) -> None:
    await desk.mail()
    dispatcher = Dispatcher(core_on(desk, Watched(desk.store, away)), desk.dispatcher.table)
    ref = await desk.thread_of("SUP-1")
    talk = Talk(surface="console", account="ana", thread=ref, text=text, key="1")
    assert told(await dispatcher.say(talk)) == NOT_SAVED
    assert await dispatcher.complete("console", "ana", "/ticket claim ", ref) == ()


def test_an_answer_comes_before_a_platform_gives_up() -> None:
    assert timedelta(seconds=2.5) >= DEADLINE
