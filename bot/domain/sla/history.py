"""From a ticket's trace to the cycles of each metric: when a clock starts, and what stops it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter
from typing import Final

from bot.domain.calendars import as_utc
from bot.domain.sla.terms import (
    Metric,
    PrioritySet,
    Speaker,
    Spoke,
    StatusSet,
    StopReason,
    TraceEntry,
)
from bot.domain.work_items import TicketStatus

Steps = tuple[tuple[datetime, str | None], ...]
"""From when which value held, in order of time; it never starts later than the ticket."""

ENDED: Final = frozenset(status for status in TicketStatus if status.ended)

_UPDATES: Final = (Metric.PERIODIC_UPDATE, Metric.PAUSABLE_UPDATE)
_TALK: Final = (Metric.FIRST_REPLY, Metric.NEXT_REPLY, *_UPDATES)
_LIFE: Final = (Metric.REQUESTER_WAIT, Metric.AGENT_WORK, Metric.RESOLUTION)


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What is known at an instant: who wrote in public, which status and priority held when."""

    created_at: datetime
    said: tuple[tuple[datetime, Speaker], ...]
    statuses: Steps
    priorities: Steps


@dataclass(frozen=True, slots=True, kw_only=True)
class Cycle:
    """One run of a metric from its start to its stop, if it has stopped."""

    metric: Metric
    started_at: datetime
    stopped_at: datetime | None = None
    stopped_by: StopReason | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """A value that held from `start` to `end`; None is: to the end of what is looked at."""

    start: datetime
    end: datetime | None
    value: str | None


def read(trace: Iterable[TraceEntry], until: datetime) -> History | None:
    """What the trace says up to and including `until`; None when the ticket did not exist yet."""
    known = _known(trace, until)
    if not known:
        return None
    created_at = known[0][0]
    said = ((at, entry.by) for at, entry in known if isinstance(entry, Spoke) and entry.public)
    statuses = ((at, entry.status) for at, entry in known if isinstance(entry, StatusSet))
    priorities = ((at, entry.priority) for at, entry in known if isinstance(entry, PrioritySet))
    return History(
        created_at=created_at,
        said=tuple(said),
        statuses=_steps((created_at, TicketStatus.NEW), statuses),
        priorities=_steps((created_at, None), priorities),
    )


def _known(trace: Iterable[TraceEntry], until: datetime) -> list[tuple[datetime, TraceEntry]]:
    timed = ((as_utc(entry.at), entry) for entry in trace)
    return sorted((each for each in timed if each[0] <= until), key=itemgetter(0))


def cycles(history: History) -> list[Cycle]:
    """Every cycle of every metric; those of one metric in order of time."""
    return [*_talk_cycles(history), *_life_cycles(history)]


def stretches(steps: Steps, cycle: Cycle) -> list[Stretch]:
    """The values that held during the cycle, at least one; the last is left open.

    A change at the very instant of the stop comes too late to matter.
    """
    start, stop = cycle.started_at, cycle.stopped_at
    held = [(max(at, start), v) for at, v in steps if at <= start or stop is None or at < stop]
    ends = [at for at, _ in held[1:]] + [None]
    return [
        Stretch(start=at, end=end, value=value)
        for (at, value), end in zip(held, ends, strict=True)
        if end is None or at < end
    ]


class _Conversation:
    """Folds what was said and done into the cycles of the four metrics that answers stop."""

    def __init__(self, created_at: datetime) -> None:
        self._started = {Metric.FIRST_REPLY: created_at}
        self._stopped: list[Cycle] = []

    def customer_wrote(self, at: datetime) -> None:
        """Wait for the next reply since the oldest unanswered message: a nudge changes nothing."""
        if Metric.FIRST_REPLY not in self._started:
            self._started.setdefault(Metric.NEXT_REPLY, at)

    def agent_replied(self, at: datetime, *, ended: bool) -> None:
        """Answer what waits; unless the ticket has ended, the next update is owed from here."""
        self.stop(at, "reply")
        if not ended:
            self._started.update(dict.fromkeys(_UPDATES, at))

    def stop(self, at: datetime, by: StopReason) -> None:
        """Stop every cycle that runs."""
        self._stopped += [
            Cycle(metric=metric, started_at=started, stopped_at=at, stopped_by=by)
            for metric, started in self._started.items()
        ]
        self._started.clear()

    def cycles(self) -> list[Cycle]:
        """The stopped cycles in order of their stop, then the running ones."""
        running = [Cycle(metric=metric, started_at=at) for metric, at in self._started.items()]
        return self._stopped + running


def _talk_cycles(history: History) -> list[Cycle]:
    conversation = _Conversation(history.created_at)
    # Words come before a status of the same instant: "reply and resolve" stops clocks by a reply.
    happened: list[tuple[datetime, Speaker | None, str | None]]
    happened = [(at, speaker, None) for at, speaker in history.said]
    happened += [(at, None, status) for at, status in history.statuses]
    for at, speaker, status in sorted(happened, key=lambda entry: (entry[0], entry[1] is None)):
        if speaker is Speaker.CUSTOMER:
            conversation.customer_wrote(at)
        elif speaker is Speaker.AGENT:
            conversation.agent_replied(at, ended=_value_at(history.statuses, at) in ENDED)
        elif status in ENDED:
            conversation.stop(at, "resolved")
    return conversation.cycles()


def _life_cycles(history: History) -> list[Cycle]:
    ended_at = _ended_at(history.statuses)
    return [
        Cycle(
            metric=metric,
            started_at=history.created_at,
            stopped_at=ended_at,
            stopped_by=None if ended_at is None else "resolved",
        )
        for metric in _LIFE
    ]


def _ended_at(statuses: Steps) -> datetime | None:
    """Since when the ticket has been over; None when it is not, or is again not."""
    since: datetime | None = None
    for at, status in statuses:
        since = (since or at) if status in ENDED else None
    return since


def _steps(initial: tuple[datetime, str | None], changes: Iterable[tuple[datetime, str]]) -> Steps:
    # Of several changes at one instant the last holds.
    return tuple(dict([initial, *changes]).items())


def _value_at(steps: Sequence[tuple[datetime, str | None]], at: datetime) -> str | None:
    return steps[bisect_right(steps, at, key=itemgetter(0)) - 1][1]
