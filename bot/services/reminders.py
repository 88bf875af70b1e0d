"""What deadlines do when they come: clocks speak up, snoozed tickets wake, escalations go on."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Final

from bot.domain import tickets
from bot.domain.changes import Change
from bot.domain.directory import Desk
from bot.domain.escalation import DEFAULT_WAIT, Call, Step
from bot.domain.events import SYSTEM, SlaBreached, TicketEscalated
from bot.domain.work_items import Ticket
from bot.ports import UnitOfWork
from bot.services import clocks, oncall
from bot.services.alerts import paging
from bot.services.core import Core
from bot.services.drawing.words import metric_name
from bot.services.mailing.outgoing import verifying
from bot.services.recording import record

OnTimer = Callable[[Core, UnitOfWork, str, datetime], Awaitable[None]]
WAKE: Final = "wake"


async def clock_is_due(core: Core, work: UnitOfWork, subject: str, now: datetime) -> None:
    """Say once what the ticket's clocks have to say; a breach escalates; then wait for the next."""
    ticket = await work.items.by_id(int(subject))
    if not isinstance(ticket, Ticket):
        return
    entries = await work.timeline.of(ticket.id)
    events = clocks.overdue_events(core, ticket, entries, now)
    if not events:
        await work.items.save(await clocks.arm(core, work, ticket, now))
        return
    await record(core, work, ticket, Change(ticket, events), SYSTEM, now)
    breaches = [event for event in events if isinstance(event, SlaBreached)]
    for breach in breaches:
        core.meter.count("sla_breaches", desk=ticket.desk, metric=breach.metric)
    if breaches and core.directory.desks[ticket.desk].escalation:
        await escalate(
            core, work, ticket, f"{metric_name(breaches[-1].metric)} is missed", SYSTEM, now
        )


async def escalate(
    core: Core, work: UnitOfWork, ticket: Ticket, reason: str, actor: str, now: datetime
) -> tuple[str, ...]:
    """Call the desk's escalation for help with a ticket: page its first step; the people it
    reached.
    """
    desk = core.directory.desks[ticket.desk]
    calls = await _first_calls(core, work, desk, now)
    names = tuple(core.directory.name_of(call.person) for call in calls)
    event = TicketEscalated(reason=reason, called=names)
    await record(core, work, ticket, Change(ticket, (event,)), actor, now)
    await paging.call_people(core, work, ticket.id, calls, reason, now)
    return tuple(call.person for call in calls)


async def _first_calls(core: Core, work: UnitOfWork, desk: Desk, now: datetime) -> tuple[Call, ...]:
    policy = core.directory.escalations.get(desk.escalation)
    resolve = await oncall.resolver(core, work, now)
    steps = policy.steps if policy is not None else ()
    last = Step(targets=(policy.catch_all,), after=DEFAULT_WAIT) if policy is not None else None
    for step in filter(None, (*steps, last)):
        found = {p: t for t in step.targets for p in resolve(t)}
        if found:
            return tuple(Call(person=p, target=t, urgency=step.urgency) for p, t in found.items())
    return ()


async def snooze_is_over(core: Core, work: UnitOfWork, subject: str, now: datetime) -> None:
    """A snoozed ticket comes back into the queue."""
    ticket = await work.items.by_id(int(subject))
    if isinstance(ticket, Ticket) and ticket.snoozed_until and ticket.snoozed_until <= now:
        await record(core, work, ticket, tickets.wake(ticket, "its time has come"), SYSTEM, now)


ON_TIMER: Final[Mapping[str, OnTimer]] = {
    clocks.TIMER: clock_is_due,
    paging.TIMER: paging.on_timer,
    WAKE: snooze_is_over,
    verifying.TIMER: verifying.on_timer,
}
