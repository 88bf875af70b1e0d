"""`oauth = {…}`: how a mailbox lets us in that takes no password (OAuth 2.0, RFC 6749)."""

from __future__ import annotations

import re
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from bot.config.problems import Invalid
from bot.config.tables.section import Beside, Section
from bot.config.values import Secret, loopback

_WEB: Final = re.compile(r"https?://\S+", re.IGNORECASE)
_TENANT: Final = re.compile(r"(?:[A-Za-z0-9][A-Za-z0-9.-]{0,252})?")


class Provider(StrEnum):
    """Whose endpoints and scopes are known."""

    MICROSOFT = "microsoft"
    GOOGLE = "google"


def _tenant(text: str) -> str:
    if not _TENANT.fullmatch(text):
        raise Invalid(f"{text[:60]!r} is no directory", "Write its id, or example.onmicrosoft.com")
    return text


def _safe(url: str) -> str:
    """An address that secrets may be sent to; a slash at its end counts here."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        host = ""
    if not host or not _WEB.fullmatch(url):
        raise Invalid(f"{url[:200]!r} is no web address", "Write it with https:// in front")
    if not url.lower().startswith("https:") and not loopback(host):
        raise Invalid("secrets would cross the network without encryption", "Write it with https:")
    return url


_SafeUrl = Annotated[str, AfterValidator(_safe)]


class OAuth(Section):
    """`oauth = {…}` in place of a password; without a refresh token the app signs in by itself."""

    provider: Provider | None = None
    """microsoft or google; fills in every address and the scope that are not given."""
    tenant: Annotated[str, AfterValidator(_tenant)] = ""
    """The directory of the mailbox, at microsoft: its id, or example.onmicrosoft.com."""
    client_id: Annotated[str, Field(min_length=1)]
    """The app's id, as the provider registered it."""
    client_secret: Secret | None = None
    """The app's secret, when it has one."""
    refresh_token: Secret | None = None
    """What access tokens are got with; better kept in refresh_token_file."""
    refresh_token_file: Annotated[Path, Beside()] | None = None
    """The file it is in; `deskhand mail authorize` writes it, and the service reads it anew."""
    scope: str = ""
    """What is asked for, in words parted by spaces."""
    token_url: _SafeUrl | None = None
    """Where tokens come from."""
    device_url: _SafeUrl | None = None
    """Where `deskhand mail authorize` gets a code to enter (RFC 8628)."""
    authorize_url: _SafeUrl | None = None
    """The page it opens where there is no such code."""

    @property
    def app_only(self) -> bool:
        """Whether the app signs in by itself (client_credentials)."""
        return self.refresh_token is None and self.refresh_token_file is None
