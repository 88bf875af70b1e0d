"""`deskhand invite …`: the link that brings a bot to a server."""

from __future__ import annotations

from adapters.discord.invite import PERMISSIONS, application_of, invite_url
from bot.config.problems import ConfigProblems, Problem
from bot.config.settings import Settings

__all__ = ["PERMISSIONS", "discord_invite"]


def discord_invite(settings: Settings, application: str = "") -> str:
    """The link for the configured bot, or for that application; nobody is asked.

    ConfigProblems when neither is known.
    """
    known = application
    if not known and settings.discord is not None:
        known = application_of(settings.discord.token.get_secret_value())
    if known:
        return invite_url(known)
    words = "the application's id cannot be read from it"
    if settings.discord is None:
        words = "no bot is configured"
    hint = "Name it: deskhand invite discord --application 123… (General Information)"
    raise ConfigProblems([Problem(path="discord.token", words=words, hint=hint)])
