"""What may happen to an incident: pure transitions, each with the events that tell it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bot.domain import escalation as escalations
from bot.domain.changes import Change
from bot.domain.events import (
    Acknowledged,
    EscalationHastened,
    Event,
    LeadChanged,
    PersonAdmitted,
    PersonRemoved,
    SeverityChanged,
    StatusChanged,
    StatusUpdatePosted,
)
from bot.domain.people import Person, Role
from bot.domain.refusals import Refused
from bot.domain.work_items import AnyItem, Incident, IncidentStatus, Severity

Changed = Change[Incident]


def knows_of(person: Person, item: AnyItem) -> bool:
    """Whether the work item exists for the person, whatever their roles let them do with it."""
    if not isinstance(item, Incident) or not item.confidential:
        return True
    return person.key in item.insiders or person.has(Role.ADMIN)


def drawn_in(incident: Incident, *people: str) -> Incident:
    """The incident with these people among those who know of it, where it is confidential."""
    if not incident.confidential:
        return incident
    return replace(incident, insiders=tuple(dict.fromkeys((*incident.insiders, *people))))


def admit(incident: Incident, person: str, reason: str = "") -> Changed:
    """Let somebody in on a confidential incident; who is in already changes nothing."""
    if not incident.confidential:
        raise Refused(
            f"{incident.number} is not confidential: everybody with a role sees it.",
            code="not_confidential",
            hint=f"Page somebody for it: `/page @name {incident.number}`.",
        )
    if person in incident.insiders:
        return Change(incident)
    return Change(drawn_in(incident, person), (PersonAdmitted(person=person, reason=reason),))


def remove(incident: Incident, person: str, by: str, now: datetime) -> Changed:
    """Put somebody out of a confidential incident; who is not in changes nothing.

    Had they acknowledged it, whoever puts them out has it from now on: nobody else would.
    """
    _check_removable(incident, person)
    if person not in incident.insiders:
        return Change(incident)
    left = tuple(each for each in incident.insiders if each != person)
    after, events = replace(incident, insiders=left), list[Event]([PersonRemoved(person=person)])
    if incident.acknowledged_by == person and not incident.ended:
        after = drawn_in(replace(after, acknowledged_by=by, acknowledged_at=now), by)
        events.append(Acknowledged())
    return Change(after, tuple(events))


def _check_removable(incident: Incident, person: str) -> None:
    number = incident.number
    if not incident.confidential:
        raise Refused(
            f"{number} is not confidential: nobody can be put out of it.", code="not_confidential"
        )
    if incident.assignee == person:
        raise Refused(
            f"Whoever leads {number} cannot be put out of it.",
            code="leads",
            hint=f"Let somebody else lead it first: `/incident lead {number} @name`.",
        )
    if incident.insiders == (person,):
        raise Refused(
            f"Nobody else is in on {number}, so nobody would be left.",
            code="last",
            hint=f"Let somebody else in first: `/incident invite {number} @name`.",
        )


def acknowledge(incident: Incident, by: str, now: datetime) -> Changed:
    """A responder has it: paging stops. Saying so twice changes nothing; the first one keeps it."""
    if incident.ended:
        raise Refused(f"{incident.number} is already resolved.", code="ended")
    if incident.acknowledged_by is not None:
        return Change(incident)
    acknowledged = replace(
        incident, acknowledged_by=by, acknowledged_at=now, escalation=_stopped(incident)
    )
    return Change(drawn_in(acknowledged, by), (Acknowledged(),))


def hasten(incident: Incident, now: datetime, as_of: datetime, reason: str) -> Changed:
    """Take the next escalation step now, also on an acknowledged incident.

    That lifts the acknowledgement: who is paged from now on has to answer, or paging goes on.
    """
    if incident.ended:
        raise Refused(f"{incident.number} is already resolved.", code="ended")
    if incident.escalation is None:
        raise Refused(
            f"{incident.number} has no escalation policy.",
            code="no_policy",
            hint=f"Page somebody by name: `/page @name {incident.number}`.",
        )
    sooner = escalations.hasten(incident.escalation, now, as_of=as_of)
    if sooner is None:
        raise Refused(f"{incident.number} was escalated a moment ago.", code="already_escalated")
    woken = replace(incident, escalation=sooner, acknowledged_by=None, acknowledged_at=None)
    return Change(woken, (EscalationHastened(reason=reason),))


def set_severity(incident: Incident, severity: Severity) -> Changed:
    """Say how bad it is."""
    if severity is incident.severity:
        return Change(incident)
    event = SeverityChanged(old=incident.severity, new=severity)
    return Change(replace(incident, severity=severity), (event,))


def set_status(
    incident: Incident, status: IncidentStatus, now: datetime, reason: str = ""
) -> Changed:
    """Move the status, also back; resolving ends the paging."""
    if status is incident.status:
        return Change(incident)
    event = StatusChanged(old=incident.status, new=status, reason=reason)
    moved = replace(
        incident,
        status=status,
        resolved_at=now if status.ended else None,
        escalation=_stopped(incident) if status.ended else incident.escalation,
    )
    return Change(moved, (event,))


def resolve(incident: Incident, now: datetime, reason: str = "") -> Changed:
    """End the incident."""
    if incident.ended:
        raise Refused(f"{incident.number} is already resolved.", code="ended")
    return set_status(incident, IncidentStatus.RESOLVED, now, reason)


def set_lead(incident: Incident, lead: str, now: datetime) -> Changed:
    """Say who leads the incident (its commander)."""
    if incident.assignee == lead:
        return Change(incident)
    event = LeadChanged(lead=lead, previous=incident.assignee or "")
    led = replace(incident, assignee=lead, assigned_at=now)
    return Change(drawn_in(led, lead), (event,))


def post_update(incident: Incident, text: str, now: datetime) -> Changed:
    """Tell how it stands."""
    events: tuple[Event, ...] = (StatusUpdatePosted(text=text),)
    return Change(replace(incident, latest_update=text, latest_update_at=now), events)


def _stopped(incident: Incident) -> escalations.Escalation | None:
    return escalations.stop(incident.escalation) if incident.escalation is not None else None
