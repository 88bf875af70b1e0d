"""Pages for people who follow a link of a mail: no script, nothing from elsewhere, in no index."""

from __future__ import annotations

from typing import Final

from aiohttp import web

_POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self';"
    " base-uri 'none'; frame-ancestors 'none'"
)


def plain_page(html: str, status: int = 200) -> web.Response:
    """The page, with what it may do: show itself, and send its own form."""
    headers = {"Content-Security-Policy": _POLICY, "X-Robots-Tag": "noindex"}
    return web.Response(text=html, status=status, content_type="text/html", headers=headers)
