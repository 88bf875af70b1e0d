"""What the Slack app is connected with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

API_URL: Final = "https://slack.com/api/"
_ROOTS: Final = ("ticket", "incident", "oncall", "page")


@dataclass(frozen=True, slots=True, kw_only=True)
class SlackSettings:
    """One app in one workspace; `mode` is `socket` or `http`.

    `api_url` ends with a slash. `commands` is what each root is called here. `console_url` is
    where the console lives (`https://desk.example.com/console`), empty when there is none.
    """

    bot_token: str = field(repr=False)
    app_token: str = field(default="", repr=False)
    signing_secret: str = field(default="", repr=False)
    mode: str = "socket"
    api_url: str = API_URL
    commands: Mapping[str, str] = field(
        default_factory=lambda: {root: f"/{root}" for root in _ROOTS}
    )
    console_url: str = ""
    timeout: timedelta = timedelta(seconds=15)
