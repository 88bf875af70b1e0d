"""What a page needs once, when it opens: who is there, which channels, which commands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from adapters.console.spaces import Channel
from bot.commands.table import Command, Table
from bot.domain.directory import Directory
from bot.domain.people import Grant, Person


@dataclass(frozen=True, slots=True, kw_only=True)
class Masthead:
    """The top bar: the service's name, and `addresses` that outsiders use, by what they are for.

    For example `{"mail": "127.0.0.1:2525", "alerts": "/in/alertmanager/…"}`.
    """

    name: str
    addresses: Mapping[str, str] = field(default_factory=dict)


def me_json(person: Person) -> dict[str, Any]:
    """The signed-in person."""
    return {
        "key": person.key,
        "name": person.name,
        "roles": [_grant(grant) for grant in person.grants],
    }


def people_json(directory: Directory) -> Sequence[Mapping[str, str]]:
    """Everybody's key and name."""
    return [{"key": person.key, "name": person.name} for person in directory.people.values()]


def desks_json(directory: Directory) -> Sequence[Mapping[str, Any]]:
    """The desks: the prefix of their numbers, where they are written to."""
    return [
        {"key": desk.key, "name": desk.name, "prefix": desk.prefix, "address": address}
        for desk in directory.desks.values()
        for address in desk.addresses[:1]
    ]


def channel_json(channel: Channel, recent: Sequence[int]) -> Mapping[str, Any]:
    """A channel, with the ids of its newest lines (for counting what was not read)."""
    return {
        "space": channel.space,
        "title": channel.title,
        "kind": channel.kind,
        "hint": channel.hint,
        "recent": list(recent),
    }


def table_json(table: Table) -> Sequence[Mapping[str, str]]:
    """The command table, for help and for what the page itself may run."""
    return [_command(command) for command in table]


def _command(command: Command) -> Mapping[str, str]:
    return {
        "name": command.name,
        "usage": command.usage,
        "help": command.help,
        "example": command.example,
        "target": command.target.value,
    }


def _grant(grant: Grant) -> str:
    return f"{grant.role.value}:{grant.desk}" if grant.desk else grant.role.value
