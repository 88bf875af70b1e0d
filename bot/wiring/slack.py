"""Slack from its settings; its library is loaded only where there is a `[slack]`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from pydantic import SecretStr

from bot.config.settings import Settings
from bot.config.tables.chat import Slack as Section
from bot.ports import Clock
from bot.ports.checks import Check
from bot.services.core import Core
from bot.services.hosting import Host
from bot.wiring.channels import channels_on

if TYPE_CHECKING:
    from adapters.slack.app import Slack
    from adapters.slack.settings import SlackSettings


def checks(settings: Settings, configured: Section, clock: Clock) -> AsyncIterator[Check]:
    """The Slack app of `[slack]`, its channels, and the accounts of people."""
    from adapters.slack.checks import Examined, examine

    directory = settings.directory()
    return examine(
        Examined(
            settings=_settings(settings, configured),
            channels=channels_on(directory, "slack"),
            people=tuple(directory.people.values()),
            clock=clock,
        )
    )


def platform(settings: Settings, configured: Section, core: Core) -> Slack:
    """The Slack app of `[slack]`."""
    # Its library takes a quarter of a second to import; who has no Slack need not wait for that.
    from adapters.slack.app import Slack, Surroundings

    host = Host(core)
    given = Surroundings(
        clock=core.clock,
        around=host,
        load=host.file,
        meter=core.meter,
        people=tuple(core.directory.people.values()),
        channels=channels_on(core.directory, "slack"),
    )
    return Slack(_settings(settings, configured), given)


def _settings(settings: Settings, configured: Section) -> SlackSettings:
    """`[slack]` as its adapter wants it."""
    from adapters.slack.settings import SlackSettings

    console = f"{settings.public_url}/console" if settings.console.enabled else ""
    return SlackSettings(
        bot_token=configured.bot_token.get_secret_value(),
        app_token=_secret(configured.app_token),
        signing_secret=_secret(configured.signing_secret),
        mode=configured.mode.value,
        api_url=configured.api_url,
        commands=configured.commands.names,
        console_url=console,
    )


def _secret(secret: SecretStr | None) -> str:
    return secret.get_secret_value() if secret is not None else ""
