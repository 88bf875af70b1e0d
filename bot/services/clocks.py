"""A ticket's SLA clocks: computed from its timeline, told once when at risk or breached, woken by
one timer.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import replace
from datetime import datetime
from typing import Final

from bot.domain.events import (
    CustomerWrote,
    Event,
    PriorityChanged,
    ReplySent,
    ReplyUndone,
    SlaAtRisk,
    SlaBreached,
    StatusChanged,
    TicketGivenBack,
    TicketMerged,
    TicketOpened,
    TicketUnmerged,
    TimelineEntry,
)
from bot.domain.merging import standing_merges
from bot.domain.sla import (
    DueKind,
    PrioritySet,
    SlaClock,
    SlaDue,
    SlaPolicy,
    Speaker,
    Spoke,
    StatusSet,
    TraceEntry,
    clocks,
    due_events,
    next_due,
    worst,
)
from bot.domain.work_items import Ticket, TicketStatus
from bot.ports import UnitOfWork
from bot.services.core import Core

TIMER: Final = "sla"
_PERSONS_SPEAK: Final = (CustomerWrote, ReplySent)


def trace_of(entries: Sequence[TimelineEntry]) -> tuple[TraceEntry, ...]:
    """The part of the timeline that clocks run by; what was undone never happened.

    It begins when a person first speaks: what machines write starts no clock.
    """
    begin = next((e.at for e in entries if isinstance(e.event, _PERSONS_SPEAK)), None)
    if begin is None:
        return ()
    happened = _without_undone(entries)
    trace = (each for entry in happened for each in _trace_entries(entry))
    return tuple(replace(each, at=max(each.at, begin)) for each in trace)


def _without_undone(entries: Sequence[TimelineEntry]) -> Sequence[TimelineEntry]:
    """The entries without the replies and the merges that were taken back."""
    undone = {e.event.message for e in entries if isinstance(e.event, ReplyUndone)}
    merges = standing_merges(entries)

    def counts(entry: TimelineEntry) -> bool:
        match entry.event:
            case ReplySent(message=message):
                return message not in undone
            case TicketMerged():
                return merges.get(entry.item) is entry
            case _:
                return True

    return tuple(filter(counts, entries))


def _trace_entries(entry: TimelineEntry) -> list[TraceEntry]:
    match entry.event:
        case TicketOpened(priority=priority):
            return [PrioritySet(at=entry.at, priority=priority)]
        case CustomerWrote():
            return [Spoke(at=entry.at, by=Speaker.CUSTOMER, public=True)]
        case ReplySent() | TicketGivenBack(settled=True):
            return [Spoke(at=entry.at, by=Speaker.AGENT, public=True)]
        case TicketUnmerged(answered_at=datetime() as answered_at):
            return [Spoke(at=answered_at, by=Speaker.AGENT, public=True)]
        case StatusChanged(new=status):
            return [StatusSet(at=entry.at, status=status)]
        case TicketMerged():
            return [StatusSet(at=entry.at, status=TicketStatus.CLOSED)]
        case PriorityChanged(new=priority):
            return [PrioritySet(at=entry.at, priority=priority)]
        case _:
            return []


def policy_of(core: Core, ticket: Ticket) -> SlaPolicy | None:
    """The policy of the ticket's desk, if it has one."""
    desk = core.directory.desks.get(ticket.desk)
    return core.directory.slas.get(desk.sla) if desk is not None else None


def clocks_of(
    core: Core, ticket: Ticket, entries: Sequence[TimelineEntry], now: datetime
) -> tuple[SlaClock, ...]:
    """All clocks of the ticket as they stand; none without a policy."""
    policy = policy_of(core, ticket)
    if policy is None:
        return ()
    merged = {entry.at for entry in standing_merges(entries).values()}
    settled = {e.at for e in entries if isinstance(e.event, TicketGivenBack) and e.event.settled}
    found = clocks(trace_of(entries), policy, now)
    return tuple(_with_cause(clock, merged, settled) for clock in found)


def _with_cause(clock: SlaClock, merged: Set[datetime], settled: Set[datetime]) -> SlaClock:
    """The clock with the true cause of its stop, where another ticket goes on for what it ran."""
    if clock.stopped_by == "resolved" and clock.stopped_at in merged:
        return replace(clock, stopped_by="merged")
    if clock.stopped_by == "reply" and clock.stopped_at in settled:
        return replace(clock, stopped_by="unmerged")
    return clock


async def arm(core: Core, work: UnitOfWork, ticket: Ticket, now: datetime) -> Ticket:
    """Set the one timer of the ticket to the next instant at which a clock has something to say;
    of a ticket that was merged none has, even if its time had come unnoticed.

    The answer is the ticket with the time it is due, still to be saved.
    """
    policy = policy_of(core, ticket)
    if policy is None:
        return replace(ticket, due_at=None)
    if ticket.merged_into:
        await work.timers.disarm(TIMER, str(ticket.id))
        return replace(ticket, due_at=None)
    entries = await work.timeline.of(ticket.id)
    running = clocks(trace_of(entries), policy, now)
    speaks_at = next_due(running, policy, now, _seen(entries))
    if speaks_at is None:
        await work.timers.disarm(TIMER, str(ticket.id))
    else:
        await work.timers.arm(TIMER, str(ticket.id), speaks_at)
    pressing = worst(running)
    return replace(ticket, due_at=pressing.due_at if pressing is not None else None)


def overdue_events(
    core: Core, ticket: Ticket, entries: Sequence[TimelineEntry], now: datetime
) -> tuple[Event, ...]:
    """What the clocks have to say by now and did not say yet: each warning and breach once.

    A warning for a clock that stopped or is breached by now is no news.
    """
    policy = policy_of(core, ticket)
    if policy is None or ticket.merged_into:
        return ()
    running = clocks(trace_of(entries), policy, now)
    seen = _seen(entries)
    due = [d for d in due_events(running, policy) if d.at <= now and d.key not in seen]
    past = {(d.metric, d.cycle) for d in due if d.kind is DueKind.BREACHED}
    past |= {(c.metric, c.cycle) for c in running if c.stopped_at is not None}
    return tuple(
        _event(d) for d in due if d.kind is DueKind.BREACHED or (d.metric, d.cycle) not in past
    )


def _event(due: SlaDue) -> Event:
    if due.warn is None:
        return SlaBreached(metric=due.metric, cycle=due.cycle, due_at=due.due_at)
    return SlaAtRisk(metric=due.metric, cycle=due.cycle, warn=due.warn, due_at=due.due_at)


def _seen(entries: Sequence[TimelineEntry]) -> frozenset[str]:
    return frozenset(key for entry in entries for key in _told(entry.event))


def _told(event: Event) -> tuple[str, ...]:
    """The keys (as in SlaDue) of what an entry of the timeline has said already."""
    match event:
        case SlaAtRisk(metric=metric, cycle=cycle, warn=warn):
            return (f"{metric}/{cycle}/{DueKind.AT_RISK}/{warn}",)
        case SlaBreached(metric=metric, cycle=cycle):
            return (f"{metric}/{cycle}/{DueKind.BREACHED}",)
        case _:
            return ()
