"""Discord from its settings; its library is loaded only where there is a `[discord]`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial
from typing import TYPE_CHECKING, Final

from bot.config.settings import Settings
from bot.config.tables.chat import Discord as Section
from bot.domain.directory import Service
from bot.ports.checks import Check
from bot.services.core import Core
from bot.services.hosting import Host
from bot.wiring.channels import channels_on
from bot.wiring.duties import take_duty
from storage.database import Database

if TYPE_CHECKING:
    from adapters.discord.app import Discord
    from adapters.discord.settings import DiscordSettings


NAME: Final = "discord"


def platform(settings: Settings, configured: Section, core: Core, database: Database) -> Discord:
    """The Discord bot of `[discord]`; of several instances one listens."""
    from adapters.discord.app import Discord, Surroundings
    from adapters.discord.events.reviewing import Memory

    host = Host(core)

    given = Surroundings(
        directory=core.directory,
        clock=core.clock,
        files=host.file,
        refuge=partial(host.thread_on, NAME),
        writer=partial(host.writer, NAME),
        memory=Memory(
            said_about=host.said_about,
            heard_until=partial(host.heard_until, NAME),
            note_heard=partial(host.note_heard, NAME),
        ),
        take_duty=partial(take_duty, database),
        tell=host.tell,
        meter=core.meter,
    )
    return Discord(_settings(settings, configured), given)


def _settings(settings: Settings, configured: Section) -> DiscordSettings:
    """`[discord]` as its adapter wants it."""
    from adapters.discord.settings import DiscordSettings

    return DiscordSettings(
        token=configured.token.get_secret_value(),
        api_url=configured.api_url,
        guilds=configured.guilds,
        commands={root: name.lstrip("/") for root, name in configured.commands.names.items()},
        console_url=f"{settings.public_url}/console" if settings.console.enabled else "",
        message_content=configured.message_content,
        archive_minutes=int(configured.archive_after.total_seconds() // 60),
    )


def checks(settings: Settings, configured: Section) -> AsyncIterator[Check]:
    """The Discord bot of `[discord]`, its channels, and the accounts of people."""
    from adapters.discord.checks import Examined, examine

    directory = settings.directory()
    return examine(
        Examined(
            settings=_settings(settings, configured),
            channels=channels_on(directory, NAME),
            people=tuple(directory.people.values()),
            confidential={
                key: channels
                for key, service in directory.services.items()
                if service.confidential and (channels := _channels(service))
            },
        )
    )


def _channels(service: Service) -> tuple[str, ...]:
    return tuple(place.id for place in service.channels if place.surface == NAME)
