"""The one HTTP server: named middlewares around the routes, a clear start, a bounded stop."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from typing import Final

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from adapters.http.bodies import Bodies
from adapters.http.boundary import Boundary, security_headers
from adapters.http.connections import Connections
from adapters.http.proxies import TrustedProxies
from adapters.http.settings import MEBIBYTE, HttpSettings
from bot import listening
from bot.ports import Meter

ShutdownSignal = Callable[[web.Application], Awaitable[None]]

_BACKLOG: Final = 2048  # Alertmanager opens some 2,000 connections in one second
_IDLE_SECONDS: Final = 75  # longer than common reverse proxies keep theirs


def _protocol_log() -> logging.Logger:
    """aiohttp's complaints, without those about malformed requests: scanners send many."""
    protocol_log = logging.getLogger(f"{__name__}.protocol")
    protocol_log.addFilter(_not_malformed)
    return protocol_log


def _not_malformed(record: logging.LogRecord) -> bool:
    return record.exc_info is None or not isinstance(record.exc_info[1], HttpProcessingError)


class HttpServer:
    """Serves the routes between `start` and `stop`.

    `on_shutdown` signals run when nothing new is accepted any more: they end what would stream for
    ever. ValueError when a trusted proxy is neither an address nor a network.
    """

    def __init__(
        self,
        routes: Iterable[web.AbstractRouteDef],
        settings: HttpSettings,
        meter: Meter,
        *,
        on_shutdown: Iterable[ShutdownSignal] = (),
    ) -> None:
        self._settings = settings
        self._connections = Connections(
            limit=settings.max_connections, header_timeout=settings.header_timeout
        )
        self._app = self._build(routes, meter)
        self._app.on_shutdown.extend(on_shutdown)
        self._runner: web.AppRunner | None = None
        self._listener: asyncio.Server | None = None

    def _build(self, routes: Iterable[web.AbstractRouteDef], meter: Meter) -> web.Application:
        proxies = TrustedProxies(self._settings.trusted_proxies)
        bodies = Bodies(self._settings.body_limits, self._settings.body_timeout)
        middlewares = [self._connections.middleware, Boundary(meter).middleware]
        if proxies.any:
            middlewares.append(proxies.middleware)
        middlewares.append(bodies.middleware)
        app = web.Application(middlewares=middlewares, client_max_size=MEBIBYTE)
        app.on_response_prepare.append(security_headers)
        app.add_routes(routes)
        return app

    @property
    def address(self) -> tuple[str, int]:
        """Host and port it listens on; RuntimeError when it does not."""
        if self._listener is None or not self._listener.sockets:
            raise RuntimeError("the HTTP server is not listening")
        host, port = self._listener.sockets[0].getsockname()[:2]
        return host, port

    async def start(self) -> None:
        """Listen; OSError says in clear words what is in the way."""
        runner = web.AppRunner(
            self._app,
            access_log=None,  # tokens are part of paths
            logger=_protocol_log(),
            keepalive_timeout=_IDLE_SECONDS,
            # aiohttp waits this long twice: for the answer, then for the connection's task.
            shutdown_timeout=self._settings.stop_timeout.total_seconds() / 2,
        )
        await runner.setup()
        try:
            self._listener = await self._listen(runner)
        except OSError as error:
            await runner.cleanup()
            raise OSError(error.errno, self._in_the_way(error)) from error
        self._runner = runner

    async def _listen(self, runner: web.AppRunner) -> asyncio.Server:
        server = runner.server
        if server is None:
            raise RuntimeError("the runner is not set up")
        return await asyncio.get_running_loop().create_server(
            partial(self._connections.accept, server),
            self._settings.host,
            self._settings.port,
            backlog=_BACKLOG,
        )

    def _in_the_way(self, error: OSError) -> str:
        reason = os.strerror(error.errno) if error.errno and error.errno > 0 else str(error)
        place = f"{self._settings.host}:{self._settings.port}"
        return (
            f"cannot listen for HTTP on {place}: {reason}; "
            "stop what listens there, or change listen under [http]"
        )

    async def stop(self) -> None:
        """Accept nothing more, end streams by their signals, let the rest finish in time."""
        if self._listener is None or self._runner is None:
            return
        await listening.close(self._listener)
        self._connections.forget()
        await self._runner.cleanup()
        self._listener = self._runner = None
