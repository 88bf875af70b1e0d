"""`/u/<token>`: the way out of a ticket, and out of news by mail. GET shows a page and changes
nothing, since mail programs and scanners follow links; POST leaves, with one click and no further
question (RFC 8058).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from html import escape
from typing import Final, Protocol

from aiohttp import web

from adapters.http.plain_pages import plain_page

_PAGE: Final = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width"><meta name="robots" content="noindex">
<style>body{{font:16px/1.5 sans-serif;max-width:32rem;margin:4rem auto;padding:0 1rem}}
button{{font:inherit;padding:.5rem 1rem}}</style></head>
<body><h1>{title}</h1><p>{words}</p>{form}</body></html>
"""
_FORM: Final = '<form method="post"><button>Get no more mail</button></form>'


class Leaving(Protocol):
    """Whom a link speaks of, and of what, in words."""

    @property
    def standing(self) -> str:
        """How it is before the click."""
        ...

    @property
    def done(self) -> str:
        """How it is after the click."""
        ...


Ask = Callable[[str], Awaitable[Leaving | None]]


def unsubscribe_routes(look: Ask, leave: Ask) -> list[web.RouteDef]:
    """The routes; `look` changes nothing, `leave` does what the link is for."""

    async def show(request: web.Request) -> web.Response:
        found = await look(request.match_info["token"])
        if found is None:
            return _nothing()
        return _page("Get no more mail?", found.standing, _FORM)

    async def act(request: web.Request) -> web.Response:
        found = await leave(request.match_info["token"])
        if found is None:
            return _nothing()
        return _page("Done", found.done)

    return [web.get("/u/{token:[0-9A-Za-z]{19,40}}", show), web.post("/u/{token}", act)]


def _nothing() -> web.Response:
    """For a link that was used, and for one that never was ours: it tells nothing about either."""
    return _page("Nothing to do", "This link is not valid, or it was used already.")


def _page(title: str, words: str, form: str = "") -> web.Response:
    text = _PAGE.format(title=escape(title), words=escape(words), form=form)
    return plain_page(text)
