"""A whole desk that lives in Discord: the real core, the real adapter, the library's own gateway,
and a fake Discord with people in it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from functools import partial

from adapters.discord.app import Discord, Surroundings
from adapters.discord.events.connection import Pace
from adapters.discord.events.reviewing import Memory
from adapters.discord.gestures.dispatcher import Dispatcher
from adapters.discord.settings import DiscordSettings
from adapters.pager.chat import ChatPager
from bot.clock import ManualClock
from bot.domain.directory import Directory
from bot.domain.effects import Pool
from bot.domain.threads import Space, ThreadRef
from bot.engine.outbox import OutboxPass
from bot.ports import ChatSurface
from bot.services.delivery.delivering import Delivering
from bot.services.hosting import Host
from bot.wiring.duties import take_duty
from storage.database import Database
from storage.lock import Duty
from tests.fakes.discord_server import Channel, FakeDiscord, Message, Person
from tests.scenario.desk import Desk
from tests.scenario.world import MONDAY
from tests.schema import migrated

TAGS = ("New", "Open", "Waiting", "Late", "Resolved", "Shop Support", "Incident", "SEV1")
BRISK = Pace(first=0.01, longest=0.05, identify=0.0, refused=0.05, duty=0.05, turn=5.0)


class DiscordDesk(Desk):
    """A world of tickets and incidents whose people sit in Discord.

    `beside` is another instance in the same world.
    """

    def __init__(
        self,
        database: Database,
        directory: Directory,
        discord: FakeDiscord,
        place: Channel,
        beside: DiscordDesk | None = None,
        **changes: object,
    ) -> None:
        super().__init__(database, directory, outside=beside)
        self.discord = discord
        self.place = place
        self.told: list[str] = []
        self.duties: list[Duty] = []
        self.bots: list[Discord] = []
        self.bot = self.another(**changes)  # type: ignore[arg-type]
        surfaces: dict[str, ChatSurface] = {"console": self.surface, "discord": self.bot.surface}
        pagers = {name: ChatPager(each, directory.people) for name, each in surfaces.items()}
        delivering = Delivering(self.core, surfaces, self.mailbox, pagers)
        outboxes = [OutboxPass(self.core, delivering, pool, lambda: 0.5) for pool in Pool]
        self.passes = [*(each for each in self.passes if each not in self.outboxes), *outboxes]
        self.outboxes = outboxes

    def another(
        self, dispatcher: Dispatcher | None = None, *, for_a_form: float = 1.5, **changes: object
    ) -> Discord:
        """One more instance's Discord on the same database, not started; `changes` are settings."""
        settings = DiscordSettings(
            token=self.discord.token,
            api_url=self.discord.api_url,
            **changes,  # type: ignore[arg-type]
        )
        host = Host(self.core)
        given = Surroundings(
            directory=self.core.directory,
            clock=self.clock,
            files=host.file,
            refuge=self.thread_at,
            writer=partial(host.writer, "discord"),
            memory=memory_of(host),
            take_duty=self._take,
            tell=self._tell,
            meter=self.core.meter,
            pace=BRISK,
            for_a_form=timedelta(seconds=for_a_form),
        )
        made = Discord(settings, given)
        made.serve(dispatcher or self.dispatcher)
        self.bots.append(made)
        return made

    async def connect(self, bot: Discord | None = None) -> None:
        """Start an instance's Discord, the desk's own when none is named, and wait for it."""
        started = bot or self.bot
        await started.start()
        await self.discord.until(lambda: started.state.startswith("connected"), "a session")
        await started.idle()

    async def restart(self, **changes: object) -> None:
        """Stop the desk's Discord, and start it as a new process would."""
        await self.bot.stop()
        self.bot = self.another(**changes)  # type: ignore[arg-type]
        await self.connect()

    async def leave(self) -> None:
        """Stop whatever listens, and call no more."""
        for bot in self.bots:
            await bot.stop()
            await bot.close()

    async def _take(self, name: str, patience: float) -> Duty | None:
        duty = await take_duty(self.database, name, patience)
        self.duties += [duty] if duty is not None else []
        return duty

    async def _tell(self, key: str, title: str, text: str) -> None:
        self.told.append(title)

    async def thread_at(self, number: str) -> ThreadRef | None:
        """The work item's thread in Discord."""
        return await Host(self.core).thread_on("discord", number)

    async def quiet(self) -> None:
        """Everything that came in is done, and everything that it made has left."""
        await self.discord.until(self._heard_all, "what the gateway sent")
        await self.bot.idle()
        await self.settle()

    def _heard_all(self) -> bool:
        sessions = self.discord.gateway.sessions.values()
        sent = [len(session.sent) for session in sessions if session.line is not None]
        return self.bot.sequence >= max(sent, default=0)

    # ------------------------------------------------------------ looking

    async def post_of(self, number: str = "SUP-1") -> Channel:
        """The work item's thread."""
        ref = await self.thread_at(number)
        assert ref is not None, f"{number} has no thread in Discord"
        return self.discord.world.channels[ref.id]

    async def card_of(self, number: str = "SUP-1") -> Message:
        """The message that shows the work item's card."""
        ref = await self.thread_at(number)
        assert ref is not None, f"{number} has no thread in Discord"
        return self.discord.world.message(ref.id)

    async def lines(self, number: str = "SUP-1") -> list[str]:
        """What stands in the work item's thread."""
        thread = await self.post_of(number)
        return [one.text for one in self.discord.messages(thread) if one.id != thread.id]


