"""Discord put together: a surface that any instance can write to, and one listener."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import chain
from typing import Any

from aiohttp import web

from adapters.discord.api.channels import Channels
from adapters.discord.api.rest import Rest
from adapters.discord.drawing.render import Scene
from adapters.discord.events.catching_up import CatchingUp
from adapters.discord.events.connection import Json, Pace
from adapters.discord.events.gateway import REFUSED, Gateway, State, TakeDuty
from adapters.discord.events.listening import Listening
from adapters.discord.events.reviewing import Memory, Reviewing
from adapters.discord.files import Files
from adapters.discord.gestures.answers import Answers
from adapters.discord.gestures.commands import sync, tree
from adapters.discord.gestures.dispatcher import Dispatcher
from adapters.discord.gestures.hearing import Company, Hearing, Writer
from adapters.discord.gestures.interactions import FOR_A_FORM, Interactions
from adapters.discord.gestures.occasions import SURFACE
from adapters.discord.gestures.private import Private
from adapters.discord.settings import DiscordSettings
from adapters.discord.surface import Desk, DiscordSurface, Refuge
from adapters.discord.threads import Threads
from bot.domain.directory import Directory
from bot.errors import PermanentError, TemporaryError
from bot.ports import Clock, Meter
from bot.ports.tally import Tally
from bot.tasks import spawn, stop

log = logging.getLogger(__name__)


Tell = Callable[[str, str, str], Awaitable[None]]
"""Tells the operators, once a day for a key: key, title, text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What Discord is given of the service: stored files, an item's thread, who wrote a message,
    what outlives a session, duties, the clock, and a way to tell the operators. Without a meter
    nothing is counted.
    """

    directory: Directory
    clock: Clock
    files: Files
    refuge: Refuge
    writer: Writer
    memory: Memory
    take_duty: TakeDuty
    tell: Tell
    meter: Meter | None = None
    pace: Pace = field(default_factory=Pace)
    for_a_form: timedelta = FOR_A_FORM


class Discord:
    """The Discord of the configuration: any instance writes, one of them listens."""

    def __init__(self, settings: DiscordSettings, given: Surroundings) -> None:
        self._settings = settings
        self._given = given
        self._tally = Tally(SURFACE, given.meter)
        self._rest = Rest(settings, self._tally)
        self._channels = Channels(self._rest)
        self._scene = Scene(accounts=self._account, console_url=settings.console_url)
        threads = Threads(
            self._rest, self._channels, settings.archive_minutes, _desk_names(given.directory)
        )
        desk = Desk(scene=self._scene, files=given.files, refuge=given.refuge)
        self.surface = DiscordSurface(self._rest, self._channels, threads, desk)
        self._gateway: Gateway | None = None
        self._listening: Listening | None = None
        self._reviewing: Reviewing | None = None
        self._commands: list[dict[str, Any]] = []
        self._synced: set[str] = set()
        self._chores: dict[str, asyncio.Task[None]] = {}

    # ------------------------------------------------------------ start and stop

    def serve(self, dispatcher: Dispatcher) -> None:
        """Put the way in together: what people do goes to the dispatcher."""
        self._commands = tree(dispatcher.table, self._settings.commands)
        self._listening = self._ears(dispatcher)
        self._gateway = Gateway(
            self._settings, self._event, self._given.take_duty, self._given.pace
        )

    def routes(self) -> list[web.RouteDef]:
        """Nothing to mount: everything comes in by the gateway."""
        return []

    async def open(self) -> None:
        """Calls are possible as soon as one is made."""

    async def start(self) -> None:
        """Begin to listen; that Discord is away keeps nothing from starting."""
        if self._gateway is not None:
            self._gateway.start()

    async def stop(self) -> None:
        """Listen no more, and finish what was begun."""
        if self._gateway is not None:
            await self._gateway.stop()
        if self._reviewing is not None:
            await self._reviewing.note()
        for task in list(self._chores.values()):
            await stop(task)
        if self._listening is not None:
            await self._listening.close()

    async def close(self) -> None:
        """Call no more."""
        await self._rest.close()

    async def idle(self) -> None:
        """Return once everything that came in is done."""
        while self._chores:
            await asyncio.wait(list(self._chores.values()))
        if self._listening is not None:
            await self._listening.idle()

    @property
    def state(self) -> str:
        """How it stands, in words for an operator."""
        listening = self._gateway.state if self._gateway is not None else State.STOPPED
        return "; ".join(filter(None, (listening.value, self._rest.trouble)))

    @property
    def sequence(self) -> int:
        """How many events of the gateway's session were taken."""
        return self._gateway.sequence if self._gateway is not None else 0

    # ------------------------------------------------------------ the way in

    def _ears(self, dispatcher: Dispatcher) -> Listening:
        given, settings = self._given, self._settings
        answers = Answers(self._rest, self._scene, self._tally)
        spaces = _spaces(given.directory)
        company = Company(knows=self._knows, spaces=spaces, writer=given.writer)
        private = Private(self._rest, self._channels, self._scene)
        hearing = Hearing(self._rest, self._channels, dispatcher, private, company)

        async def heard(body: Json, late: bool) -> None:
            await hearing.said(body, late=late)

        self._reviewing = Reviewing(self._rest, given.clock, hearing, given.memory)
        return Listening(
            self._channels,
            hearing,
            Interactions(self._rest, dispatcher, answers, settings.commands, given.for_a_form),
            CatchingUp(self._rest, given.clock, heard),
            self._reviewing,
            guilds=frozenset(settings.guilds),
            spaces=spaces,
        )

    def _event(self, event: str, body: Json) -> None:
        if event == "READY":
            application = str((body.get("application") or {}).get("id", ""))
            self._begin("commands", self._sync(application))
        elif event == REFUSED:
            self._begin("telling", self._told_refused())
        if self._listening is not None:
            self._listening.take(event, body)
        if self._reviewing is not None and self._reviewing.due:
            self._begin("noting", self._reviewing.note())

    def _begin(self, name: str, chore: Coroutine[Any, Any, None]) -> None:
        """Do it in the background, unless it is being done already."""
        if name in self._chores:
            chore.close()
            return
        task = spawn(chore, f"discord {name}")
        self._chores[name] = task
        task.add_done_callback(lambda _: self._chores.pop(name, None))

    async def _sync(self, application: str) -> None:
        """Write the commands where they changed; when that fails, the next session tries again."""
        guilds, wanted = self._settings.guilds, self._commands
        # Where servers are named, what was once written for all of them would stand there twice.
        places = dict.fromkeys(guilds, wanted) | {"": [] if guilds else wanted}
        for guild, commands in places.items():
            if guild in self._synced:
                continue
            try:
                await sync(self._rest, application, guild, commands)
                self._synced.add(guild)
            except (TemporaryError, PermanentError) as error:
                log.warning("the commands could not be written", extra={"why": error.words})

    async def _told_refused(self) -> None:
        words = "Put a new one into [discord] token and start again; the rest goes on meanwhile."
        try:
            await self._given.tell("discord-token", "Discord refuses the bot's token", words)
        except TemporaryError as error:
            log.warning("the operators could not be told", extra={"why": error.words})

    def _account(self, person: str) -> str:
        found = self._given.directory.people.get(person)
        return found.accounts.get(SURFACE, "") if found is not None else ""

    def _knows(self, account: str) -> bool:
        person = self._given.directory.person_at(SURFACE, account)
        return person is not None and bool(person.grants)


def _spaces(directory: Directory) -> frozenset[str]:
    """The channels of desks and services."""
    channels = [desk.channels for desk in directory.desks.values()]
    channels += [service.channels for service in directory.services.values()]
    places = chain.from_iterable(channels)
    return frozenset(place.id for place in places if place.surface == SURFACE)


def _desk_names(directory: Directory) -> Callable[[str], str]:
    def name(prefix: str) -> str:
        desk = directory.desk_of_prefix(prefix) if prefix else None
        return desk.name if desk is not None else ""

    return name
