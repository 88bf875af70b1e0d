"""The app manifest: the names of the configuration, and only what we use, each with its reason.

https://docs.slack.dev/reference/app-manifest
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from adapters.slack.events.listeners import EVENTS
from adapters.slack.events.receiving import PATH
from bot.commands.shortcuts import SHORTCUTS
from bot.commands.table import Table

MAX_HINT: Final = 1000
_INDENT: Final = "  "

SCOPES: Final[Mapping[str, str]] = {
    "app_mentions:read": "hear “@deskhand claim”",
    "channels:history": "hear what is said in work items' threads, and know our own posts again",
    "channels:read": "tell whether a channel exists and whether we are in it (deskhand doctor)",
    "chat:write": "post cards, replies in threads, and answers that only you see",
    "commands": "the slash commands and the message menu",
    "files:read": "keep files shared in a work item's thread, and mail them when you reply",
    "files:write": "show the attachments of mail in the thread",
    "groups:history": "the same as channels:history in private channels we were invited to",
    "groups:read": "the same as channels:read in private channels we were invited to",
    "im:history": "hear what you write to us directly",
    "im:write": "open a direct message: to page you, and for incidents that few may see",
    "reactions:read": "take 👀 for claim, ✅ for resolve, 🎫 for a new ticket, 📌 for the timeline",
    "users:read": "tell guests and bots, who may do nothing, from members",
}
"""Each scope of the bot token, and why it is asked for."""

_MESSAGES: Final = ("message.channels", "message.groups", "message.im")
_WHAT: Final[Mapping[str, str]] = {
    "ticket": "Work tickets: claim, reply, note, resolve, and the rest",
    "incident": "Declare and run incidents",
    "oncall": "Who is on call, acknowledge, take a shift",
    "page": "Page a person, a schedule or a policy",
}
_ABOUT: Final = (
    "Deskhand turns support mail and monitoring alerts into Slack threads. Agents claim, answer, "
    "escalate and resolve tickets with buttons, slash commands, message menus and emoji; clocks "
    "are watched, and the responder on call is paged until somebody acknowledges. Everything runs "
    "on your own machine: this app belongs to your workspace alone."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ManifestSettings:
    """What the manifest depends on; `url` is where requests go in HTTP mode, empty for sockets."""

    commands: Mapping[str, str]
    name: str = "Deskhand"
    url: str = ""


def manifest(table: Table, settings: ManifestSettings) -> dict[str, Any]:
    """The manifest as the object that Slack takes as JSON or YAML."""
    address = f"{settings.url}{PATH}" if settings.url else ""
    requests = {"request_url": address} if address else {}
    return {
        "_metadata": {"major_version": 2, "minor_version": 1},
        "display_information": {
            "name": settings.name[:35],
            "description": "Mail tickets, incidents and on-call pages in your channels.",
            "long_description": _ABOUT,
            "background_color": "#1f2a44",
        },
        "features": {
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": False,
            },
            "bot_user": {"display_name": "deskhand", "always_online": True},
            "slash_commands": _commands(table, settings.commands, address),
            "shortcuts": _shortcuts(table),
        },
        "oauth_config": {"scopes": {"bot": list(SCOPES)}},
        "settings": {
            "event_subscriptions": {**requests, "bot_events": bot_events()},
            "interactivity": {"is_enabled": True, **requests},
            "org_deploy_enabled": False,
            "socket_mode_enabled": not address,
            "token_rotation_enabled": False,
        },
    }


def bot_events() -> list[str]:
    """Every event that has a listener, by the names it is subscribed to."""
    listened = (_MESSAGES if kind == "message" else (kind,) for kind in EVENTS)
    return [name for names in listened for name in names]


def _commands(table: Table, commands: Mapping[str, str], address: str) -> list[dict[str, object]]:
    to = {"url": address} if address else {}
    return [
        {
            "command": commands[root],
            "description": _WHAT.get(root, root.capitalize()),
            "usage_hint": _hint(table, root),
            # Mentions come as ids, which nobody can forge by a name.
            "should_escape": True,
            **to,
        }
        for root in table.roots()
    ]


def _hint(table: Table, root: str) -> str:
    """What can be typed after the command."""
    verbs = [verb for verb in table.verbs(root) if verb]
    if not verbs:
        only = table.find(root, "")
        return only.usage.removeprefix(f"/{root}").strip()[:MAX_HINT]
    return f"[{' | '.join(verbs)}]"[:MAX_HINT]


def _shortcuts(table: Table) -> list[dict[str, str]]:
    found = []
    for shortcut in SHORTCUTS:
        root, _, verb = shortcut.command.partition(" ")
        about = table.find(root, verb).help
        found.append(
            {
                "name": shortcut.label,
                "type": "message",
                "callback_id": shortcut.key,
                "description": about[:150],
            }
        )
    return found


# ------------------------------------------------------------ as YAML


def as_yaml(content: Mapping[str, Any]) -> str:
    """The manifest as YAML, with the reason beside each scope."""
    head = (
        "# The Slack app of Deskhand. Open https://api.slack.com/apps, choose “Create New App” and",
        "# “From a manifest”, and paste all of this.",
    )
    return "\n".join((*head, *_mapping(content, 0))) + "\n"


def _mapping(content: Mapping[str, Any], depth: int) -> Iterator[str]:
    for name, value in content.items():
        yield from _entry(f"{_INDENT * depth}{name}:", value, depth + 1)


def _entry(head: str, value: object, depth: int) -> Iterator[str]:
    if isinstance(value, Mapping):
        yield head
        yield from _mapping(value, depth)
    elif isinstance(value, list):
        yield head
        for item in value:
            yield from _item(item, depth)
    else:
        yield f"{head} {json.dumps(value, ensure_ascii=False)}"


def _item(item: object, depth: int) -> Iterator[str]:
    mark = f"{_INDENT * depth}- "
    if isinstance(item, Mapping):
        first, *rest = _mapping(item, depth + 1)
        yield f"{mark}{first.strip()}"
        yield from rest
    else:
        why = SCOPES.get(str(item), "")
        yield f"{mark}{json.dumps(item)}{f'  # {why}' if why else ''}"
