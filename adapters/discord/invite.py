"""The link that brings the bot to a server, with no permission more than it uses."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlencode

AUTHORIZE: Final = "https://discord.com/oauth2/authorize"
ADMINISTRATOR: Final = 1 << 3
PRIVATE_THREADS: Final = "Create Private Threads"

PERMISSIONS: Final[Mapping[str, tuple[int, str]]] = {
    "View Channels": (1 << 10, "to see the desk's channels"),
    "Send Messages": (1 << 11, "to post cards, and posts of a forum"),
    "Send Messages in Threads": (1 << 38, "to post what happens to a ticket into its thread"),
    "Create Public Threads": (1 << 35, "to hang a thread on each card"),
    PRIVATE_THREADS: (1 << 36, "to keep confidential incidents from the readers of a channel"),
    "Manage Threads": (1 << 34, "to take threads out of the archive that people locked"),
    "Attach Files": (1 << 15, "to show customers' attachments and long mails"),
    "Read Message History": (1 << 16, "to catch up after a gap, and to find what was posted"),
    "Add Reactions": (1 << 6, "to mark a typed command as done"),
    "Embed Links": (1 << 14, "to link files and pages of the console"),
}
"""Each permission by its name in Discord, with its bit and what it is for."""


def permission_bits() -> int:
    """All permissions as Discord's one number."""
    return sum(bit for bit, _ in PERMISSIONS.values())


def invite_url(application: str) -> str:
    """The page on which somebody who manages a server adds the bot."""
    asked = {
        "client_id": application,
        "scope": "bot applications.commands",
        "permissions": str(permission_bits()),
    }
    return f"{AUTHORIZE}?{urlencode(asked)}"


def application_of(token: str) -> str:
    """The application's id, which a bot's token begins with; empty when it cannot be read."""
    first = token.partition(".")[0]
    try:
        id_ = base64.urlsafe_b64decode(first + "=" * (-len(first) % 4)).decode("ascii")
    except (binascii.Error, ValueError):
        return ""
    return id_ if id_.isdecimal() else ""
