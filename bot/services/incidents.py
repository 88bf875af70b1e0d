"""Incidents: how they begin, and what every change of one drags along (paging, pages, cards)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.domain import incidents
from bot.domain.changes import Change
from bot.domain.directory import Service
from bot.domain.escalation import EscalationPolicy
from bot.domain.events import Event, IncidentDeclared
from bot.domain.threads import Space
from bot.domain.work_items import Incident, Severity
from bot.ports import UnitOfWork
from bot.services import paging
from bot.services.core import Core
from bot.services.recording import open_item, record

PREFIX = "INC"


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
    """Open an incident with its threads and begin paging: by the given policy, else its service's."""
    service = core.directory.services.get(draft.service)
    incident = await open_item(core, work, draft, PREFIX, places_of(core, service))
    told = IncidentDeclared(severity=incident.severity, reason=reason)
    await record(core, work, incident, Change(incident, (told, *also)), actor, now)
    core.meter.count("incidents", severity=incident.severity)
    return await paging.begin(core, work, incident, policy or policy_of(core, service), now)


def policy_of(core: Core, service: Service | None) -> EscalationPolicy | None:
    """The escalation policy of a service."""
    return core.directory.escalations.get(service.escalation) if service is not None else None


def places_of(core: Core, service: Service | None) -> tuple[Space, ...]:
    """The channels an incident is told in: its service's, else all services', else all desks'."""
    if service is not None and service.channels:
        return service.channels
    of_services = [c for s in core.directory.services.values() for c in s.channels]
    of_desks = [c for d in core.directory.desks.values() for c in d.channels]
    return tuple(dict.fromkeys(of_services or of_desks))


async def acknowledge(
    core: Core, work: UnitOfWork, incident: Incident, by: str, actor: str, now: datetime
) -> Incident:
    """A responder has it: paging stops at once."""
    change = incidents.acknowledge(incident, by, now)
    await record(core, work, incident, change, actor, now)
    if change.events:
        await paging.silence(work, incident.id, core.directory.name_of(by))
        if change.item.acknowledged_at is not None:
            waited = change.item.acknowledged_at - incident.created_at
            core.meter.observe("page_ack_seconds", waited.total_seconds())
    return change.item


async def resolve(
    core: Core, work: UnitOfWork, incident: Incident, actor: str, now: datetime, reason: str = ""
) -> Incident:
    """The incident is over: nobody is paged any more."""
    change = incidents.resolve(incident, now, reason)
    await record(core, work, incident, change, actor, now)
    await paging.silence(work, incident.id, "the incident is resolved")
    return change.item


async def raise_severity(
    core: Core, work: UnitOfWork, incident: Incident, severity: Severity, actor: str, now: datetime
) -> Incident:
    """Make it as severe as the worst of its alerts; never less."""
    if not severity.worse_than(incident.severity):
        return incident
    change = incidents.set_severity(incident, severity)
    await record(core, work, incident, change, actor, now)
    return change.item
