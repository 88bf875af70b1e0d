"""The gateway: sessions that outlive their sockets, events by intent, and every way to lose them.

https://discord.com/developers/docs/events/gateway
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from aiohttp import WSMsgType, web

from tests.fakes.discord_server import payloads
from tests.fakes.discord_server.bell import Bell
from tests.fakes.discord_server.places import DM, Channel, Guild, Message
from tests.fakes.discord_server.world import World

GUILDS = 1 << 0
MEMBERS = 1 << 1
PRESENCES = 1 << 8
GUILD_MESSAGES = 1 << 9
GUILD_REACTIONS = 1 << 10
GUILD_TYPING = 1 << 11
DIRECT_MESSAGES = 1 << 12
DIRECT_REACTIONS = 1 << 13
DIRECT_TYPING = 1 << 14
MESSAGE_CONTENT = 1 << 15

DISPATCH, HEARTBEAT, IDENTIFY, RESUME, RECONNECT = 0, 1, 2, 6, 7
REQUEST_MEMBERS, INVALID_SESSION, HELLO, HEARTBEAT_ACK = 8, 9, 10, 11
NOT_AUTHENTICATED, BAD_TOKEN, ALREADY_AUTHENTICATED, DISALLOWED_INTENTS = 4003, 4004, 4005, 4014
ENDS_THE_SESSION = frozenset({1000, 1001})
"""Closed by the client with these codes, a session cannot be resumed."""

Body = Callable[[int], dict[str, Any]]
"""What an event says to a session with these intents."""


class Line:
    """One socket; compresses as the client asked."""

    def __init__(self, socket: web.WebSocketResponse, request: web.Request) -> None:
        self.socket = socket
        self._request = request
        self._zlib = zlib.compressobj() if request.query.get("compress") == "zlib-stream" else None

    async def send(
        self, op: int, body: Any = None, seq: int | None = None, event: str | None = None
    ) -> None:
        """Write one frame; a socket that is gone takes it silently."""
        raw = json.dumps({"op": op, "d": body, "s": seq, "t": event})
        try:
            if self._zlib is None:
                await self.socket.send_str(raw)
            else:
                packed = self._zlib.compress(raw.encode()) + self._zlib.flush(zlib.Z_SYNC_FLUSH)
                await self.socket.send_bytes(packed)
        except ConnectionError:
            return

    def cut(self) -> None:
        """Reset the connection without a word."""
        if self._request.transport is not None:
            self._request.transport.abort()


@dataclass(slots=True, kw_only=True)
class Session:
    """What IDENTIFY made: its intents, what was sent under which number, and its present line."""

    id: str
    intents: int
    shard: list[int]
    line: Line | None
    sent: list[tuple[int, str, dict[str, Any]]] = field(default_factory=list)

    def serves(self, guild_id: str | None) -> bool:
        """Whether what happens in that server, or without one, goes to this session's shard."""
        number, of = self.shard
        return (int(guild_id or 0) >> 22) % of == number

    async def dispatch(self, event: str, body: dict[str, Any]) -> None:
        """Number the event, keep it for a RESUME, and send it while a line is there."""
        seq = len(self.sent) + 1
        self.sent.append((seq, event, body))
        if self.line is not None:
            await self.line.send(DISPATCH, body, seq, event)


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """Something the client sent over the gateway."""

    op: int
    body: Any
    at: datetime


