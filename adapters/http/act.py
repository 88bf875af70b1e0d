"""`/act/<token>`: act on a ticket by the one-time link of a mail. GET shows a page and changes
nothing, since mail programs and scanners follow links; POST does what was asked for, once.
"""

from __future__ import annotations

from typing import Final, Protocol

from aiohttp import web

from adapters.http.act_page import NOWHERE_STATUS, ActPage, nowhere, page_of
from adapters.http.plain_pages import plain_page

_PATH: Final = "/act/{token}"
_FORM: Final = "application/x-www-form-urlencoded"


class Acting(Protocol):
    """What the links lead to; None from both where a link leads nowhere."""

    async def look(self, token: str) -> ActPage | None:
        """The ticket of the link. Changes nothing."""
        ...

    async def act(self, token: str, deed: str, text: str, knew: str) -> ActPage | None:
        """Do it; the page says what came of it. ValueError for what no button asks for."""
        ...


def act_routes(acting: Acting, console: str) -> list[web.RouteDef]:
    """The routes; `console` is where a link that leads nowhere sends people, empty for nowhere."""

    async def show(request: web.Request) -> web.Response:
        found = await acting.look(request.match_info["token"])
        return plain_page(page_of(found, console)) if found is not None else _nowhere(console)

    async def act(request: web.Request) -> web.Response:
        if request.content_type != _FORM:
            raise web.HTTPUnsupportedMediaType(text="Use the form of the page.")
        form = await request.post()
        deed, text, knew = (str(form.get(name, "")) for name in ("do", "text", "knew"))
        try:
            found = await acting.act(request.match_info["token"], deed, text, knew)
        except ValueError:
            raise web.HTTPBadRequest(text="Use the form of the page.") from None
        return plain_page(page_of(found, console)) if found is not None else _nowhere(console)

    return [web.get(_PATH, show), web.post(_PATH, act)]


def _nowhere(console: str) -> web.Response:
    """One answer for every link that leads nowhere: it tells nothing of what it may have been."""
    return plain_page(nowhere(console), NOWHERE_STATUS)
