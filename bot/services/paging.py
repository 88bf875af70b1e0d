"""Paging: take escalation steps, make pages for every contact method, stop when somebody answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from bot.domain import escalation as escalations
from bot.domain.changes import Change
from bot.domain.effects import SendPage, UpdatePage, lane_of
from bot.domain.escalation import Call, EscalationPolicy
from bot.domain.events import SYSTEM, Event, Paged, StepSkipped
from bot.domain.paging import Page, PageState
from bot.domain.people import Person
from bot.domain.work_items import Incident
from bot.ports import UnitOfWork
from bot.services import oncall
from bot.services.core import Core
from bot.services.recording import record

TIMER: Final = "escalation"
# Two people who press "escalate" within this move one step, not two.
DOUBLE_PRESS: Final = timedelta(seconds=20)


async def begin(
    core: Core, work: UnitOfWork, incident: Incident, policy: EscalationPolicy | None, now: datetime
) -> Incident:
    """Start paging by the policy at once; without a policy, say loudly that nobody is paged."""
    if policy is None:
        words = "nobody is paged: no escalation policy covers it; page somebody with /page"
        change = Change(incident, (StepSkipped(reason=words),))
        await record(core, work, incident, change, SYSTEM, now)
        return incident
    started = replace(
        incident,
        escalation=escalations.start(policy, now),
        acknowledged_by=None,
        acknowledged_at=None,
    )
    return await step(core, work, incident, started, now)


async def step(
    core: Core, work: UnitOfWork, before: Incident, incident: Incident, now: datetime
) -> Incident:
    """Take the next escalation step: page whom it reaches, and set the timer of the one after it."""
    assert incident.escalation is not None
    resolve = await oncall.resolver(core, work, now)
    taken = escalations.advance(incident.escalation, resolve, now)
    moved = replace(incident, escalation=taken.escalation)
    events: list[Event] = [StepSkipped(reason=words) for words in taken.skipped]
    events += [
        Paged(person=core.directory.name_of(call.person), reason=_why(call, taken.reason))
        for call in taken.calls
    ]
    await record(core, work, before, Change(moved, tuple(events)), SYSTEM, now)
    await call_people(core, work, moved.id, taken.calls, taken.reason, now)
    if taken.escalation.due_at is not None:
        await work.timers.arm(TIMER, str(moved.id), taken.escalation.due_at)
    return moved


def _why(call: Call, reason: str) -> str:
    return f"{call.target}, {reason}"


async def call_people(
    core: Core, work: UnitOfWork, item: int, calls: Sequence[Call], reason: str, now: datetime
) -> None:
    """Make a page for each contact method of each person, in the pager's own lanes."""
    for call in calls:
        person = core.directory.people[call.person]
        for contact in contacts_of(person):
            page = await work.pages.add(
                Page(
                    item=item,
                    person=person.key,
                    contact=contact,
                    reason=_why(call, reason),
                    created_at=now,
                )
            )
            await work.outbox.put(SendPage(page=page.id))
            core.meter.count("pages", contact=contact)


async def tell(
    core: Core,
    work: UnitOfWork,
    incident: Incident,
    calls: Sequence[Call],
    reason: str,
    actor: str,
    now: datetime,
) -> None:
    """Write down who is paged by name, outside the policy's steps."""
    events = tuple(
        Paged(person=core.directory.name_of(call.person), reason=reason) for call in calls
    )
    await record(core, work, incident, Change(incident, events), actor, now)


def contacts_of(person: Person) -> tuple[str, ...]:
    """The person's contact methods: as configured, else every chat account and mail."""
    if person.contact:
        return person.contact
    mail = ("mail",) if person.email else ()
    return (*person.accounts, *mail)


async def on_timer(core: Core, work: UnitOfWork, subject: str, now: datetime) -> None:
    """An escalation is due: take its next step, unless it was answered meanwhile."""
    incident = await work.items.by_id(int(subject))
    if not isinstance(incident, Incident) or incident.escalation is None or incident.ended:
        return
    if incident.escalation.due_at is not None and incident.escalation.due_at <= now:
        await step(core, work, incident, incident, now)


async def silence(work: UnitOfWork, item: int, by: str) -> None:
    """Somebody answered: no further page starts, those that wait are cancelled, those sent are
    redrawn.
    """
    await work.timers.disarm(TIMER, str(item))
    for page in await work.pages.of(item):
        if page.state is PageState.QUEUED:
            await work.outbox.cancel_lane(lane_of(SendPage(page=page.id)), by)
            await work.pages.save(replace(page, state=PageState.CANCELLED, detail=by))
        elif page.state is PageState.SENT:
            await work.pages.save(replace(page, state=PageState.ANSWERED, detail=by))
            await work.outbox.refresh(UpdatePage(page=page.id))
