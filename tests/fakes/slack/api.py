"""The HTTP side that the app calls: Web API, response_url, uploads and downloads."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from aiohttp import web

from tests.fakes.slack.faults import Fault, Faults
from tests.fakes.slack.limits import CONNECTIONS_A_MINUTE
from tests.fakes.slack.methods import Method
from tests.fakes.slack.methods_chat import CHAT
from tests.fakes.slack.methods_files import FILES
from tests.fakes.slack.methods_places import PLACES
from tests.fakes.slack.methods_views import VIEWS
from tests.fakes.slack.rates import Rates
from tests.fakes.slack.record import Call, Record
from tests.fakes.slack.refusal import Refusal
from tests.fakes.slack.responses import respond
from tests.fakes.slack.values import APP, Json
from tests.fakes.slack.workspace import Workspace

ENCODED = ("blocks", "attachments", "metadata", "view", "files")
POST = "chat.postMessage"


def _connections_open(workspace: Workspace, arguments: Json) -> Json:
    ticket = workspace.new_id("k")
    address = workspace.address.replace("http", "ws", 1)
    return {"url": f"{address}/link?ticket={ticket}&app_id={APP}"}


METHODS: dict[str, Method] = {
    **CHAT,
    **PLACES,
    **VIEWS,
    **FILES,
    "apps.connections.open": Method(
        handler=_connections_open, tier=CONNECTIONS_A_MINUTE, app_token=True
    ),
}


@dataclass(frozen=True, slots=True)
class _Answer:
    body: Json | str | bytes
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Api:
    """Serves requests from the workspace, runs into faults, records."""

    workspace: Workspace
    record: Record
    faults: Faults
    rates: Rates
    bot_token: str
    app_token: str
    revoked: bool = False

    def routes(self) -> list[web.RouteDef]:
        """What to mount at the root of the server."""
        return [
            web.route("*", "/api/{method}", self._method),
            web.post("/response/{id}", self._response),
            web.post("/upload/{id}", self._upload),
            web.get("/files-pri/{id}/{name}", self._download),
            web.get("/files-pri/{id}/{name}/download", self._download),
        ]

    async def _method(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["method"]
        try:
            arguments = await _arguments(request)
        except ValueError:
            return _response(_Answer({"ok": False, "error": "invalid_json"}))
        token = _token(request) or str(arguments.pop("token", ""))
        return await self._serve(
            request, name, arguments, token, lambda: self._call(name, arguments, token)
        )

    def _call(self, name: str, arguments: Json, token: str) -> _Answer:
        method = METHODS.get(name)
        headers = {"x-oauth-scopes": ",".join(sorted(self.workspace.scopes))}
        try:
            if method is None:
                raise Refusal("unknown_method", req_method=name)
            self._authorise(method, arguments, token)
            if seconds := self._wait(name, method, arguments):
                limits = {"Retry-After": str(seconds)}
                return _Answer({"ok": False, "error": "ratelimited"}, 429, limits)
            return _Answer({"ok": True, **method.handler(self.workspace, arguments)}, 200, headers)
        except Refusal as refusal:
            return _Answer(refusal.answer(), 200, headers)

    def _authorise(self, method: Method, arguments: Json, token: str) -> None:
        if not token:
            raise Refusal("not_authed")
        if self.revoked and token == self.bot_token:
            raise Refusal("token_revoked")
        if token not in (self.bot_token, self.app_token):
            raise Refusal("invalid_auth")
        if token != (self.app_token if method.app_token else self.bot_token):
            raise Refusal("not_allowed_token_type")
        needed = method.wants(self.workspace, arguments)
        if not self.workspace.scopes.issuperset(needed):
            provided = ",".join(sorted(self.workspace.scopes))
            raise Refusal("missing_scope", needed=",".join(needed), provided=provided)

    def _wait(self, name: str, method: Method, arguments: Json) -> int:
        now = self.workspace.now()
        if name == POST:
            return self.rates.wait_for_post(str(arguments.get("channel")), now)
        return self.rates.wait_for_method(name, method.tier, now)

    async def _response(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        id_ = request.match_info["id"]
        arguments = {**body, "response_url": id_}

        def answer() -> _Answer:
            try:
                respond(self.workspace, id_, body)
            except Refusal as refusal:
                status = 404 if refusal.code.endswith("_url") else 500
                return _Answer(refusal.answer(), status)
            return _Answer("ok")

        return await self._serve(request, "response_url", arguments, "", answer)

    async def _upload(self, request: web.Request) -> web.StreamResponse:
        content = await _content(request)
        id_ = request.match_info["id"]

        def answer() -> _Answer:
            file = self.workspace.files.get(id_)
            if file is None:
                return _Answer("no such upload", 404)
            self.workspace.files[id_] = replace(file, content=content)
            return _Answer(f"OK - {len(content)}")

        arguments = {"id": id_, "size": len(content)}
        return await self._serve(request, "upload", arguments, _token(request), answer)

    async def _download(self, request: web.Request) -> web.StreamResponse:
        id_, token = request.match_info["id"], _token(request)

        def answer() -> _Answer:
            file = self.workspace.files.get(id_)
            scoped = "files:read" in self.workspace.scopes and not self.revoked
            if token != self.bot_token or not scoped:
                login = {"Location": f"{self.workspace.address}/?redir=files-pri"}
                return _Answer("<!DOCTYPE html><title>Sign in</title>", 302, login)
            if file is None:
                return _Answer("<!DOCTYPE html><title>Not found</title>", 404)
            return _Answer(file.content, 200, {"Content-Type": file.mimetype})

        return await self._serve(request, "download", {"id": id_}, token, answer)

    async def _serve(
        self,
        request: web.Request,
        name: str,
        arguments: Json,
        token: str,
        serve: Callable[[], _Answer],
    ) -> web.StreamResponse:
        fault = self.faults.take(name)
        if fault and fault.name == "slow":
            await self._hang()
            fault = None
        happens = fault is None or fault.done
        answer = serve() if happens else _Answer({"ok": False, "error": "nothing happened"}, 0)
        shown = answer.body if isinstance(answer.body, dict) else {"ok": answer.status == 200}
        call = Call(
            method=name,
            arguments=arguments,
            at=self.workspace.clock.now(),
            status=answer.status,
            answer=shown,
            token=token,
            fault=fault.name if fault else "",
        )
        self.record.call(call)
        return await self._spoiled(request, fault) if fault else _response(answer)

    async def _hang(self) -> None:
        released = self.faults.hold()
        self.record.ring()
        await released.wait()

    async def _spoiled(self, request: web.Request, fault: Fault) -> web.StreamResponse:
        headers = {"Retry-After": str(fault.retry_after)} if fault.retry_after else {}
        if fault.error:
            return _response(_Answer({"ok": False, "error": fault.error}, fault.status, headers))
        if fault.name.startswith("http"):
            return _response(_Answer("<html>Server Error</html>", fault.status))
        if fault.name == "hanging":
            await self._hang()
        if request.transport is not None:
            request.transport.abort()
        return web.Response(status=500)


def _response(answer: _Answer) -> web.Response:
    if isinstance(answer.body, bytes):
        return web.Response(body=answer.body, status=answer.status, headers=answer.headers)
    if isinstance(answer.body, str):
        kind = "text/html" if answer.body.startswith("<") else "text/plain"
        return web.Response(
            text=answer.body, status=answer.status, headers=answer.headers, content_type=kind
        )
    return web.json_response(answer.body, status=answer.status, headers=answer.headers)


def _token(request: web.Request) -> str:
    return request.headers.get("Authorization", "").removeprefix("Bearer ").strip()


async def _content(request: web.Request) -> bytes:
    if not request.content_type.startswith("multipart/"):
        return await request.read()
    form = await request.post()
    held: Any = next(iter(form.values()))
    return bytes(held.file.read())


async def _arguments(request: web.Request) -> Json:
    arguments: Json = dict(request.query)
    if request.content_type == "application/json":
        body = await request.text()
        arguments |= json.loads(body) if body else {}
    elif request.method == "POST":
        arguments |= dict(await request.post())
    return {name: _decoded(name, value) for name, value in arguments.items() if value is not None}


def _decoded(name: str, value: object) -> object:
    if name not in ENCODED or not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value
