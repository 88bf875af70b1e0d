"""What is needed to get tokens."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

LOOPBACK: Final = "127.0.0.1"


def digest(text: str) -> str:
    """What tells a text from others, and does not tell it."""
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class OAuthSettings:
    """Who asks whom for which tokens; without any refresh token the app signs in by itself.

    Addresses are https, or http to this machine alone. A file is read each time anew, so that a
    token that is put there counts at once. `command` is what an operator types to get another one.
    """

    token_url: str
    client_id: str
    client_secret: str = field(default="", repr=False)
    scope: str = ""
    refresh_token: str = field(default="", repr=False)
    refresh_token_file: Path | None = None
    device_url: str = ""
    authorize_url: str = ""
    authorize_extra: tuple[tuple[str, str], ...] = ()
    redirect_host: str = LOOPBACK
    command: str = "deskhand mail authorize"
    timeout: float = 20.0

    @property
    def app_only(self) -> bool:
        """Whether the app signs in by itself (client_credentials), for no user."""
        return not self.refresh_token and self.refresh_token_file is None

    @property
    def host(self) -> str:
        """Who gives the tokens, in words for an operator."""
        return urlsplit(self.token_url).hostname or self.token_url

    @property
    def client(self) -> dict[str, str]:
        """The fields by which the app names itself (RFC 6749, 2.3.1)."""
        secret = {"client_secret": self.client_secret} if self.client_secret else {}
        return {"client_id": self.client_id, **secret}

    @property
    def name(self) -> str:
        """What the newest refresh token is kept under; it tells nothing of the mailbox."""
        place = str(self.refresh_token_file or digest(self.refresh_token))
        told = "\0".join((self.token_url, self.client_id, self.scope, place))
        return f"oauth:{digest(told)[:32]}"
