"""The HTTP side: every call passes faults, limits and the token here, and leaves a record."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from math import ceil
from typing import Any

from aiohttp import BodyPartReader, web

from tests.fakes.discord_server.bell import Bell
from tests.fakes.discord_server.faults import Fault, Faults, answer_of, limited
from tests.fakes.discord_server.rates import EVERYWHERE, Rates
from tests.fakes.discord_server.refusals import Refusal, too_large, unauthorized
from tests.fakes.discord_server.world import World

PREFIX = "/api/v10"
UNSERVED = "* /{unserved}"
"""The route of calls that the fake does not know; a test looks for none of them."""
REQUEST_LIMIT = 25 * 1024 * 1024
MAJOR = ("channel_id", "guild_id", "webhook_id", "webhook_token")


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file as it came in a multipart body."""

    field: str
    filename: str
    content: bytes
    content_type: str


@dataclass(slots=True, kw_only=True)
class Call:
    """One request, as it came and as it ended; `status` is None while it runs or was cut off."""

    route: str
    path: Mapping[str, str]
    query: Mapping[str, str]
    at: datetime
    authorized: bool
    reason: str | None = None
    body: Any = None
    files: tuple[Upload, ...] = ()
    status: int | None = None
    answer: Any = None
    fault: Fault | None = field(default=None)


Handler = Callable[[Call], Awaitable[Any]]


class Door:
    """Routes calls to handlers. A handler returns JSON, or None for 204, or raises a Refusal."""

    def __init__(self, world: World, bell: Bell, token: str) -> None:
        self._world = world
        self._bell = bell
        self.token = token
        self.faults = Faults()
        self.rates = Rates()
        self.calls: list[Call] = []

    def open(self, app: web.Application, routes: Mapping[str, Handler]) -> None:
        """Serve these routes, each named "METHOD /path/{with}/{names}"."""
        for route, handler in routes.items():
            method, path = route.split(" ")
            app.router.add_route(method, PREFIX + path, self._entrance(route, handler))
        app.router.add_route("*", PREFIX + "/{unserved:.*}", self._entrance(UNSERVED, _unserved))

    def _entrance(
        self, route: str, handler: Handler
    ) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def enter(request: web.Request) -> web.StreamResponse:
            call = await self._read(route, request)
            self.calls.append(call)
            call.fault = self.faults.meet(route)
            try:
                return await self._answer(request, call, handler)
            finally:
                self._bell.ring()

        return enter

    async def _read(self, route: str, request: web.Request) -> Call:
        body, files = await _body(request)
        return Call(
            route=route,
            path=dict(request.match_info),
            query=dict(request.query),
            at=self._world.clock.now(),
            authorized=request.headers.get("Authorization") == f"Bot {self.token}",
            reason=request.headers.get("X-Audit-Log-Reason"),
            body=body,
            files=files,
        )

    async def _answer(self, request: web.Request, call: Call, handler: Handler) -> web.Response:
        fault = call.fault
        if self.rates.banned(call.at):
            return _edge(call)
        headers: dict[str, str] = {}
        if fault is None or fault.done:
            headers = await self._carry_out(call, handler)
        if fault is not None and not fault.answers:
            self._bell.ring()
            await self.faults.break_off(request, fault)
        elif fault is not None:
            call.status, call.answer = answer_of(fault)
            headers = EVERYWHERE if fault.everywhere else {"X-RateLimit-Scope": "user"}
        return self._write(call, headers)

    async def _carry_out(self, call: Call, handler: Handler) -> dict[str, str]:
        """Run the call and fill in its status and answer; the rate limit headers."""
        open_to_all = call.route.split(" ")[1].startswith(("/interactions/", "/webhooks/"))
        major = "+".join(call.path[key] for key in MAJOR if key in call.path)
        verdict = self.rates.judge(call.route, major, call.at, counted=not open_to_all)
        if verdict.retry_after:
            call.status = 429
            call.answer = limited(verdict.retry_after, everywhere=verdict.everywhere)
            return verdict.headers
        try:
            if not open_to_all and (self.faults.revoked or not call.authorized):
                raise unauthorized()
            call.answer = await handler(call)
            call.status = 204 if call.answer is None else 200
        except Refusal as refusal:
            call.status, call.answer = refusal.status, refusal.body()
        return verdict.headers

    def _write(self, call: Call, headers: dict[str, str]) -> web.Response:
        status = call.status or 500
        self.rates.note(status, headers.get("X-RateLimit-Scope"), call.at)
        headers = headers | {"Via": "1.1 google"}
        if status == 429:
            headers["Retry-After"] = str(ceil(call.answer["retry_after"]))
        if call.answer is None:
            return web.Response(status=status, headers=headers)
        return web.Response(
            status=status,
            body=json.dumps(call.answer).encode(),
            headers=headers | {"Content-Type": "application/json"},
        )


async def _unserved(call: Call) -> Any:
    raise Refusal(404, 0, "404: Not Found")


def _edge(call: Call) -> web.Response:
    """What Cloudflare says to a banned address: no JSON and no Via."""
    call.status = 429
    return web.Response(status=429, text="error code: 1015", headers={"Retry-After": "600"})


async def _body(request: web.Request) -> tuple[Any, tuple[Upload, ...]]:
    if request.content_type != "multipart/form-data":
        raw = await request.read()
        return (json.loads(raw) if raw else {}), ()
    body: Any = {}
    files: list[Upload] = []
    async for part in await request.multipart():
        assert isinstance(part, BodyPartReader)
        content = bytes(await part.read())
        if part.name == "payload_json":
            body = json.loads(content)
        else:
            files.append(
                Upload(
                    field=part.name or "",
                    filename=part.filename or "unknown",
                    content=content,
                    content_type=part.headers.get("Content-Type", "application/octet-stream"),
                )
            )
    return body, tuple(files)


def check_size(files: tuple[Upload, ...], each: int) -> None:
    """Refuse a file above the limit of one, or a request above the limit of all, with 40005."""
    sizes = [len(one.content) for one in files]
    if any(size > each for size in sizes) or sum(sizes) > REQUEST_LIMIT:
        raise too_large()
