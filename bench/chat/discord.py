"""Discord: a server on the real protocol, and discord.py as it comes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from multiprocessing.connection import Connection
from typing import Final

import discord
import yarl
from discord import app_commands
from discord.gateway import DiscordWebSocket
from discord.http import Route

from bench.chat.platform import ACKNOWLEDGE, PATIENCE, Scene, Site
from bot.clock import SystemClock
from tests.fakes.discord_server import FakeDiscord
from tests.fakes.discord_server.server import TOKEN

_LINES: Final = ("/ticket queue", "/ticket note ticket:SUP-1 text:Note {}.")
_EDIT: Final = "PATCH /channels/{channel_id}/messages/{message_id}"


class _Guild:
    """The fake, with Ana in two channels."""

    def __init__(self, fake: FakeDiscord) -> None:
        self._fake = fake
        self._answers: list[str] = []
        self._ana = fake.person("Ana")
        self._support = fake.text_channel("support")
        self._incidents = fake.text_channel("incidents")

    @property
    def site(self) -> Site:
        """Where it is."""
        return Site(
            api_url=self._fake.api_url,
            person=self._ana.id,
            support=self._support.id,
            incidents=self._incidents.id,
        )

    async def until_bot(self) -> None:
        """Wait for a session whose bot has written its commands."""
        fake = self._fake
        await fake.until(
            lambda: fake.gateway.connected and fake.syncs, "a bot with commands", within=PATIENCE
        )

    async def types(self, number: int) -> float:
        """Type into #support; from the event's departure to the arrival of the first answer."""
        seen = await self._ana.types(self._support, _LINES[number % 2].format(number))
        self._answers.append(seen.text)
        began, answered = seen.interaction.at, seen.interaction.answered_at
        return (answered - began).total_seconds() if answered else ACKNOWLEDGE

    async def answers(self) -> list[str]:
        """What Ana alone was shown; it was waited for while she typed."""
        new, self._answers = self._answers, []
        return new

    @property
    def edits(self) -> int:
        """Edits of messages in channels and threads."""
        return len(self._fake.called(_EDIT))

    @property
    def paged_at(self) -> float | None:
        """When the first direct message was made."""
        return next((message.at.timestamp() for message in self._ana.inbox), None)


@asynccontextmanager
async def guild() -> AsyncIterator[Scene]:
    """A server with a bot in it; the limits of calls are wide."""
    async with FakeDiscord(SystemClock()) as fake:
        yield _Guild(fake)


def section(site: Site, person: str) -> str:
    """The configuration of the service for the server, and of one person there."""
    return f"""
[discord]
token = "{TOKEN}"
api_url = "{site.api_url}"

[people.{person}]
discord = "{site.person}"
roles = ["lead:support", "responder"]
contact = ["discord"]
"""


class _Plain(discord.Client):
    """A client with two commands that say a word, and do nothing."""

    async def setup_hook(self) -> None:
        """Write the commands."""
        ticket = app_commands.Group(name="ticket", description="Tickets.")

        @ticket.command(description="What is open.")
        async def queue(interaction: discord.Interaction) -> None:
            await interaction.response.send_message("Done.", ephemeral=True)

        @ticket.command(description="Say something.")
        async def note(interaction: discord.Interaction, ticket: str, text: str) -> None:
            await interaction.response.send_message("Done.", ephemeral=True)

        tree = app_commands.CommandTree(self)
        tree.add_command(ticket)
        await tree.sync()


async def null(api_url: str, ready: Connection) -> None:
    """discord.py with commands that are answered at once, for ever."""
    Route.BASE = api_url
    client = _Plain(intents=discord.Intents(guilds=True))
    await client.login(TOKEN)
    _, gateway, _ = await client.http.get_bot_gateway()
    DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(gateway)
    ready.send(0)
    await client.connect()
