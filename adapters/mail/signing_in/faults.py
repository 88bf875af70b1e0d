"""What a token endpoint's refusal means: try later, or what an operator has to do.

The codes are those of RFC 6749 (5.2) and OpenID Connect; the words after them are the endpoint's.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from adapters.mail.reading.clean import clean_line
from adapters.mail.signing_in.endpoint import Answer
from adapters.mail.signing_in.settings import OAuthSettings
from bot.errors import Fault, PermanentError, TemporaryError

_LATER: Final = frozenset({"temporarily_unavailable", "server_error", "slow_down"})
_ANEW: Final = "Make a new one: `{command}`"
_AGREE: Final = "Agree again: `{command}`"
_KNOWN: Final[Mapping[str, tuple[str, str]]] = {
    "invalid_grant": ("{host} takes the refresh token no more", _ANEW),
    "interaction_required": ("{host} wants somebody to sign in again", _AGREE),
    "consent_required": ("{host} wants somebody to agree to what the app may do", _AGREE),
    "invalid_client": (
        "{host} does not take the client's id or secret",
        "Make a new client secret there, and write it as client_secret",
    ),
    "unauthorized_client": (
        "{host} does not let the app in this way",
        "Compare the app's registration there with client_id and docs/operate/mail.md",
    ),
    "invalid_scope": ("{host} does not grant that scope", "Correct scope"),
}
_UNKNOWN: Final = ("{host} gives no token", "Compare token_url, tenant, client_id and scope")


class CannotSignIn(PermanentError):
    """There is no token: what is wrong, and what an operator does about it. The mail waits."""

    def __init__(self, wrong: str, fix: str, *, code: str = "") -> None:
        super().__init__(f"{wrong}. {fix}", fault=Fault.CREDENTIAL, code=code)
        self.wrong = wrong
        self.fix = fix


def refusal(settings: OAuthSettings, answer: Answer) -> CannotSignIn | TemporaryError:
    """The error for an answer without a token."""
    code = answer.error
    if code in _LATER:
        words = f"{settings.host} gives no token for now ({code})"
        return TemporaryError(words, retry_after=answer.retry_after)
    wrong, fix = _KNOWN.get(code, _UNKNOWN)
    if settings.app_only and fix in (_ANEW, _AGREE):
        wrong, fix = _KNOWN["unauthorized_client"]
    told = f"{wrong.format(host=settings.host)} ({_own_words(answer)})"
    return CannotSignIn(told, fix.format(command=settings.command), code=clean_line(code, 60))


def _own_words(answer: Answer) -> str:
    """The code, and the first line of what describes it."""
    code = clean_line(answer.error, 60) or f"HTTP {answer.status}"
    described = answer.text("error_description").partition("\n")[0]
    return ": ".join(filter(None, (code, clean_line(described, 240))))
