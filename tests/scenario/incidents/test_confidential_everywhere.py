"""One confidential incident on the console, in Slack and in Discord at once."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bot.domain.directory import Directory
from tests.scenario.platforms import ConsoleWindow, DiscordWindow, SlackWindow, Town, open_town

SECRET = "Somebody sold customer data"
LINE = f"/incident declare {SECRET} --private --service checkout"
Place = tuple[Town, ConsoleWindow, SlackWindow, DiscordWindow]


@pytest.fixture
async def place(directory: Directory) -> AsyncIterator[Place]:
    """The shop on all three; Ben has declared it, and Carla is paged for it."""
    windows = ConsoleWindow(), SlackWindow(), DiscordWindow()
    async with open_town(directory, *windows) as town:
        await town.run("ben", LINE)
        yield town, *windows


async def shown(place: Place, person: str) -> str:
    """All that a person finds, wherever they look."""
    _, console, slack, discord = place
    seen = [await slack.all_shown(person), await discord.all_shown(person, "INC-1")]
    return "\n".join([*seen, await console.all_shown(person, "INC-1")])


async def test_nobody_else_finds_anything_of_it_anywhere(place: Place) -> None:
    everything = await shown(place, "ana")
    assert SECRET not in everything
    # She asked the console's page for the number herself: it is in the answer that it is nowhere.
    assert everything.count("INC-1") == 1
    for insider in ("ben", "carla"):
        assert (await shown(place, insider)).count(SECRET) >= 5


async def test_insiders_work_it_wherever_each_of_them_is(place: Place) -> None:
    town, console, slack, discord = place
    await slack.presses("carla", await slack.card("INC-1", "carla"), "Acknowledge")
    await discord.says("ben", "INC-1", "I saw the export")
    await slack.says("carla", "INC-1", "Lock the account")
    await console.says("ben", "INC-1", "Locked")
    await town.after(seconds=10)
    assert (await town.incident()).acknowledged_by == "carla"
    for person in ("ben", "carla"):
        for window in place[1:]:
            told = "\n".join(await window.thread("INC-1", person))
            words = ("I saw the export", "Lock the account", "Locked")
            assert [told.count(each) for each in words] == [1, 1, 1], (person, window.name)
            assert "acknowledged by" in (await window.card("INC-1", person)).words
    assert "Lock the account" not in await shown(place, "ana")


async def test_whoever_is_let_in_has_all_of_it_on_every_platform(place: Place) -> None:
    town, console, slack, discord = place
    await slack.says("carla", "INC-1", "Lock the account")
    await town.settle()
    await discord.types("carla", "INC-1", "invite", person="ana")
    await town.after(seconds=10)
    assert (await town.incident()).insiders == ("ben", "carla", "ana")
    for window in place[1:]:
        assert any("Lock the account" in each for each in await window.thread("INC-1", "ana"))
    assert discord.sees("ana", "INC-1")
    await console.says("ana", "INC-1", "I can help")
    await town.after(seconds=10)
    assert any("I can help" in each for each in await discord.thread("INC-1"))
    assert any("I can help" in each for each in await slack.thread("INC-1", "carla"))


async def test_its_end_is_shown_to_all_of_them_and_archives_its_thread(place: Place) -> None:
    town, console, slack, discord = place
    await discord.presses("carla", await discord.card("INC-1"), "Resolve")
    await town.settle()
    assert (await town.incident()).ended
    assert discord.post("INC-1").thread.archived
    assert "✅ Resolved" in (await slack.card("INC-1", "ben")).words
    assert "✅ Resolved" in (await console.card("INC-1", "carla")).words


async def test_a_gap_loses_no_word_of_it(place: Place) -> None:
    town, console, slack, discord = place
    await discord.jolts()
    await slack.jolts()
    await discord.says("ben", "INC-1", "still here")
    await slack.says("ben", "INC-1", "and here")
    await town.settle()
    told = "\n".join(await console.thread("INC-1", "carla"))
    assert ("still here" in told, "and here" in told) == (True, True)


async def test_a_page_that_finds_a_closed_door_calls_in_the_hidden_thread(
    directory: Directory,
) -> None:
    async with open_town(directory, discord := DiscordWindow()) as town:
        discord.closes_door("carla")
        await town.run("ben", LINE)
        await town.after(seconds=3)
        assert any("You are being paged" in each for each in await discord.thread("INC-1"))
        assert SECRET not in discord.all_read("ana")
