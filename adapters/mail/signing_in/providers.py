"""The well-known endpoints of those whose mailboxes take no password any more.

Microsoft: learn.microsoft.com/exchange/client-developer/legacy-protocols, "Authenticate an IMAP,
POP or SMTP connection using OAuth". Google: developers.google.com/gmail/imap/xoauth2-protocol; it
grants no access to mail by the device flow (identity/protocols/oauth2/limited-input-device).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from adapters.mail.signing_in.settings import LOOPBACK

_MICROSOFT: Final = "https://login.microsoftonline.com/{tenant}/oauth2/v2.0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoints:
    """Where tokens come from, and what they must allow: for a user, and for an app by itself.

    `{tenant}` in an address is the directory that the mailbox belongs to.
    """

    token_url: str
    authorize_url: str
    device_url: str = ""
    scope: str
    app_scope: str = ""
    redirect_host: str = LOOPBACK
    authorize_extra: tuple[tuple[str, str], ...] = ()


PROVIDERS: Final[Mapping[str, Endpoints]] = {
    "microsoft": Endpoints(
        token_url=f"{_MICROSOFT}/token",
        authorize_url=f"{_MICROSOFT}/authorize",
        device_url=f"{_MICROSOFT}/devicecode",
        scope=(
            "https://outlook.office.com/IMAP.AccessAsUser.All"
            " https://outlook.office.com/SMTP.Send offline_access"
        ),
        app_scope="https://outlook.office365.com/.default",
        # An app is registered with http://localhost there, whatever the port.
        redirect_host="localhost",
        authorize_extra=(("prompt", "select_account"),),
    ),
    "google": Endpoints(
        token_url="https://oauth2.googleapis.com/token",  # noqa: S106 - an address
        authorize_url="https://accounts.google.com/o/oauth2/v2/auth",
        scope="https://mail.google.com/",
        # Without them somebody who agreed before gets no refresh token again.
        authorize_extra=(("access_type", "offline"), ("prompt", "consent")),
    ),
}
