"""Paging: take escalation steps, page by every contact method, stop when somebody answers."""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from bot.domain import escalation as escalations
from bot.domain import incidents
from bot.domain.changes import Change
from bot.domain.effects import SendPage, UpdatePage, lane_of
from bot.domain.escalation import Advance, Call, EscalationPolicy, Resolve, Step
from bot.domain.events import SYSTEM, Event, Paged, StepSkipped
from bot.domain.paging import Page, PageState
from bot.domain.work_items import AnyItem, Incident
from bot.ports import UnitOfWork
from bot.services import insiders, oncall
from bot.services.core import Core
from bot.services.recording import record

TIMER: Final = "escalation"
# So soon after a step it is looked whether any of its pages can be delivered at all.
LOOK_AFTER: Final = timedelta(seconds=10)
# A notice that paging goes past somebody is not repeated within this.
REMIND_AFTER: Final = timedelta(hours=1)

_NOBODY: Final = "nobody is paged"
NO_POLICY: Final = f"{_NOBODY}: no escalation policy covers this; page somebody with /page"


def by_hand(target: str, asks: str) -> EscalationPolicy:
    """A policy that pages just the target, again and again; `asks` says who wants help, and why."""
    step = Step(targets=(target,), after=escalations.DEFAULT_WAIT)
    return EscalationPolicy(name=asks, steps=(step,))


async def begin(
    core: Core, work: UnitOfWork, incident: Incident, policy: EscalationPolicy | None, now: datetime
) -> Incident:
    """Start paging by the policy at once; without a policy, say loudly that nobody is paged."""
    if policy is None:
        change = Change(incident, (StepSkipped(reason=NO_POLICY),))
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
    """Take the next escalation step: page whom it reaches, and wait for an answer."""
    if incident.escalation is None:
        return incident
    resolve = await reach(core, work, incident, now)
    taken = escalations.advance(incident.escalation, resolve, now)
    called = (call.person for call in taken.calls)
    moved = incidents.drawn_in(replace(incident, escalation=taken.escalation), *called)
    stage = _stage(taken)
    paged = [
        Paged(person=core.directory.name_of(call.person), reason=_why(call, stage))
        for call in taken.calls
    ]
    events: tuple[Event, ...] = (*await _skipped(work, incident.id, taken, now), *paged)
    await record(core, work, before, Change(moved, events), SYSTEM, now)
    await call_people(core, work, moved.id, taken.calls, stage, now)
    if not taken.calls:
        moved = await alarm(core, work, moved, _NOBODY, now)
    await _look_later(work, moved, now)
    return moved


async def reach(core: Core, work: UnitOfWork, incident: AnyItem | None, now: datetime) -> Resolve:
    """Whom a page about the incident can reach now; None is one that is still to be declared."""
    found = await oncall.resolver(core, work, now)
    return insiders.without(found, await insiders.put_out_of(work, incident))


async def alarm(
    core: Core, work: UnitOfWork, incident: Incident, reason: str, now: datetime
) -> Incident:
    """Let the admins in on a confidential incident: it must not burn unseen.

    Of any other its whole channel is told.
    """
    if not incident.confidential:
        return incident
    for person in core.directory.admins:
        change = incidents.admit(incident, person.key, reason)
        await record(core, work, incident, change, SYSTEM, now)
        incident = change.item
    return incident


def _stage(taken: Advance) -> str:
    """Which step this is; one of a policy made by hand is told by who asks for help."""
    name, stage = taken.escalation.policy.name, taken.reason.removesuffix(", round 1")
    # The key of a configured policy has no blank; that policy may be configured no more.
    if " " not in name:
        return stage
    return name if taken.round == 1 else f"{name} (again)"


async def _skipped(
    work: UnitOfWork, item: int, taken: Advance, now: datetime
) -> tuple[StepSkipped, ...]:
    """One notice of what this step went past, unless as much was said a while ago."""
    if not taken.skipped:
        return ()
    since = now - REMIND_AFTER
    recent = (e.event for e in await work.timeline.of(item) if e.at > since)
    said = [event.reason for event in recent if isinstance(event, StepSkipped)]
    words = ", ".join(taken.skipped)
    if not taken.calls:
        words = f"{_NOBODY}: {words}"
    known = words in said if taken.calls else any(each.startswith(_NOBODY) for each in said)
    return () if known else (StepSkipped(reason=words),)


def _why(call: Call, reason: str) -> str:
    """Why it is this person: by being on call, or for the reason alone when named in person."""
    kind, _, name = call.target.partition(":")
    return f"on call for {name}, {reason}" if kind == "schedule" else reason


