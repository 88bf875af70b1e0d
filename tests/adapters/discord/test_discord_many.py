"""One ticket in many places at once: the console and Discord, one truth."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from bot.domain.directory import Directory
from bot.domain.threads import Space
from tests.adapters.discord.conftest import Setting
from tests.adapters.discord.world import DiscordDesk, desk_in_discord

CONSOLE = Space(surface="console", id="support")


@pytest.fixture
async def shared(shop: Directory) -> AsyncIterator[Setting]:
    """A desk on the console and in Discord."""
    async with desk_in_discord(shop, forum=True, beside=(CONSOLE,)) as (desk, people):
        yield desk, dict(people)


async def on_console(desk: DiscordDesk) -> list[str]:
    """What stands in the ticket's thread on the console."""
    return await desk.thread()


async def test_a_ticket_has_a_thread_in_each_place(shared: Setting) -> None:
    desk, _ = shared
    await desk.mail()
    assert "Invoice shows wrong VAT" in (await desk.card()).title
    assert "Invoice shows wrong VAT" in (await desk.card_of()).text


async def test_notes_cross_with_their_author_and_do_not_come_back(shared: Setting) -> None:
    desk, people = shared
    await desk.mail()
    await people["ana"].says(await desk.post_of(), "seen from Discord")
    await desk.quiet()
    await desk.say("ben", "SUP-1", "seen from the console")
    await desk.quiet()
    console, discord = await on_console(desk), await desk.lines()
    assert any("Ana" in line and "seen from Discord" in line for line in console)
    assert any("Ben" in line and "seen from the console" in line for line in discord)
    assert sum("seen from Discord" in line for line in discord) == 1
    assert sum("seen from the console" in line for line in console) == 0


async def test_a_claim_is_one_and_the_loser_is_told_who_was_quicker(shared: Setting) -> None:
    desk, people = shared
    await desk.mail()
    seen, reply = await asyncio.gather(
        people["ana"].presses(await desk.card_of(), "Claim"),
        desk.press("ben", "dk1:claim:SUP-1"),
    )
    await desk.quiet()
    holder = (await desk.ticket()).assignee
    assert holder in ("ana", "ben")
    assert reply.refused is (holder == "ana")
    assert ("Ben has it" in seen.text) is (holder == "ben")
    assert holder.capitalize() in (await desk.card_of()).text


async def test_cards_agree_after_every_change(shared: Setting) -> None:
    desk, people = shared
    await desk.mail()
    await people["ana"].types(await desk.post_of(), "/ticket priority priority:urgent")
    await desk.quiet()
    assert "Urgent" in (await desk.card_of()).text
    assert any("Urgent" in str(run) for run in (await desk.card()).status)


async def test_a_lost_platform_holds_up_no_other(shared: Setting) -> None:
    desk, _ = shared
    await desk.mail()
    desk.discord.go_down()
    await desk.say("ben", "SUP-1", "Discord is down, go on here")
    await desk.run("ben", "/ticket claim SUP-1")
    assert (await desk.ticket()).assignee == "ben"
    assert len(await on_console(desk)) == 2
    desk.discord.come_back()
    await desk.after(minutes=2)
    await desk.discord.connected()
    await desk.quiet()
    lines = [line for line in await desk.lines() if "Ben" in line]
    assert "go on here" in lines[0]
    assert "claimed" in lines[1]
