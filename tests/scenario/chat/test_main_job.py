"""The main job, told alike on the console, in Slack and in Discord, and in all three at once."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from bot.domain.directory import Directory
from bot.domain.messages import Voice
from bot.domain.work_items import TicketStatus
from tests.scenario.house import Monitor
from tests.scenario.platforms import (
    Chat,
    ConsoleWindow,
    DiscordWindow,
    Seen,
    SlackWindow,
    Town,
    Window,
    open_town,
)

HELLO = "Hello, the invoice is wrong."
STORY = [
    "mail:maria@acme.example: opened the ticket (a new mail)",
    "mail:maria@acme.example: wrote (a new mail)",
    "person:ana: claimed it",
    "person:ana: replied to maria@acme.example",
    "person:ana: status new → pending (after the reply)",
    "person:ana: added a note",
    "person:ben: added a note",
    "person:ana: edited a note",
    "person:ben: withdrew a note",
    "person:ana: priority normal → high",
    "person:ana: added a note",
    "mail:maria@acme.example: wrote (the signed reply address)",
    "mail:maria@acme.example: status pending → open (the customer wrote)",
    "person:ana: status open → resolved",
]
INTAKE = "intake:prometheus"
STORM = [
    f"{INTAKE}: declared the incident as sev1 (intake prometheus)",
    "system: paging Carla (on call for platform, step 1 of 2)",
    *(f"{INTAKE}: alert HighCPU on web-{n} is firing (intake prometheus)" for n in range(10)),
    f"{INTAKE}: 10 more alerts are firing (intake prometheus)",
    "person:carla: acknowledged",
    *(f"{INTAKE}: alert HighCPU on web-{n} is resolved at its source" for n in range(10)),
    f"{INTAKE}: 10 more alerts are resolved at their source",
    f"{INTAKE}: status investigating → resolved (all alerts cleared)",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A town with one window; `line` breaks and comes back between the steps of a story."""

    town: Town
    window: Window
    line: Chat | None = None

    async def turns(self) -> None:
        """All that follows from the last step has happened, and the line broke."""
        await self.town.settle()
        if self.line is not None:
            await self.line.jolts()

    async def presses(self, person: str, label: str, number: str = "SUP-1") -> Seen:
        """Press a button of the card as it stands now."""
        return await self.window.presses(person, await self.window.card(number), label)


@pytest.fixture(params=[ConsoleWindow, SlackWindow, DiscordWindow], ids=lambda made: made.name)
async def scene(request: pytest.FixtureRequest, directory: Directory) -> AsyncIterator[Scene]:
    """The shop on one platform."""
    async with open_town(directory, window := request.param()) as town:
        yield Scene(town=town, window=window)


@pytest.fixture
def stage(scene: Scene) -> Scene:
    """One platform that brings every event twice, and whose line breaks after every step.

    The console is asked twice, but has no line that breaks. What happens on a better day is in
    the stories with all three at once.
    """
    scene.window.repeats()
    return replace(scene, line=scene.window if isinstance(scene.window, Chat) else None)


# ------------------------------------------------------------ a ticket


async def test_a_ticket_from_the_mail_to_its_end(stage: Scene) -> None:
    await stage.town.mail(HELLO)
    await _claim(stage)
    await _reply(stage)
    await _talk(stage)
    await _more_words(stage)
    await _resolve(stage)
    await _nothing_happened_twice(stage)


async def _claim(scene: Scene) -> None:
    unclaimed = await scene.window.card("SUP-1")
    await scene.turns()
    taken = await scene.window.presses("ana", unclaimed, "Claim")
    assert "SUP-1 is yours" in taken.words
    await scene.turns()
    late = await scene.window.presses("ben", unclaimed, "Claim")
    assert "Ana has it" in late.words
    await scene.turns()
    assert (await scene.town.ticket()).assignee == "ana"
    assert "Ana" in (await scene.window.card("SUP-1")).words


