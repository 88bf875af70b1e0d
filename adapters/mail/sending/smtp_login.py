"""Signing in to a smarthost with a token, by whichever mechanism it has (RFC 4954)."""

from __future__ import annotations

import base64
from typing import Final

import aiosmtplib

from adapters.mail.signing_in.sasl import Login, choose
from bot.errors import Fault, PermanentError

_GO_ON: Final = 334
_WELCOME: Final = 235


async def log_in_with_token(client: aiosmtplib.SMTP, login: Login, token: str) -> None:
    """Sign in. SMTPAuthenticationError with the server's last word; PermanentError without a way.

    The library knows XOAUTH2 alone.
    """
    mechanism = choose(client.server_auth_methods)
    if mechanism is None:
        words = "the smarthost takes no tokens (neither XOAUTH2 nor OAUTHBEARER): use a password"
        raise PermanentError(words, fault=Fault.CREDENTIAL)
    first = base64.b64encode(mechanism.words(login, token))
    response = await client.execute_command(b"AUTH", mechanism.name.encode(), first)
    if response.code == _GO_ON:
        # It says why it refuses, and wants a word before it does.
        response = await client.execute_command(base64.b64encode(mechanism.after_refusal))
    if response.code != _WELCOME:
        raise aiosmtplib.SMTPAuthenticationError(response.code, response.message)
