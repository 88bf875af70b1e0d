"""`/ticket` and its verbs, however they come: typed, in a thread, by a button, by a form."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.cards import plain
from bot.commands.call import Invocation, Talk
from bot.domain import events as happened
from bot.domain.messages import Voice
from bot.domain.work_items import Priority, TicketStatus
from bot.errors import TemporaryError
from bot.services.dispatch import DEADLINE, NOT_SAVED, Dispatcher
from tests.scenario.desk import BOB, EVE, MARIA, Desk, labels, told, words
from tests.scenario.stores import Watched, core_on


def line(person: str, typed: str) -> Invocation:
    """A typed line that no platform delivers twice."""
    return Invocation(surface="console", account=person, key="", line=typed)


# ---------------------------------------------------------------- each verb does what it says


async def test_claim_and_release(desk: Desk) -> None:
    await desk.mail()
    assert told(await desk.run("ana", "/ticket claim SUP-1")) == "SUP-1 is yours."
    assert told(await desk.run("ana", "/ticket claim SUP-1")) == "You have SUP-1 already."
    assert (await desk.ticket()).assignee == "ana"
    reply = await desk.run("ana", "/ticket release SUP-1")
    assert told(reply) == "SUP-1 is back in the queue."
    assert (await desk.ticket()).assignee is None


async def test_assign_hands_it_over_and_mentions(desk: Desk) -> None:
    await desk.mail()
    reply = await desk.run("ana", "/ticket assign SUP-1 @ben")
    assert told(reply) == "SUP-1 is with Ben now."
    assert words((await desk.posts())[-1]) == "Ben Ana assigned it to Ben"


@pytest.mark.parametrize("word", ["ben", "@ben", "Ben", "ben@shop.example", "person:ben"])
async def test_people_are_found_by_many_names(desk: Desk, word: str) -> None:
    await desk.mail()
    await desk.run("ana", f"/ticket assign SUP-1 {word}")
    assert (await desk.ticket()).assignee == "ben"


async def test_an_unknown_person_is_guessed(desk: Desk) -> None:
    await desk.mail()
    reply = await desk.run("ana", "/ticket assign SUP-1 @bem")
    assert told(reply) == "I do not know “@bem”. | Did you mean @ben?"


async def test_who_may_not_work_on_it_cannot_be_given_it(desk: Desk) -> None:
    await desk.mail()
    reply = await desk.run("ana", "/ticket assign SUP-1 gus")
    assert "Gus may not work on SUP-1" in told(reply)


@pytest.mark.parametrize("status", ["open", "pending", "on-hold", "On Hold", "resolved"])
async def test_status(desk: Desk, status: str) -> None:
    await desk.mail()
    wanted = status.lower().replace("-", "_").replace(" ", "_")
    await desk.press("ana", "dk1:status:SUP-1", status=status)
    assert (await desk.ticket()).status == wanted


async def test_resolve_and_reopen(desk: Desk) -> None:
    await desk.mail()
    assert told(await desk.run("ana", "/ticket resolve SUP-1 spam")) == "SUP-1 is resolved."
    assert labels(await desk.card()) == ["Reopen"]
    again = await desk.run("ana", "/ticket resolve SUP-1")
    assert "SUP-1 is already resolved. | Open it again" in told(again)
    assert told(await desk.run("ana", "/ticket reopen SUP-1")) == "SUP-1 is open again."
    assert (await desk.run("ana", "/ticket reopen SUP-1")).refused


async def test_tags_come_and_go(desk: Desk) -> None:
    await desk.mail()
    await desk.run("ana", "/ticket tag SUP-1 #VAT old")
    reply = await desk.run("ana", "/ticket tag SUP-1 -old +vip")
    assert told(reply) == "SUP-1 has the tags: vat, vip."
    assert (await desk.ticket()).tags == ("vat", "vip")


async def test_show_is_the_card(desk: Desk) -> None:
    await desk.mail()
    reply = await desk.run("ben", "/ticket show sup-1")
    assert reply.card == await desk.card()


async def test_the_log_names_people(desk: Desk) -> None:
    await desk.mail()
    await desk.run("ana", "/ticket claim SUP-1")
    await desk.run("carla", "/ticket assign SUP-1 me")
    await desk.run("carla", "/ticket assign SUP-1 ben")
    log = told(await desk.run("ana", "/ticket log SUP-1"))
    assert "Ana claimed it" in log
    assert "Carla took it over from Ana" in log
    assert "Carla assigned it to Ben" in log
    assert "carla" not in log


async def test_the_log_shows_instants_and_not_utc_text(desk: Desk) -> None:
    await desk.mail()
    await desk.run("ana", "/ticket snooze SUP-1 3h")
    reply = await desk.run("ana", "/ticket log SUP-1")
    assert reply.card is not None
    runs = reply.card.blocks[-1].runs
    assert [type(run).__name__ for run in runs] == ["When", "Plain", "Plain", "When"]


async def test_a_long_log_shows_its_end(desk: Desk) -> None:
    await desk.mail()
    for turn in range(70):
        await desk.dispatcher.run(line("ana", f"/ticket tag SUP-1 {'-' * (turn % 2)}vat"))
    log = told(await desk.run("ana", "/ticket log SUP-1"))
    assert "… 12 earlier" in log


async def test_find_looks_at_number_subject_and_people(desk: Desk) -> None:
    await desk.mail()
    await desk.mail(sender=BOB, subject="Cannot log in")
    await desk.run("ana", "/ticket resolve SUP-1")
    for asked in ("vat", "maria", "sup-1"):
        assert "SUP-1" in told(await desk.run("ana", f"/ticket find {asked}"))
    reply = await desk.run("ana", "/ticket find nothing like it")
    assert told(reply) == "Found | No ticket mentions “nothing like it”."


async def test_mail_trace_tells_where_a_mail_went(desk: Desk) -> None:
    await desk.mail()
    await desk.mail("More", subject="Re: [SUP-1]")
    trace = told(await desk.run("ana", "/ticket mail trace maria"))
    assert "→ ticket SUP-1 a new mail" in trace
    assert "→ follow_up SUP-1 the tag in the subject" in trace
    assert "No mail matches" in told(await desk.run("ana", "/ticket mail trace zoe"))


async def test_mine_is_what_i_have(desk: Desk) -> None:
    await desk.mail()
    await desk.mail(sender=BOB)
    assert "You have nothing open" in told(await desk.run("ana", "/ticket mine"))
    await desk.run("ana", "/ticket claim SUP-2")
    mine = told(await desk.run("ana", "/ticket mine"))
    assert "SUP-2" in mine
    assert "SUP-1" not in mine


async def test_help_comes_from_the_table(desk: Desk) -> None:
    everything = told(await desk.run("ana", "/ticket help"))
    table = desk.dispatcher.table
    assert all(command.usage in everything for command in table)
    one = told(await desk.run("ana", "/ticket help snooze"))
    assert "/ticket snooze [SUP-42] <until>" in one
    assert "Did you mean `/ticket claim`?" in told(await desk.run("ana", "/ticket help claym"))


# ---------------------------------------------------------------- the queue


async def some_tickets(desk: Desk) -> None:
    """SUP-1 waits for the customer, SUP-2 is low, SUP-3 urgent, SUP-4 asleep, SUP-5 normal."""
    for sender in (MARIA, BOB, EVE, "d@acme.example", "e@acme.example"):
        await desk.mail(sender=sender)
    await desk.run("ana", "/ticket status SUP-1 pending")
    await desk.run("ana", "/ticket priority SUP-2 low")
    await desk.run("ana", "/ticket priority SUP-3 urgent")
    await desk.run("ana", "/ticket snooze SUP-4 3h")


async def test_the_queue_begins_with_the_most_urgent(desk: Desk) -> None:
    await some_tickets(desk)
    reply = await desk.run("ana", "/ticket queue")
    assert reply.card is not None
    numbers = [plain(block.runs).split()[0] for block in reply.card.blocks]
    assert numbers == ["SUP-3", "SUP-1", "SUP-5", "SUP-2", "SUP-4"]
    assert reply.card.fallback == "Queue: 5"


async def test_next_takes_the_most_urgent_that_waits_for_us(desk: Desk) -> None:
    await some_tickets(desk)
    taken = [told(await desk.run("ben", "/ticket next")) for _ in range(4)]
    found = [t.number for t in await desk.tickets() if t.assignee == "ben"]
    assert sorted(found) == ["SUP-2", "SUP-3", "SUP-5"]
    assert "Owner: Ben" in taken[0]
    assert taken[3].startswith("Nothing is free.")


async def test_the_queue_says_how_many_more_there_are(desk: Desk) -> None:
    for turn in range(27):
        await desk.mail(sender=f"c{turn}@acme.example")
    assert "… and 2 more" in told(await desk.run("ana", "/ticket queue"))


async def test_an_empty_queue_helps(desk: Desk) -> None:
    assert "Nothing is open" in told(await desk.run("ana", "/ticket queue"))


@pytest.mark.parametrize("name", ["support", "SUP", "Support"])
async def test_the_queue_of_one_desk(desk: Desk, name: str) -> None:
    await desk.mail()
    assert "SUP-1" in told(await desk.run("ana", f"/ticket queue {name}"))


async def test_a_desk_of_that_name_is_guessed(desk: Desk) -> None:
    reply = await desk.run("ana", "/ticket queue suport")
    assert told(reply) == "You have no desk “suport”. | Did you mean `support`?"


async def test_the_queue_loads_no_timeline_and_writes_nothing(desk: Desk) -> None:
    for turn in range(30):
        await desk.mail(sender=f"c{turn}@acme.example")
    store = Watched(desk.store, timelines=False)
    dispatcher = Dispatcher(core_on(desk, store), desk.dispatcher.table)
    assert "SUP-1" in told(await dispatcher.run(line("ana", "/ticket queue")))
    assert (store.reads, store.writes) == (1, 0)


@pytest.mark.parametrize(
    "verb", ["queue", "mine", "find x", "show SUP-1", "log SUP-1", "sla SUP-1", "report", "help"]
)
async def test_verbs_that_look_write_nothing(desk: Desk, verb: str) -> None:
    await desk.mail()
    store = Watched(desk.store)
    dispatcher = Dispatcher(core_on(desk, store), desk.dispatcher.table)
    reply = await dispatcher.run(line("ana", f"/ticket {verb}"))
    assert not reply.refused
    assert store.writes == 0


# ---------------------------------------------------------------- what was typed wrong


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("/ticket claym SUP-1", "`/ticket claym` is no command. | Did you mean `/ticket claim`?"),
        ("/tickt claim SUP-1", "There is no command /tickt. | Did you mean `/ticket`?"),
        ("/ticket", "`/ticket` needs a verb."),
        ("/ticket claim SUP-11", "There is no SUP-11. | Did you mean SUP-1 “Invoice"),
        ("/ticket claim", "Tell me which ticket: `/ticket claim [SUP-42]`."),
        ("/ticket claim SUP-1 please", "I do not know what to do with “please”."),
        ("/ticket priority SUP-1 hihg", "priority cannot be “hihg”. | Did you mean `high`?"),
        ("/ticket priority SUP-1 zzz", "One of: low, normal, high, urgent."),
        ("/ticket mail maria", "`/ticket mail` also needs: words. | Usage: `/ticket mail <what>"),
        ("/ticket mail where maria", "what cannot be “where”. | One of: trace."),
        ("/ticket add SUP-1", "form dk1:add:SUP-1"),
        ("/incident ack SUP-1", "SUP-1 is a ticket, not an incident."),
    ],
)
async def test_a_mistake_is_answered_with_the_way_out(desk: Desk, typed: str, answer: str) -> None:
    await desk.mail()
    reply = await desk.run("ana" if "incident" not in typed else "carla", typed)
    assert answer in told(reply)
    assert reply.refused or reply.form


async def test_an_incident_is_no_ticket(desk: Desk) -> None:
    await desk.run("carla", "/incident declare all down --sev3")
    reply = await desk.run("carla", "/ticket resolve INC-1")
    assert "INC-1 is an incident, not a ticket. | Try `/incident resolve INC-1`." in told(reply)


async def test_a_guess_never_gives_away_what_one_may_not_see(desk: Desk) -> None:
    await desk.mail(to="billing@shop.example", subject="Secret merger")
    reply = await desk.run("ana", "/ticket show BIL-11")
    assert "Secret" not in told(reply)
    assert "There is no BIL-11." in told(reply)


@pytest.mark.parametrize("text", ['"on hold"', "'on hold'", "“on hold”", "on-hold"])
async def test_arguments_may_be_quoted(desk: Desk, text: str) -> None:
    await desk.mail()
    await desk.run("ana", f"/ticket status SUP-1 {text}")
    assert (await desk.ticket()).status is TicketStatus.ON_HOLD


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
    for _ in range(2):
        reply = await desk.dispatcher.run(
            replace(line("ana", "/ticket note SUP-1 once"), key="trigger-1")
        )
    assert "already done" in told(reply)
    assert await desk.happened(happened.NoteAdded) == 1


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
    assert form.id == f"dk1:{verb}:SUP-1"


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


# ---------------------------------------------------------------- completion


async def test_a_line_is_completed_with_what_one_may_see(desk: Desk) -> None:
    await desk.mail()
    await desk.mail(to="billing@shop.example")
    proposals = await desk.dispatcher.complete("console", "ana", "/ticket claim ", None)
    assert [proposal.line for proposal in proposals] == ["/ticket claim SUP-1 "]


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
