"""Discord's surface on the fake Discord."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from adapters.discord.api.channels import Channels
from adapters.discord.api.rest import Rest
from adapters.discord.drawing.render import Scene
from adapters.discord.settings import DiscordSettings
from adapters.discord.surface import Desk, DiscordSurface
from adapters.discord.threads import Threads
from bot.domain.mail import Attachment
from bot.domain.threads import Space, ThreadRef
from tests.fakes.discord_server import Channel, FakeDiscord, Message, Person

TAGS = ("New", "Open", "Waiting", "Late", "Resolved", "Support", "Incident")
CONSOLE = "https://desk.example/console"


@dataclass(kw_only=True)
class Bench:
    """A surface on a fake Discord, with a channel, a forum, and Ana, who has an account."""

    discord: FakeDiscord
    settings: DiscordSettings
    rest: Rest
    desk: Desk
    surface: DiscordSurface
    support: Channel
    forum: Channel
    ana: Person
    files: dict[int, Attachment] = field(default_factory=dict)
    homes: dict[str, ThreadRef] = field(default_factory=dict)

    @property
    def place(self) -> Space:
        """The text channel."""
        return Space(surface="discord", id=self.support.id)

    @property
    def board(self) -> Space:
        """The forum."""
        return Space(surface="discord", id=self.forum.id)

    def inside(self, root: str, place: Space | None = None) -> ThreadRef:
        """A thread of the text channel, or of that place."""
        return ThreadRef(surface="discord", space=(place or self.place).id, id=root)

    def another(self) -> DiscordSurface:
        """The surface of another instance, which knows nothing of what this one did."""
        return _surface(self.rest, self.desk)

    def sees(self, account: str, thread: str) -> bool:
        """Whether somebody of the server reads the thread."""
        world = self.discord.world
        return world.can_see(world.channels[thread], world.users[account])

    def message(self, id_: str) -> Message:
        """A message, wherever it is."""
        return self.discord.world.message(id_)


@asynccontextmanager
async def bench(**changes: object) -> AsyncIterator[Bench]:
    """A bench; `changes` are settings."""
    async with FakeDiscord() as discord:
        settings = DiscordSettings(
            token=discord.token,
            api_url=discord.api_url,
            **changes,  # type: ignore[arg-type]
        )
        made = _made(discord, settings)
        try:
            yield made
        finally:
            await made.rest.close()


def _made(discord: FakeDiscord, settings: DiscordSettings) -> Bench:
    files: dict[int, Attachment] = {}
    homes: dict[str, ThreadRef] = {}
    ana = discord.person("Ana")

    async def fetch(id_: int) -> Attachment | None:
        return files.get(id_)

    async def home(number: str) -> ThreadRef | None:
        return homes.get(number)

    accounts: Mapping[str, str] = {"ana": ana.id}
    rest = Rest(settings)
    scene = Scene(accounts=lambda key: accounts.get(key, ""), console_url=CONSOLE)
    desk = Desk(scene=scene, files=fetch, refuge=home)
    return Bench(
        discord=discord,
        settings=settings,
        rest=rest,
        desk=desk,
        surface=_surface(rest, desk),
        support=discord.text_channel("support"),
        forum=discord.forum("tickets", TAGS),
        ana=ana,
        files=files,
        homes=homes,
    )


def _surface(rest: Rest, desk: Desk) -> DiscordSurface:
    names = {"SUP": "Support"}
    channels = Channels(rest)
    threads = Threads(rest, channels, 10080, lambda prefix: names.get(prefix, ""))
    return DiscordSurface(rest, channels, threads, desk)
