"""Getting a refresh token by the device authorization grant (RFC 8628): no browser needed here."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Final

from adapters.mail.reading.clean import clean_line
from adapters.mail.signing_in.endpoint import Answer, ask
from adapters.mail.signing_in.faults import refusal
from adapters.mail.signing_in.invitation import Invitation, declined, refresh_token_of, too_late
from adapters.mail.signing_in.settings import OAuthSettings
from bot.errors import TemporaryError

_GRANT: Final = "urn:ietf:params:oauth:grant-type:device_code"
_INTERVAL: Final = 5.0
_SLOWER: Final = 5.0
# Microsoft has names of its own for the last two of each (identity-platform, device code).
_DECLINED: Final = ("access_denied", "authorization_declined")
_EXPIRED: Final = ("expired_token", "bad_verification_code")


async def by_device(
    settings: OAuthSettings,
    show: Callable[[Invitation], None],
    pause: Callable[[float], Awaitable[None]],
    wait: timedelta,
) -> str:
    """The refresh token, once somebody has entered the code that `show` is given.

    `pause` waits for so many seconds. CannotSignIn or TemporaryError.
    """
    scope = {"scope": settings.scope} if settings.scope else {}
    answer = await ask(settings.device_url, {**settings.client, **scope}, settings.timeout)
    code, address = answer.text("device_code"), _address(answer)
    if answer.status >= 300 or not code or not address:
        raise refusal(settings, answer)
    left = min(answer.seconds("expires_in", 900.0), wait.total_seconds())
    user_code = clean_line(answer.text("user_code"), 100)
    show(Invitation(address=address, code=user_code, wait=timedelta(seconds=left)))
    form = {**settings.client, "grant_type": _GRANT, "device_code": code}
    return await _poll(settings, form, answer.seconds("interval", _INTERVAL), pause, left)


def _address(answer: Answer) -> str:
    # `verification_url` is what Google called it before the RFC.
    return clean_line(answer.text("verification_uri") or answer.text("verification_url"), 500)


async def _poll(
    settings: OAuthSettings,
    form: Mapping[str, str],
    interval: float,
    pause: Callable[[float], Awaitable[None]],
    left: float,
) -> str:
    """Ask again and again, more slowly when told so or when no answer comes."""
    while left > 0:
        await pause(interval)
        left -= max(interval, 1.0)
        try:
            answer = await ask(settings.token_url, form, settings.timeout)
        except TemporaryError:
            interval += _SLOWER
            continue
        match answer.error:
            case "authorization_pending":
                continue
            case "slow_down":
                interval += _SLOWER
            case code if code in _DECLINED:
                raise declined(settings)
            case code if code in _EXPIRED:
                break
            case _:
                return refresh_token_of(settings, answer)
    raise too_late(settings)
