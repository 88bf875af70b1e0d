"""What a person is asked to do in a browser, and what can become of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from adapters.mail.signing_in.endpoint import Answer
from adapters.mail.signing_in.faults import CannotSignIn
from adapters.mail.signing_in.settings import OAuthSettings
from adapters.mail.signing_in.tokens import granted


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """The address to open; a code to enter there, or the port on which the browser comes back."""

    address: str
    wait: timedelta
    code: str = ""
    port: int = 0


def refresh_token_of(settings: OAuthSettings, answer: Answer) -> str:
    """The refresh token that came with an access token; CannotSignIn or TemporaryError."""
    token = granted(settings, answer).text("refresh_token")
    if not (token.isascii() and token.isprintable() and token):
        fix = "Add what asks for one to scope, mostly offline_access"
        raise CannotSignIn(f"{settings.host} let you in, but gave no refresh token", fix)
    return token


def declined(settings: OAuthSettings) -> CannotSignIn:
    """The person said no."""
    return CannotSignIn("the browser says that you did not agree", _again(settings))


def too_late(settings: OAuthSettings) -> CannotSignIn:
    """Nobody agreed in time."""
    return CannotSignIn("nobody agreed in time", _again(settings))


def _again(settings: OAuthSettings) -> str:
    return f"Begin again: `{settings.command}`"