async def _reply(scene: Scene) -> None:
    form = await scene.presses("ana", "Reply")
    await scene.turns()
    sent = await scene.window.submits("ana", form, text="We found it.")
    assert "Sending to maria@acme.example" in sent.words
    await scene.turns()
    assert scene.town.mails() == []
    await scene.town.after(seconds=10)
    assert [mail.text.split("\n")[0] for mail in scene.town.mails()] == ["We found it."]


async def _talk(scene: Scene) -> None:
    said = await scene.window.says("ana", "SUP-1", "it was DSN")
    slip = await scene.window.says("ben", "SUP-1", "the password is hunter2")
    await scene.turns()
    await scene.window.edits(said, "it was <DNS> & TTL")
    await scene.window.deletes(slip)
    await scene.turns()
    assert (await scene.town.said())[-1] == "it was <DNS> & TTL"
    note = (await scene.town.messages())[-2]
    assert (note.voice, note.author_name) == (Voice.NOTE, "Ana")


async def _more_words(scene: Scene) -> None:
    await scene.window.says("ana", "SUP-1", "!priority high")
    typed = await scene.window.types("ana", "SUP-1", "note", text="by command")
    assert typed.words
    await scene.town.answer(scene.town.mails()[-1], "Thank you!")
    await scene.turns()
    assert "Thank you!" in "\n".join(await scene.window.thread("SUP-1"))
    assert (await scene.town.ticket()).status is TicketStatus.OPEN


async def _resolve(scene: Scene) -> None:
    await scene.window.reacts("ana", "SUP-1", "✅")
    await scene.turns()
    assert (await scene.town.ticket()).status is TicketStatus.RESOLVED
    assert "Resolved" in (await scene.window.card("SUP-1")).words


async def _nothing_happened_twice(scene: Scene) -> None:
    assert await scene.town.said() == [
        HELLO,
        "We found it.",
        "it was <DNS> & TTL",
        "by command",
        "Thank you!",
    ]
    assert await scene.town.story("SUP-1") == STORY
    shown = Counter(await scene.window.thread("SUP-1"))
    assert [line for line, times in shown.items() if times > 1] == []
    assert len(scene.town.mails()) == 1


# ------------------------------------------------------------ an incident


async def test_a_storm_is_one_incident_and_one_page(stage: Scene) -> None:
    town, window, monitor = stage.town, stage.window, Monitor(stage.town)
    names = [f"web-{n}" for n in range(20)]
    await monitor.fire(*names)
    (page,) = await window.pages("carla")
    await stage.turns()
    await window.presses("carla", page, "Acknowledge")
    await stage.turns()
    assert "cknowledged" in (await window.pages("carla"))[0].words
    await town.pass_time(timedelta(minutes=10), timedelta(minutes=2))
    await monitor.clear(*names)
    await stage.turns()
    assert "Resolved" in (await window.card("INC-1")).words
    assert len(await town.incidents()) == 1
    assert [len(await window.pages(person)) for person in ("carla", "ben")] == [1, 0]
    assert await town.story("INC-1") == STORM


# ------------------------------------------------------------ who may not


async def test_somebody_without_a_role_is_refused(scene: Scene) -> None:
    town, window = scene.town, scene.window
    await town.mail(HELLO)
    card = await window.card("SUP-1")
    typed = await window.types("gus", "SUP-1", "claim")
    pressed = await window.presses("gus", card, "Claim")
    # The console does not even let in who has no role.
    refused = "not signed in" if window.name == "console" else "no role"
    assert refused in typed.words
    assert refused in pressed.words
    await window.says("gus", "SUP-1", "let me in")
    await window.reacts("gus", "SUP-1", "👀")
    await town.settle()
    assert (await town.ticket()).assignee is None
    assert await town.said() == [HELLO]
    assert (await window.card("SUP-1")).words == card.words


# ------------------------------------------------------------ all three at once


@pytest.fixture
async def town(directory: Directory) -> AsyncIterator[Town]:
    """The shop on the console, in Slack and in Discord, with one ticket."""
    async with open_town(directory, ConsoleWindow(), SlackWindow(), DiscordWindow()) as opened:
        await opened.mail(HELLO)
        yield opened


