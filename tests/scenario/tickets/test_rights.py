"""Who may do what on a ticket: checked on the ticket itself, whichever way the gesture comes."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

import pytest

from bot.commands.call import Invocation, Reply
from bot.domain import events as happened
from bot.domain.directory import Directory
from bot.domain.people import Grant, Person, Role
from bot.errors import UserError
from tests.scenario.conftest import OpenDesk
from tests.scenario.desk import Desk, told
from tests.scenario.tickets.test_talk import PHOTO

_STAFF = {
    "agent": [Grant(role=Role.AGENT, desk="support")],
    "everywhere": [Grant(role=Role.AGENT)],
    "elsewhere": [Grant(role=Role.AGENT, desk="billing")],
    "lead": [Grant(role=Role.LEAD, desk="support")],
    "leads_elsewhere": [Grant(role=Role.LEAD, desk="billing")],
    "responder": [Grant(role=Role.RESPONDER)],
    "commander": [Grant(role=Role.COMMANDER)],
    "admin": [Grant(role=Role.ADMIN)],
    "guest": [],
}
_DESK = {"agent", "everywhere", "lead", "admin"}
_COMMAND = _DESK | {"commander"}
_ANYBODY_HERE = set(_STAFF) - {"guest"}

# The verb as it is typed, and who may use it on a ticket of the desk `support`.
MATRIX = {
    "show SUP-1": _DESK,
    "log SUP-1": _DESK,
    "full SUP-1": _DESK,
    "sla SUP-1": _DESK,
    "claim SUP-1": _DESK,
    "assign SUP-1 me": _DESK,
    "reply SUP-1 Hello": _DESK,
    "add SUP-1 zoe@acme.example": _DESK,
    "draft SUP-1 discard": _DESK,
    "resend SUP-1": _DESK,
    "readdress SUP-1 maria@acme.example maria@home.example": _DESK,
    "remove SUP-1 zoe@acme.example": _DESK,
    "unforward SUP-1": _DESK,
    "verify support": {"admin"},
    "undo SUP-1": _DESK,
    "accept SUP-1": _DESK,
    "decline SUP-1": _DESK,
    "split SUP-1": _DESK,
    "merge SUP-1 SUP-1": {"lead", "admin"},
    "unmerge SUP-1": {"lead", "admin"},
    "note SUP-1 a word": _COMMAND,
    "review SUP-1 note": _COMMAND,
    "priority SUP-1 high": _COMMAND,
    "tag SUP-1 vip": _COMMAND,
    "snooze SUP-1 3h": _COMMAND,
    "status SUP-1 pending": _COMMAND,
    "resolve SUP-1": _COMMAND,
    "escalate SUP-1 help": _COMMAND,
    "new Printer is on fire": _ANYBODY_HERE - {"responder"},
    "queue": _ANYBODY_HERE,
    "mine": _ANYBODY_HERE,
    "next": _ANYBODY_HERE,
    "find vat": _ANYBODY_HERE,
    "mail trace maria": _ANYBODY_HERE,
    "mails": _ANYBODY_HERE,
    "report": _ANYBODY_HERE,
    "help": _ANYBODY_HERE,
}


@pytest.fixture
async def staffed(open_desk: OpenDesk, directory: Directory) -> Desk:
    """A desk with one person of each kind, and one ticket."""
    staff = {
        key: Person(key=key, name=key.capitalize(), grants=tuple(g), accounts={"console": key})
        for key, g in _STAFF.items()
    }
    desk = await open_desk(people={**directory.people, **staff})
    await desk.mail(files=[PHOTO])
    return desk


def test_the_matrix_names_every_verb(desk: Desk) -> None:
    named = {typed.split()[0] for typed in MATRIX} | {"release", "reopen"}
    assert named == {c.verb for c in desk.dispatcher.table if c.root == "ticket"}


def forbidden(reply: Reply | None) -> bool:
    """Whether somebody was told that they lack a right, or any role at all."""
    return any(words in told(reply) for words in ("You may not do that", "You have no role here"))


@pytest.mark.parametrize("typed", MATRIX)
async def test_who_may(staffed: Desk, typed: str) -> None:
    answers = {who: await staffed.run(who, f"/ticket {typed}") for who in _STAFF}
    assert {who for who, reply in answers.items() if not forbidden(reply)} == MATRIX[typed]


@pytest.mark.parametrize("typed", [typed for typed in MATRIX if "SUP-1" in typed])
async def test_a_button_asks_for_the_same_right(staffed: Desk, typed: str) -> None:
    action = f"dk1:{typed.split()[0]}:SUP-1"
    answers = {who: await staffed.press(who, action) for who in _STAFF}
    assert {who for who, reply in answers.items() if not forbidden(reply)} == MATRIX[typed]


async def test_a_verb_in_the_thread_asks_for_the_same_right(staffed: Desk) -> None:
    answers = {who: await staffed.say(who, "SUP-1", "!claim") for who in _STAFF}
    assert {who for who, reply in answers.items() if not forbidden(reply)} == _DESK


async def test_whose_talk_is_kept(staffed: Desk) -> None:
    answers = {who: await staffed.say(who, "SUP-1", f"says {who}") for who in _STAFF}
    assert {who for who, reply in answers.items() if reply is None} == _COMMAND
    assert await staffed.happened(happened.NoteAdded) == len(_COMMAND)


async def test_who_may_fetch_a_file(staffed: Desk) -> None:
    (post,) = await staffed.posts()
    fetched = set()
    for who in _STAFF:
        with suppress(UserError):
            file = await staffed.dispatcher.file("console", who, post.files[0].id)
            fetched |= {who} if file.content == PHOTO.content else set()
    assert fetched == _DESK


@pytest.mark.parametrize("typed", ["queue", "find vat", "mail trace maria"])
async def test_lists_show_only_ones_own_desks(staffed: Desk, typed: str) -> None:
    answers = {who: told(await staffed.run(who, f"/ticket {typed}")) for who in _STAFF}
    assert {who for who, answer in answers.items() if "SUP-1" in answer} == _DESK


async def test_who_works_on_no_desk_is_told_so(staffed: Desk) -> None:
    assert "You work on no desk" in told(await staffed.run("responder", "/ticket queue"))


async def test_the_queue_of_another_desk_is_closed(staffed: Desk) -> None:
    reply = await staffed.run("elsewhere", "/ticket queue support")
    assert told(reply) == "You have no desk “support”. | Your desks: billing."


async def test_next_gives_only_what_one_may_claim(staffed: Desk) -> None:
    for who in ("elsewhere", "commander", "responder"):
        assert "Nothing is free" in told(await staffed.run(who, "/ticket next"))


async def test_only_the_holder_and_leads_give_it_back(staffed: Desk) -> None:
    await staffed.run("agent", "/ticket claim SUP-1")
    assert "Agent has it" in told(await staffed.run("everywhere", "/ticket release SUP-1"))
    assert "Agent has it" in told(await staffed.run("everywhere", "/ticket assign SUP-1 me"))
    assert not (await staffed.run("lead", "/ticket release SUP-1")).refused


@pytest.mark.parametrize("account", ["U0MALLORY", "", "agent2"])
async def test_an_account_nobody_knows_has_no_right(staffed: Desk, account: str) -> None:
    for typed in MATRIX:
        assert forbidden(await staffed.run(account, f"/ticket {typed}"))


async def test_an_account_of_another_surface_is_nobody(staffed: Desk) -> None:
    gesture = Invocation(surface="slack", account="admin", key="", line="/ticket queue")
    assert forbidden(await staffed.dispatcher.run(gesture))


async def test_a_refusal_says_what_one_has(staffed: Desk) -> None:
    reply = await staffed.run("elsewhere", "/ticket claim SUP-1")
    assert told(reply) == (
        "You may not do that on SUP-1: it needs the right to claim."
        " | Your roles: agent:billing. An operator can change them."
    )


async def test_a_ticket_of_a_desk_that_is_gone_is_explained(
    open_desk: OpenDesk, directory: Directory
) -> None:
    desk = await open_desk()
    await desk.mail()
    left = {key: found for key, found in directory.desks.items() if key != "support"}
    later = Desk(desk.database, replace(directory, desks=left), outside=desk)
    reply = await later.run("ana", "/ticket reply SUP-1 Hello")
    assert "SUP-1 belongs to the desk “support”, which is configured no more" in told(reply)
