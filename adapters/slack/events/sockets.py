"""Socket Mode: connections that we open, envelopes that come over them, and their acknowledgement.

https://docs.slack.dev/apis/events-api/using-socket-mode. The library's own client logs what it
receives, starts tasks that nobody stops, and closes before it opens anew; hence this one.
"""

from __future__ import annotations

import asyncio
import json
import logging
import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Protocol

import aiohttp

from adapters.slack.events.payloads import Json, part, text
from bot.errors import PermanentError, TemporaryError
from bot.ports import Clock
from bot.tasks import spawn, stop

log = logging.getLogger(__name__)

LINK_DISABLED: Final = "link_disabled"
_WARNING: Final = "warning"


class Deliver(Protocol):
    """Where envelopes go."""

    async def __call__(self, payload: Json) -> Mapping[str, Any] | None:
        """Take a payload; what the acknowledgement says, None when Slack shall bring it again."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """Seconds. `retry` doubles with every failure up to `most`; `refused` is for credentials that
    Slack does not take. A connection says hello within `hello`, and is renewed after `lifetime`:
    some stay open and bring nothing more. It is given up when a ping, every `heartbeat`, stays
    unanswered. `farewell` is for what is still being acknowledged. Every `watch` it is asked
    whether the token is still good.
    """

    retry: float = 0.5
    most: float = 30.0
    refused: float = 300.0
    hello: float = 10.0
    lifetime: float = 3600.0
    heartbeat: float = 15.0
    farewell: float = 2.5
    watch: float = 600.0


@dataclass(slots=True, kw_only=True)
class Line:
    """One connection as it stands: whether it is up, why it is not, what it still has to answer."""

    up: bool = False
    since: float = 0.0
    failures: int = 0
    why: str = "not connected yet"
    answering: set[asyncio.Task[None]] = field(default_factory=set)


@dataclass(kw_only=True)
class Sockets:
    """Holds some connections at once, so that one can come anew while the others listen.

    `address` asks Slack where to connect; `refused` is told why Slack takes us no more.
    """

    address: Callable[[], Awaitable[str]]
    deliver: Deliver
    refused: Callable[[str], Awaitable[None]]
    clock: Clock
    count: int = 2
    rhythm: Rhythm = field(default_factory=Rhythm)
    luck: Callable[[], float] = random.random
    _lines: list[Line] = field(default_factory=list)
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)
    _session: aiohttp.ClientSession | None = None
    _away_since: datetime | None = None

    async def start(self) -> None:
        """Begin to connect; nobody waits for Slack."""
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=self.rhythm.hello)
        self._session = aiohttp.ClientSession(timeout=timeout, trust_env=True)
        self._away_since = self.clock.now()
        self._lines = [Line() for _ in range(self.count)]
        self._tasks = [
            spawn(self._hold(line, self._session), f"slack:{number}")
            for number, line in enumerate(self._lines, 1)
        ]

    async def stop(self) -> None:
        """Let what came be acknowledged, then close."""
        answering = {task for line in self._lines for task in line.answering}
        await self._farewell(answering)
        for task in (*self._tasks, *answering):
            await stop(task)
        self._tasks = []
        if self._session is not None:
            await self._session.close()

    @property
    def up(self) -> int:
        """How many connections listen."""
        return sum(line.up for line in self._lines)

    @property
    def state(self) -> str:
        """How it stands, in words for an operator."""
        told = f"{self.up} of {self.count} connections"
        if self.up or self._away_since is None:
            return told
        why = next((line.why for line in self._lines), "stopped")
        return f"{told}, away since {self._away_since:%Y-%m-%d %H:%M} UTC: {why}"

    # ------------------------------------------------------------ one connection

    async def _hold(self, line: Line, session: aiohttp.ClientSession) -> None:
        """Connect, listen, and connect again, for ever."""
        while True:
            wait = 0.0
            try:
                async with asyncio.timeout(self._lifetime()):
                    await self._listen(line, session)
                wait = self._lost(line, "Slack closed the connection")
            except TimeoutError:
                if not line.up:
                    wait = self._lost(line, "no answer in time")
            except PermanentError as error:
                wait = self._lost(line, error.words, self.rhythm.refused)
                await self.refused(error.words)
            except TemporaryError as error:
                least = error.retry_after.total_seconds() if error.retry_after else 0.0
                wait = self._lost(line, error.words, least)
            except (aiohttp.ClientError, OSError) as error:
                wait = self._lost(line, type(error).__name__)
            finally:
                self._down(line)
            await asyncio.sleep(wait)

    def _lifetime(self) -> float:
        """Not all connections come anew at the same moment."""
        return self.rhythm.lifetime * (0.8 + 0.4 * self.luck())

    def _lost(self, line: Line, why: str, least: float = 0.0) -> float:
        """Write down why it ended; how long to wait."""
        line.why = why
        # One that has worked comes again at once: Slack asks for that several times a day.
        worked = line.up and self._time() - line.since > self.rhythm.hello
        wait = 0.0 if worked else self._backoff(line.failures)
        line.failures = 0 if worked else line.failures + 1
        log.info("a connection to Slack ended", extra={"why": why, "failures": line.failures})
        return max(wait, least)

    def _backoff(self, failures: int) -> float:
        ceiling = min(self.rhythm.most, self.rhythm.retry * 2.0 ** min(failures, 10))
        return ceiling * (0.5 + 0.5 * self.luck())

    def _down(self, line: Line) -> None:
        line.up = False
        if not self.up and self._away_since is None:
            self._away_since = self.clock.now()

    def _risen(self, line: Line) -> None:
        line.up, line.since, line.why = True, self._time(), ""
        if self._away_since is not None:
            log.info("connected to Slack")
        self._away_since = None

    def _time(self) -> float:
        return asyncio.get_running_loop().time()

    async def _listen(self, line: Line, session: aiohttp.ClientSession) -> None:
        """Read until the connection ends, or Slack asks to come anew."""
        async with asyncio.timeout(self.rhythm.hello):
            address = await self.address()
            socket = await session.ws_connect(address, heartbeat=self.rhythm.heartbeat)
        try:
            async with asyncio.timeout(self.rhythm.hello) as patience:
                while (envelope := await self._next(socket)) is not None:
                    if text(envelope, "type") == "hello":
                        patience.reschedule(None)
                        self._risen(line)
                    elif self._is_over(envelope):
                        return
                    else:
                        self._take(line, socket, envelope)
        finally:
            await self._farewell(set(line.answering))
            await socket.close()

    async def _next(self, socket: aiohttp.ClientWebSocketResponse) -> Json | None:
        """The next message that is an object; None when there comes no more."""
        async for message in socket:
            if message.type is not aiohttp.WSMsgType.TEXT:
                continue
            try:
                found = json.loads(message.data)
            except (ValueError, RecursionError):
                log.warning("Slack sent what is no JSON")
                continue
            if isinstance(found, dict):
                return found
        return None

    def _is_over(self, envelope: Json) -> bool:
        if text(envelope, "type") != "disconnect":
            return False
        reason = text(envelope, "reason")
        if reason == LINK_DISABLED:
            raise PermanentError("Socket Mode is switched off in the app's settings", code=reason)
        # A warning comes some seconds before the request to come anew.
        return reason != _WARNING

    # ------------------------------------------------------------ one envelope

    def _take(self, line: Line, socket: aiohttp.ClientWebSocketResponse, envelope: Json) -> None:
        task = spawn(self._answer(socket, envelope), "slack:envelope")
        line.answering.add(task)
        task.add_done_callback(line.answering.discard)

    async def _farewell(self, answering: set[asyncio.Task[None]]) -> None:
        """A form that waits for its answer should get it over the connection that brought it."""
        if answering:
            await asyncio.wait(answering, timeout=self.rhythm.farewell)

    async def _answer(self, socket: aiohttp.ClientWebSocketResponse, envelope: Json) -> None:
        said = await self.deliver(part(envelope, "payload"))
        if said is None:
            return
        answer: dict[str, Any] = {"envelope_id": text(envelope, "envelope_id")}
        if said and envelope.get("accepts_response_payload") is not False:
            answer["payload"] = said
        try:
            await socket.send_json(answer)
        except (aiohttp.ClientError, ConnectionError) as error:
            # Slack brings it again over another connection, and it is known then.
            log.info("not acknowledged in time", extra={"why": type(error).__name__})
