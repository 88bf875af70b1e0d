"""`deskhand manifest …`: what a platform must be told about us, made from the command table."""

from __future__ import annotations

from typing import Any

from adapters.memory.meter import MemoryMeter
from adapters.slack.manifest import ManifestSettings, manifest
from bot.clock import SystemClock
from bot.commands.table import Table
from bot.config.problems import ConfigProblems, Problem
from bot.config.settings import Settings
from bot.config.tables.chat import Commands, SlackMode
from bot.domain.reply_keys import ReplyKeys
from bot.services.core import Core
from bot.services.verbs.table import build_table
from storage.database import Database
from storage.store import SqlStore


async def slack_manifest(settings: Settings, mode: SlackMode | None) -> dict[str, Any]:
    """The Slack manifest; the mode is the configured one unless told otherwise.

    ConfigProblems when requests would have no address that Slack can reach.
    """
    slack = settings.slack
    wanted = mode or (slack.mode if slack is not None else SlackMode.SOCKET)
    if wanted is SlackMode.HTTP and not settings.public_url.startswith("https://"):
        words = "Slack sends requests to https addresses only"
        hint = "Write the address of this service there, or use --mode socket"
        raise ConfigProblems([Problem(path="service.public_url", words=words, hint=hint)])
    names = slack.commands.names if slack is not None else Commands().names
    url = settings.public_url if wanted is SlackMode.HTTP else ""
    told = ManifestSettings(commands=names, name=settings.service.name, url=url)
    return manifest(await command_table(settings), told)


async def command_table(settings: Settings) -> Table:
    """The command table as this configuration makes it; nothing is read from its database."""
    database = await Database.open("sqlite://:memory:")
    try:
        clock = SystemClock()
        store = SqlStore(database, clock)
        core = Core(
            directory=settings.directory(),
            clock=clock,
            store=store,
            meter=MemoryMeter(),
            keys=ReplyKeys((b"no mail is sent by these",)),
        )
        return build_table(core, store.inbox)
    finally:
        await database.close()
