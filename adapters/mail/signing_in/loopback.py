"""Getting a refresh token with a browser that comes back to this machine (RFC 8252, RFC 7636)."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final
from urllib.parse import urlencode

from aiohttp import web

from adapters.mail.reading.clean import clean_line
from adapters.mail.signing_in.endpoint import ask
from adapters.mail.signing_in.faults import CannotSignIn
from adapters.mail.signing_in.invitation import Invitation, declined, refresh_token_of, too_late
from adapters.mail.signing_in.settings import LOOPBACK, OAuthSettings

_DONE: Final = "Deskhand has what it needs. You can close this page."
_NOT_DONE: Final = "You did not agree, so Deskhand gets no access. You can close this page."
_STRANGE: Final = "This page belongs to another sign-in. Open the address in the terminal."


@dataclass(frozen=True, slots=True, kw_only=True)
class _Trip:
    """One journey of the browser: what it takes along, and what it is known by when it returns."""

    redirect_uri: str
    state: str
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(48))

    @property
    def challenge(self) -> str:
        """The verifier's digest (RFC 7636, 4.2: S256)."""
        digest = hashlib.sha256(self.verifier.encode()).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


async def by_browser(
    settings: OAuthSettings, show: Callable[[Invitation], None], wait: timedelta, port: int = 0
) -> str:
    """The refresh token, once a browser that opened the address has come back.

    Port 0 lets the system choose. CannotSignIn, TemporaryError; OSError when the port is taken.
    """
    came: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    state = secrets.token_urlsafe(24)
    async with _listening(state, came, port) as bound:
        trip = _Trip(redirect_uri=f"http://{settings.redirect_host}:{bound}", state=state)
        show(Invitation(address=_address(settings, trip), wait=wait, port=bound))
        try:
            async with asyncio.timeout(wait.total_seconds()):
                code = await came
        except TimeoutError:
            raise too_late(settings) from None
    if not code:
        raise declined(settings)
    form = {
        **settings.client,
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": trip.redirect_uri,
        "code_verifier": trip.verifier,
    }
    return refresh_token_of(settings, await ask(settings.token_url, form, settings.timeout))


def _address(settings: OAuthSettings, trip: _Trip) -> str:
    query = {
        "response_type": "code",
        "client_id": settings.client_id,
        "redirect_uri": trip.redirect_uri,
        "scope": settings.scope,
        "state": trip.state,
        "code_challenge": trip.challenge,
        "code_challenge_method": "S256",
        **dict(settings.authorize_extra),
    }
    joint = "&" if "?" in settings.authorize_url else "?"
    return f"{settings.authorize_url}{joint}{urlencode(query)}"


@asynccontextmanager
async def _listening(state: str, came: asyncio.Future[str], port: int) -> AsyncIterator[int]:
    """Wait for the browser on this machine alone; its code, or nothing when it was refused."""

    async def answer(request: web.Request) -> web.Response:
        if not secrets.compare_digest(request.query.get("state", "").encode(), state.encode()):
            return web.Response(status=400, text=_STRANGE)
        error, code = request.query.get("error", ""), request.query.get("code", "")
        if not came.done():
            _settle(came, error, code)
        return web.Response(text=_DONE if code else _NOT_DONE)

    app = web.Application()
    app.router.add_get("/", answer)
    # The address that comes in holds the code, so it is written to no log.
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, LOOPBACK, port).start()
        yield int(runner.addresses[0][1])
    finally:
        await runner.cleanup()


def _settle(came: asyncio.Future[str], error: str, code: str) -> None:
    if error and error != "access_denied":
        wrong = f"the provider sent the browser back with {clean_line(error, 100)!r}"
        fix = "Compare the app's registration there with docs/operate/mail.md"
        came.set_exception(CannotSignIn(wrong, fix, code=clean_line(error, 60)))
    else:
        came.set_result(code)