async def call_people(
    core: Core, work: UnitOfWork, item: int, calls: Sequence[Call], reason: str, now: datetime
) -> None:
    """Make a page for each contact method of each person, in the pager's own lanes.

    One that still waits, since its platform is away, gives way to the new one.
    """
    await _withdraw(work, item, {call.person for call in calls})
    for call in calls:
        person = core.directory.people[call.person]
        for contact in oncall.contacts_of(person, call.urgency):
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


async def _withdraw(work: UnitOfWork, item: int, people: Container[str]) -> None:
    for page in await work.pages.of(item):
        if page.person not in people or page.state is not PageState.QUEUED:
            continue
        if await work.outbox.cancel_lane(lane_of(SendPage(page=page.id)), "a later page"):
            late = replace(page, state=PageState.CANCELLED, detail="a later page")
            await work.pages.save(late)


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
    drawn = incidents.drawn_in(incident, *(call.person for call in calls))
    await record(core, work, incident, Change(drawn, events), actor, now)


# ---------------------------------------------------------------- time


async def on_timer(core: Core, work: UnitOfWork, subject: str, now: datetime) -> None:
    """An escalation is due: take its next step, unless it was answered meanwhile."""
    incident = await work.items.by_id(int(subject))
    if not isinstance(incident, Incident) or incident.escalation is None or incident.ended:
        return
    due_at = incident.escalation.due_at
    if due_at is None:
        return
    if due_at <= now:
        await step(core, work, incident, incident, now)
    elif lost := await _lost(work, incident):
        names = ", ".join(core.directory.name_of(person) for person in lost)
        unreached = f"no page reaches {names}"
        event = StepSkipped(reason=f"{unreached}; going on at once")
        await record(core, work, incident, Change(incident, (event,)), SYSTEM, now)
        alarmed = await alarm(core, work, incident, unreached, now)
        await step(core, work, alarmed, alarmed, now)
    else:
        await work.timers.arm(TIMER, subject, due_at)


async def _look_later(work: UnitOfWork, incident: Incident, now: datetime) -> None:
    """Wake when the next step is due; before that once, to see whether this one was in vain."""
    escalation = incident.escalation
    if escalation is not None and escalation.due_at is not None:
        look_at = min(escalation.due_at, now + LOOK_AFTER)
        await work.timers.arm(TIMER, str(incident.id), look_at)


async def _lost(work: UnitOfWork, incident: Incident) -> tuple[str, ...]:
    """The people of the present step, when every page to them has failed for good.

    Only in the first round: a second one would find the same, and hurry for nothing.
    """
    escalation = incident.escalation
    if escalation is None or escalation.position > len(escalation.policy.steps):
        return ()
    sent = [p for p in await work.pages.of(incident.id) if p.created_at == escalation.stepped_at]
    if any(page.state is not PageState.FAILED for page in sent):
        return ()
    return tuple(dict.fromkeys(page.person for page in sent))


# ---------------------------------------------------------------- answers


async def silence(work: UnitOfWork, item: int, by: str) -> None:
    """Somebody answered: no further page starts, those that wait are cancelled, those sent are
    redrawn.
    """
    await work.timers.disarm(TIMER, str(item))
    await _end(work, await work.pages.of(item), by)


async def answer(work: UnitOfWork, item: int, person: str, by: str) -> bool:
    """One person answers what they alone were paged for; False when nothing waits for them."""
    waiting = [p for p in await work.pages.of(item) if p.person == person and is_open(p)]
    await _end(work, waiting, by)
    return bool(waiting)


async def redraw(work: UnitOfWork, item: int) -> None:
    """Show on every page that was delivered how things stand now."""
    for page in await work.pages.of(item):
        if page.ref:
            await work.outbox.refresh(UpdatePage(page=page.id))


def is_open(page: Page) -> bool:
    """Whether the page waits for its person's answer, or will."""
    return page.state in (PageState.QUEUED, PageState.SENT)


async def _end(work: UnitOfWork, pages: Iterable[Page], by: str) -> None:
    for page in pages:
        if page.state is PageState.QUEUED:
            await work.outbox.cancel_lane(lane_of(SendPage(page=page.id)), by)
            await work.pages.save(replace(page, state=PageState.CANCELLED, detail=by))
        elif page.state is PageState.SENT:
            await work.pages.save(replace(page, state=PageState.ANSWERED, detail=by))
        if page.ref:
            await work.outbox.refresh(UpdatePage(page=page.id))
