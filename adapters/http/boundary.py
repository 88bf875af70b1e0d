"""The HTTP boundary: what went wrong inside becomes an answer here, and is logged once."""

from __future__ import annotations

import logging
import secrets
from typing import TYPE_CHECKING, Final

from aiohttp import web

from bot.errors import TemporaryError
from bot.ports import Meter

if TYPE_CHECKING:
    from aiohttp.typedefs import Handler

log = logging.getLogger(__name__)

_RETRY_AFTER: Final = 5
_HEADERS: Final = (
    ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cache-Control", "no-store"),
)


async def security_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Forbid what a route did not ask for itself: scripts, frames, sniffing, caching."""
    for name, value in _HEADERS:
        response.headers.setdefault(name, value)
    response.headers["Server"] = "deskhand"  # instead of the library and its version


class Boundary:
    """Turns errors into answers and counts them; a defect shows a reference, never its words."""

    def __init__(self, meter: Meter) -> None:
        self._meter = meter

    @web.middleware
    async def middleware(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Answer 503 to `TemporaryError`, 500 to a defect; aiohttp's own answers pass."""
        try:
            response = await handler(request)
        except web.HTTPException as answer:
            self._count(request, answer.status)
            raise
        except TemporaryError as error:
            response = _busy(error)
        except Exception as error:  # noqa: BLE001 - the named boundary
            broken_off = request.content.exception() is error
            response = _broken_off() if broken_off else _defect(request, error)
        self._count(request, response.status)
        return response

    def _count(self, request: web.Request, status: int) -> None:
        self._meter.count("http_requests", route=_route(request), status=f"{status // 100}xx")


def _route(request: web.Request) -> str:
    """The route's pattern: unlike the path it holds no token, and there are few of them."""
    resource = request.match_info.route.resource
    return resource.canonical if resource else "unmatched"


def _busy(error: TemporaryError) -> web.Response:
    wait = int(error.retry_after.total_seconds()) if error.retry_after else _RETRY_AFTER
    return web.json_response(
        {"error": "This cannot be done right now; try again."},
        status=503,
        headers={"Retry-After": str(max(wait, 1))},
    )


def _broken_off() -> web.Response:
    return web.json_response({"error": "The body did not arrive whole."}, status=400)


def _defect(request: web.Request, error: Exception) -> web.Response:
    ref = secrets.token_hex(4)
    log.error("a request failed", exc_info=error, extra={"ref": ref, "route": _route(request)})
    return web.json_response(
        {"error": "Something went wrong here; it has been logged.", "ref": ref}, status=500
    )
