"""An SMTP client that says one thing at a time, and knows only success."""

from __future__ import annotations

import asyncio
from typing import cast


class Unexpected(Exception):
    """The server said something else than was hoped for."""


class SmtpConnection(asyncio.Protocol):
    """One connection; `send` is a whole mail transaction."""

    def __init__(self) -> None:
        self._buffer = b""
        self._reply: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._transport: asyncio.Transport | None = None

    @classmethod
    async def open(cls, port: int) -> SmtpConnection:
        """Connect and greet."""
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_connection(cls, "127.0.0.1", port)
        await connection._expect(b"220")
        await connection._say(b"EHLO bench.example\r\n", b"250")
        return connection

    async def send(self, sender: bytes, recipient: bytes, content: bytes) -> None:
        """Send a mail; `content` ends in CR LF . CR LF. Unexpected when it is not taken."""
        await self._say(b"MAIL FROM:<" + sender + b">\r\n", b"250")
        await self._say(b"RCPT TO:<" + recipient + b">\r\n", b"250")
        await self._say(b"DATA\r\n", b"354")
        await self._say(content, b"250")

    def close(self) -> None:
        """Say goodbye and do not wait for the answer."""
        if self._transport is not None:
            self._transport.write(b"QUIT\r\n")
            self._transport.close()

    async def _say(self, words: bytes, hoped: bytes) -> None:
        self._reply = asyncio.get_running_loop().create_future()
        if self._transport is not None:
            self._transport.write(words)
        await self._expect(hoped)

    async def _expect(self, hoped: bytes) -> None:
        reply = await self._reply
        if not reply.startswith(hoped):
            raise Unexpected(f"hoped for {hoped!r}, got {reply!r}")

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """A reply is whole when its last line has a space behind the code."""
        self._buffer += data
        last = self._buffer.rfind(b"\r\n", 0, -2)
        last = 0 if last < 0 else last + 2
        if self._buffer.endswith(b"\r\n") and self._buffer[last + 3 : last + 4] == b" ":
            reply, self._buffer = self._buffer, b""
            if not self._reply.done():
                self._reply.set_result(reply)

    def connection_lost(self, error: Exception | None) -> None:
        """Whoever waits hears of it."""
        if not self._reply.done():
            self._reply.set_exception(error or Unexpected("the connection was closed"))
            # Closing is no failure when nobody waits any more.
            self._reply.exception()
