"""Forms that are asked for, and talk that is addressed to the bot."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.cards import Form, plain
from bot.commands.call import Invocation, Reply
from bot.commands.shortcuts import SHORTCUTS, Shortcut
from bot.domain import events as happened
from bot.domain.directory import Directory
from bot.domain.mail import Attachment
from bot.domain.threads import Space, ThreadRef
from bot.domain.work_items import Ticket
from tests.scenario.conftest import OpenDesk
from tests.scenario.desk import MARIA, Desk, told, words

ELSEWHERE = ThreadRef(surface="console", space="random", id="999")


async def ask(desk: Desk, line: str, thread: ThreadRef | None, **args: str) -> Reply:
    return await desk.dispatcher.run(
        Invocation(
            surface="console",
            account="ben",
            key="",
            line=line,
            args=args,
            thread=thread,
            asks=True,
        )
    )


def form(reply: Reply) -> Form:
    assert reply.form is not None, told(reply)
    return reply.form


def values(reply: Reply) -> dict[str, str]:
    return {field.name: field.value for field in form(reply).fields}


# ---------------------------------------------------------------- forms


async def test_a_reply_is_asked_for_with_its_recipients_and_the_words(desk: Desk) -> None:
    await desk.mail()
    ref = await desk.thread_of("SUP-1")
    reply = await ask(desk, "/ticket reply", ref, text="It is fixed.")
    assert MARIA in plain(form(reply).intro)
    assert values(reply) == {"text": "It is fixed.", "files": "", "then": "wait"}
    assert desk.mails() == []


@pytest.mark.parametrize("shortcut", SHORTCUTS, ids=lambda shortcut: shortcut.key)
async def test_every_shortcut_opens_a_form_with_the_words(desk: Desk, shortcut: Shortcut) -> None:
    reply = await ask(desk, f"/{shortcut.command}", None, **{shortcut.param: "The printer burns."})
    assert values(reply)[shortcut.param] == "The printer burns."
    assert len(shortcut.label) <= 24


@pytest.mark.parametrize(
    ("line", "number"), [("/ticket note", "SUP-1"), ("/incident note", "INC-1")]
)
async def test_a_form_asks_for_the_number_it_needs(desk: Desk, line: str, number: str) -> None:
    await desk.mail()
    await desk.run("ben", "/incident declare Checkout is down")
    opened = form(await ask(desk, line, ELSEWHERE, text="Seen by others, too"))
    assert [field.name for field in opened.fields] == ["number", "text"]
    reply = await desk.press("ben", opened.id, number=number.lower(), text="Seen by others, too")
    assert "Noted on" in told(reply)
    assert (await desk.newest(number)).text == "Seen by others, too"


async def test_in_a_thread_of_another_kind_the_number_is_asked_for(desk: Desk) -> None:
    await desk.mail()
    reply = await ask(desk, "/incident note", await desk.thread_of("SUP-1"), text="x")
    assert "number" in values(reply)


async def test_what_has_nothing_to_ask_just_runs(desk: Desk) -> None:
    await desk.mail()
    await ask(desk, "/ticket claim", await desk.thread_of("SUP-1"))
    assert (await desk.ticket()).assignee == "ben"


async def test_a_form_is_no_way_around_a_right(desk: Desk) -> None:
    await desk.mail(to="billing@shop.example")
    reply = await ask(desk, "/ticket reply BIL-1", None, text="Hello")
    assert "You may not do that" in told(reply)


# ---------------------------------------------------------------- a ticket by hand


async def test_a_ticket_is_opened_by_hand_and_nothing_is_mailed(desk: Desk) -> None:
    reply = await desk.run("ana", "/ticket new Printer is on fire\nSmoke on floor 2")
    assert not reply.refused, told(reply)
    (ticket,) = await desk.tickets()
    assert (ticket.number, ticket.title) == ("SUP-1", "Printer is on fire")
    assert [post.author.name for post in await desk.posts() if post.author] == ["Ana"]
    assert "Smoke on floor 2" in words(await desk.card())
    assert not desk.mailbox.mails()


async def test_files_come_along_with_a_ticket_opened_by_hand(desk: Desk) -> None:
    log = Attachment(name="log.txt", content_type="text/plain", content=b"ERROR")
    await desk.run("ana", "/ticket new Printer is on fire", files=(log,))
    (note,) = await desk.messages()
    assert [file.name for file in note.attachments] == ["log.txt"]


async def test_a_ticket_by_hand_may_name_its_customer(desk: Desk) -> None:
    await desk.run("ana", f"/ticket new Invoice is lost --from {MARIA}")
    assert (await desk.replied("Here it is.")).recipient.address == MARIA


async def test_without_a_customer_somebody_is_added_first(desk: Desk) -> None:
    await desk.run("ana", "/ticket new Invoice is lost")
    assert "no address to reply to" in told(await desk.run("ana", "/ticket reply SUP-1 Hi"))
    await desk.run("ana", f"/ticket add SUP-1 {MARIA}")
    await desk.run("ana", "/ticket reply SUP-1 Hi")
    await desk.after(seconds=10)
    assert [mail.text for mail in desk.mails()] == ["Hi\n"]


async def opened_in(desk: Desk, person: str, space: str, text: str) -> Ticket:
    """The ticket that somebody opens in a channel."""
    place = Space(surface="console", id=space)
    asked = Invocation(
        surface="console", account=person, key="", line=f"/ticket new {text}", place=place
    )
    reply = await desk.dispatcher.run(asked)
    assert not reply.refused, told(reply)
    return (await desk.tickets())[-1]


async def test_the_channel_says_which_desk(open_desk: OpenDesk, directory: Directory) -> None:
    everywhere = replace(directory.people["ana"], grants=directory.people["carla"].grants)
    desk = await open_desk(people={**directory.people, "ana": everywhere})
    assert (await opened_in(desk, "ana", "billing", "Bill")).desk == "billing"
    assert (await opened_in(desk, "ana", "random", "Bill --desk support")).desk == "support"


async def test_without_a_hint_the_desk_is_asked_for(desk: Desk) -> None:
    reply = await desk.run("carla", "/ticket new Printer")
    assert told(reply) == "Say on which desk. | Your desks: support, billing."


# ---------------------------------------------------------------- addressed talk


async def test_a_desk_that_is_not_theirs_is_named(desk: Desk) -> None:
    reply = await desk.run("ana", "/ticket new Printer --desk biling")
    assert told(reply) == "You have no desk “biling”. | Your desks: support."


async def test_addressed_talk_needs_no_mark(desk: Desk) -> None:
    await desk.mail()
    for text in ("log", "!log", "Log SUP-1", "ticket log", "/ticket log"):
        reply = await desk.dispatcher.say(await desk.talk("ana", text, addressed=True))
        assert told(reply).startswith("History of SUP-1"), text


async def test_addressed_talk_without_a_verb_is_helped_and_no_note(desk: Desk) -> None:
    await desk.mail()
    for text in ("", "could you look at this?", "claims are high", "ticket"):
        reply = await desk.dispatcher.say(await desk.talk("ana", text, addressed=True))
        assert "Begin with one of these" in told(reply), text
        assert reply is not None
        assert not reply.refused
    assert await desk.happened(happened.NoteAdded) == 0


async def test_addressed_talk_works_in_any_channel(desk: Desk) -> None:
    await desk.mail()
    for text in ("queue", "ticket log SUP-1"):
        talk = await desk.talk("ana", text, addressed=True, thread=ELSEWHERE)
        assert "SUP-1" in told(await desk.dispatcher.say(talk))
    assert await desk.happened(happened.NoteAdded) == 0


async def test_nobody_is_told_so_when_they_address_us(desk: Desk) -> None:
    await desk.mail()
    talk = await desk.talk("gus", "help me", addressed=True)
    assert "You have no role here" in told(await desk.dispatcher.say(talk))


async def test_a_note_knows_where_it_was_said(desk: Desk) -> None:
    await desk.mail()
    talk = await desk.talk("ana", "Looks like DNS", key="17", url="https://chat.example/p17")
    await desk.dispatcher.say(talk)
    note = await desk.newest()
    assert (note.said.key, note.said.url) == ("console:17", "https://chat.example/p17")