async def _agree(town: Town, *facts: str) -> None:
    """The ticket's cards say these facts and offer the same, on every platform."""
    cards = [await window.card("SUP-1") for window in town.windows]
    assert [[fact for fact in facts if fact not in card.words] for card in cards] == [[], [], []]
    assert len({card.buttons for card in cards}) == 1


async def _heard(window: Window, words: str) -> list[str]:
    """The lines of the ticket's thread that have these words."""
    return [line for line in await window.thread("SUP-1") if words in line]


async def test_notes_cross_with_their_author(town: Town) -> None:
    authors = {"console": "carla", "slack": "ben", "discord": "ana"}
    for window in town.windows:
        await window.says(authors[window.name], "SUP-1", f"seen in {window.name}")
        await town.settle()
    for window in town.windows:
        for origin, author in authors.items():
            (line,) = await _heard(window, f"seen in {origin}")
            assert author.capitalize() in line or window.name == origin
    notes = [(m.author_name, m.text) for m in (await town.messages())[1:]]
    assert notes == [(who.capitalize(), f"seen in {where}") for where, who in authors.items()]


async def test_edits_and_deletions_cross(town: Town) -> None:
    for window in town.windows:
        said = await window.says("ana", "SUP-1", f"DSN in {window.name}")
        slip = await window.says("ben", "SUP-1", f"a slip in {window.name}")
        await town.settle()
        await window.edits(said, f"DNS in {window.name}")
        await window.deletes(slip)
        # Slack takes so many posts a minute; what waits for its turn comes by itself.
        await town.after(seconds=10)
    for window in town.windows:
        assert await _heard(window, "DSN") == []
        assert len(await _heard(window, "DNS in")) == 3
        slips = await _heard(window, "a slip")
        assert len(slips) == (3 if window.name == "console" else 2)
        assert all("withdrawn" in line for line in slips)


async def test_of_three_claims_one_wins_and_the_cards_agree(town: Town) -> None:
    hands = dict(zip(("carla", "ben", "ana"), town.windows, strict=True))
    cards = {person: await window.card("SUP-1") for person, window in hands.items()}
    pressing = (window.presses(who, cards[who], "Claim") for who, window in hands.items())
    told = dict(zip(hands, await asyncio.gather(*pressing), strict=True))
    await town.settle()
    holder = str((await town.ticket()).assignee)
    assert "SUP-1 is yours" in told.pop(holder).words
    assert all(f"{holder.capitalize()} has it" in seen.words for seen in told.values())
    await _agree(town, holder.capitalize())


async def test_a_change_anywhere_shows_everywhere(town: Town) -> None:
    console, slack, discord = town.windows
    await slack.types("ana", "SUP-1", "priority", priority="urgent")
    await discord.says("ben", "SUP-1", "!claim")
    form = await console.presses("carla", await console.card("SUP-1"), "Reply")
    await town.settle()
    await console.submits("carla", form, text="We found it.")
    await town.after(seconds=10)
    await _agree(town, "Urgent", "Ben", "Waiting")
    for window in town.windows:
        assert len(await _heard(window, "We found it.")) == 1


@pytest.mark.parametrize("lost", ["slack", "discord"])
async def test_a_lost_platform_holds_up_no_other_and_catches_up(town: Town, lost: str) -> None:
    away = town.chat(lost)
    others = [window for window in town.windows if window is not away]
    await away.goes_down()
    for n in range(1, 4):
        await others[n % 2].says("ana", "SUP-1", f"note {n}")
        await town.after(minutes=2)
    await others[1].presses("ben", await others[1].card("SUP-1"), "Claim")
    await Monitor(town).fire("web-1")
    assert [len(await window.pages("carla")) for window in others] == [1, 1]
    assert [len(await _heard(window, "note")) for window in (*others, away)] == [3, 3, 0]
    away.comes_back()
    await town.minutes(3)
    await away.connected()
    caught = re.findall(r"note \d", "\n".join(await away.thread("SUP-1")))
    assert caught == ["note 1", "note 2", "note 3"]
    await away.says("ana", "SUP-1", "back again")
    await town.settle()
    assert [len(await _heard(window, "back again")) for window in town.windows] == [1, 1, 1]
    await _agree(town, "Ben")
