"""What comes due on a ticket's clocks, when to look again, and which clock presses most."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

from bot.domain.calendars import as_utc
from bot.domain.sla.clock import reached_at
from bot.domain.sla.terms import DueKind, SlaClock, SlaDue, SlaPolicy

_NEVER: Final = datetime.max.replace(tzinfo=UTC)


def due_events(clocks: Iterable[SlaClock], policy: SlaPolicy) -> tuple[SlaDue, ...]:
    """Every instant at which a clock was, or by what is known now will be, at risk or breached.

    In order of time. A stopped clock gives only a breach that really happened, and so does a paused
    one: its warnings come when it goes on. After the breach there is nothing left to warn of.
    """
    found = (due for clock in clocks for due in (*_warnings(clock, policy), *_breach(clock)))
    return tuple(sorted(found, key=lambda due: due.at))


def next_due(
    clocks: Iterable[SlaClock], policy: SlaPolicy, after: datetime, seen: Container[str]
) -> datetime | None:
    """When to look again: the earliest instant of `due_events` whose key is not in `seen`.

    What is overdue already makes it `after` itself, so that nothing is lost. None: nothing to come.
    """
    unseen = [due.at for due in due_events(clocks, policy) if due.key not in seen]
    return max(min(unseen), as_utc(after)) if unseen else None


def worst(clocks: Iterable[SlaClock]) -> SlaClock | None:
    """The clock that presses most: the earliest due; of paused ones, that with the least time left.

    None when no clock that has a target is still going.
    """
    going = [clock for clock in clocks if clock.stopped_at is None and clock.target is not None]
    return min(going, key=_pressure, default=None)


def _pressure(clock: SlaClock) -> tuple[datetime, timedelta]:
    return clock.due_at or _NEVER, (clock.target or timedelta()) - clock.elapsed


def _warnings(clock: SlaClock, policy: SlaPolicy) -> Iterator[SlaDue]:
    if not clock.running or clock.breached_at or clock.target is None or clock.due_at is None:
        return
    for index, warn in enumerate(policy.warn):
        used = warn.within(clock.target)
        if used <= timedelta():
            continue
        at = reached_at(policy.calendar, clock.active, used, clock.target_since)
        if at is not None and at < clock.due_at:
            yield _due(clock, at, clock.due_at, DueKind.AT_RISK, index)


def _breach(clock: SlaClock) -> Iterator[SlaDue]:
    if clock.due_at is not None and (clock.breached_at is not None or clock.running):
        yield _due(clock, clock.due_at, clock.due_at, DueKind.BREACHED, None)


def _due(
    clock: SlaClock, at: datetime, due_at: datetime, kind: DueKind, warn: int | None
) -> SlaDue:
    return SlaDue(
        at=at, metric=clock.metric, cycle=clock.cycle, kind=kind, warn=warn, due_at=due_at
    )
