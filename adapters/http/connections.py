"""Bounds on connections: how many there may be, and how long one may stay silent."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from aiohttp import web

if TYPE_CHECKING:
    from aiohttp.typedefs import Handler

_FULL: Final = (
    b"HTTP/1.1 503 Service Unavailable\r\n"
    b"Retry-After: 5\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
)


class _Full(asyncio.Protocol):
    """Answers 503 to a connection that is one too many."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Answer, and close."""
        if isinstance(transport, asyncio.WriteTransport):
            transport.write(_FULL)
        transport.close()


class Connections:
    """Makes the protocol of each new connection; cuts those that never finish their first headers.

    aiohttp's own idle timer covers a connection between two requests; it is set long for the sake
    of reverse proxies, too long for a client that trickles headers.
    """

    def __init__(self, *, limit: int, header_timeout: timedelta) -> None:
        self._limit = limit
        self._seconds = header_timeout.total_seconds()
        self._silent: dict[object, asyncio.TimerHandle] = {}

    def accept(self, server: web.Server) -> asyncio.Protocol:
        """The protocol for one more connection; one that answers 503 when there are too many."""
        if len(server.connections) >= self._limit:
            return _Full()
        protocol = server()
        loop = asyncio.get_running_loop()
        self._silent[protocol] = loop.call_later(self._seconds, self._cut, protocol)
        return protocol

    @web.middleware
    async def middleware(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Note that a connection has spoken."""
        timer = self._silent.pop(request.protocol, None)
        if timer is not None:
            timer.cancel()
        return await handler(request)

    def _cut(self, protocol: web.RequestHandler) -> None:
        del self._silent[protocol]
        protocol.force_close()

    def forget(self) -> None:
        """Stop all timers; the server is going down."""
        for timer in self._silent.values():
            timer.cancel()
        self._silent.clear()
