"""What drawing needs to know of the workspace and of where we live."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.cards import FileLink

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """`accounts` are people's Slack ids by their keys; `console_url` is empty without a console."""

    accounts: Mapping[str, str] = field(default_factory=dict)
    console_url: str = ""

    def account(self, person: str) -> str:
        """The person's Slack id, empty when they have none."""
        return self.accounts.get(person, "")

    def file_url(self, file: FileLink) -> str:
        """Where somebody signed in can fetch the file; empty without a console."""
        return f"{self.console_url}/files/{file.id}" if self.console_url else ""
