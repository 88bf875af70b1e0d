"""`/u/<token>`: the way out of a ticket. GET shows a page and changes nothing, since mail programs
and scanners follow links; POST leaves, with one click and no further question (RFC 8058).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from html import escape
from typing import Final, Protocol

from aiohttp import web

_PAGE: Final = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width"><meta name="robots" content="noindex">
<style>body{{font:16px/1.5 sans-serif;max-width:32rem;margin:4rem auto;padding:0 1rem}}
button{{font:inherit;padding:.5rem 1rem}}</style></head>
<body><h1>{title}</h1><p>{words}</p>{form}</body></html>
"""
_FORM: Final = '<form method="post"><button>Get no more mail</button></form>'
_POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self';"
    " base-uri 'none'; frame-ancestors 'none'"
)


class Leaving(Protocol):
    """Whom a link speaks of."""

    @property
    def number(self) -> str:
        """The ticket."""
        ...

    @property
    def desk(self) -> str:
        """The name of its desk."""
        ...

    @property
    def address(self) -> str:
        """The address that gets its mail."""
        ...


Ask = Callable[[str], Awaitable[Leaving | None]]


def unsubscribe_routes(look: Ask, leave: Ask) -> list[web.RouteDef]:
    """The routes; `look` changes nothing, `leave` takes the link's person off the ticket."""

    async def show(request: web.Request) -> web.Response:
        found = await look(request.match_info["token"])
        if found is None:
            return _nothing()
        words = f"{found.address} takes part in {found.number} with {found.desk}."
        return _page("Get no more mail?", words, _FORM)

    async def act(request: web.Request) -> web.Response:
        found = await leave(request.match_info["token"])
        if found is None:
            return _nothing()
        words = f"{found.address} gets no more mail about {found.number} from {found.desk}."
        return _page("Done", words)

    return [web.get("/u/{token:[0-9A-Za-z]{19,40}}", show), web.post("/u/{token}", act)]


def _nothing() -> web.Response:
    """For a link that was used, and for one that never was ours: it tells nothing about either."""
    return _page("Nothing to do", "This link is not valid, or it was used already.")


def _page(title: str, words: str, form: str = "") -> web.Response:
    text = _PAGE.format(title=escape(title), words=escape(words), form=form)
    headers = {"Content-Security-Policy": _POLICY, "X-Robots-Tag": "noindex"}
    return web.Response(text=text, content_type="text/html", headers=headers)
