"""A smarthost that keeps a journal and fails on purpose, and an inbox that only records."""

from __future__ import annotations

import asyncio
import base64
import ssl
from collections import defaultdict, deque
from dataclasses import dataclass, field

from bot.errors import TemporaryError
from bot.ports import Arrival
from tests.fakes.listening import Listening


@dataclass(slots=True)
class RecordingInbox:
    """What came in, by key; `broken` makes it fail as a store does, `gate` makes it wait."""

    arrivals: list[Arrival] = field(default_factory=list)
    broken: Exception | None = None
    gate: asyncio.Event | None = None
    asked: asyncio.Event = field(default_factory=asyncio.Event)

    async def accept(self, arrival: Arrival) -> bool:
        self.asked.set()
        if self.gate is not None:
            await self.gate.wait()
        if self.broken is not None:
            raise self.broken
        known = any(arrival.key == other.key for other in self.arrivals)
        if not known:
            self.arrivals.append(arrival)
        return not known

    def fail(self, words: str = "the database is down: password=hunter2") -> None:
        self.broken = TemporaryError(words)


@dataclass(frozen=True, slots=True)
class Taken:
    """A message the smarthost took: over which connection, for whom, and its bytes."""

    connection: int
    mail_from: str
    recipients: tuple[str, ...]
    content: bytes


@dataclass(slots=True)
class _Envelope:
    mail_from: str = ""
    recipients: list[str] = field(default_factory=list)


class FakeSmarthost(Listening):
    """Speaks SMTP on a port of its own. `async with` starts and stops it.

    `then(verb, reply)` answers the next such command, `refused[address]` every RCPT of it. A verb
    in `silent` gets no answer. `drop_after_data` takes the message and hangs up without a word.
    """

    def __init__(
        self,
        *,
        users: dict[str, str] | None = None,
        starttls: ssl.SSLContext | None = None,
        implicit: ssl.SSLContext | None = None,
        extensions: tuple[str, ...] = ("SIZE 1000000", "8BITMIME"),
    ) -> None:
        super().__init__()
        self.journal: list[Taken] = []
        self.commands: list[str] = []
        self.refused: dict[str, str] = {}
        self.silent: set[str] = set()
        self.drop_after_data = False
        self.heard: defaultdict[str, asyncio.Event] = defaultdict(asyncio.Event)
        self._users = users or {}
        self._starttls = starttls
        self._implicit = implicit
        self._extensions = extensions
        self._next: defaultdict[str, deque[str]] = defaultdict(deque)

    def then(self, verb: str, reply: str) -> None:
        self._next[verb].append(reply)

    async def _listen(self) -> asyncio.Server:
        return await asyncio.start_server(
            self._serve, "127.0.0.1", 0, limit=2**24, ssl=self._implicit
        )

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = self.connections
        envelope = _Envelope()
        await self._say(writer, self._reply("CONNECT", "220 fake.example ESMTP"))
        while line := (await reader.readline()).decode().rstrip("\r\n"):
            verb = line.partition(" ")[0].upper()
            self.commands.append(line)
            self.heard[verb].set()
            if verb in self.silent:
                continue
            if verb == "DATA" and not self._next["DATA"]:
                await self._say(writer, "354 go on")
                reply = await self._message(reader, envelope, connection)
                if self.drop_after_data:
                    return
                envelope = _Envelope()
            else:
                reply = self._reply(verb, self._answer(verb, line, envelope))
            await self._say(writer, reply)
            if verb == "STARTTLS" and reply.startswith("220") and self._starttls:
                await writer.start_tls(self._starttls)
            if reply.startswith(("221", "421")):
                return

    async def _message(
        self, reader: asyncio.StreamReader, envelope: _Envelope, connection: int
    ) -> str:
        raw = await reader.readuntil(b"\r\n.\r\n")
        content = raw[:-3].replace(b"\r\n.", b"\r\n")
        reply = self._reply("MESSAGE", "250 2.0.0 Ok: queued as 4F2A")
        if reply.startswith("250"):
            recipients = tuple(envelope.recipients)
            self.journal.append(Taken(connection, envelope.mail_from, recipients, content))
        return reply

    def _answer(self, verb: str, line: str, envelope: _Envelope) -> str:
        address = line.partition("<")[2].partition(">")[0]
        match verb:
            case "EHLO":
                return self._hello()
            case "MAIL":
                envelope.mail_from = address
            case "RCPT" if address in self.refused:
                return self.refused[address]
            case "RCPT":
                envelope.recipients.append(address)
            case "AUTH":
                return self._login(line)
            case "STARTTLS":
                return "220 2.0.0 Go ahead"
            case "QUIT":
                return "221 2.0.0 Bye"
        return "250 2.1.0 Ok"

    def _hello(self) -> str:
        offers = ["fake.example", *self._extensions]
        offers += ["STARTTLS"] if self._starttls else []
        offers += ["AUTH PLAIN"] if self._users else []
        return "\r\n".join([*(f"250-{offer}" for offer in offers[:-1]), f"250 {offers[-1]}"])

    def _login(self, line: str) -> str:
        user, password = base64.b64decode(line.split()[-1]).decode().split("\0")[1:]
        sound = self._users.get(user) == password
        return "235 2.7.0 Welcome" if sound else "535 5.7.8 Authentication failed"

    def _reply(self, verb: str, usual: str) -> str:
        return self._next[verb].popleft() if self._next[verb] else usual

    async def _say(self, writer: asyncio.StreamWriter, reply: str) -> None:
        writer.write(reply.encode() + b"\r\n")
        await writer.drain()
