"""The library's client, whose connection to the gateway we keep up ourselves.

Left alone it waits up to 17 minutes between tries, and ends when the gateway is away at its start.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import aiohttp
import discord
import yarl
from discord.gateway import DiscordWebSocket, ReconnectWebSocket
from discord.http import Route

from adapters.discord.settings import DiscordSettings

Json = Mapping[str, Any]
OnEvent = Callable[[str, Json], None]
log = logging.getLogger(__name__)

WRONG_INTENTS: Final = 4014
HANDSHAKE: Final = 30.0
LOST: Final = "LOST"
"""Our own event: the socket is gone, and a new one is tried."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """Seconds: between two tries at first and at most, before a new session, with a bad token.

    Every `duty` seconds the listener asks whether it still is the one; who is not waits for its
    turn, `turn` seconds at a time.
    """

    first: float = 1.0
    longest: float = 30.0
    identify: float = 5.0
    refused: float = 300.0
    duty: float = 5.0
    turn: float = 20.0


# We never speak, so that the means to do so are missing is no news.
discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False


class Connection(discord.Client):
    """One session of the gateway: it resumes as long as Discord lets it.

    Every event is handed to `on_event` as Discord sent it, in its order.
    """

    def __init__(
        self, settings: DiscordSettings, on_event: OnEvent, pace: Pace, *, content: bool
    ) -> None:
        Route.BASE = settings.api_url
        super().__init__(
            intents=intents(content=content),
            max_messages=None,
            chunk_guilds_at_startup=False,
            member_cache_flags=discord.MemberCacheFlags.none(),
            allowed_mentions=discord.AllowedMentions.none(),
            enable_debug_events=True,
        )
        self._on_event = on_event
        self._pace = pace
        self._resume: dict[str, Any] = {}
        self._lively = False

    @property
    def sequence(self) -> int:
        """How many events of the session were handed on."""
        ws: DiscordWebSocket | None = self.ws
        return (ws.sequence or 0) if ws is not None else 0

    def dispatch(self, event: str, /, *args: Any, **kwargs: Any) -> None:
        """Hand on what came from the gateway; the library's own events are not used."""
        if event != "socket_raw_receive":
            return
        frame = json.loads(args[0])
        if frame.get("op") == DiscordWebSocket.DISPATCH:
            self._lively = True
            self._on_event(str(frame["t"]), frame.get("d") or {})

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Discord wants a pause before a session is begun anew."""
        if not initial:
            await asyncio.sleep(self._pace.identify)

    async def connect(self, *, reconnect: bool = True) -> None:
        """Keep the session up until it is closed; raises what no new try can mend, and when the
        gateway stays away: from another instance it may be reached.
        """
        _, url, _ = await self.http.get_bot_gateway()
        home, initial, wait = yarl.URL(url), True, 0.0
        while not self.is_closed():
            self._lively = False
            try:
                await self._listen(home, initial=initial)
            except ReconnectWebSocket as request:
                self._keep(resume=request.resume)
            except discord.ConnectionClosed as closed:
                self._fatal(closed)
            except (OSError, aiohttp.ClientError, TimeoutError) as error:
                log.info("the gateway is away", extra={"why": type(error).__name__})
                if wait >= self._pace.longest:
                    raise
                self._keep(resume=True)
            self._on_event(LOST, {})
            wait = 0.0 if self._lively else min(self._pace.longest, max(self._pace.first, wait * 2))
            initial = False
            await asyncio.sleep(wait)

    async def _listen(self, home: yarl.URL, *, initial: bool) -> None:
        """One socket, until it ends."""
        resumed = self._resume or {"gateway": home}
        opening = DiscordWebSocket.from_client(self, initial=initial, **resumed)
        self.ws = await asyncio.wait_for(opening, HANDSHAKE)
        while True:
            await self.ws.poll_event()

    def _keep(self, *, resume: bool) -> None:
        """Remember the session, to go on with it on the next socket."""
        ws: DiscordWebSocket | None = self.ws
        if not resume or ws is None or ws.session_id is None:
            self._resume = {}
            return
        self._resume = {
            "gateway": ws.gateway,
            "session": ws.session_id,
            "sequence": ws.sequence,
            "resume": True,
        }

    def _fatal(self, closed: discord.ConnectionClosed) -> None:
        """Raise what an operator has to mend; a polite close is answered by coming back."""
        if closed.code == WRONG_INTENTS:
            raise discord.PrivilegedIntentsRequired(closed.shard_id) from None
        if closed.code != 1000:
            raise closed
        self._keep(resume=True)


def intents(*, content: bool) -> discord.Intents:
    """Servers, messages, emoji, typing, direct messages; message content is privileged."""
    wanted = discord.Intents.none()
    wanted.guilds = wanted.guild_messages = wanted.dm_messages = True
    wanted.guild_reactions = wanted.guild_typing = True
    wanted.message_content = content
    return wanted
