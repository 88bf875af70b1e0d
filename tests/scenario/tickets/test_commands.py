"""`/ticket` and its verbs: what each does, and the way out of what was typed wrong."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.cards import plain
from bot.domain.directory import Directory
from bot.domain.work_items import TicketStatus
from bot.services.gestures.dispatch import Dispatcher
from tests.scenario.conftest import OpenDesk
from tests.scenario.desk import BOB, EVE, MARIA, Desk, labels, line, told, words
from tests.scenario.stores import Watched, core_on

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


async def test_a_key_is_meant_before_anybodys_name(
    open_desk: OpenDesk, directory: Directory
) -> None:
    namesake = replace(directory.people["carla"], key="benita", name="Ben", accounts={})
    desk = await open_desk(people={"benita": namesake, **directory.people})
    await desk.mail()
    await desk.run("ana", "/ticket assign SUP-1 @ben")
    assert (await desk.ticket()).assignee == "ben"


async def test_a_name_that_several_have_is_asked_back(
    open_desk: OpenDesk, directory: Directory
) -> None:
    other = replace(directory.people["ben"], key="benita", accounts={}, email="")
    ben = replace(directory.people["ben"], name="Ben Baker")
    people = {**directory.people, "ben": ben, "benita": replace(other, name="Ben Baker")}
    desk = await open_desk(people=people)
    await desk.mail()
    reply = await desk.run("ana", '/ticket assign SUP-1 "Ben Baker"')
    assert told(reply) == "2 people are called “Ben Baker”. | Say which one: @ben or @benita."
    assert (await desk.ticket()).assignee is None


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


async def test_small_changes_show_on_the_card_and_not_in_the_thread(desk: Desk) -> None:
    await desk.mail()
    await desk.run("ana", "/ticket tag SUP-1 vip")
    await desk.run("ana", "/ticket priority SUP-1 high")
    assert len(await desk.posts()) == 1
    assert "⬆ High · vip" in words(await desk.card())


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


async def test_tags_are_parted_by_commas_and_taken_off_with_their_marks(desk: Desk) -> None:
    await desk.mail()
    await desk.run("ana", "/ticket tag SUP-1 vat, #Invoice,late")
    reply = await desk.run("ana", "/ticket tag SUP-1 -#vat")
    assert told(reply) == "SUP-1 has the tags: invoice, late."


@pytest.mark.parametrize(("root", "verb"), [("incident", "declare"), ("oncall", "override")])
async def test_every_root_has_the_help_that_its_mistakes_point_to(
    desk: Desk, root: str, verb: str
) -> None:
    assert f"Try `/{root} help`." in told(await desk.run("ana", f"/{root} zzz"))
    everything = told(await desk.run("ana", f"/{root} help"))
    assert f"/{root} {verb}" in everything
    assert "/ticket" not in everything


async def test_a_word_of_another_desk_is_not_taken_for_what_it_is_not(desk: Desk) -> None:
    reply = await desk.run("ana", "/ticket close SUP-1")
    assert told(reply) == "`/ticket close` is no command. | Try `/ticket help`."


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
