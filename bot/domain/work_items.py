"""The unit of work: a ticket, when a customer writes, or an incident, when something breaks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.domain.escalation import Escalation


class Kind(StrEnum):
    """The two kinds of work item there are."""

    TICKET = "ticket"
    INCIDENT = "incident"


class TicketStatus(StrEnum):
    """`pending` waits for the customer, `on_hold` for a third party."""

    NEW = "new"
    OPEN = "open"
    PENDING = "pending"
    ON_HOLD = "on_hold"
    RESOLVED = "resolved"
    CLOSED = "closed"

    @property
    def ended(self) -> bool:
        """Whether nobody owes anything any more."""
        return self in (TicketStatus.RESOLVED, TicketStatus.CLOSED)


class IncidentStatus(StrEnum):
    """The stages an incident is told by; it may go back."""

    INVESTIGATING = "investigating"
    IDENTIFIED = "identified"
    MONITORING = "monitoring"
    RESOLVED = "resolved"

    @property
    def ended(self) -> bool:
        """Whether the incident is over."""
        return self is IncidentStatus.RESOLVED


class Priority(StrEnum):
    """How soon a ticket is owed an answer; the SLA's targets are per priority."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    URGENT = "urgent"


class Severity(StrEnum):
    """How bad an incident is; `sev1` is the worst."""

    SEV1 = "sev1"
    SEV2 = "sev2"
    SEV3 = "sev3"
    SEV4 = "sev4"

    def worse_than(self, other: Severity) -> bool:
        """Whether this is more severe than the other."""
        return self.value < other.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Participant:
    """An external person on a ticket; `number` is part of the reply key, 1 is who opened it."""

    number: int
    address: str
    name: str = ""
    joined_at: datetime

    def __str__(self) -> str:
        both = self.name and self.address
        return f"{self.name} <{self.address}>" if both else self.address or self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkItem:
    """What tickets and incidents share; `id` is 0 until it is stored, people type `number`."""

    id: int = 0
    number: str = ""
    title: str
    assignee: str | None = None
    assigned_at: datetime | None = None
    created_at: datetime
    resolved_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket(WorkItem):
    """A customer's request, on one desk.

    `due_at` is when its most pressing clock is due by what is known now, None while none runs.
    `key_turn` counts how often its reply keys were replaced, which every end of it does. `seats` is
    the highest number of those who left: what was given to one of them is never somebody else's.
    `merged_into` is the number of the ticket that goes on in its place, empty for all others.
    """

    desk: str
    status: TicketStatus = TicketStatus.NEW
    priority: Priority = Priority.NORMAL
    participants: tuple[Participant, ...]
    tags: tuple[str, ...] = ()
    snoozed_until: datetime | None = None
    due_at: datetime | None = None
    key_turn: int = 0
    seats: int = 0
    merged_into: str = ""

    @property
    def requester(self) -> Participant:
        """Who asked."""
        return self.participants[0]

    @property
    def ended(self) -> bool:
        """Whether it is resolved or closed."""
        return self.status.ended

    @property
    def next_number(self) -> int:
        """The number of whoever joins next."""
        return max(self.seats, *(p.number for p in self.participants)) + 1

    def participant(self, address: str) -> Participant | None:
        """The participant with that address, compared without case."""
        wanted = address.lower()
        return next((p for p in self.participants if p.address.lower() == wanted), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident(WorkItem):
    """Something is broken; `assignee` leads it, as its commander.

    `escalation` is None when no policy covers it. `group` is the key alerts are folded into, empty
    when a person declared it. One that is born `confidential` stays so, and is known to nobody but
    its `insiders` (keys of people, in the order they were let in) and the admins.
    """

    service: str = ""
    status: IncidentStatus = IncidentStatus.INVESTIGATING
    severity: Severity = Severity.SEV3
    group: str = ""
    acknowledged_by: str | None = None
    acknowledged_at: datetime | None = None
    escalation: Escalation | None = None
    latest_update: str = ""
    latest_update_at: datetime | None = None
    confidential: bool = False
    insiders: tuple[str, ...] = ()

    @property
    def ended(self) -> bool:
        """Whether it is resolved."""
        return self.status.ended


AnyItem = Ticket | Incident


def kind_of(item: AnyItem) -> Kind:
    """Which kind of work item this is."""
    return Kind.TICKET if isinstance(item, Ticket) else Kind.INCIDENT
