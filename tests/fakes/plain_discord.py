"""A bot on the plain library, with nothing of the product: what the fake Discord is tried with."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import discord
import yarl
from discord import app_commands
from discord.gateway import DiscordWebSocket
from discord.http import Route

from bot.tasks import spawn, stop
from tests.fakes.discord_server import FakeDiscord

INTENTS = discord.Intents(
    guilds=True,
    guild_messages=True,
    guild_reactions=True,
    guild_typing=True,
    dm_messages=True,
    message_content=True,
)
BLIND = discord.Intents(guilds=True, guild_messages=True, dm_messages=True)


class PlainBot(discord.Client):
    """Remembers every event it was given; commands are added to `tree`."""

    def __init__(self, server: FakeDiscord, intents: discord.Intents) -> None:
        super().__init__(
            intents=intents,
            guild_ready_timeout=0.01,
            max_messages=None,
            chunk_guilds_at_startup=False,
            member_cache_flags=discord.MemberCacheFlags.none(),
        )
        self.server = server
        self.tree = app_commands.CommandTree(self)
        self.events: list[tuple[str, tuple[Any, ...]]] = []
        self.failure: BaseException | None = None

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """No five seconds between identifies."""

    def dispatch(self, event: str, /, *args: Any, **kwargs: Any) -> None:
        self.events.append((event, args))
        self.server.bell.ring()
        super().dispatch(event, *args, **kwargs)

    def seen(self, event: str) -> list[Any]:
        """The first argument of every event of that name."""
        return [args[0] if args else None for name, args in self.events if name == event]

    async def met(self, name: str, count: int = 1) -> Any:
        """Wait for the first, second … event of that name; its first argument."""
        await self.server.until(lambda: len(self.seen(name)) >= count, f"{name} {count}")
        return self.seen(name)[count - 1]

    async def live(self) -> None:
        """Log in and stay; keeps what ended it."""
        try:
            await self.start(self.server.token)
        except (discord.DiscordException, OSError) as failure:
            self.failure = failure
            self.server.bell.ring()


@asynccontextmanager
async def logged_in(
    server: FakeDiscord, intents: discord.Intents = INTENTS, *, ready: bool = True
) -> AsyncIterator[PlainBot]:
    """A bot that runs against the fake until the block ends."""
    base, gateway = Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY
    Route.BASE = server.api_url
    DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(server.gateway.url)
    bot = PlainBot(server, intents)
    task = spawn(bot.live(), "plain bot")
    try:
        if ready:
            await bot.met("ready")
        yield bot
    finally:
        await bot.close()
        await stop(task)
        Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY = base, gateway
