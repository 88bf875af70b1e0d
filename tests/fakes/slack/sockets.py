"""Socket Mode: connections that share the load, envelopes and their acknowledgements."""

from __future__ import annotations

import asyncio
import json
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import ClassVar

from aiohttp import WSMsgType, web

from bot.ports import Clock
from tests.fakes.slack.delivery import NOBODY, TIMEOUT, Parcel
from tests.fakes.slack.limits import MOST_CONNECTIONS
from tests.fakes.slack.record import Ack, Record
from tests.fakes.slack.values import APP, Json

HOST = "applink-fake-1"


@dataclass(slots=True)
class _Sent:
    parcel: Parcel
    connection: int
    since: float
    answer: asyncio.Future[Ack | None]


@dataclass(slots=True)
class Sockets:
    """All open connections. `mute` answers no ping, `silent` sends no envelope."""

    reasons: ClassVar[dict[str, str]] = {TIMEOUT: "timeout", NOBODY: "connection_failed"}
    record: Record
    clock: Clock
    patience: float
    on_connect: Callable[[], None] = lambda: None
    down: bool = False
    mute: bool = False
    silent: bool = False
    pings: int = 0
    pongs: int = 0
    opened: int = 0
    _transports: dict[int, asyncio.Transport] = field(default_factory=dict)
    _open: dict[int, web.WebSocketResponse] = field(default_factory=dict)
    _sent: dict[str, _Sent] = field(default_factory=dict)
    _turn: int = 0

    @property
    def count(self) -> int:
        """How many connections are open."""
        return len(self._open)

    async def deliver(self, parcel: Parcel) -> Ack:
        """Send an envelope to the connection whose turn it is, and wait for its answer."""
        envelope_id = str(uuid.uuid4())
        if not self._open:
            return self._noted(envelope_id, parcel, error=NOBODY)
        number = sorted(self._open)[self._turn % len(self._open)]
        self._turn += 1
        answer: asyncio.Future[Ack | None] = asyncio.get_running_loop().create_future()
        sent = _Sent(parcel, number, time.monotonic(), answer)
        self._sent[envelope_id] = sent
        if not self.silent:
            with suppress(ConnectionError):
                await self._open[number].send_json(_envelope(envelope_id, parcel))
        with suppress(TimeoutError):
            async with asyncio.timeout(self.patience):
                if (ack := await answer) is not None:
                    return ack
        return self._noted(envelope_id, parcel, sent, error=TIMEOUT)

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Hold one connection until one side closes it."""
        if self.down:
            raise web.HTTPServiceUnavailable
        socket = web.WebSocketResponse(autoping=False)
        await socket.prepare(request)
        if len(self._open) >= MOST_CONNECTIONS:
            await socket.send_json(_disconnect("too_many_websockets"))
            await socket.close()
            return socket
        self.opened += 1
        number = self.opened
        self._open[number] = socket
        if request.transport is not None:
            self._transports[number] = request.transport
        await socket.send_json(self._hello())
        self.record.ring()
        self.on_connect()
        try:
            await self._listen(number, socket)
        finally:
            self._gone(number)
        return socket

    async def warn(self) -> None:
        """Tell every connection that it will be closed soon."""
        for socket in list(self._open.values()):
            await socket.send_json(_disconnect("warning"))

    async def refresh(self) -> None:
        """Ask every connection to come anew, and send no more over it; the app closes it."""
        for socket in list(self._open.values()):
            await socket.send_json(_disconnect("refresh_requested"))
        self._open.clear()

    async def ping(self) -> None:
        """Ping every connection; `pongs` counts the answers."""
        for socket in list(self._open.values()):
            await socket.ping(b"Ping from the fake")

    def drop(self) -> None:
        """Break every connection without a word."""
        for number in list(self._open):
            transport = self._transports.pop(number, None)
            self._gone(number)
            if transport is not None:
                transport.abort()

    def _hello(self) -> Json:
        debug = {"host": HOST, "build_number": 1, "approximate_connection_time": 18060}
        return {
            "type": "hello",
            "num_connections": len(self._open),
            "debug_info": debug,
            "connection_info": {"app_id": APP},
        }

    async def _listen(self, number: int, socket: web.WebSocketResponse) -> None:
        async for message in socket:
            if message.type is WSMsgType.PING:
                self.pings += 1
                if not self.mute:
                    await socket.pong(message.data)
            elif message.type is WSMsgType.PONG:
                self.pongs += 1
            elif message.type is WSMsgType.TEXT:
                self._acknowledged(json.loads(message.data))
            self.record.ring()

    def _acknowledged(self, response: Json) -> None:
        envelope_id = str(response.get("envelope_id"))
        sent = self._sent.pop(envelope_id, None)
        if sent is None:
            return
        payload = response.get("payload")
        if sent.answer.done():
            self._noted(envelope_id, sent.parcel, sent, payload, error="late")
        else:
            sent.answer.set_result(self._noted(envelope_id, sent.parcel, sent, payload))

    def _gone(self, number: int) -> None:
        self._open.pop(number, None)
        self._transports.pop(number, None)
        for sent in self._sent.values():
            if sent.connection == number and not sent.answer.done():
                sent.answer.set_result(None)
        self.record.ring()

    def _noted(
        self,
        envelope_id: str,
        parcel: Parcel,
        sent: _Sent | None = None,
        payload: Json | None = None,
        *,
        error: str = "",
    ) -> Ack:
        ack = Ack(
            kind=parcel.kind,
            id=envelope_id,
            at=self.clock.now(),
            delay=time.monotonic() - sent.since if sent else 0.0,
            payload=payload,
            error=error,
            attempt=parcel.attempt,
            connection=sent.connection if sent else 0,
        )
        self.record.ack(ack)
        return ack


def _disconnect(reason: str) -> Json:
    return {"type": "disconnect", "reason": reason, "debug_info": {"host": HOST}}


def _envelope(envelope_id: str, parcel: Parcel) -> Json:
    envelope: Json = {
        "envelope_id": envelope_id,
        "payload": parcel.payload,
        "type": parcel.kind,
        "accepts_response_payload": parcel.kind != "events_api",
    }
    if parcel.kind == "events_api":
        envelope |= {"retry_attempt": parcel.attempt, "retry_reason": parcel.reason}
    return envelope
