"""A smarthost on aiosmtpd that lets in by tokens alone."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Sequence

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

from tests.fakes.listening import Listening
from tests.fakes.sasl import AFTER_REFUSAL, REASON, Takes, sound


class TokenSmarthost(Listening):
    """`async with` starts and stops it. `taken` are recipients, `logins` how each login ended.

    `refusal` is what it says to those it does not let in.
    """

    def __init__(self, takes: Takes, mechanisms: Sequence[str] = ("XOAUTH2",)) -> None:
        super().__init__()
        self.taken: list[str] = []
        self.logins: list[bool] = []
        self.refusal = "535 5.7.8 Authentication credentials invalid"
        self._takes = takes
        for name in mechanisms:
            setattr(self, f"auth_{name}", self._login)

    async def _listen(self) -> asyncio.Server:
        return await asyncio.get_running_loop().create_server(self._session, "127.0.0.1", 0)

    def _session(self) -> SMTP:
        return SMTP(
            self,
            hostname="fake.example",
            auth_require_tls=False,
            auth_exclude_mechanism=["LOGIN", "PLAIN"],
            loop=asyncio.get_running_loop(),
        )

    async def _login(self, server: SMTP, args: list[str]) -> AuthResult:
        mechanism, said = args[0], args[1].encode()
        good = sound(mechanism, said, self._takes)
        self.logins.append(good)
        if good:
            return AuthResult(success=True)
        word = await server.challenge_auth(base64.b64decode(REASON))
        assert word == base64.b64decode(AFTER_REFUSAL[mechanism])
        return AuthResult(success=False, handled=False, message=self.refusal)

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if not session.authenticated:
            return "530 5.7.0 Authentication required"
        envelope.mail_from = address
        return "250 2.1.0 Ok"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        self.taken += envelope.rcpt_tos
        return "250 2.0.0 Ok"
