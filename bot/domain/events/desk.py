"""What became of a ticket: whose it is, its status, its clocks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.domain.events.event import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed(Event):
    """Somebody took the work item."""

    words = "claimed it"


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenOver(Event):
    """Somebody took the work item from its assignee."""

    words = "took it over from {previous}"
    previous: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Released(Event):
    """The assignee gave the work item back."""

    words = "released it"
    previous: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Assigned(Event):
    """The work item was handed to somebody."""

    words = "assigned it to {assignee}"
    assignee: str
    previous: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusChanged(Event):
    """The status moved."""

    words = "status {old} → {new}{why}"
    old: str
    new: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PriorityChanged(Event):
    """A ticket's priority was set."""

    words = "priority {old} → {new}"
    old: str
    new: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TagsChanged(Event):
    """Tags came or went."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()

    def tell(self) -> str:
        """`tags +vat −old`."""
        changes = [f"+{tag}" for tag in self.added] + [f"−{tag}" for tag in self.removed]
        return f"tags {' '.join(changes)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Snoozed(Event):
    """The ticket sleeps until then, or until the customer writes."""

    words = "snoozed it until {until:%Y-%m-%d %H:%M} UTC"
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Woken(Event):
    """A snoozed ticket is back."""

    words = "woke up: {reason}"
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketEscalated(Event):
    """Somebody, or a breached clock, asked the desk's escalation for help; `called` are names."""

    reason: str
    called: tuple[str, ...] = ()

    def tell(self) -> str:
        """With the names of those who are called, or that there is nobody."""
        return f"called {', '.join(self.called) or 'nobody'} for help: {self.reason}"


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketMerged(Event):
    """The ticket ended because another one (`into`, its number) goes on in its place."""

    words = "merged it into {into}"
    into: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketTakenIn(Event):
    """This ticket goes on in the place of another one (`number`) as well."""

    words = "merged {number} “{title}” into it"
    number: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketUnmerged(Event):
    """The merge was undone: it goes on by itself, no more in the ticket `home`.

    `answered_at` is when its people were first answered there, None when they were not.
    """

    words = "took it out of {home} again; it goes on by itself"
    home: str
    answered_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketGivenBack(Event):
    """This ticket goes on without another one (`number`), whose merge was undone.

    It is `settled` when all that it still owed an answer went back with that one.
    """

    words = "took {number} “{title}” out of it again"
    number: str
    title: str
    settled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SlaAtRisk(Event):
    """A clock is near its due time; told once for each clock and warning."""

    words = "{metric} is at risk, due {due_at:%Y-%m-%d %H:%M} UTC"
    metric: str
    cycle: int
    warn: int
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SlaBreached(Event):
    """A clock ran over its due time; told once for each clock."""

    words = "{metric} is breached, it was due {due_at:%Y-%m-%d %H:%M} UTC"
    metric: str
    cycle: int
    due_at: datetime
