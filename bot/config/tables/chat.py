"""The chat platforms: Slack and Discord, and what the command roots are called there."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Final, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    SecretStr,
    ValidationInfo,
    field_validator,
    model_validator,
)

from bot.config.problems import Invalid
from bot.config.tables.section import Section
from bot.config.values import Duration, Secret, Url
from bot.domain.durations import format_duration

ARCHIVES: Final = (
    timedelta(hours=1),
    timedelta(days=1),
    timedelta(days=3),
    timedelta(days=7),
)
"""The only times after which Discord archives a silent thread."""

_COMMAND: Final = re.compile(r"/[a-z0-9_-]{1,31}")


def _command(name: str) -> str:
    if not _COMMAND.fullmatch(name):
        raise Invalid(
            f"{name!r} cannot be a command", "Write / and up to 31 lower-case letters, digits, - _"
        )
    return name


def _with_slash(url: str) -> str:
    return f"{url}/"


def _id_text(value: object) -> object:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


CommandName = Annotated[str, AfterValidator(_command)]
PlatformId = Annotated[str, BeforeValidator(_id_text), Field(min_length=1)]
"""A platform's id; a bare number counts as its digits."""


class SlackMode(StrEnum):
    """How events come: over a WebSocket that we open, or as requests to our public address."""

    SOCKET = "socket"
    HTTP = "http"


class Commands(Section):
    """What the four command roots are called, since another app may own a name."""

    ticket: CommandName = "/ticket"
    incident: CommandName = "/incident"
    oncall: CommandName = "/oncall"
    page: CommandName = "/page"

    @model_validator(mode="after")
    def _different(self) -> Self:
        names = Counter((self.ticket, self.incident, self.oncall, self.page))
        name, times = names.most_common(1)[0]
        if times > 1:
            raise Invalid(f"two commands are called {name}", "Give each command a name of its own")
        return self

    @property
    def names(self) -> Mapping[str, str]:
        """What each root is called: `{"ticket": "/desk", …}`."""
        return {name: str(getattr(self, name)) for name in type(self).model_fields}


class Slack(Section):
    """`[slack]`: the app in one workspace."""

    mode: SlackMode = SlackMode.SOCKET
    """socket needs no public address; http suits several instances behind a balancer."""
    bot_token: Secret
    """The bot token, xoxb-… (OAuth & Permissions)."""
    app_token: Secret | None = None
    """The app-level token, xapp-… (Basic Information); needed for mode socket."""
    signing_secret: Secret | None = None
    """The signing secret (Basic Information); needed for mode http."""
    api_url: Annotated[Url, AfterValidator(_with_slash)] = "https://slack.com/api/"
    """Where Slack's Web API is, for a proxy or a government cloud."""
    commands: Commands = Commands()

    @field_validator("bot_token", "app_token")
    @classmethod
    def _not_mixed_up(cls, token: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        other = "xapp-" if info.field_name == "bot_token" else "xoxb-"
        if token is not None and token.get_secret_value().startswith(other):
            raise Invalid(f"it is an {other} token", "xoxb- is the bot_token, xapp- the app_token")
        return token


def _archive(duration: timedelta) -> timedelta:
    if duration not in ARCHIVES:
        raise Invalid(f"Discord knows no {format_duration(duration)}", "Write 1h, 1d, 3d or 7d")
    return duration


class Discord(Section):
    """`[discord]`: the bot on one or more servers.

    A desk's channel is a text channel, where each ticket hangs a thread on its card, or a forum,
    where each ticket is a post: the channel itself says which.
    """

    token: Secret
    """The bot's token (Developer Portal, Bot)."""
    api_url: Url = "https://discord.com/api/v10"
    """Where Discord's API is, for a proxy."""
    guilds: tuple[PlatformId, ...] = ()
    """The servers it works on, by id; empty means every server it was invited to."""
    message_content: bool = True
    """Hear talk in threads, which needs the intent of that name; commands and forms need it not."""
    archive_after: Annotated[Duration, AfterValidator(_archive)] = ARCHIVES[-1]
    """After how much silence Discord archives a thread: 1h, 1d, 3d or 7d."""
    commands: Commands = Commands()
