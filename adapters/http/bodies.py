"""Bounds on bodies: how long each may be, and how slowly it may come."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from aiohttp import web

from adapters.http.settings import MEBIBYTE

if TYPE_CHECKING:
    from aiohttp.typedefs import Handler

_SLOWEST: Final = 64 * 1024  # bytes a second


class Bodies:
    """Gives each request the body limit of its path, and cuts a connection whose body stays out."""

    def __init__(self, limits: Mapping[str, int], timeout: timedelta) -> None:
        self._limits = sorted(limits.items(), key=lambda entry: -len(entry[0]))
        self._seconds = timeout.total_seconds()

    def limit(self, path: str) -> int:
        """The largest body that a path takes, in bytes; `request.read()` answers 413 above it."""
        return next((size for prefix, size in self._limits if path.startswith(prefix)), MEBIBYTE)

    @web.middleware
    async def middleware(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Apply both bounds."""
        limit = self.limit(request.path)
        bounded = request if limit == MEBIBYTE else request.clone(client_max_size=limit)
        if request.content.is_eof():
            # It has come whole already, which makes it no smaller.
            return await handler(bounded)
        loop = asyncio.get_running_loop()
        timer = loop.call_later(self._patience(request, limit), _cut, request)
        try:
            return await handler(bounded)
        finally:
            timer.cancel()

    def _patience(self, request: web.Request, limit: int) -> float:
        return self._seconds + (request.content_length or limit) / _SLOWEST


def _cut(request: web.Request) -> None:
    """End a connection that still owes its body; one that streams an answer is left alone."""
    if not request.content.is_eof():
        request.protocol.force_close()
