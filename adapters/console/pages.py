"""The pages and their files, read once and served from memory; signing in and out."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Final

from aiohttp import web

from adapters.console.guard import Guard, json_response
from adapters.console.sessions import PATH, Sessions
from bot.domain.people import Person

_TYPES: Final = {
    "html": "text/html",
    "css": "text/css",
    "js": "text/javascript",
    "svg": "image/svg+xml",
}
# What the sign-in page needs is for everybody; the rest only with a session.
_PUBLIC: Final = frozenset({"tokens.css", "signin.css", "signin.js", "theme.js", "icon.svg"})
# Chat platforms look at links to preview them; a look must not use a link up.
_PREVIEW: Final = re.compile(r"bot\b|preview|crawler|facebookexternalhit", re.I)


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """A file of the page, with its media type and the tag that names this very content."""

    content: bytes
    kind: str
    etag: str


class Pages:
    """GET /console/, its files, and the ways in and out."""

    def __init__(self, sessions: Sessions, guard: Guard) -> None:
        self._sessions = sessions
        self._guard = guard
        self._leaves = _read_leaves()

    def routes(self) -> list[web.RouteDef]:
        """The routes, each behind the guard."""
        guard = self._guard
        return [
            web.get(PATH, guard.open(self._to_console)),
            web.get(f"{PATH}/", guard.page(self._index, self._sign_in)),
            web.get(f"{PATH}/login", guard.open(self._login), allow_head=False),
            web.post(f"{PATH}/logout", guard.write(self._logout)),
            web.get(f"{PATH}/static/{{name}}", guard.open(self._static)),
        ]

    async def _to_console(self, request: web.Request) -> web.StreamResponse:
        return web.Response(status=303, headers={"Location": f"{PATH}/"})

    async def _index(self, request: web.Request, person: Person) -> web.StreamResponse:
        return self._leaf(request, "index.html")

    async def _sign_in(self, request: web.Request) -> web.StreamResponse:
        return self._leaf(request, "signin.html", status=401)

    async def _login(self, request: web.Request) -> web.StreamResponse:
        if _PREVIEW.search(request.headers.get("User-Agent", "")):
            return self._leaf(request, "signin.html")
        key = await self._sessions.redeem(request.query.get("token", ""))
        person = self._guard.member(key)
        if person is None and self._guard.person(request) is None:
            return self._leaf(request, "signin.html", status=401)
        response = await self._to_console(request)
        if person is not None:
            self._sessions.open(response, person.key)
        return response

    async def _logout(self, request: web.Request, person: Person) -> web.StreamResponse:
        response = json_response({})
        self._sessions.close(response)
        return response

    async def _static(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        allowed = name in _PUBLIC or self._guard.person(request) is not None
        if not allowed or name not in self._leaves or name.endswith(".html"):
            return web.Response(status=404, text="There is no such file.")
        return self._leaf(request, name)

    def _leaf(self, request: web.Request, name: str, status: int = 200) -> web.Response:
        leaf = self._leaves[name]
        headers = {"ETag": leaf.etag, "Cache-Control": "no-cache"}
        if status == 200 and request.headers.get("If-None-Match") == leaf.etag:
            return web.Response(status=304, headers=headers)
        return web.Response(
            status=status,
            body=leaf.content,
            content_type=leaf.kind,
            charset="utf-8",
            headers=headers,
        )


def _read_leaves() -> Mapping[str, Leaf]:
    leaves = {}
    for entry in files("adapters.console").joinpath("static").iterdir():
        kind = _TYPES.get(entry.name.rpartition(".")[2])
        if kind is not None:
            content = entry.read_bytes()
            etag = f'"{hashlib.sha256(content).hexdigest()[:20]}"'
            leaves[entry.name] = Leaf(content=content, kind=kind, etag=etag)
    return leaves
