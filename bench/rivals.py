"""The limits: the same libraries with handlers that do nothing, on uvloop as the service is."""

from __future__ import annotations

import asyncio
from multiprocessing.connection import Connection

from aiohttp import web
from aiosmtpd.smtp import SMTP


class _Nothing:
    """An SMTP handler that keeps nothing."""

    async def handle_DATA(self, server: object, session: object, envelope: object) -> str:
        """Say that all is well."""
        return "250 Ok"


async def null_smtp(ready: Connection) -> None:
    """aiosmtpd as it comes, for ever."""
    loop = asyncio.get_running_loop()
    listener = await loop.create_server(
        lambda: SMTP(_Nothing(), hostname="localhost", loop=loop), "127.0.0.1", 0
    )
    ready.send(listener.sockets[0].getsockname()[1])
    await listener.serve_forever()


async def null_http(ready: Connection) -> None:
    """aiohttp with one route that reads JSON and answers `{}`, for ever."""

    async def answer(request: web.Request) -> web.Response:
        await request.json()
        return web.Response(body=b"{}", content_type="application/json")

    app = web.Application()
    app.add_routes([web.post("/in/{kind}/{token}", answer)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    ready.send(runner.addresses[0][1])
    await asyncio.Event().wait()
