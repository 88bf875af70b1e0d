"""An SMTP client that says what a test tells it to, and the rig of an intake to talk to."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from adapters.mail.receiving.intake import SmtpIntake, SmtpIntakeSettings
from adapters.memory.meter import MemoryMeter
from tests.fakes.smtp import RecordingInbox

PEM = Path(__file__).parents[2] / "fixtures" / "mail" / "localhost.pem"
MAIL = b"From: ann@shop.example\r\nMessage-ID: <1@shop.example>\r\nSubject: Help\r\n\r\nHello.\r\n"


def server_tls() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(PEM)
    return context


def client_tls() -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(PEM))


@dataclass(slots=True)
class Client:
    """Writes lines and reads whole replies."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def reply(self) -> str:
        lines: list[str] = []
        while not lines or lines[-1][3:4] == "-":
            lines.append((await self.reader.readline()).decode().rstrip("\r\n"))
        return "\n".join(lines)

    async def say(self, *commands: str) -> list[str]:
        replies = []
        for command in commands:
            self.writer.write(command.encode() + b"\r\n")
            replies.append(await self.reply())
        return replies

    async def open_message(self, *recipients: str) -> None:
        """EHLO, MAIL, RCPT and DATA; the server now waits for the message."""
        rcpt = [f"RCPT TO:<{recipient}>" for recipient in recipients]
        await self.say("EHLO client.example", "MAIL FROM:<ann@shop.example>", *rcpt, "DATA")

    async def send(self, content: bytes = MAIL, to: str = "support@desk.example") -> str:
        await self.open_message(to)
        self.writer.write(content + b".\r\n")
        return await self.reply()

    async def ended(self) -> bool:
        return await self.reader.read() == b""


@dataclass(slots=True)
class Rig:
    """A running intake; `connect` gives a client that has read the greeting."""

    intake: SmtpIntake
    inbox: RecordingInbox
    meter: MemoryMeter
    clients: list[Client] = field(default_factory=list)

    async def connect(self) -> Client:
        client = Client(*await asyncio.open_connection(*self.intake.address))
        self.clients.append(client)
        await client.reply()
        return client

    async def dialogue(self, *commands: str) -> list[str]:
        return await (await self.connect()).say(*commands)


def is_support(address: str) -> bool:
    return address.partition("+")[0].partition("@")[0] == "support"


@asynccontextmanager
async def running(
    accepts: Callable[[str], bool] = is_support, **settings: Any
) -> AsyncIterator[Rig]:
    inbox, meter = RecordingInbox(), MemoryMeter()
    intake = SmtpIntake(accepts, inbox, SmtpIntakeSettings(port=0, **settings), meter)
    await intake.start()
    rig = Rig(intake, inbox, meter)
    try:
        yield rig
    finally:
        for client in rig.clients:
            client.writer.close()
        await intake.stop()
