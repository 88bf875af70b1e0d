"""Who is signed in: signed cookies, and one-time links that are the only way to get one.

Both are `payload.signature` in base64url, HMAC-SHA256 with a key of their own derived from the
service's secret, so that neither passes for the other. Only the nonces of used links are stored.
"""

from __future__ import annotations

import hmac
import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from aiohttp import web

from bot.ports import Clock

COOKIE: Final = "deskhand_console"
PATH: Final = "/console"
LINK_LIFE: Final = timedelta(minutes=15)
SESSION_LIFE: Final = timedelta(days=7)
# A demonstration's clock is pushed by hours, and its link is printed once.
DEMO_LIFE: Final = timedelta(days=3650)

Once = Callable[[str], Awaitable[bool]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seal:
    """What signs and checks one kind of token."""

    key: bytes

    def sign(self, payload: dict[str, Any]) -> str:
        """The payload with its signature."""
        body = _encode(json.dumps(payload, separators=(",", ":")).encode())
        return f"{body}.{_encode(self._mac(body))}"

    def read(self, token: str, now: datetime) -> dict[str, Any] | None:
        """The payload; None when it is forged, garbled, or its `e` (epoch seconds) has passed."""
        body, _, signature = token.partition(".")
        if not hmac.compare_digest(_bytes(_encode(self._mac(body))), _bytes(signature)):
            return None
        payload: dict[str, Any] = json.loads(_decode(body))
        return payload if payload["e"] > now.timestamp() else None

    def _mac(self, body: str) -> bytes:
        return hmac.digest(self.key, _bytes(body), "sha256")


class Sessions:
    """Makes and checks sign-in links and session cookies.

    `once` answers True the first time it sees a key. `secure` is for a service behind https. In a
    `demo` links can be used again and do not run out.
    """

    def __init__(
        self, secret: str, clock: Clock, once: Once, *, secure: bool, demo: bool = False
    ) -> None:
        self._links = Seal(key=_derive(secret, "link"))
        self._cookies = Seal(key=_derive(secret, "session"))
        self._clock = clock
        self._once = once
        self._secure = secure
        self._demo = demo

    def make_link(self, person_key: str) -> str:
        """The path that signs this person in: `/console/login?token=…`, for 15 minutes."""
        life = DEMO_LIFE if self._demo else LINK_LIFE
        token = self._links.sign({**self._claims(person_key, life), "n": secrets.token_hex(16)})
        return f"{PATH}/login?token={token}"

    async def redeem(self, token: str) -> str | None:
        """The person a link signs in; None when it is forged, has run out, or was used."""
        link = self._links.read(token, self._clock.now())
        if link is None:
            return None
        fresh = self._demo or await self._once(f"console-link:{link['n']}")
        return str(link["p"]) if fresh else None

    def open(self, response: web.StreamResponse, person_key: str) -> None:
        """Sign the person in on this response."""
        life = DEMO_LIFE if self._demo else SESSION_LIFE
        response.set_cookie(
            COOKIE,
            self._cookies.sign(self._claims(person_key, life)),
            max_age=int(life.total_seconds()),
            path=PATH,
            httponly=True,
            samesite="Strict",
            secure=self._secure,
        )

    def close(self, response: web.StreamResponse) -> None:
        """Sign out on this response."""
        response.del_cookie(
            COOKIE, path=PATH, httponly=True, samesite="Strict", secure=self._secure
        )

    def person_key(self, request: web.Request) -> str | None:
        """Who sends the request; None when nobody is signed in."""
        session = self._cookies.read(request.cookies.get(COOKIE, ""), self._clock.now())
        return str(session["p"]) if session else None

    def _claims(self, person_key: str, life: timedelta) -> dict[str, Any]:
        ends_at = (self._clock.now() + life).astimezone(UTC)
        return {"p": person_key, "e": int(ends_at.timestamp())}


def _derive(secret: str, purpose: str) -> bytes:
    if not secret:
        raise ValueError("the console needs the service's secret key to sign sessions")
    return hmac.digest(secret.encode(), f"deskhand console {purpose} v1".encode(), "sha256")


def _encode(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _bytes(text: str) -> bytes:
    # A hostile cookie may hold lone surrogates, which have no bytes of their own.
    return text.encode("utf-8", "replace")
