"""The whole fake, put together and listening on a port of the loopback."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

from aiohttp import web

from bot.clock import ManualClock
from tests.fakes.discord_server.bell import BOUND, Bell
from tests.fakes.discord_server.door import Call, Door
from tests.fakes.discord_server.faults import Faults
from tests.fakes.discord_server.gateway import BAD_TOKEN, GUILDS, Gateway
from tests.fakes.discord_server.interactions import Interactions
from tests.fakes.discord_server.person import Person
from tests.fakes.discord_server.places import (
    FORUM,
    REQUIRE_TAG,
    TEXT,
    Channel,
    Guild,
    Message,
    Overwrite,
    Role,
    Tag,
    User,
)
from tests.fakes.discord_server.posting import Posting
from tests.fakes.discord_server.rates import Rates
from tests.fakes.discord_server.rest_application import ApplicationCalls, Sync
from tests.fakes.discord_server.rest_interactions import InteractionCalls
from tests.fakes.discord_server.rest_members import MemberCalls
from tests.fakes.discord_server.rest_messages import MessageCalls
from tests.fakes.discord_server.rest_threads import ThreadCalls
from tests.fakes.discord_server.world import SYSTEM_KINDS, Clock, World
from tests.fakes.web import WebServer

TOKEN = "fake.discord.token"
FILES = "GET /attachments/{place}/{id}/{name}"
"""The route of downloads, for planned faults."""
BODY_LIMIT = 64 * 1024 * 1024


class FakeDiscord:
    """One Discord with one server in it. `async with` starts and stops it."""

    def __init__(self, clock: Clock | None = None, *, token: str = TOKEN) -> None:
        self.token = token
        self.bell = Bell()
        self.world = World(clock or ManualClock(datetime(2026, 11, 21, 9, 0, tzinfo=UTC)))
        self.guild = self.world.add_guild("Acme")
        self.gateway = Gateway(self.world, self.bell, token)
        self.posting = Posting(self.world, self.gateway)
        self.interactions = Interactions(self.world, self.gateway, self.bell)
        self._door = Door(self.world, self.bell, token)
        self._application = ApplicationCalls(self.world, self.gateway)
        self._threads = ThreadCalls(self.world, self.posting)
        self._server: WebServer | None = None
        self.address = ""

    @property
    def clock(self) -> Clock:
        """Where it reads the time; another one can be put in at any moment."""
        return self.world.clock

    @clock.setter
    def clock(self, clock: Clock) -> None:
        self.world.clock = clock

    # -- listening ---------------------------------------------------------------------------

    @property
    def api_url(self) -> str:
        """What goes into `[discord] api_url`."""
        return f"{self.address}/api/v10"

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=BODY_LIMIT)
        self._door.open(
            app,
            self._application.routes()
            | MessageCalls(self.world, self.posting).routes()
            | self._threads.routes()
            | MemberCalls(self.world, self.posting).routes()
            | InteractionCalls(self.interactions, self.posting).routes(),
        )
        app.router.add_get("/gateway", self.gateway.serve)
        app.router.add_get(FILES.removeprefix("GET "), self._file)
        self._server = WebServer(app)
        self.address = self.world.files_at = await self._server.start()
        self.gateway.url = f"{self.address.replace('http', 'ws', 1)}/gateway"
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.faults.release()
        self.gateway.drop()
        if self._server is not None:
            await self._server.stop()

    async def _file(self, request: web.Request) -> web.Response:
        fault = self.faults.meet(FILES)
        if fault is not None and not fault.answers:
            await self.faults.break_off(request, fault)
        if fault is not None:
            return web.Response(status=fault.status)
        file = self.world.files.get(request.match_info["id"])
        if file is None:
            raise web.HTTPNotFound
        return web.Response(body=file.content, content_type=file.content_type)

    # -- setting the scene -------------------------------------------------------------------

    @property
    def me(self) -> User:
        """The bot's account."""
        return self.world.me

    def text_channel(self, name: str, guild: Guild | None = None) -> Channel:
        """A text channel."""
        return self.world.add_channel(
            Channel(
                id=self.world.next_id(), kind=TEXT, name=name, guild_id=(guild or self.guild).id
            )
        )

    def forum(self, name: str, tags: Sequence[str] = (), *, require_tag: bool = False) -> Channel:
        """A forum with these tags; at most 20."""
        assert len(tags) <= 20, "a forum has at most 20 tags"
        channel = self.text_channel(name)
        channel.kind = FORUM
        channel.tags = [Tag(id=self.world.next_id(), name=tag) for tag in tags]
        channel.flags = REQUIRE_TAG if require_tag else 0
        return channel

    async def announce(self, channel: Channel) -> None:
        """Tell the bot of a channel that was made while it was connected: CHANNEL_CREATE."""
        await self.posting.channel_changed(channel, "CHANNEL_CREATE")

    def role(self, name: str, permissions: int = 0, *, mentionable: bool = False) -> Role:
        """A role."""
        role = self.world.add_role(self.guild, name, permissions)
        role.mentionable = mentionable
        return role

    def person(self, name: str, *roles: Role) -> Person:
        """A member of the server, with these roles."""
        user = self.world.add_user(name)
        self.world.join(self.guild, user, *roles)
        return Person(user, self.posting, self.interactions, self._application, self._threads)

    async def deny_bot(self, channel: Channel, bits: int) -> None:
        """Take permissions from the bot in a channel, e.g. `rights.VIEW_CHANNEL`."""
        own = [each for each in channel.overwrites if each.id != self.me.id]
        channel.overwrites = [*own, Overwrite(id=self.me.id, for_member=True, deny=bits)]
        await self.posting.channel_changed(channel)

    async def archive_idle(self) -> None:
        """What Discord does by itself: archive each thread that was quiet for its time."""
        await self.posting.archive_idle()

    async def kick_bot(self) -> None:
        """The bot is thrown out of the server."""
        del self.guild.members[self.me.id]
        body = {"id": self.guild.id}
        await self.gateway.emit("GUILD_DELETE", body, GUILDS)

    # -- things that go wrong ------------------------------------------------------------------

    @property
    def faults(self) -> Faults:
        """Planned failures of calls."""
        return self._door.faults

    @property
    def rates(self) -> Rates:
        """Rate limits and the count of invalid requests."""
        return self._door.rates

    def go_down(self) -> None:
        """An outage: every call and every gateway line is cut until `come_back`."""
        self.faults.outage = self.gateway.shut = True
        self.gateway.drop()

    def come_back(self) -> None:
        """The outage is over; sessions can be resumed."""
        self.faults.outage = self.gateway.shut = False

    async def revoke_token(self) -> None:
        """From now on 401 for every call, and 4004 for the gateway."""
        self.faults.revoked = self.gateway.revoked = True
        await self.gateway.close(BAD_TOKEN)

    # -- what happened -----------------------------------------------------------------------

    @property
    def calls(self) -> list[Call]:
        """Every request in order, with its arguments, instant and outcome."""
        return self._door.calls

    def called(self, route: str) -> list[Call]:
        """The requests of one route, e.g. "POST /channels/{channel_id}/messages"."""
        return [call for call in self.calls if call.route == route]

    @property
    def syncs(self) -> list[Sync]:
        """Every overwrite of the commands."""
        return self._application.syncs

    def messages(self, channel: Channel) -> list[Message]:
        """What everybody sees in a channel, without Discord's own notes, oldest first."""
        return [
            message for message in self.world.history(channel) if message.kind not in SYSTEM_KINDS
        ]

    def threads(self, parent: Channel) -> list[Channel]:
        """The threads of a channel, oldest first."""
        channels = self.world.channels.values()
        return [each for each in channels if each.talk and each.parent_id == parent.id]

    def tags(self, thread: Channel) -> list[str]:
        """The names of a forum post's tags, in their order."""
        offered = {tag.id: tag.name for tag in self.world.parent(thread).tags}
        return [offered[each] for each in thread.thread.tags]

    async def until(
        self, met: Callable[[], object], what: str = "a condition", *, within: float = BOUND
    ) -> None:
        """Wait until `met()` is true; looked at after every call and frame, and now and then."""
        await self.bell.until(met, what, within=within)

    async def connected(self, sessions: int = 1) -> None:
        """Wait until that many gateway sessions have a line."""
        await self.until(lambda: self.gateway.connected >= sessions, "a gateway session")
