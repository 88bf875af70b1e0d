"""Asking ClamAV's daemon whether a mail holds a virus, by its INSTREAM command (clamd(8)).

Each question has a connection of its own: the command, the content in chunks behind their length as
a 4-byte number in network order, an empty chunk, and an answer that ends with a NUL.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from adapters.mail.reading.clean import clean_line
from bot.errors import NoAnswer, PermanentError, TemporaryError

CHUNK: Final = 65536
MAX_REPLY: Final = 4096
MAX_SHOWN: Final = 200

_TOO_LARGE: Final = "size limit exceeded"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClamdSettings:
    """Where the daemon listens, a host and port or the path of a socket; times in seconds.

    `timeout` is for looking at a mail, `connect_timeout` for everything that should be quick.
    """

    host: str = ""
    port: int = 0
    path: str = ""
    connect_timeout: float = 3.0
    timeout: float = 20.0

    def __str__(self) -> str:
        return f"unix://{self.path}" if self.path else f"tcp://{self.host}:{self.port}"


class Clamd:
    """A VirusScanner."""

    def __init__(self, settings: ClamdSettings) -> None:
        self._settings = settings

    async def scan(self, raw: bytes) -> str:
        """The signature that was found, empty for none. TemporaryError when the daemon is away or
        cannot tell now, PermanentError when the content is more than it takes.
        """
        answer = await self._ask(_stream(raw), self._settings.timeout)
        if answer.endswith(": OK"):
            return ""
        if answer.endswith(" FOUND"):
            name = answer.removesuffix(" FOUND").partition(": ")[2]
            return name[:MAX_SHOWN].strip() or "a virus without a name"
        if _TOO_LARGE in answer.lower():
            raise PermanentError("it is larger than the virus scanner takes (StreamMaxLength)")
        raise TemporaryError(f"the virus scanner says: {answer[:MAX_SHOWN] or 'nothing'}")

    async def answers(self) -> bool:
        """Whether the daemon is there at all."""
        try:
            return await self._ask(iter([b"zPING\0"]), self._settings.connect_timeout) == "PONG"
        except TemporaryError:
            return False

    async def version(self) -> str:
        """What the daemon says of itself and of its signatures; TemporaryError when it is away."""
        asked = self._ask(iter([b"zVERSION\0"]), self._settings.connect_timeout)
        return (await asked)[:MAX_SHOWN]

    async def _ask(self, request: Iterator[bytes], timeout: float) -> str:
        reader, writer = await self._connect()
        try:
            async with asyncio.timeout(timeout):
                # It may refuse, and close, before all is sent: so its answer is awaited meanwhile.
                answer, _ = await asyncio.gather(reader.readuntil(b"\0"), _send(writer, request))
        except TimeoutError:
            words = f"the virus scanner did not answer within {timeout:g} s"
            raise NoAnswer(words) from None
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            raise TemporaryError("the virus scanner broke the connection off") from None
        finally:
            # Closing would wait until what is left has been sent.
            writer.transport.abort()
        return clean_line(answer[:-1].decode("utf-8", "replace"), MAX_REPLY)

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        settings = self._settings
        try:
            async with asyncio.timeout(settings.connect_timeout):
                if settings.path:
                    return await asyncio.open_unix_connection(settings.path, limit=MAX_REPLY)
                return await asyncio.open_connection(settings.host, settings.port, limit=MAX_REPLY)
        except OSError:  # TimeoutError is one
            words = f"the virus scanner cannot be reached at {settings}"
            raise TemporaryError(words) from None


async def _send(writer: asyncio.StreamWriter, request: Iterator[bytes]) -> None:
    """Send it piece by piece; a connection that breaks ends it, what was answered tells why."""
    with suppress(ConnectionError):
        for piece in request:
            writer.write(piece)
            await writer.drain()


def _stream(raw: bytes) -> Iterator[bytes]:
    yield b"zINSTREAM\0"
    for start in range(0, len(raw), CHUNK):
        piece = raw[start : start + CHUNK]
        yield len(piece).to_bytes(4, "big")
        yield piece
    yield bytes(4)
