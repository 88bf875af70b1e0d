"""What can be done with a message that somebody wrote in a channel: the table of message menus and
of emoji.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortcut:
    """An entry of a message's menu: opens the form of `command` with the message's words in
    `param`.

    `label` has at most 24 characters: Slack's limit for shortcuts.
    """

    key: str
    label: str
    command: str
    param: str


SHORTCUTS: Final = (
    Shortcut(key="reply", label="Reply to customer", command="ticket reply", param="text"),
    Shortcut(key="new", label="New ticket from this", command="ticket new", param="text"),
    Shortcut(key="note", label="Add to ticket…", command="ticket note", param="text"),
    Shortcut(key="timeline", label="Add to timeline", command="incident note", param="text"),
    Shortcut(key="declare", label="Declare incident", command="incident declare", param="title"),
)

EMOJI: Final[Mapping[str, str]] = {
    "👀": "ticket claim",
    "✅": "ticket resolve",
    "🎫": "ticket new",
    "📌": "incident note",
}
"""The command that an emoji on a message stands for; nobody without the right sets it off."""
