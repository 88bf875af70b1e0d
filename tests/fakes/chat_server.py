"""A chat platform outside the process: an HTTP server with a journal, and faults on purpose.

It does not make repeats harmless by itself: whatever it accepts stands in its journal, as on a real
platform.
A look-up finds a post by the key it was made with.
"""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """Something the platform accepted: a thread's root, a post, an edit or a direct message."""

    kind: str
    id: str
    to: str
    key: str
    fallback: str
    text: str


@dataclass(slots=True)
class ChatServer:
    """The platform; `fault_rate` of all writes fail, half of those after they were accepted."""

    seed: int
    fault_rate: float = 0.0
    journal: list[Posted] = field(default_factory=list)
    faults: int = 0
    _runner: web.AppRunner | None = None
    _random: random.Random = field(default_factory=random.Random)

    async def start(self) -> str:
        """Listen on a free port of the loopback; the address."""
        self._random.seed(self.seed)
        app = web.Application()
        app.add_routes([web.post("/{kind}", self._write), web.get("/find", self._find)])
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        return f"http://{host}:{port}"

    async def stop(self) -> None:
        """Close."""
        if self._runner is not None:
            await self._runner.cleanup()

    async def _write(self, request: web.Request) -> web.Response:
        body: dict[str, Any] = await request.json()
        kind = request.match_info["kind"]
        fate = self._random.random()
        if fate < self.fault_rate / 2:
            self.faults += 1
            raise web.HTTPInternalServerError
        id_ = f"m{len(self.journal) + 1}"
        self.journal.append(
            Posted(
                kind=kind,
                id=id_,
                to=body["to"],
                key=body["key"],
                fallback=body["fallback"],
                text=body["text"],
            )
        )
        if fate < self.fault_rate:
            self.faults += 1
            assert request.transport is not None
            request.transport.abort()
            await asyncio.sleep(0)
        return web.json_response({"id": id_})

    async def _find(self, request: web.Request) -> web.Response:
        key = request.query["key"]
        found = next((posted.id for posted in self.journal if posted.key == key), None)
        return web.json_response({"id": found})
