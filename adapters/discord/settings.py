"""What the Discord bot is connected with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

API_URL: Final = "https://discord.com/api/v10"
ARCHIVE_MINUTES: Final = (60, 1440, 4320, 10080)
"""The only times after which Discord archives a silent thread."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscordSettings:
    """One bot on one or more servers; `guilds` empty means every server it was invited to.

    `api_url` has no slash at its end. `commands` is what roots are called here that have another
    name, without a slash.
    `console_url` is where the console lives, empty when there is none. `message_content` asks for
    the privileged intent. No request takes longer than `timeout`, nor waits longer than `patience`
    for a rate limit.
    """

    token: str = field(repr=False)
    api_url: str = API_URL
    guilds: tuple[str, ...] = ()
    commands: Mapping[str, str] = field(default_factory=dict)
    console_url: str = ""
    message_content: bool = True
    archive_minutes: int = ARCHIVE_MINUTES[-1]
    timeout: timedelta = timedelta(seconds=10)
    patience: timedelta = timedelta(seconds=2)
