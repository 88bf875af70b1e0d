"""The accounts we have at mail servers: which there are, and what their keys must obey together."""

from __future__ import annotations

import os.path
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from bot.config.checks import items, paired, table, tables
from bot.config.problems import Finding, KeyPath
from bot.config.settings import Settings
from bot.config.sources import Raw, Written
from bot.config.tables.mail import Imap, MailOutbound
from bot.config.values import loopback

_AUTHORIZE: Final = "deskhand mail authorize"
_EVERYBODY: Final = ("common", "organizations", "consumers")
_REFRESH_TOKEN: Final = 'Write refresh_token_file = "…", then run: ' + _AUTHORIZE


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """An account at a mail server: its key path, and how the command line names it."""

    keys: KeyPath
    option: str
    section: Imap | MailOutbound

    @property
    def command(self) -> str:
        """What an operator types to let us into it."""
        return f"{_AUTHORIZE} {self.option}"


def accounts(settings: Settings) -> Iterator[Account]:
    """Every smarthost and every mailbox."""
    if settings.mail.outbound is not None:
        keys: KeyPath = ("mail", "outbound")
        yield Account(keys=keys, option="--outbound", section=settings.mail.outbound)
    for key, desk in settings.desks.items():
        if desk.smtp is not None:
            keys = ("desks", key, "smtp")
            yield Account(keys=keys, option=f"--desk {key}", section=desk.smtp)
    for index, box in enumerate(settings.mail.imap):
        keys = ("mail", "imap", index)
        yield Account(keys=keys, option=f"--imap {index + 1}", section=box)


def sound_accounts(written: Written) -> Iterator[Finding]:
    """Every rule that keys of one account break together."""
    mail = table(written.raw, "mail")
    outbound: list[tuple[KeyPath, Raw]] = [(("mail", "outbound"), table(mail, "outbound"))]
    outbound += [
        (("desks", key, "smtp"), table(desk, "smtp")) for key, desk in tables(written.raw, "desks")
    ]
    for keys, account in outbound:
        # A smarthost may want no account at all.
        proof = "oauth" if "oauth" in account else "password"
        yield from paired(keys, account, "username", proof)
        yield from _ways(keys, account)
    for index, box in enumerate(items(mail, "imap")):
        if isinstance(box, dict):
            yield from _mailbox(("mail", "imap", index), box)


def _mailbox(keys: KeyPath, box: Raw) -> Iterator[Finding]:
    if "password" not in box and "oauth" not in box:
        yield Finding(
            keys=(*keys, "password"),
            words="password is missing, and so is oauth",
            hint="Write password_file, or oauth where the provider takes no passwords",
            missing=True,
        )
    yield from _ways(keys, box)


def _ways(keys: KeyPath, account: Raw) -> Iterator[Finding]:
    """One way in, and that one complete and safe."""
    if "oauth" not in account:
        return
    at = (*keys, "oauth")
    if "password" in account:
        words = "password and oauth are both given"
        yield Finding(keys=at, words=words, hint="Keep one of them")
    if account.get("tls") == "none" and not loopback(str(account.get("host", ""))):
        words = "tokens would cross the network without encryption"
        yield Finding(keys=(*keys, "tls"), words=words, hint="Use starttls or implicit")
    oauth = table(account, "oauth")
    yield from _endpoints(at, oauth)
    yield from _grant(at, oauth)


def _endpoints(at: KeyPath, oauth: Raw) -> Iterator[Finding]:
    provider, tenant = oauth.get("provider"), oauth.get("tenant", "")
    if not provider and "token_url" not in oauth:
        yield Finding(
            keys=(*at, "token_url"),
            words="token_url is missing, and so is provider",
            hint='Write provider = "microsoft" or "google", or your own token_url',
            missing=True,
        )
    elif provider == "microsoft" and not tenant and "token_url" not in oauth:
        yield Finding(
            keys=(*at, "tenant"),
            words="tenant is missing, and provider microsoft needs it",
            hint="Write the directory's id, or its name: example.onmicrosoft.com",
            missing=True,
        )
    elif tenant and provider != "microsoft":
        words = "only provider microsoft has tenants"
        yield Finding(keys=(*at, "tenant"), words=words, hint="Drop it")


def _grant(at: KeyPath, oauth: Raw) -> Iterator[Finding]:
    """A refresh token, or an app that signs in by itself."""
    if "refresh_token" in oauth and "refresh_token_file" in oauth:
        words = "refresh_token and refresh_token_file are both given"
        yield Finding(keys=(*at, "refresh_token_file"), words=words, hint="Keep one of them")
    if "refresh_token" in oauth or "refresh_token_file" in oauth:
        return
    keys = (*at, "refresh_token_file")
    if oauth.get("provider") == "google":
        words = "refresh_token_file is missing, and provider google needs it"
        yield Finding(keys=keys, words=words, hint=_REFRESH_TOKEN, missing=True)
    elif "client_secret" not in oauth:
        words = "refresh_token_file is missing, and so is the secret of an app that signs in alone"
        yield Finding(keys=keys, words=words, hint=_REFRESH_TOKEN, missing=True)
    elif str(oauth.get("tenant", "")).lower() in _EVERYBODY:
        words = "an app signs in by itself to one directory only"
        hint = "Write that directory's id or name, or a refresh_token_file for a user"
        yield Finding(keys=(*at, "tenant"), words=words, hint=hint)


def not_authorized(settings: Settings) -> Iterator[Account]:
    """Accounts whose refresh token nobody has made yet."""
    for account in accounts(settings):
        oauth = account.section.oauth
        path = oauth.refresh_token_file if oauth is not None else None
        if path is not None and not os.path.exists(path):
            yield account
