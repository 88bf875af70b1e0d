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

    @property
    def goes_on(self) -> str:
        """The ticket that goes on in its place and has them, too; empty when there is none."""
        ...

    @property
    def own(self) -> bool:
        """Whether that one is their own, which they cannot leave."""
        ...


Ask = Callable[[str], Awaitable[Leaving | None]]


def unsubscribe_routes(look: Ask, leave: Ask) -> list[web.RouteDef]:
    """The routes; `look` changes nothing, `leave` takes the link's person off the ticket."""

    async def show(request: web.Request) -> web.Response:
        found = await look(request.match_info["token"])
        if found is None:
            return _nothing()
        goes_on = f", which goes on as {found.goes_on}" if found.goes_on else ""
        words = f"{found.address} takes part in {found.number} with {found.desk}{goes_on}."
        return _page("Get no more mail?", words + _own(found), _FORM)

    async def act(request: web.Request) -> web.Response:
        found = await leave(request.match_info["token"])
        if found is None:
            return _nothing()
        goes_on = "" if found.own else found.goes_on
        nor = f", nor about {goes_on}, which goes on in its place" if goes_on else ""
        words = f"{found.address} gets no more mail about {found.number} from {found.desk}{nor}."
        return _page("Done", words + _own(found))

    return [web.get("/u/{token:[0-9A-Za-z]{19,40}}", show), web.post("/u/{token}", act)]


def _own(found: Leaving) -> str:
    """What to do about a ticket of their own, which goes on in the place of the other one."""
    if not found.own:
        return ""
    return f" {found.goes_on} is their own ticket: to end it, answer one of its mails and say so."


def _nothing() -> web.Response:
    """For a link that was used, and for one that never was ours: it tells nothing about either."""
    return _page("Nothing to do", "This link is not valid, or it was used already.")


def _page(title: str, words: str, form: str = "") -> web.Response:
    text = _PAGE.format(title=escape(title), words=escape(words), form=form)
    headers = {"Content-Security-Policy": _POLICY, "X-Robots-Tag": "noindex"}
    return web.Response(text=text, content_type="text/html", headers=headers)
