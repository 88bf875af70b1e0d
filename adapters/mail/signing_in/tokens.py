"""Access tokens: fetched when needed, kept until shortly before they end."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Protocol, TypeVar

from adapters.mail.notes import Notes
from adapters.mail.signing_in.endpoint import Answer, ask
from adapters.mail.signing_in.faults import refusal
from adapters.mail.signing_in.refresh_tokens import RefreshTokens
from adapters.mail.signing_in.settings import OAuthSettings
from bot.errors import Fault, PermanentError, TemporaryError
from bot.ports import Clock
from bot.tasks import spawn

T = TypeVar("T")

# How long a token lasts whose end is not told, and how long before its end it is replaced.
_USUAL: Final = 300.0
_EARLY: Final = timedelta(minutes=2)
# A token this young is not the reason why a server refuses it.
_YOUNG: Final = timedelta(minutes=1)
# So long the endpoint is not asked again: after a refusal, after a failure, and at all.
_AFTER_REFUSAL: Final = timedelta(seconds=30)
_AFTER_FAILURE: Final = timedelta(seconds=5)
_LEAST: Final = timedelta(seconds=5)


class Tokens(Protocol):
    """Access tokens of one consent; it may open several mailboxes."""

    async def token(self) -> str:
        """One that is good for a while yet. PermanentError (CREDENTIAL) or TemporaryError."""
        ...

    def refused(self, token: str) -> None:
        """A mail server did not take it."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class _Outcome:
    """What the endpoint said last, and how long that holds."""

    since: datetime
    until: datetime
    token: str = field(default="", repr=False)
    error: PermanentError | TemporaryError | None = None


class TokenSource:
    """Tokens from an OAuth endpoint, with one question under way at a time."""

    def __init__(self, settings: OAuthSettings, notes: Notes, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._refresh_tokens = RefreshTokens(settings, notes)
        self._outcome: _Outcome | None = None
        self._asking: asyncio.Task[None] | None = None

    @property
    def host(self) -> str:
        """Who gives them."""
        return self._settings.host

    async def token(self) -> str:
        """A token that is good for a while yet; CannotSignIn or TemporaryError."""
        while (outcome := self._outcome) is None or outcome.until <= self._clock.now():
            if self._asking is None or self._asking.done():
                self._asking = spawn(self._ask(), "mail sign-in")
            # Whoever gives up waiting must not lose the refresh token that comes with the answer.
            await asyncio.shield(self._asking)
        if outcome.error is not None:
            raise outcome.error
        return outcome.token

    def refused(self, token: str) -> None:
        """Forget it, unless it is so young that another one would be refused as well."""
        known = self._outcome
        if known is not None and known.token == token and known.since + _YOUNG <= self._clock.now():
            self._outcome = None

    async def settle(self) -> None:
        """Let a question that is under way end."""
        if self._asking is not None:
            await asyncio.wait([self._asking])

    async def _ask(self) -> None:
        try:
            answer = await self._fetch()
        except PermanentError as error:
            self._keep(_AFTER_REFUSAL, error=error)
        except TemporaryError as error:
            self._keep(error.retry_after or _AFTER_FAILURE, error=error)
        else:
            life = timedelta(seconds=answer.seconds("expires_in", _USUAL))
            self._keep(life - min(_EARLY, life / 2), token=answer.text("access_token"))

    def _keep(
        self,
        good_for: timedelta,
        *,
        token: str = "",
        error: PermanentError | TemporaryError | None = None,
    ) -> None:
        now = self._clock.now()
        until = now + max(good_for, _LEAST)
        self._outcome = _Outcome(since=now, until=until, token=token, error=error)

    async def _fetch(self) -> Answer:
        if self._settings.app_only:
            return await self._granted({"grant_type": "client_credentials"})
        await self._refresh_tokens.keep()
        used = await self._refresh_tokens.newest()
        try:
            return await self._refreshed(used)
        except PermanentError:
            # Another instance, or the doctor, may have used it up and kept its successor.
            newest = await self._refresh_tokens.newest()
            if newest == used:
                raise
            return await self._refreshed(newest)

    async def _refreshed(self, used: str) -> Answer:
        answer = await self._granted({"grant_type": "refresh_token", "refresh_token": used})
        fresh = answer.text("refresh_token")
        if fresh and fresh != used:
            await self._refresh_tokens.replaced(fresh)
        return answer

    async def _granted(self, form: Mapping[str, str]) -> Answer:
        settings = self._settings
        scope = {"scope": settings.scope} if settings.scope else {}
        form = {**form, **settings.client, **scope}
        answer = await ask(settings.token_url, form, settings.timeout)
        return granted(settings, answer)


def granted(settings: OAuthSettings, answer: Answer) -> Answer:
    """The answer, when it holds a token that can be used; CannotSignIn or TemporaryError."""
    token = answer.text("access_token")
    if answer.status >= 300 or answer.error:
        raise refusal(settings, answer)
    if not (token.isascii() and token.isprintable() and token and " " not in token):
        raise TemporaryError(f"no sound answer from {settings.host}")
    return answer


async def with_token(tokens: Tokens, sign_in: Callable[[str], Awaitable[T]]) -> T:
    """Sign in with a token, and once more with a new one when the server refuses it."""
    first = await tokens.token()
    try:
        return await sign_in(first)
    except PermanentError as error:
        if error.fault is not Fault.CREDENTIAL:
            raise
        tokens.refused(first)
        second = await tokens.token()
        if second == first:
            raise
    return await sign_in(second)