class Gateway:
    """Serves sockets, keeps sessions, and hands out events."""

    def __init__(self, world: World, bell: Bell, token: str) -> None:
        self._world = world
        self._bell = bell
        self._token = token
        self.url = ""
        self.heartbeat_ms = 41_250
        self.acknowledges = True
        self.shut = False
        self.revoked = False
        self.frames: list[Frame] = []
        self.sessions: dict[str, Session] = {}
        self._lines: list[Line] = []

    # -- what a test looks at or does ----------------------------------------------------------

    @property
    def connected(self) -> int:
        """How many sessions have a line now."""
        return sum(session.line is not None for session in self.sessions.values())

    def sent_by_client(self, op: int) -> list[Frame]:
        """The client's frames of one kind: `IDENTIFY`, `RESUME`, `HEARTBEAT` …"""
        return [frame for frame in self.frames if frame.op == op]

    def drop(self) -> None:
        """Cut every line; the sessions stay and can be resumed."""
        for line in self._detach():
            line.cut()

    async def reconnect(self) -> None:
        """Op 7: ask every client to come back and resume."""
        for line in self._detach():
            await line.send(RECONNECT)

    async def invalidate(self, *, resumable: bool = False) -> None:
        """Op 9: sessions are over; or, `resumable`, to be taken up again on a new line."""
        lines = self._detach()
        if not resumable:
            self.sessions.clear()
        for line in lines:
            await line.send(INVALID_SESSION, resumable)

    async def close(self, code: int) -> None:
        """Close every line with a code; the sessions stay."""
        for line in self._detach():
            await line.socket.close(code=code)

    def forget(self) -> None:
        """Cut every line and lose the sessions: a RESUME will be answered with op 9."""
        self.drop()
        self.sessions.clear()

    def _detach(self) -> list[Line]:
        for session in self.sessions.values():
            session.line = None
        lines, self._lines = self._lines, []
        self._bell.ring()
        return lines

    # -- events ------------------------------------------------------------------------------

    async def emit(self, event: str, body: Body | dict[str, Any], intent: int) -> None:
        """Send an event to every session with that intent; 0 stands for all sessions."""
        for session in list(self.sessions.values()):
            if intent and not session.intents & intent:
                continue
            told = body(session.intents) if callable(body) else dict(body)
            if session.serves(told.get("guild_id")):
                await session.dispatch(event, told)

    async def emit_in(
        self, event: str, channel: Channel, body: Body | dict[str, Any], intents: tuple[int, int]
    ) -> None:
        """Send what happened in a channel the bot sees; `intents` are for servers and for DMs."""
        if self._world.can_see(channel, self._world.me):
            await self.emit(event, body, intents[channel.kind == DM])

    async def emit_message(self, event: str, channel: Channel, message: Message) -> None:
        """MESSAGE_CREATE or MESSAGE_UPDATE, with as much content as the intents allow."""
        if message.ephemeral:
            return

        def body(intents: int) -> dict[str, Any]:
            told = self._world.readable(message, content=bool(intents & MESSAGE_CONTENT))
            guild = self._world.guild_of(channel)
            if event == "MESSAGE_CREATE":
                told |= payloads.nonce_of(message)
            if guild is not None:
                told["guild_id"] = guild.id
                if message.author.id in guild.members:
                    told["member"] = payloads.bare_member(guild.members[message.author.id])
            return told

        await self.emit_in(event, channel, body, (GUILD_MESSAGES, DIRECT_MESSAGES))

    async def emit_thread(self, event: str, thread: Channel, *, newly: bool = False) -> None:
        """THREAD_CREATE, THREAD_UPDATE or THREAD_DELETE."""
        body = self._world.channel_json(thread) | ({"newly_created": True} if newly else {})
        if event == "THREAD_DELETE":
            body = {key: body[key] for key in ("id", "guild_id", "parent_id", "type")}
        await self.emit_in(event, thread, body, (GUILDS, GUILDS))

    # -- the socket --------------------------------------------------------------------------

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Speak to one client until its socket ends."""
        if self.shut:
            assert request.transport is not None
            request.transport.abort()
            return web.Response(status=503)
        socket = web.WebSocketResponse(max_msg_size=0)
        await socket.prepare(request)
        line = Line(socket, request)
        self._lines.append(line)
        await line.send(HELLO, {"heartbeat_interval": self.heartbeat_ms})
        async for raw in socket:
            if raw.type is WSMsgType.TEXT:
                await self._received(line, json.loads(raw.data))
        self._gone(line)
        return socket

    def _gone(self, line: Line) -> None:
        if line in self._lines:
            self._lines.remove(line)
        session = self._session_on(line)
        if session is not None:
            session.line = None
            if line.socket.close_code in ENDS_THE_SESSION:
                del self.sessions[session.id]
        self._bell.ring()

    def _session_on(self, line: Line) -> Session | None:
        return next((one for one in self.sessions.values() if one.line is line), None)

    async def _received(self, line: Line, frame: dict[str, Any]) -> None:
        op, body = frame["op"], frame["d"]
        self.frames.append(Frame(op=op, body=body, at=self._world.clock.now()))
        if op == HEARTBEAT and self.acknowledges:
            await line.send(HEARTBEAT_ACK)
        elif op == IDENTIFY:
            await self._identify(line, body)
        elif op == RESUME:
            await self._resume(line, body)
        elif op == REQUEST_MEMBERS:
            await self._members(line, body)
        elif op != HEARTBEAT and self._session_on(line) is None:
            await line.socket.close(code=NOT_AUTHENTICATED)
        self._bell.ring()

    async def _identify(self, line: Line, body: dict[str, Any]) -> None:
        if self.revoked or body["token"] != self._token:
            await line.socket.close(code=BAD_TOKEN, message=b"Authentication failed.")
            return
        if self._session_on(line) is not None:
            await line.socket.close(code=ALREADY_AUTHENTICATED)
            return
        if body["intents"] & self._disallowed():
            await line.socket.close(code=DISALLOWED_INTENTS, message=b"Disallowed intent(s).")
            return
        id_ = f"session-{self._world.next_id()}"
        session = Session(
            id=id_, intents=body["intents"], shard=body.get("shard", [0, 1]), line=line
        )
        self.sessions[id_] = session
        guilds = [each for each in self._world.guilds.values() if session.serves(each.id)]
        await session.dispatch("READY", self._ready(session, guilds))
        for guild in guilds:
            await session.dispatch("GUILD_CREATE", self._guild(guild, session.intents))

    def _disallowed(self) -> int:
        members = 0 if self._world.members_intent else MEMBERS
        content = 0 if self._world.message_content else MESSAGE_CONTENT
        return PRESENCES | members | content

    def _ready(self, session: Session, guilds: list[Guild]) -> dict[str, Any]:
        me = self._world.me
        return {
            "v": 10,
            "user": payloads.user(me) | {"verified": True, "mfa_enabled": False},
            "guilds": [{"id": guild.id, "unavailable": True} for guild in guilds],
            "session_id": session.id,
            "resume_gateway_url": self.url,
            "shard": session.shard,
            "application": {"id": me.id, "flags": self._world.application_flags},
        }

    def _guild(self, guild: Guild, intents: int) -> dict[str, Any]:
        world = self._world
        channels = [
            world.channel_json(each)
            for each in world.channels.values()
            if each.guild_id == guild.id and each.talk is None
        ]
        threads = [
            world.channel_json(each)
            for each in world.threads_of(guild)
            if world.can_see(each, world.me)
        ]
        seen = list(guild.members) if intents & MEMBERS else [world.me.id]
        return payloads.guild(guild, channels, threads, seen)

    async def _resume(self, line: Line, body: dict[str, Any]) -> None:
        session = self.sessions.get(body["session_id"])
        if session is None or self.revoked or body["token"] != self._token:
            await line.send(INVALID_SESSION, body=False)
            return
        seq = body["seq"] or 0
        while seq < len(session.sent):
            number, event, told = session.sent[seq]
            await line.send(DISPATCH, told, number, event)
            seq = number
        session.line = line
        await session.dispatch("RESUMED", {})

    async def _members(self, line: Line, body: dict[str, Any]) -> None:
        session = self._session_on(line)
        if session is None:
            await line.socket.close(code=NOT_AUTHENTICATED)
            return
        guild = self._world.guilds[str(body["guild_id"])]
        wanted = [str(each) for each in body.get("user_ids", [])]
        query = (body.get("query") or "").lower()
        found = [
            payloads.member(each)
            for each in guild.members.values()
            if each.user.id in wanted or (not wanted and each.user.name.lower().startswith(query))
        ]
        chunk = {
            "guild_id": guild.id,
            "members": found,
            "chunk_index": 0,
            "chunk_count": 1,
            "not_found": [],
            "nonce": body.get("nonce"),
        }
        await session.dispatch("GUILD_MEMBERS_CHUNK", chunk)
