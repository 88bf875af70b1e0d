"""Signing in with OAuth: the settings of an account, and one source of tokens for each."""

from __future__ import annotations

import asyncio
from typing import Final

from adapters.mail.notes import Notes
from adapters.mail.signing_in.providers import PROVIDERS, Endpoints
from adapters.mail.signing_in.settings import OAuthSettings
from adapters.mail.signing_in.tokens import TokenSource
from bot.config.accounts import Account, accounts
from bot.config.settings import Settings
from bot.config.tables.mail import Imap, MailOutbound
from bot.config.tables.oauth import OAuth
from bot.ports import Clock

_OTHER: Final = Endpoints(token_url="", authorize_url="", scope="")


class TokenSources:
    """Where the accounts of a configuration have their tokens from.

    The same oauth is one source wherever it stands: a mailbox that is fetched and sent from is let
    in once, and a provider may take a refresh token only once.
    """

    def __init__(self, settings: Settings, notes: Notes, clock: Clock) -> None:
        self._made: dict[OAuth, TokenSource] = {}
        for account in accounts(settings):
            oauth = account.section.oauth
            if oauth is not None and oauth not in self._made:
                self._made[oauth] = TokenSource(oauth_settings(account, oauth), notes, clock)

    def of(self, section: Imap | MailOutbound) -> TokenSource | None:
        """The one for this account; None where a password is used, or nothing."""
        return None if section.oauth is None else self._made[section.oauth]

    async def settle(self) -> None:
        """Let questions that are under way end."""
        await asyncio.gather(*(source.settle() for source in self._made.values()))


def oauth_settings(account: Account, oauth: OAuth) -> OAuthSettings:
    """`oauth = {…}` of the account, with what its provider fills in."""
    known = PROVIDERS[oauth.provider] if oauth.provider else _OTHER

    def place(given: str | None, usual: str) -> str:
        # Without a tenant only what was given is known.
        known_too = oauth.tenant or "{tenant}" not in usual
        return given or (usual.format(tenant=oauth.tenant) if known_too else "")

    return OAuthSettings(
        token_url=place(oauth.token_url, known.token_url),
        client_id=oauth.client_id,
        client_secret=oauth.client_secret.get_secret_value() if oauth.client_secret else "",
        scope=oauth.scope or (known.app_scope if oauth.app_only else known.scope),
        refresh_token=oauth.refresh_token.get_secret_value() if oauth.refresh_token else "",
        refresh_token_file=oauth.refresh_token_file,
        device_url=place(oauth.device_url, known.device_url),
        authorize_url=place(oauth.authorize_url, known.authorize_url),
        authorize_extra=known.authorize_extra,
        redirect_host=known.redirect_host,
        command=account.command,
    )
