"""An HTTP client for one kept connection: a request at a time, written by the caller."""

from __future__ import annotations

import asyncio
import re
from typing import Final, cast

from bench.clients.smtp import Unexpected

_LENGTH: Final = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


def post(path: str, body: bytes) -> bytes:
    """The bytes of a request with a JSON body."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def get(path: str) -> bytes:
    """The bytes of a request without a body."""
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()


class HttpConnection(asyncio.Protocol):
    """One kept connection; answers must tell their length."""

    def __init__(self) -> None:
        self._buffer = b""
        self._answer: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._transport: asyncio.Transport | None = None

    @classmethod
    async def open(cls, port: int) -> HttpConnection:
        """Connect."""
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_connection(cls, "127.0.0.1", port)
        return connection

    async def exchange(self, request: bytes) -> None:
        """Send a request and read its answer; Unexpected when it is not a 2xx."""
        self._answer = asyncio.get_running_loop().create_future()
        if self._transport is not None:
            self._transport.write(request)
        status = await self._answer
        if status // 100 != 2:
            raise Unexpected(f"HTTP status {status}")

    def close(self) -> None:
        """Close the connection."""
        if self._transport is not None:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """An answer is whole when as much of its body is there as its head promises."""
        self._buffer += data
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        length = _LENGTH.search(self._buffer, 0, end)
        if len(self._buffer) < end + 4 + (int(length[1]) if length else 0):
            return
        status, self._buffer = int(self._buffer[9:12]), b""
        if not self._answer.done():
            self._answer.set_result(status)

    def connection_lost(self, error: Exception | None) -> None:
        """Whoever waits hears of it."""
        if not self._answer.done():
            self._answer.set_exception(error or Unexpected("the connection was closed"))
            # Closing is no failure when nobody waits any more.
            self._answer.exception()
