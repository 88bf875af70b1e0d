"""What stands before every handler: a session, the same origin for writes, safe headers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from aiohttp import web

from adapters.console.sessions import Sessions
from bot.domain.directory import Directory
from bot.domain.people import Person
from bot.errors import Refused, TemporaryError

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
PersonHandler = Callable[[web.Request, Person], Awaitable[web.StreamResponse]]

HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
        "object-src 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class Refusal(Refused):
    """A request that is answered with an HTTP status and the words of what to do."""

    def __init__(self, status: int, words: str, hint: str = "") -> None:
        super().__init__(words, hint=hint)
        self.status = status


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """Lets through only people with a role, as they are configured now."""

    sessions: Sessions
    directory: Directory
    public_host: str = ""

    def open(self, handler: Handler) -> Handler:
        """For what nobody needs a session for: safe headers only."""

        async def guarded(request: web.Request) -> web.StreamResponse:
            return _safe(await handler(request))

        return guarded

    def page(self, handler: PersonHandler, otherwise: Handler) -> Handler:
        """For pages: without a session `otherwise` answers."""

        async def guarded(request: web.Request) -> web.StreamResponse:
            person = self.person(request)
            shown = handler(request, person) if person else otherwise(request)
            return _safe(await shown)

        return guarded

    def read(self, handler: PersonHandler) -> Handler:
        """For GETs of the API: 401 without a session, refusals as JSON."""

        async def guarded(request: web.Request) -> web.StreamResponse:
            return await _answer(lambda: handler(request, self._signed_in(request)))

        return guarded

    def write(self, handler: PersonHandler) -> Handler:
        """For POSTs of the API: also from this origin, and by our own page."""

        async def guarded(request: web.Request) -> web.StreamResponse:
            def checked() -> Awaitable[web.StreamResponse]:
                person = self._signed_in(request)
                self._from_our_page(request)
                return handler(request, person)

            return await _answer(checked)

        return guarded

    def person(self, request: web.Request) -> Person | None:
        """Who sends the request, when it is somebody with a role."""
        return self.member(self.sessions.person_key(request))

    def member(self, key: str | None) -> Person | None:
        """The person of that key, when there is one and they have a role."""
        person = self.directory.people.get(key) if key else None
        return person if person and person.grants else None

    def _signed_in(self, request: web.Request) -> Person:
        if (person := self.person(request)) is None:
            raise Refusal(401, "You are not signed in.", "Ask for a new sign-in link.")
        return person

    def _from_our_page(self, request: web.Request) -> None:
        ours = request.headers.get("X-Deskhand") == "1" and self._same_origin(request)
        if not ours:
            raise Refusal(403, "This request did not come from the console's own page.")

    def _same_origin(self, request: web.Request) -> bool:
        site = request.headers.get("Sec-Fetch-Site")
        if site is not None:
            return site == "same-origin"
        origin = urlsplit(request.headers.get("Origin", "")).netloc
        return bool(origin) and origin in (request.host, self.public_host)


def json_response(body: Any, status: int = 200) -> web.Response:
    """A JSON answer."""
    return web.json_response(body, status=status)


async def _answer(handle: Callable[[], Awaitable[web.StreamResponse]]) -> web.StreamResponse:
    try:
        return _safe(await handle())
    except Refusal as refused:
        status, words, hint = refused.status, refused.words, refused.hint
    except Refused as refused:
        status, words, hint = 404, refused.words, refused.hint
    except TemporaryError:
        status, words, hint = 503, "Not saved: the service is busy.", "Try again in a moment."
    return _safe(json_response({"error": words, "hint": hint}, status))


def _safe(response: web.StreamResponse) -> web.StreamResponse:
    if not response.prepared:
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
    return response
