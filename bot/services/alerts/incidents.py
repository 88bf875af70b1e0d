"""Incidents: how they begin, and what every change of one drags along (paging, pages, cards)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from bot.domain import incidents
from bot.domain.changes import Change
from bot.domain.directory import Service
from bot.domain.escalation import EscalationPolicy
from bot.domain.events import (
    Acknowledged,
    EscalationHastened,
    Event,
    IncidentDeclared,
    person_actor,
)
from bot.domain.work_items import Incident, IncidentStatus, Kind, Severity
from bot.errors import TemporaryError
from bot.ports import ItemQuery, UnitOfWork
from bot.services.alerts import paging
from bot.services.core import Core
from bot.services.places import hidden_places, places_of
from bot.services.recording import open_item, record

PREFIX = "INC"
UNSEEN = "nobody else knows of it"


async def declare(
    core: Core,
    work: UnitOfWork,
    draft: Incident,
    actor: str,
    now: datetime,
    *,
    reason: str,
    policy: EscalationPolicy | None = None,
    also: Sequence[Event] = (),
) -> Incident:
    """Open an incident with its threads and begin paging: by the given policy, else its service's.

    TemporaryError when somebody else has just opened one for the same group of alerts.
    """
    service = core.directory.services.get(draft.service)
    born = _born(draft, service)
    places = hidden_places(core, born) if born.confidential else places_of(core, service)
    incident = await open_item(core, work, born, PREFIX, places)
    await _check_alone(work, incident)
    told = IncidentDeclared(severity=incident.severity, reason=reason)
    await record(core, work, incident, Change(incident, (told, *also)), actor, now)
    core.meter.count("incidents", severity=incident.severity)
    begun = await paging.begin(core, work, incident, policy or policy_of(core, service), now)
    unseen = begun.confidential and not begun.insiders
    return await paging.alarm(core, work, begun, UNSEEN, now) if unseen else begun


def _born(draft: Incident, service: Service | None) -> Incident:
    """The incident as confidential as its service, and known to whoever leads it."""
    born = replace(draft, confidential=draft.confidential or is_confidential(service))
    return incidents.drawn_in(born, *filter(None, (draft.assignee,)))


def is_confidential(service: Service | None) -> bool:
    """Whether every incident of the service is."""
    return service is not None and service.confidential


async def _check_alone(work: UnitOfWork, incident: Incident) -> None:
    """Numbers are given one after the other: whoever was faster with this group is visible now."""
    if not incident.group:
        return
    query = ItemQuery(kind=Kind.INCIDENT, group=incident.group, open_only=True, limit=2)
    if await work.items.count(query) > 1:
        raise TemporaryError("the alert group has got its incident just now; try again")


def policy_of(core: Core, service: Service | None) -> EscalationPolicy | None:
    """The escalation policy of a service."""
    return core.directory.escalations.get(service.escalation) if service is not None else None


async def join(
    core: Core, work: UnitOfWork, incident: Incident, severity: Severity, actor: str, now: datetime
) -> Incident:
    """Alerts join it: it is as severe as the worst of them.

    Who acknowledged something milder has not acknowledged this: paging begins anew.
    """
    raised = await raise_severity(core, work, incident, severity, actor, now)
    escalation = raised.escalation
    if raised is incident or raised.acknowledged_by is None or escalation is None:
        return raised
    told = EscalationHastened(reason="it became worse after it was acknowledged")
    await record(core, work, raised, Change(raised, (told,)), actor, now)
    again = await paging.begin(core, work, raised, escalation.policy, now)
    await paging.redraw(work, incident.id)
    return again


async def acknowledge(
    core: Core, work: UnitOfWork, incident: Incident, by: str, actor: str, now: datetime
) -> Incident:
    """A responder has it: paging stops at once. A later one only answers their own pages, unless
    whoever has it left the configuration.
    """
    name, has = core.directory.name_of(by), incident.acknowledged_by
    left = has is not None and has not in core.directory.people
    free = replace(incident, acknowledged_by=None, acknowledged_at=None) if left else incident
    change = incidents.acknowledge(free, by, now)
    if change.events:
        await record(core, work, incident, change, actor, now)
        await paging.silence(work, incident.id, name)
        core.meter.observe("page_ack_seconds", (now - incident.created_at).total_seconds())
    elif await paging.answer(work, incident.id, by, name):
        await record(core, work, incident, Change(incident, (Acknowledged(),)), actor, now)
    return change.item


async def remove(
    core: Core, work: UnitOfWork, incident: Incident, person: str, by: str, now: datetime
) -> Incident:
    """Put somebody out of a confidential incident: what they were paged for waits no more."""
    change = incidents.remove(incident, person, by, now)
    await record(core, work, incident, change, person_actor(by), now)
    await paging.answer(work, incident.id, person, "put out of it")
    await paging.redraw(work, incident.id)
    return change.item


async def resolve(
    core: Core, work: UnitOfWork, incident: Incident, actor: str, now: datetime, reason: str = ""
) -> Incident:
    """The incident is over: nobody is paged any more."""
    change = incidents.resolve(incident, now, reason)
    await record(core, work, incident, change, actor, now)
    await paging.silence(work, incident.id, "the incident is resolved")
    return change.item


async def reopen(
    core: Core,
    work: UnitOfWork,
    incident: Incident,
    by: str,
    now: datetime,
    status: IncidentStatus = IncidentStatus.INVESTIGATING,
) -> Incident:
    """It is not over: whoever says so has it, and nobody is paged until somebody escalates."""
    actor, change = person_actor(by), incidents.set_status(incident, status, now, "reopened")
    mine = replace(change.item, acknowledged_by=by, acknowledged_at=now)
    mine = incidents.drawn_in(mine, by)
    await record(core, work, incident, Change(mine, (*change.events, Acknowledged())), actor, now)
    await paging.redraw(work, incident.id)
    return mine


async def raise_severity(
    core: Core, work: UnitOfWork, incident: Incident, severity: Severity, actor: str, now: datetime
) -> Incident:
    """Make it as severe as the worst of its alerts; never less."""
    if not severity.worse_than(incident.severity):
        return incident
    change = incidents.set_severity(incident, severity)
    await record(core, work, incident, change, actor, now)
    return change.item
