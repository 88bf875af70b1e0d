"""What happened to a work item, in the past tense: the entries of its append-only timeline.

Fields are text, numbers, booleans, instants, or tuples of text, so that every store can keep them.
`words` is how the history tells it; it is filled with the event's own fields.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import ClassVar, Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened to a work item."""

    words: ClassVar[str] = ""

    def tell(self) -> str:
        """What the history says after the actor's name; `{why}` is the reason, if there is one."""
        values = {f.name: _told(f.name, getattr(self, f.name)) for f in fields(self)}
        why = f" ({values['reason']})" if values.get("reason") else ""
        return self.words.format(why=why, **values).rstrip()


def _told(name: str, value: object) -> object:
    if isinstance(value, datetime):
        return value.astimezone(UTC)
    if isinstance(value, tuple):
        return ", ".join(value)
    # Names of our own, such as `on_hold` and `first_reply`.
    return str(value).replace("_", " ") if name in ("old", "new", "metric") else value


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketOpened(Event):
    """A customer's first message made a ticket."""

    words = "opened the ticket ({reason})"
    reason: str = "a new mail"
    priority: str = "normal"


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerWrote(Event):
    """A participant's message arrived."""

    words = "wrote{why}"
    message: int
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StrangerWrote(Event):
    """Somebody who is no participant wrote with a valid key; the message is held for an agent."""

    words = "wrote, and is held for review{why}"
    message: int
    address: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineWrote(Event):
    """An automatic mail arrived; it is kept, and changes nothing."""

    words = "sent an automatic mail{why}; nothing changes by it"
    message: int
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported(Event):
    """An old mail was brought over; no clock knows of it, and nobody was told."""

    words = "is on record with an old mail"
    message: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplySent(Event):
    """An agent answered the customer in public."""

    words = "replied to {recipients}"
    message: int
    recipients: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyUndone(Event):
    """A reply was taken back before it left."""

    words = "took the reply back before it was sent"
    message: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteAdded(Event):
    """Somebody of the team said something internally."""

    words = "added a note"
    message: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteEdited(Event):
    """The writer of a note changed its words."""

    words = "edited a note"
    message: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteWithdrawn(Event):
    """The writer of a note deleted it where it was said; the record keeps it."""

    words = "withdrew a note"
    message: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MessagePinned(Event):
    """Somebody put what was said in chat on the timeline, with its first words."""

    words = "📌 {text}"
    message: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryChanged(Event):
    """What became of a mail that left."""

    words = "mail to {recipient}: {state} {detail}"
    message: int
    recipient: str
    state: str
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ParticipantAdded(Event):
    """Another external person takes part from now on."""

    words = "added {address} as a participant"
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ParticipantLeft(Event):
    """An external person takes part no more."""

    words = "{address} takes part no more{why}"
    address: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ParticipantMoved(Event):
    """An external person is written to under another address."""

    words = "changed the address {old_address} to {new_address}"
    old_address: str
    new_address: str


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


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentDeclared(Event):
    """An incident began."""

    words = "declared the incident as {severity} ({reason})"
    severity: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertAttached(Event):
    """An alert was folded into the incident."""

    words = "alert {title} is firing ({reason})"
    alert: int
    title: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertsAttached(Event):
    """Many alerts were folded into the incident at once."""

    words = "{count} more alerts are firing ({reason})"
    count: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertCleared(Event):
    """An alert of the incident is resolved at its source."""

    words = "alert {title} is resolved at its source"
    alert: int
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertsCleared(Event):
    """Many alerts of the incident were resolved at their source at once."""

    words = "{count} more alerts are resolved at their source"
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Paged(Event):
    """A person is being paged."""

    words = "paging {person} ({reason})"
    person: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PageFailed(Event):
    """A page could not be brought to a person by one of their contact methods."""

    words = "the page to {person} by {contact} failed: {detail}"
    person: str
    contact: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StepSkipped(Event):
    """An escalation step had nobody to page."""

    words = "skipped: {reason}"
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledged(Event):
    """A responder has it; paging stops."""

    words = "acknowledged"


@dataclass(frozen=True, slots=True, kw_only=True)
class EscalationHastened(Event):
    """Somebody asked for the next step now."""

    words = "escalated now: {reason}"
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SeverityChanged(Event):
    """An incident's severity was set."""

    words = "severity {old} → {new}"
    old: str
    new: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadChanged(Event):
    """Somebody leads the incident now."""

    words = "{lead} leads the incident"
    lead: str
    previous: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusUpdatePosted(Event):
    """The commander told how it stands; the text may have several lines."""

    words = "update: {text}"
    text: str


SYSTEM: Final = "system"
EVENTS: Final[dict[str, type[Event]]] = {
    kind.__name__: kind
    for kind in (
        TicketOpened,
        CustomerWrote,
        StrangerWrote,
        MachineWrote,
        Imported,
        ReplySent,
        ReplyUndone,
        NoteAdded,
        NoteEdited,
        NoteWithdrawn,
        MessagePinned,
        DeliveryChanged,
        ParticipantAdded,
        ParticipantLeft,
        ParticipantMoved,
        Claimed,
        TakenOver,
        Released,
        Assigned,
        StatusChanged,
        PriorityChanged,
        TagsChanged,
        Snoozed,
        Woken,
        TicketEscalated,
        SlaAtRisk,
        SlaBreached,
        IncidentDeclared,
        AlertAttached,
        AlertsAttached,
        AlertCleared,
        AlertsCleared,
        Paged,
        PageFailed,
        StepSkipped,
        Acknowledged,
        EscalationHastened,
        SeverityChanged,
        LeadChanged,
        StatusUpdatePosted,
    )
}


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
