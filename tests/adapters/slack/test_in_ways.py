"""Every verb by every way: slash command, button, `!verb` and a mention in a thread, and menus."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from bot.cards import Action, Card, action_id
from bot.commands.call import Invocation
from bot.commands.parsing import parse_action, parse_line, spoken_verb
from bot.commands.shortcuts import SHORTCUTS
from bot.commands.table import Command, Table, Target
from bot.errors import UserError
from tests.adapters.slack.front import ROOTS, Front, front
from tests.fakes.slack import Message

NUMBERS = {Target.TICKET: "SUP-1", Target.INCIDENT: "INC-7", Target.NOTHING: ""}


@pytest.fixture
async def there() -> AsyncIterator[Front]:
    async with front() as opened:
        yield opened


Way = Callable[[Front, Command, Message], Awaitable[Command | None]]


async def by_command(there: Front, command: Command, card: Message) -> Command | None:
    name = {**ROOTS, "page": "/pager"}[command.root]
    line = f"{name} {command.verb} {NUMBERS[command.target]}".rstrip()
    await (await there.fake.types("ana", "desk", line)).answer()
    return meant(there.core.table, there.core.invocations[-1])


async def by_button(there: Front, command: Command, card: Message) -> Command | None:
    action = action_id(command.verb or command.root, NUMBERS[command.target])
    drawn = Card(title="x", fallback="x", actions=(Action(action, "Press me"),))
    await there.slack.surface.direct("UANA", drawn, command.name)
    await (await there.fake.presses("ana", there.fake.direct_messages("ana")[-1], action)).answer()
    return meant(there.core.table, there.core.invocations[-1])


async def by_typing(there: Front, command: Command, card: Message) -> Command | None:
    verb = command.verb or command.root
    await there.fake.says("ana", "desk", f"!{verb}", thread_ts=card.ts)
    return heard(there, command)


async def by_mention(there: Front, command: Command, card: Message) -> Command | None:
    verb = command.verb or command.root
    await there.fake.says("ana", "desk", f"@deskhand {verb}", thread_ts=card.ts)
    return heard(there, command)


def meant(table: Table, invocation: Invocation) -> Command:
    if invocation.action:
        return parse_action(table, invocation.action, invocation.args).command
    try:
        return parse_line(table, invocation.line).command
    except UserError as error:
        raise AssertionError(f"{invocation.line}: {error.words}") from None


def heard(there: Front, command: Command) -> Command | None:
    """What the talk means in a thread of the command's own kind."""
    talk = there.core.talks[-1]
    prefer = command.root if command.root != "oncall" else "incident"
    found = spoken_verb(there.core.table, talk.text, prefer, addressed=talk.addressed)
    return found[0] if found else None


@pytest.mark.parametrize("way", [by_command, by_button, by_typing, by_mention])
async def test_every_verb_comes_by_every_way(there: Front, way: Way) -> None:
    card = await there.card()
    lost = []
    for command in there.core.table:
        found = await way(there, command, card)
        if found is None or found.verb != command.verb:
            lost.append(f"{command.name} became {found and found.name}")
    assert lost == []


async def test_every_menu_entry_reaches_its_verb(there: Front) -> None:
    said = await there.fake.says("eve", "desk", "please help")
    for shortcut in SHORTCUTS:
        await (await there.fake.uses_shortcut("ana", shortcut.key, said)).answer()
        done = there.core.invocations[-1]
        assert meant(there.core.table, done).name == shortcut.command
        assert (done.asks, done.args[shortcut.param]) == (True, "please help")
