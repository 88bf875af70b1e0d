"""An OAuth provider on 127.0.0.1 that enforces the rules of its grants, and refuses on purpose.

RFC 6749 (refresh_token, client_credentials, authorization_code), 8628 (device), 7636 (PKCE, S256
alone). Secrets are random, so that a test can look for them where they must not be.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import TracebackType
from typing import Final, Self

from aiohttp import web

from bot.clock import ManualClock
from tests.fakes.web import WebServer

DEVICE: Final = "urn:ietf:params:oauth:grant-type:device_code"


class Refused(Exception):
    """A request that RFC 6749 (5.2) answers with this code."""


@dataclass(slots=True)
class _Agreement:
    """A device's code, or a browser's: for whom, and what must come back with it."""

    agreed: bool | None = None
    redirect_uri: str = ""
    challenge: str = ""


@dataclass(slots=True)
class FakeProvider:
    """`async with` starts and stops it. One user's mailbox, one app.

    With `rotates` a refresh token is taken once and answered with the next one. `then` scripts the
    next answer of /token. `journal` holds every form that came to it. Whoever gets a device's code
    `agrees` at once, if at all.
    """

    clock: ManualClock
    user: str = "help@shop.example"
    client_id: str = "app-1"
    client_secret: str = field(default_factory=lambda: secrets.token_hex(12))
    public: bool = False
    rotates: bool = False
    scope: str = "mail offline_access"
    life: int = 3600
    interval: int = 5
    agrees: bool | None = None
    grants: set[str] = field(
        default_factory=lambda: {
            "refresh_token", "client_credentials", "authorization_code", DEVICE
        }
    )  # fmt: skip
    refresh_tokens: set[str] = field(default_factory=set)
    journal: list[dict[str, str]] = field(default_factory=list)
    access: dict[str, datetime] = field(default_factory=dict)
    devices: dict[str, _Agreement] = field(default_factory=dict)
    codes: dict[str, _Agreement] = field(default_factory=dict)
    _next: deque[web.Response] = field(default_factory=deque)
    _server: WebServer | None = None

    # ------------------------------------------------------------ what a test does

    @property
    def url(self) -> str:
        assert self._server is not None
        return self._server.address

    def then(self, status: int, body: str, **headers: str) -> None:
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        self._next.append(web.Response(status=status, text=body, headers=names))

    def let_in(self) -> str:
        """Somebody agreed before: a refresh token."""
        token = f"rt-{secrets.token_urlsafe(18)}"
        self.refresh_tokens.add(token)
        return token

    def takes(self, user: str, token: str) -> bool:
        """Whether a mail server lets the user in with this access token."""
        ends = self.access.get(token)
        return user == self.user and ends is not None and self.clock.now() < ends

    def revoke(self) -> None:
        """All access tokens are worth nothing any more."""
        self.access.clear()

    def answer(self, agreed: bool) -> None:
        """The person with the device's code agrees, or does not."""
        for device in self.devices.values():
            device.agreed = agreed

    @property
    def secrets(self) -> set[str]:
        """Whatever must be in no log."""
        return {self.client_secret, *self.refresh_tokens, *self.access, *self.codes}

    # ------------------------------------------------------------ the server

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_post("/token", self._token)
        app.router.add_post("/devicecode", self._device)
        app.router.add_get("/authorize", self._authorize)
        self._server = WebServer(app)
        await self._server.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._server is not None
        await self._server.stop()

    async def _form(self, request: web.Request) -> dict[str, str]:
        assert request.content_type == "application/x-www-form-urlencoded"
        assert not request.query, "secrets do not belong into an address"
        return {name: str(value) for name, value in (await request.post()).items()}

    async def _token(self, request: web.Request) -> web.Response:
        form = await self._form(request)
        self.journal.append(form)
        if self._next:
            return self._next.popleft()
        try:
            self._known(form)
            if form.get("grant_type") not in self.grants:
                raise Refused("unsupported_grant_type")
            fields = self._granted(form)
        except Refused as error:
            code = str(error)
            status = 401 if code == "invalid_client" else 400
            given = f"{form.get('client_secret')} and {form.get('refresh_token')}"
            described = f"FAKE7: {code} of {given}.\r\nTrace ID: 1"
            body = {"error": code, "error_description": described}
            return web.json_response(body, status=status)
        return web.json_response(fields)

    def _known(self, form: dict[str, str]) -> None:
        """The app names itself; a public one has no secret."""
        secret = None if self.public else self.client_secret
        if form.get("client_id") != self.client_id or form.get("client_secret") != secret:
            raise Refused("invalid_client")

    def _granted(self, form: dict[str, str]) -> dict[str, object]:
        kind = form["grant_type"]
        if "scope" in form and form["scope"] != self.scope:
            raise Refused("invalid_scope")
        token = f"at-{secrets.token_urlsafe(18)}"
        fields: dict[str, object] = {"token_type": "Bearer", "expires_in": self.life}
        match kind:
            case "refresh_token":
                fields |= self._refreshed(form)
            case "authorization_code":
                fields |= self._exchanged(form)
            case kind if kind == DEVICE:
                fields |= self._agreed(form)
        self.access[token] = self.clock.now() + timedelta(seconds=self.life)
        return {**fields, "access_token": token}

    def _refreshed(self, form: dict[str, str]) -> dict[str, object]:
        token = form.get("refresh_token", "")
        if token not in self.refresh_tokens:
            raise Refused("invalid_grant")
        if not self.rotates:
            return {}
        self.refresh_tokens.remove(token)
        return {"refresh_token": self.let_in()}

    def _exchanged(self, form: dict[str, str]) -> dict[str, object]:
        made = self.codes.pop(form.get("code", ""), None)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if made is None or made.challenge != challenge:
            raise Refused("invalid_grant")
        if made.redirect_uri != form.get("redirect_uri"):
            raise Refused("invalid_grant")
        return self._lasting()

    def _agreed(self, form: dict[str, str]) -> dict[str, object]:
        device = self.devices.get(form.get("device_code", ""))
        if device is None:
            raise Refused("expired_token")
        if device.agreed is None:
            raise Refused("authorization_pending")
        if not device.agreed:
            raise Refused("access_denied")
        return self._lasting()

    def _lasting(self) -> dict[str, object]:
        asked = "offline_access" in self.scope
        return {"refresh_token": self.let_in()} if asked else {}

    async def _device(self, request: web.Request) -> web.Response:
        form = await self._form(request)
        if form.get("client_id") != self.client_id or form.get("scope") != self.scope:
            return web.json_response({"error": "invalid_scope"}, status=400)
        code = secrets.token_urlsafe(18)
        self.devices[code] = _Agreement(agreed=self.agrees)
        return web.json_response(
            {
                "device_code": code,
                "user_code": "ABCD-EFGH",
                "verification_uri": "https://provider.example/device",
                "expires_in": 900,
                "interval": self.interval,
            }
        )

    async def _authorize(self, request: web.Request) -> web.Response:
        """The page on which the user agrees, at once; a browser is sent back."""
        query = request.query
        assert query["response_type"] == "code"
        assert query["code_challenge_method"] == "S256"
        assert query["client_id"] == self.client_id
        code = secrets.token_urlsafe(18)
        made = _Agreement(redirect_uri=query["redirect_uri"], challenge=query["code_challenge"])
        self.codes[code] = made
        raise web.HTTPFound(f"{query['redirect_uri']}/?code={code}&state={query['state']}")
