"""The clocks of a ticket: how far each has run, when it is due, whether its target was missed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Final

from bot.domain.calendars import Calendar, as_utc
from bot.domain.sla.history import Cycle, History, Stretch, cycles, read, stretches
from bot.domain.sla.terms import (
    Active,
    LedgerLine,
    LineState,
    Metric,
    SlaClock,
    SlaPolicy,
    TraceEntry,
)
from bot.domain.work_items import TicketStatus

_WITH_US: Final = frozenset({TicketStatus.NEW, TicketStatus.OPEN})
_ON_US: Final = _WITH_US | {TicketStatus.ON_HOLD}
# Metrics that are not named here run whatever the status is.
_RUNS_IN: Final = {metric: frozenset(TicketStatus) for metric in Metric} | {
    Metric.PAUSABLE_UPDATE: _ON_US,
    Metric.REQUESTER_WAIT: _ON_US,
    Metric.AGENT_WORK: _WITH_US,
    Metric.RESOLUTION: _ON_US | {TicketStatus.PENDING},
}


def clocks(trace: Iterable[TraceEntry], policy: SlaPolicy, until: datetime) -> tuple[SlaClock, ...]:
    """Every cycle of every metric as known at `until`, in order of their start.

    The first entry of the trace is the ticket's creation, as `new`; later ones than `until` are not
    known yet. A pure function: looking more often finds the same breaches at the same instants. A
    metric without a target has clocks too, for reports; they are never due. Raises ValueError for
    times without a zone.
    """
    until = as_utc(until)
    history = read(trace, until)
    if history is None:
        return ()
    numbers: Counter[Metric] = Counter()
    found = []
    for cycle in sorted(cycles(history), key=attrgetter("started_at")):
        found.append(_clock(cycle, numbers[cycle.metric], history, policy, until))
        numbers[cycle.metric] += 1
    return tuple(found)


def reached_at(
    calendar: Calendar, active: Active, amount: timedelta, since: datetime
) -> datetime | None:
    """The first instant, not before `since`, at which a clock has run for the amount.

    What is reached just as the clock pauses is not reached: it comes when the clock goes on and the
    calendar is open. None when it is not reached, or not within the calendar's horizon.
    """
    at = _reached_at(calendar, active, amount)
    if at is None or at >= since:
        return at
    rest = tuple((max(start, since), end) for start, end in active)
    return _reached_at(calendar, rest, timedelta())


def _reached_at(calendar: Calendar, active: Active, left: timedelta) -> datetime | None:
    for start, end in active:
        if end is None:
            return calendar.due(start, left)
        for opens, closes in calendar.spans(start, end):
            if closes - opens >= left and opens + left < end:
                return opens + left
            left -= closes - opens
    return None


def _clock(
    cycle: Cycle, number: int, history: History, policy: SlaPolicy, until: datetime
) -> SlaClock:
    stints = stretches(history.statuses, cycle)
    reigns = stretches(history.priorities, cycle)
    active = _active(stints, cycle.metric)
    ledger = tuple(_ledger(stints, cycle, policy.calendar, until))
    due_at, missed = _verdict(cycle, active, reigns, policy, until)
    return SlaClock(
        metric=cycle.metric,
        cycle=number,
        started_at=cycle.started_at,
        stopped_at=cycle.stopped_at,
        stopped_by=cycle.stopped_by,
        running=cycle.stopped_at is None and stints[-1].value in _RUNS_IN[cycle.metric],
        elapsed=_total(ledger),
        priority=reigns[-1].value,
        target=policy.target(reigns[-1].value, cycle.metric),
        target_since=reigns[-1].start,
        due_at=due_at,
        breached_at=due_at if missed else None,
        active=active,
        ledger=ledger,
    )


def _active(stints: Iterable[Stretch], metric: Metric) -> Active:
    active: list[tuple[datetime, datetime | None]] = []
    for stint in stints:
        if stint.value not in _RUNS_IN[metric]:
            continue
        start = stint.start
        if active and active[-1][1] == start:
            start, _ = active.pop()
        active.append((start, stint.end))
    return tuple(active)


def _verdict(
    cycle: Cycle, active: Active, reigns: Iterable[Stretch], policy: SlaPolicy, until: datetime
) -> tuple[datetime | None, bool]:
    """When the clock is due and whether it was missed, under the target of each time in turn.

    A later priority does not unmake a breach: whoever looked at that time has seen it.
    """
    due_at = None
    for reign in reigns:
        target = policy.target(reign.value, cycle.metric)
        if target is None:
            due_at = None
            continue
        due_at = reached_at(policy.calendar, active, target, reign.start)
        if due_at and due_at <= until and _before(due_at, reign.end, cycle.stopped_at):
            return due_at, True
    return due_at, False


def _before(at: datetime, *ends: datetime | None) -> bool:
    return all(end is None or at < end for end in ends)


def _ledger(
    stints: Iterable[Stretch], cycle: Cycle, calendar: Calendar, until: datetime
) -> Iterator[LedgerLine]:
    """The stretches of the clock without a gap; neighbours alike in state and reason are one."""
    held: LedgerLine | None = None
    for line in _lines(stints, cycle, calendar, cycle.stopped_at or until):
        if held is not None and (held.state, held.why) == (line.state, line.why):
            line = LedgerLine(start=held.start, end=line.end, state=line.state, why=line.why)
        elif held is not None:
            yield held
        held = line
    if held is not None:
        yield held


def _lines(
    stints: Iterable[Stretch], cycle: Cycle, calendar: Calendar, last: datetime
) -> Iterator[LedgerLine]:
    for stint in stints:
        start, end, status = stint.start, stint.end or last, str(stint.value)
        if status not in _RUNS_IN[cycle.metric]:
            lines: Iterable[LedgerLine] = [_line(start, end, LineState.PAUSED, status)]
        else:
            lines = _counted(start, end, calendar, status)
        yield from (line for line in lines if line.start < line.end)


def _counted(
    start: datetime, end: datetime, calendar: Calendar, status: str
) -> Iterator[LedgerLine]:
    for opens, closes in calendar.spans(start, end):
        yield _line(start, opens, LineState.CLOSED, calendar.name)
        yield _line(opens, closes, LineState.RUNNING, status)
        start = closes
    yield _line(start, end, LineState.CLOSED, calendar.name)


def _line(start: datetime, end: datetime, state: LineState, why: str) -> LedgerLine:
    return LedgerLine(start=start, end=end, state=state, why=why)


def _total(ledger: Iterable[LedgerLine]) -> timedelta:
    counted = (line.end - line.start for line in ledger if line.state is LineState.RUNNING)
    return sum(counted, timedelta())