def memory_of(host: Host) -> Memory:
    """What the service keeps for Discord between two sessions."""
    return Memory(
        said_about=host.said_about,
        heard_until=partial(host.heard_until, "discord"),
        note_heard=partial(host.note_heard, "discord"),
    )


@asynccontextmanager
async def desk_in_discord(
    directory: Directory,
    *,
    forum: bool = False,
    start: bool = True,
    both: bool = False,
    **changes: object,
) -> AsyncIterator[tuple[DiscordDesk, Mapping[str, Person]]]:
    """The shop's desk in a text channel or a forum of Discord, or in `both`, and its people there.

    `changes` are settings.
    """
    async with FakeDiscord(ManualClock(MONDAY)) as discord:
        place = discord.forum("tickets", TAGS) if forum else discord.text_channel("support")
        boards = [discord.forum("board", TAGS)] if both else []
        settled, people = moved_in(directory, discord, place, *boards)
        database = await Database.open("sqlite://:memory:")
        desk = DiscordDesk(database, settled, discord, place, None, **changes)
        discord.world.clock = discord.clock = desk.clock
        try:
            await migrated(database)
            if start:
                await desk.connect()
            yield desk, people
        finally:
            await desk.leave()
            await database.close()


def moved_in(
    directory: Directory, discord: FakeDiscord, *places: Channel
) -> tuple[Directory, Mapping[str, Person]]:
    """The shop with its desks, its services and its people in those places of Discord."""
    people = {key: discord.person(key.capitalize()) for key in ("ana", "ben", "carla", "eve")}
    return _in_discord(directory, tuple(map(_space, places)), people), people


def _account(key: str, people: Mapping[str, Person]) -> Mapping[str, str]:
    return {"discord": people[key].id} if key in people else {}


def _space(place: Channel) -> Space:
    return Space(surface="discord", id=place.id)


def _in_discord(
    directory: Directory, channels: tuple[Space, ...], people: Mapping[str, Person]
) -> Directory:
    """The shop, with its people's accounts, its desks and its services in those channels."""
    team = {
        key: replace(
            person,
            accounts={**person.accounts, **_account(key, people)},
            contact=("discord",) if key in people else (),
        )
        for key, person in directory.people.items()
    }
    desks = {key: replace(desk, channels=channels) for key, desk in directory.desks.items()}
    services = {k: replace(each, channels=channels) for k, each in directory.services.items()}
    return replace(directory, people=team, desks=desks, services=services)
