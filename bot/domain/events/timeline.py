"""The append-only timeline: who did what to which work item, and when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.domain.events.event import Event

SYSTEM: Final = "system"


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineEntry:
    """One line of a work item's history; `actor` is `person:<key>`, `mail:<address>`, `system` …"""

    id: int = 0
    item: int
    at: datetime
    actor: str
    event: Event


def person_actor(key: str) -> str:
    """The actor name of a team member."""
    return f"person:{key}"


def mail_actor(address: str) -> str:
    """The actor name of an external person."""
    return f"mail:{address}"


def intake_actor(name: str) -> str:
    """The actor name of an alert intake."""
    return f"intake:{name}"
