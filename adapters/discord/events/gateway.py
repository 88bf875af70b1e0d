"""The one listener: of all instances that share a database only one holds the gateway."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from enum import StrEnum
from typing import Final, Protocol

import aiohttp
import discord

from adapters.discord.events.connection import LOST, Connection, Json, OnEvent, Pace
from adapters.discord.settings import DiscordSettings
from bot.errors import TemporaryError
from bot.tasks import spawn, stop

log = logging.getLogger(__name__)

DUTY: Final = "discord gateway"
_BAD_TOKEN: Final = 4004
_FAREWELL: Final = 3.0
BEGUN: Final = "BEGUN"
"""Our own event: this instance is the listener from now on."""
REFUSED: Final = "REFUSED"
"""Our own event: Discord does not take the token."""


class Held(Protocol):
    """A duty that this instance alone has, until it is released or `lost`."""

    lost: asyncio.Event

    async def held(self) -> bool:
        """Whether it is still ours."""
        ...

    async def release(self) -> None:
        """Let another instance have it."""
        ...


TakeDuty = Callable[[str, float], Awaitable[Held | None]]
"""Takes a duty by its name, the moment it is free; None when another instance has it all those
seconds, TemporaryError when nobody knows.
"""


class State(StrEnum):
    """How the gateway stands, in words for an operator."""

    STARTING = "connecting"
    LISTENING = "connected"
    DEAF = "connected without the message content intent: what is typed in threads is not heard"
    ELSEWHERE = "another instance listens"
    AWAY = "Discord is away; trying again"
    REFUSED = "the token is refused"
    STOPPED = "stopped"


class Gateway:
    """Listens as long as it runs; that Discord is away or refuses the token stops nothing else."""

    def __init__(
        self,
        settings: DiscordSettings,
        on_event: OnEvent,
        take_duty: TakeDuty,
        pace: Pace | None = None,
    ) -> None:
        self._settings = settings
        self._on_event = on_event
        self._take_duty = take_duty
        self._pace = pace or Pace()
        self._content = settings.message_content
        self._task: asyncio.Task[None] | None = None
        self.state = State.STOPPED
        self._was_up = False
        self._connection: Connection | None = None

    @property
    def sequence(self) -> int:
        """How many events of the session were handed on; 0 while there is none."""
        return self._connection.sequence if self._connection is not None else 0

    def start(self) -> None:
        """Begin to listen, in the background."""
        self.state = State.STARTING
        self._task = spawn(self._run(), "discord gateway")

    async def stop(self) -> None:
        """Stop listening; a second time does nothing."""
        task, self._task = self._task, None
        if task is not None:
            await stop(task)
        self.state = State.STOPPED

    async def _run(self) -> None:
        wait = 0.0
        while True:
            self._was_up = False
            pause = await self._hold()
            # What was up for a while begins anew with short pauses.
            wait = 0.0 if self._was_up else wait
            wait = pause or min(self._pace.longest, max(self._pace.first, wait * 2))
            await asyncio.sleep(wait)

    async def _hold(self) -> float:
        """Listen while this instance has the duty; seconds to wait, 0 for the usual."""
        try:
            duty = await self._turn()
        except TemporaryError as error:
            log.warning("the duty to listen is unknown", extra={"why": error.words})
            return 0.0
        try:
            return await self._listen(duty)
        finally:
            await duty.release()

    async def _turn(self) -> Held:
        """The duty, as soon as no other instance has it."""
        duty = await self._take_duty(DUTY, 0.0)
        while duty is None:
            self.state = State.ELSEWHERE
            duty = await self._take_duty(DUTY, self._pace.turn)
        return duty

    async def _listen(self, duty: Held) -> float:
        """Be connected until something ends it."""
        connection = Connection(self._settings, self._heard, self._pace, content=self._content)
        self._connection = connection
        self._on_event(BEGUN, {})
        outcome: list[float] = []

        async def connect() -> None:
            outcome.append(await self._connected(connection))

        listening = spawn(connect(), "discord connection")
        watching = spawn(self._watch(duty), "discord duty")
        try:
            await asyncio.wait([listening, watching], return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._connection = None
            await _ended(connection, listening, watching)
        return outcome[0] if outcome else 0.0

    async def _connected(self, connection: Connection) -> float:
        """Connect and stay so; what ended it decides how long to wait."""
        self.state = State.STARTING
        try:
            await connection.start(self._settings.token)
        except discord.LoginFailure:
            return self._refused()
        except discord.ConnectionClosed as closed:
            if closed.code == _BAD_TOKEN:
                return self._refused()
            log.warning("the gateway closed", extra={"code": closed.code})
        except discord.PrivilegedIntentsRequired:
            log.warning("the message content intent is off: see the Developer Portal, Bot")
            self._content = False
            return self._pace.first
        except (discord.DiscordException, aiohttp.ClientError, OSError, TimeoutError) as error:
            log.warning("Discord is away", extra={"why": type(error).__name__})
        except Exception:  # the boundary of the listener
            log.exception("the connection to Discord broke")
        self.state = State.AWAY
        return 0.0

    def _refused(self) -> float:
        self.state = State.REFUSED
        log.error("Discord refuses the token: put a new one into [discord] token")
        self._on_event(REFUSED, {})
        return self._pace.refused

    def _heard(self, event: str, body: Json) -> None:
        if event in ("READY", "RESUMED"):
            deaf = self._settings.message_content and not self._content
            self.state = State.DEAF if deaf else State.LISTENING
            self._was_up = True
        elif event == LOST:
            self.state = State.AWAY
        self._on_event(event, body)

    async def _watch(self, duty: Held) -> None:
        """Return when the duty is lost."""
        while await duty.held():
            try:
                async with asyncio.timeout(self._pace.duty):
                    await duty.lost.wait()
            except TimeoutError:
                continue
        log.warning("the duty to listen to Discord is lost")


async def _ended(connection: Connection, *tasks: asyncio.Task[None]) -> None:
    """End the tasks and say goodbye, unless nobody answers; the sockets are closed in any case."""
    try:
        for task in tasks:
            await stop(task)
        async with asyncio.timeout(_FAREWELL):
            await connection.close()
    except TimeoutError:
        log.info("the gateway did not say goodbye")
    finally:
        await connection.http.close()
