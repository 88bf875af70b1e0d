"""People of the fake in less common places: direct channels, hidden answers, two bots at once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import discord
import pytest
from discord import app_commands, ui

from bot.clock import ManualClock
from tests.fakes.discord_server import CannotSend, FakeDiscord
from tests.fakes.plain_discord import PlainBot, logged_in

Asked = discord.Interaction[Any]
CALLBACK = "POST /interactions/{interaction_id}/{webhook_token}/callback"


class Choice(ui.View):
    """One button that opens up to whoever presses it, and a select of people."""

    def __init__(self) -> None:
        super().__init__(timeout=None)

    @ui.button(label="Acknowledge", custom_id="ack")
    async def acknowledge(self, asked: Asked, button: ui.Button[Any]) -> None:
        await asked.response.edit_message(content=f"taken by {asked.user.name}", view=None)

    @ui.button(label="Link me", custom_id="off", disabled=True)
    async def off(self, asked: Asked, button: ui.Button[Any]) -> None:
        raise AssertionError("nobody can press this")

    @ui.select(cls=ui.UserSelect, custom_id="who", placeholder="Who")
    async def who(self, asked: Asked, select: ui.UserSelect[Any]) -> None:
        names = [each.display_name for each in select.values]
        await asked.response.send_message(", ".join(names), ephemeral=True)


def teach(bot: PlainBot) -> None:
    @bot.tree.command(name="page", description="Call somebody")
    @app_commands.guild_only()
    async def page(asked: Asked) -> None:
        await asked.response.send_message("sure?", view=Choice(), ephemeral=True)

    @bot.tree.command(name="attach", description="A file")
    async def attach(asked: Asked, file: discord.Attachment) -> None:
        await asked.response.send_message((await file.read()).decode())

    @bot.tree.command(name="admin", description="Not for all")
    @app_commands.default_permissions()
    async def admin(asked: Asked) -> None:
        await asked.response.send_message("hello, admin")

    @bot.tree.context_menu(name="Page them")
    async def them(asked: Asked, user: discord.User) -> None:
        await asked.response.send_message(f"paging {user.name}", ephemeral=True)


@pytest.fixture
async def server() -> AsyncIterator[FakeDiscord]:
    async with FakeDiscord() as fake:
        yield fake


@pytest.fixture
async def bot(server: FakeDiscord) -> AsyncIterator[PlainBot]:
    async with logged_in(server) as bot:
        teach(bot)
        await bot.tree.sync()
        yield bot


async def test_a_page_is_taken_in_a_direct_channel(server: FakeDiscord, bot: PlainBot) -> None:
    ana = server.person("Ana")
    user = await bot.fetch_user(int(ana.id))
    await user.send("page", view=Choice())
    [page] = ana.inbox
    await ana.presses(page, "Acknowledge")
    assert page.text == "taken by ana"


@pytest.mark.usefixtures("bot")
async def test_a_hidden_answer_can_be_pressed_by_its_reader_alone(server: FakeDiscord) -> None:
    support, ana, ben = server.text_channel("support"), server.person("Ana"), server.person("Ben")
    seen = await ana.types(support, "/page")
    [hidden] = ana.ephemerals
    with pytest.raises(CannotSend):
        await ben.presses(hidden, "Acknowledge")
    with pytest.raises(CannotSend):
        await ana.presses(hidden, "off")
    await ana.presses(hidden, "Acknowledge")
    assert (seen.text, server.messages(support)) == ("taken by ana", [])


@pytest.mark.usefixtures("bot")
async def test_people_are_chosen_by_name(server: FakeDiscord) -> None:
    support, ana = server.text_channel("support"), server.person("Ana")
    server.person("Ben")
    await ana.types(support, "/page")
    assert (await ana.chooses(ana.ephemerals[0], "Ben", select="Who")).text == "Ben"


@pytest.mark.usefixtures("bot")
async def test_commands_are_offered_where_and_to_whom_they_belong(server: FakeDiscord) -> None:
    support, ana = server.text_channel("support"), server.person("Ana")
    chief = server.person("Carla", server.role("chiefs", 1 << 3))
    with pytest.raises(CannotSend):
        await ana.types(ana.dm, "/page")
    with pytest.raises(CannotSend):
        await ana.types(support, "/admin")
    assert (await chief.types(support, "/admin")).text == "hello, admin"


@pytest.mark.usefixtures("bot")
async def test_a_person_has_a_menu_too(server: FakeDiscord) -> None:
    support, ana, ben = server.text_channel("support"), server.person("Ana"), server.person("Ben")
    assert (await ana.uses_user_menu(support, ben.user, "Page them")).text == "paging ben"
    with pytest.raises(CannotSend):
        await ana.uses_user_menu(support, ben.user, "Poke them")


@pytest.mark.usefixtures("bot")
async def test_a_file_goes_with_a_command(server: FakeDiscord) -> None:
    support, ana = server.text_channel("support"), server.person("Ana")
    seen = await ana.types(support, "/attach file:log.txt", files=[("log.txt", b"it broke")])
    assert seen.text == "it broke"


async def test_a_reply_knows_what_it_answers(server: FakeDiscord, bot: PlainBot) -> None:
    support, ana = server.text_channel("support"), server.person("Ana")
    first = await ana.says(support, "first")
    await ana.says(support, "second", reply_to=first)
    message = await bot.met("message", 2)
    assert message.reference.message_id == int(first.id)
    assert message.reference.resolved.content == "first"


async def test_silence_is_a_failure_after_three_seconds(server: FakeDiscord) -> None:
    async with logged_in(server) as bot:
        teach(bot)
        await bot.tree.sync()
    support, ana = server.text_channel("support"), server.person("Ana")
    ana.waits = False
    seen = await ana.types(support, "/page")
    assert not seen.failed
    assert isinstance(server.clock, ManualClock)
    server.clock.push(timedelta(seconds=4))
    assert (await seen.finished()).failed


async def test_two_bots_get_every_press_and_one_answers(server: FakeDiscord, bot: PlainBot) -> None:
    support, ana = server.text_channel("support"), server.person("Ana")
    async with logged_in(server) as second:
        teach(second)
        await ana.types(support, "/page")
        await second.met("interaction")
        asked = bot.seen("interaction") + second.seen("interaction")
        await server.until(lambda: len(server.called(CALLBACK)) == 2, "both answers")
    assert len({each.id for each in asked}) == 1
    assert sorted(call.status or 0 for call in server.called(CALLBACK)) == [200, 400]
    assert {call.answer.get("code") for call in server.called(CALLBACK)} == {None, 40060}


async def test_a_kicked_bot_sees_nothing_more(server: FakeDiscord, bot: PlainBot) -> None:
    support = server.text_channel("support")
    await server.kick_bot()
    await bot.met("guild_remove")
    with pytest.raises(discord.Forbidden):
        await bot.get_partial_messageable(int(support.id)).send("anybody?")


async def test_a_new_channel_is_announced(server: FakeDiscord, bot: PlainBot) -> None:
    await server.announce(server.text_channel("late"))
    assert (await bot.met("guild_channel_create")).name == "late"


async def test_reactions_come_and_go(server: FakeDiscord, bot: PlainBot) -> None:
    support, ana = server.text_channel("support"), server.person("Ana")
    message = await ana.says(support, "done")
    mine = bot.get_partial_messageable(int(support.id)).get_partial_message(int(message.id))
    await mine.add_reaction("✅")
    await ana.reacts(message, "✅")
    await ana.unreacts(message, "✅")
    await bot.met("raw_reaction_remove")
    assert message.reactions == {"✅": [server.me.id]}


async def test_a_mention_brings_somebody_into_a_thread(server: FakeDiscord) -> None:
    support, ana, ben = server.text_channel("support"), server.person("Ana"), server.person("Ben")
    thread = await ana.starts_thread(support, "war room", "now", private=True)
    with pytest.raises(CannotSend):
        await ben.says(thread, "hello?")
    await ana.says(thread, f"come here, {ben.mention}")
    await ben.says(thread, "hello")
    assert len(server.messages(thread)) == 3


async def test_a_press_opens_an_archived_thread_but_not_a_locked_one(
    server: FakeDiscord, bot: PlainBot
) -> None:
    support, ana = server.text_channel("support"), server.person("Ana")
    thread = await ana.starts_thread(support, "SUP-1", "hello")
    place = bot.get_partial_messageable(int(thread.id), guild_id=int(server.guild.id))
    card = server.world.message(str((await place.send("card", view=Choice())).id))
    await ana.archives(thread)
    await ana.presses(card, "Acknowledge")
    assert not thread.thread.archived
    await ana.archives(thread, lock=True)
    with pytest.raises(CannotSend):
        await ana.types(thread, "/page")
