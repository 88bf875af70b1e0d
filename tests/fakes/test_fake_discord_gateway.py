"""The fake's gateway, tried with the plain library."""

from __future__ import annotations

from collections.abc import AsyncIterator

import aiohttp
import discord
import pytest

from tests.fakes.discord_server import IDENTIFY, RESUME, FakeDiscord
from tests.fakes.plain_discord import BLIND, INTENTS, logged_in


@pytest.fixture
async def server() -> AsyncIterator[FakeDiscord]:
    async with FakeDiscord() as fake:
        yield fake


async def test_a_bot_logs_in_and_sees_the_server(server: FakeDiscord) -> None:
    support = server.text_channel("support")
    forum = server.forum("tickets", ["New", "Open"])
    async with logged_in(server) as bot:
        guild = bot.get_guild(int(server.guild.id))
        assert guild is not None
        assert guild.me.id == int(server.me.id)
        seen = guild.get_channel(int(support.id))
        board = guild.get_channel(int(forum.id))
    assert isinstance(seen, discord.TextChannel)
    assert seen.permissions_for(guild.me).manage_threads
    assert isinstance(board, discord.ForumChannel)
    assert [tag.name for tag in board.available_tags] == ["New", "Open"]


async def test_its_intents_are_recorded(server: FakeDiscord) -> None:
    async with logged_in(server):
        identified = server.gateway.sent_by_client(IDENTIFY)
    assert [frame.body["intents"] for frame in identified] == [INTENTS.value]


async def test_a_privileged_intent_needs_the_portal(server: FakeDiscord) -> None:
    server.world.message_content = False
    async with logged_in(server, ready=False) as bot:
        await server.until(lambda: bot.failure, "the refusal")
    assert isinstance(bot.failure, discord.PrivilegedIntentsRequired)


async def test_a_wrong_token_is_refused(server: FakeDiscord) -> None:
    server.faults.revoked = True
    async with logged_in(server, ready=False) as bot:
        await server.until(lambda: bot.failure, "the refusal")
    assert isinstance(bot.failure, discord.LoginFailure)


async def test_a_dropped_line_is_resumed_with_what_was_missed(server: FakeDiscord) -> None:
    support, ana = server.text_channel("support"), server.person("Ana")
    async with logged_in(server) as bot:
        server.gateway.drop()
        await ana.says(support, "are you there?")
        await bot.met("resumed")
        message = await bot.met("message")
    assert message.content == "are you there?"
    assert len(server.gateway.sent_by_client(IDENTIFY)) == 1


async def test_op_7_makes_it_resume(server: FakeDiscord) -> None:
    async with logged_in(server) as bot:
        await server.gateway.reconnect()
        await bot.met("resumed")
    assert len(server.gateway.sent_by_client(RESUME)) == 1


async def test_a_resumable_op_9_makes_it_resume(server: FakeDiscord) -> None:
    async with logged_in(server) as bot:
        await server.gateway.invalidate(resumable=True)
        await bot.met("resumed")


async def test_op_9_makes_it_identify_and_loses_what_happened(server: FakeDiscord) -> None:
    support, ana = server.text_channel("support"), server.person("Ana")
    async with logged_in(server) as bot:
        await server.gateway.invalidate()
        await ana.says(support, "lost")
        await bot.met("ready", 2)
        assert bot.seen("message") == []
    assert len(server.gateway.sent_by_client(IDENTIFY)) == 2


async def test_a_forgotten_session_cannot_be_resumed(server: FakeDiscord) -> None:
    async with logged_in(server) as bot:
        server.gateway.forget()
        await bot.met("ready", 2)
    assert len(server.gateway.sent_by_client(RESUME)) == 1


async def test_a_revoked_token_ends_the_bot(server: FakeDiscord) -> None:
    async with logged_in(server) as bot:
        await server.revoke_token()
        await server.until(lambda: bot.failure, "the end")
    assert isinstance(bot.failure, discord.ConnectionClosed)
    assert bot.failure.code == 4004


async def test_without_the_intent_talk_comes_without_its_text(server: FakeDiscord) -> None:
    support, ana = server.text_channel("support"), server.person("Ana")
    async with logged_in(server, BLIND) as bot:
        await ana.says(support, "secret")
        await ana.says(support, f"hello <@{server.me.id}>")
        await ana.says(ana.dm, "direct")
        await bot.met("message", 3)
    assert [message.content for message in bot.seen("message")] == [
        "",
        f"hello <@{server.me.id}>",
        "direct",
    ]


async def test_what_people_do_is_told(server: FakeDiscord) -> None:
    support, ana = server.text_channel("support"), server.person("Ana")
    async with logged_in(server) as bot:
        message = await ana.says(support, "first", files=[("a.txt", b"abc")])
        await ana.edits(message, "second")
        await ana.reacts(message, "👍")
        await ana.starts_typing(support)
        await ana.deletes(message)
        edit = await bot.met("raw_message_edit")
        reaction = await bot.met("raw_reaction_add")
        await bot.met("raw_typing")
        await bot.met("raw_message_delete")
        attachment = bot.seen("message")[0].attachments[0]
        assert await attachment.read() == b"abc"
    assert edit.message.content == "second"
    assert (reaction.emoji.name, reaction.user_id) == ("👍", int(ana.id))


async def test_threads_are_told_from_birth_to_death(server: FakeDiscord) -> None:
    support, ana = server.text_channel("support"), server.person("Ana")
    async with logged_in(server) as bot:
        thread = await ana.starts_thread(support, "printer", "it burns")
        await ana.archives(thread)
        await ana.deletes_channel(thread)
        await ana.deletes_channel(support)
        created = await bot.met("thread_create")
        await bot.met("raw_thread_update")
        await bot.met("raw_thread_delete")
        gone = await bot.met("guild_channel_delete")
    assert (created.name, created.owner_id) == ("printer", int(ana.id))
    assert gone.id == int(support.id)


async def test_it_beats_and_is_acknowledged(server: FakeDiscord) -> None:
    server.gateway.heartbeat_ms = 30
    async with logged_in(server) as bot:
        await server.until(lambda: bot.latency < 5, "an acknowledged heartbeat")


async def test_a_goodbye_with_1000_ends_the_session(server: FakeDiscord) -> None:
    identify = {"op": 2, "d": {"token": server.token, "intents": INTENTS.value}}
    async with aiohttp.ClientSession() as session, session.ws_connect(server.gateway.url) as line:
        await line.send_json(identify)
        await server.connected()
        await line.close(code=1000)
    await server.until(lambda: not server.gateway.sessions, "the end of the session")


async def test_who_speaks_before_identifying_is_closed(server: FakeDiscord) -> None:
    async with aiohttp.ClientSession() as session, session.ws_connect(server.gateway.url) as line:
        await line.send_json({"op": 3, "d": {}})
        frames = [frame async for frame in line]
        assert line.close_code == 4003
    assert [frame.json()["op"] for frame in frames] == [10]


async def test_members_are_told_when_asked(server: FakeDiscord) -> None:
    server.world.members_intent = True
    ana = server.person("Ana")
    async with logged_in(server, INTENTS | discord.Intents(members=True)) as bot:
        guild = bot.get_guild(int(server.guild.id))
        assert guild is not None
        found = await guild.query_members("an")
    assert [str(member.id) for member in found] == [ana.id]
