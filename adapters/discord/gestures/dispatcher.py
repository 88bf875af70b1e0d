"""The core's door for what people do, as Discord uses it."""

from __future__ import annotations

from typing import Protocol

from bot.commands.doors import Acting, Completing, Following, Noticing


class Dispatcher(Acting, Following, Completing, Noticing, Protocol):
    """Runs commands, follows talk and emoji, and proposes completions."""
