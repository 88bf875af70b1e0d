"""The core's door for what people do, as the console uses it."""

from __future__ import annotations

from typing import Protocol

from bot.commands.doors import Acting, Completing, Fetching


class Dispatcher(Acting, Completing, Fetching, Protocol):
    """Runs commands, takes talk, proposes completions and hands out files."""
