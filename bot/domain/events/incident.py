"""What became of an incident: its alerts, its pages, who runs it."""

from __future__ import annotations

from dataclasses import dataclass

from bot.domain.events.event import Event


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
class PersonAdmitted(Event):
    """Somebody (`person`, a key) was let in on a confidential incident, without being paged."""

    words = "let {person} in{why}"
    person: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonRemoved(Event):
    """Somebody (`person`, a key) was put out of a confidential incident."""

    words = "put {person} out"
    person: str


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
