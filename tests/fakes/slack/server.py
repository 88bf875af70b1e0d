"""The fake as an object: one port on the loopback, one workspace, one app."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from types import TracebackType
from typing import Literal, Self

from aiohttp import web

from bot.clock import SystemClock
from bot.ports import Clock
from tests.fakes.slack.api import Api
from tests.fakes.slack.delivery import Door, Events
from tests.fakes.slack.faults import Fault, Faults, failing
from tests.fakes.slack.people import People
from tests.fakes.slack.rates import Rates
from tests.fakes.slack.record import Call, Record
from tests.fakes.slack.signed import Signed
from tests.fakes.slack.sockets import Sockets
from tests.fakes.slack.values import BOT_USER, Channel, Json, Message, User
from tests.fakes.slack.workspace import Workspace
from tests.fakes.web import WebServer

BOT_TOKEN = "xoxb-000-fake-bot-token"
APP_TOKEN = "xapp-1-A0DESK-fake-app-token"
SIGNING_SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
ACK_PATIENCE = 3.0


class FakeSlack(People):
    """A Slack workspace on 127.0.0.1; `async with` starts and stops it.

    `clock` rules what expires and what is limited; waiting for acknowledgements (`patience`,
    seconds) is real. `limits` switches the rate limits on.
    """

    def __init__(
        self,
        clock: Clock | None = None,
        *,
        mode: Literal["socket", "http"] = "socket",
        request_url: str = "",
        limits: bool = False,
        patience: float = ACK_PATIENCE,
        port: int = 0,
    ) -> None:
        time = clock or SystemClock()
        record = Record()
        workspace = Workspace(time)
        self.sockets = Sockets(record, time, patience)
        self.http = Signed(record, time, patience, SIGNING_SECRET, request_url)
        door: Door = self.sockets if mode == "socket" else self.http
        super().__init__(workspace, record, door, Events(workspace, door))
        self.faults = Faults()
        self.rates = Rates(on=limits)
        self.api = Api(workspace, record, self.faults, self.rates, BOT_TOKEN, APP_TOKEN)
        self.signing_secret = SIGNING_SECRET
        self.bot_token = BOT_TOKEN
        self.app_token = APP_TOKEN
        workspace.on_event = self.events.take
        self.sockets.on_connect = self._catch_up
        self.extra_routes: list[web.RouteDef] = []
        self._port = port
        self._server: WebServer | None = None

    # Life -----------------------------------------------------------------------------------

    async def start(self) -> str:
        """Listen; the address to use as `api_url` or `base_url`."""
        app = web.Application(client_max_size=2**30)
        app.add_routes([*self.api.routes(), web.get("/link", self.sockets.serve)])
        app.add_routes(self.extra_routes)
        self._server = WebServer(app, port=self._port)
        self.workspace.address = await self._server.start()
        return self.api_url

    async def stop(self) -> None:
        """Close every connection and let go of what hangs."""
        self.faults.release()
        await self.events.stop()
        self.sockets.drop()
        if self._server is not None:
            await self._server.stop()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop()

    @property
    def api_url(self) -> str:
        """The base address of the Web API, with its slash."""
        return f"{self.workspace.address}/api/"

    # The record -----------------------------------------------------------------------------

    def calls(self, method: str = "") -> list[Call]:
        """The calls of a method, or all of them."""
        return [call for call in self.record.calls if method in ("", call.method)]

    def _catch_up(self) -> None:
        self.events.bring_pending()

    # Setting the scene ----------------------------------------------------------------------

    def add_user(self, name: str, **more: object) -> User:
        """Somebody new, U and the name in capitals unless `id` is given."""
        given: Json = {"id": f"U{name.upper()}", "email": f"{name}@desk.example", **more}
        user = User(name=name, **given)
        self.workspace.users[user.id] = user
        return user

    def add_channel(
        self, name: str, members: Iterable[str] = (), *, bot: bool = True, **more: object
    ) -> Channel:
        """A channel, C and the name in capitals unless `id` is given; the app is in it."""
        inside = {self.workspace.user(member).id for member in members}
        given: Json = {"id": f"C{name.upper().replace('-', '')}", **more}
        channel = Channel(
            name=name, members=frozenset(inside | ({BOT_USER} if bot else set())), **given
        )
        return self.workspace.set_channel(channel)

    # What administrators and the platform do --------------------------------------------------

    async def archives(self, channel: str) -> None:
        """A channel is archived."""
        known = self.workspace.channel(channel)
        self.workspace.set_channel(replace(known, is_archived=True))
        await self._tell("channel_archive", {"channel": known.id, "user": "UADMIN"})

    async def deletes_channel(self, channel: str) -> None:
        """A channel is deleted with everything in it."""
        known = self.workspace.channels.pop(self.workspace.channel(channel).id)
        await self._tell("channel_deleted", {"channel": known.id})

    async def renames(self, channel: str, name: str) -> None:
        """A channel gets another name; its id stays."""
        known = self.workspace.set_channel(replace(self.workspace.channel(channel), name=name))
        await self._tell("channel_rename", {"channel": {"id": known.id, "name": name}})

    async def kicks_bot(self, channel: str) -> None:
        """The app is removed from a channel."""
        known = self.workspace.channel(channel)
        self.workspace.set_channel(known.without_member(BOT_USER))

    async def invites_bot(self, channel: str) -> None:
        """The app is invited into a channel."""
        known = self.workspace.set_channel(self.workspace.channel(channel).with_member(BOT_USER))
        joined = {"user": BOT_USER, "channel": known.id, "channel_type": "C"}
        await self._tell("member_joined_channel", joined)

    async def changes_user(self, user: str, **changes: object) -> User:
        """A profile changes: deleted, renamed, restricted."""
        given: Json = dict(changes)
        fresh = replace(self.workspace.user(user), **given)
        self.workspace.users[fresh.id] = fresh
        await self._tell("user_change", {"user": fresh.as_json()})
        return fresh

    async def revokes_token(self, *, told: bool = True) -> None:
        """The bot token is worth nothing from now on; `told` sends tokens_revoked."""
        self.api.revoked = True
        if told:
            await self._tell("tokens_revoked", {"tokens": {"oauth": [], "bot": [BOT_USER]}})

    def restores_token(self) -> None:
        """The token works again."""
        self.api.revoked = False

    async def _tell(self, kind: str, event: Json) -> None:
        self.workspace.emit(kind, {"type": kind, "event_ts": self.workspace.next_ts(), **event})
        await self.events.settled()

    async def goes_down(self, fault: Fault | None = None) -> None:
        """A whole outage: every call fails (503 unless said otherwise), connections break."""
        self.faults.always(fault or failing(503))
        self.sockets.down = True
        self.sockets.drop()

    def comes_back(self) -> None:
        """The outage is over."""
        self.faults.always(None)
        self.sockets.down = False

    def last(self, channel: str) -> Message:
        """The newest message of a channel; IndexError when it is empty."""
        return self.messages(channel)[-1]
