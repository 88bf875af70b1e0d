"""What fakes that speak HTTP have in common: an aiohttp server on the loopback, and its end."""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Self

from aiohttp import web

from bot import listening


class WebServer:
    """Serves an application, or whatever a runner runs. `async with` starts and stops it.

    What is under way at the end gets `patience` (seconds) to finish.
    """

    def __init__(
        self, serves: web.Application | web.Server, *, port: int = 0, patience: float = 0.2
    ) -> None:
        self._port = port
        if isinstance(serves, web.Application):
            self._runner: web.BaseRunner = web.AppRunner(
                serves, access_log=None, shutdown_timeout=patience
            )
        else:
            self._runner = web.ServerRunner(serves, shutdown_timeout=patience)
        self._listener: asyncio.Server | None = None
        self.address = ""

    async def start(self) -> str:
        """Listen; the address as clients use it, without a slash."""
        await self._runner.setup()
        assert self._runner.server is not None
        self._listener = await asyncio.get_running_loop().create_server(
            self._runner.server, "127.0.0.1", self._port
        )
        self.address = "http://{}:{}".format(*self._listener.sockets[0].getsockname()[:2])
        return self.address

    async def stop(self) -> None:
        if self._listener is not None:
            await listening.close(self._listener)
            self._listener = None
        await self._runner.cleanup()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop()
