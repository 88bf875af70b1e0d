"""The words of service levels: what happened, what a policy promises, what a clock shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal

from bot.domain.calendars import Calendar
from bot.domain.work_items import TicketStatus


class Metric(StrEnum):
    """The seven promises, in the order in which they are listed."""

    FIRST_REPLY = "first_reply"
    NEXT_REPLY = "next_reply"
    PERIODIC_UPDATE = "periodic_update"
    PAUSABLE_UPDATE = "pausable_update"
    REQUESTER_WAIT = "requester_wait"
    AGENT_WORK = "agent_work"
    RESOLUTION = "resolution"


class Speaker(StrEnum):
    """Who wrote: someone on the requester's side, or an agent by the role they had at that time."""

    CUSTOMER = "customer"
    AGENT = "agent"


class LineState(StrEnum):
    """What a clock did for a while: count, pause by its status, or wait for the calendar."""

    RUNNING = "running"
    PAUSED = "paused"
    CLOSED = "closed"


class DueKind(StrEnum):
    """What a clock comes to at an instant."""

    AT_RISK = "at_risk"
    BREACHED = "breached"


StopReason = Literal["reply", "resolved", "merged", "unmerged"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoke:
    """Somebody wrote; `public` is what the customer can read."""

    at: datetime
    by: Speaker
    public: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusSet:
    """The ticket took a status; ValueError for a word that is no `TicketStatus`."""

    at: datetime
    status: str

    def __post_init__(self) -> None:
        """Refuse an unknown status: no clock could tell whether it runs in it."""
        known = tuple(TicketStatus)
        if self.status not in known:
            raise ValueError(f"status {self.status!r} is not one of {', '.join(known)}")


@dataclass(frozen=True, slots=True, kw_only=True)
class PrioritySet:
    """The ticket took a priority; before the first one nothing has a target."""

    at: datetime
    priority: str


TraceEntry = Spoke | StatusSet | PrioritySet


@dataclass(frozen=True, slots=True, kw_only=True)
class WarnAt:
    """When a clock is at risk: after a fraction of its target, or when only `before` of it is left.

    Both are counted in the policy's calendar; a clock shorter than `before` has no such warning.
    """

    fraction: float | None = None
    before: timedelta | None = None

    def __post_init__(self) -> None:
        """Refuse both or none, a fraction outside 0 to 1, a time that is not positive."""
        if (self.fraction is None) == (self.before is None):
            raise ValueError("a warning is either a fraction of the target or a time before it")
        if self.fraction is not None and not 0 < self.fraction < 1:
            raise ValueError(f"a warning at {self.fraction:%} of the target: give 1% to 99%")
        if self.before is not None and self.before <= timedelta():
            raise ValueError(f"a warning {self.before} before it is due: give a positive time")

    def within(self, target: timedelta) -> timedelta:
        """How much of the target is used up at the warning; not positive when it is too short."""
        return target - self.before if self.before else target * (self.fraction or 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class SlaPolicy:
    """Targets by priority and metric, counted in one calendar, and when to warn."""

    name: str
    calendar: Calendar
    targets: Mapping[str, Mapping[Metric, timedelta]] = field(hash=False)
    warn: tuple[WarnAt, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a target that is not positive, naming its key."""
        for priority, targets in self.targets.items():
            for metric, target in targets.items():
                if target <= timedelta():
                    raise ValueError(f"policy {self.name}: {priority}.{metric} must be positive")

    def target(self, priority: str | None, metric: Metric) -> timedelta | None:
        """What is promised; None for a metric or a priority without a promise."""
        return self.targets.get(priority or "", {}).get(metric)


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerLine:
    """One stretch of a clock; `why` is the status it ran or paused in, or the closed calendar."""

    start: datetime
    end: datetime
    state: LineState
    why: str


Active = tuple[tuple[datetime, datetime | None], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SlaClock:
    """One cycle of one metric, as known at an instant; UTC, `cycle` counts from 0 for each metric.

    `elapsed` is open time until that instant or the stop. `priority` and `target` are those in
    force, since `target_since`; of a stopped clock, those it ran under last. `due_at` is when the
    target is used up, never before it came into force: projected while the clock runs, kept when
    it stops, None while it is paused unless it was missed. `breached_at` is when it was first
    missed, under the target of that time; a stop at the very due instant is in time. `active` are
    the stretches in which the status lets it run; the last has no end while it runs, or if only
    the stop ended it.
    """

    metric: Metric
    cycle: int
    started_at: datetime
    stopped_at: datetime | None
    stopped_by: StopReason | None
    running: bool
    elapsed: timedelta
    priority: str | None
    target: timedelta | None
    target_since: datetime
    due_at: datetime | None
    breached_at: datetime | None
    active: Active
    ledger: tuple[LedgerLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SlaDue:
    """An instant at which a clock is at risk or breached.

    `warn` is the index of the policy's warning, None for a breach.
    """

    at: datetime
    metric: Metric
    cycle: int
    kind: DueKind
    warn: int | None
    due_at: datetime

    @property
    def key(self) -> str:
        """What happens once to a ticket: `next_reply/0/breached`, `next_reply/0/at_risk/1`."""
        key = f"{self.metric}/{self.cycle}/{self.kind}"
        return key if self.warn is None else f"{key}/{self.warn}"
