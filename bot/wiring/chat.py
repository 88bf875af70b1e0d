"""The chat platforms: what each of them is to the service, and those that are configured."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Protocol

from aiohttp import web

from bot.config.settings import Settings
from bot.ports import ChatSurface, Clock
from bot.ports.checks import Check
from bot.services.core import Core
from bot.services.gestures.dispatch import Dispatcher
from bot.wiring import discord, slack
from storage.database import Database


class Platform(Protocol):
    """A chat platform: a surface out, listeners in.

    `open` makes its calls possible before anything is delivered, `start` listens once everything
    else stands; neither waits for the platform, which may be away. Stopped in reverse.
    """

    @property
    def surface(self) -> ChatSurface:
        """The way out; its name is the platform's."""
        ...

    @property
    def state(self) -> str:
        """How it stands, in words for an operator."""
        ...

    def serve(self, dispatcher: Dispatcher) -> None:
        """What people do there goes to the dispatcher."""
        ...

    def routes(self) -> list[web.RouteDef]:
        """What it needs mounted in the service's HTTP server."""
        ...

    async def open(self) -> None:
        """Make calls possible."""
        ...

    async def start(self) -> None:
        """Listen."""
        ...

    async def stop(self) -> None:
        """Listen no more, and finish what was begun."""
        ...

    async def close(self) -> None:
        """Call no more."""
        ...


def platforms(settings: Settings, core: Core, database: Database) -> list[Platform]:
    """Every chat platform that is configured."""
    found: list[Platform] = []
    if settings.slack is not None:
        found.append(slack.platform(settings, settings.slack, core))
    if settings.discord is not None:
        found.append(discord.platform(settings, settings.discord, core, database))
    return found


def hiding(settings: Settings) -> frozenset[str]:
    """The platforms on which a channel can hold threads that only some of its readers see."""
    return frozenset({discord.NAME}) if settings.discord is not None else frozenset()


async def checks(settings: Settings, clock: Clock) -> AsyncIterator[Check]:
    """What an operator can be told of every chat platform that is configured."""
    if settings.slack is not None:
        async for check in slack.checks(settings, settings.slack, clock):
            yield check
    if settings.discord is not None:
        async for check in discord.checks(settings, settings.discord):
            yield check
