"""Alerts in: fold by fingerprint, route, group into incidents, and let cleared ones end; in
batches.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from bot.domain.alerts import Alert, AlertStatus, Fold, Folded, InboundAlert, fold
from bot.domain.changes import Change
from bot.domain.directory import AlertIntake
from bot.domain.events import (
    AlertAttached,
    AlertCleared,
    AlertsAttached,
    Event,
    intake_actor,
)
from bot.domain.routing import Routed, route
from bot.domain.work_items import Incident, Kind
from bot.errors import PermanentError
from bot.ports import InboxRow, ItemQuery, UnitOfWork
from bot.services import incidents
from bot.services.core import Core
from bot.services.leases import LostLease
from bot.services.recording import record

ReadAlerts = Callable[[bytes, str], tuple[InboundAlert, ...]]

# How many alerts of one incident get a timeline entry each; beyond that a batch is told by its
# count.
TOLD_SINGLY: Final = 10
# So many incidents of a service within the window are a storm: further groups join the newest of
# them.
STORM_INCIDENTS: Final = 5
STORM_WINDOW: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What one inbox row says, once it is read."""

    row: InboxRow
    intake: AlertIntake
    alerts: tuple[InboundAlert, ...]


@dataclass(slots=True)
class _Batch:
    """The alerts of a batch as they change, by intake and fingerprint, and why."""

    known: dict[tuple[str, str], Alert] = field(default_factory=dict)
    changed: dict[tuple[str, str], Alert] = field(default_factory=dict)
    fired: dict[tuple[str, str], Fold] = field(default_factory=dict)
    cleared: set[tuple[str, str]] = field(default_factory=set)

    def take(self, intake: str, report: InboundAlert, now: datetime) -> Folded:
        """Fold one report into the batch."""
        key = (intake, report.fingerprint)
        folded = fold(self.changed.get(key) or self.known.get(key), report, intake, now)
        if folded.alert is None or folded.reason in (Fold.STALE, Fold.ALREADY_RESOLVED):
            return folded
        self.changed[key] = folded.alert
        if folded.reason in (Fold.NEW, Fold.REFIRED):
            self.fired[key] = folded.reason
            self.cleared.discard(key)
        elif folded.reason is Fold.RESOLVED:
            self.cleared.add(key)
        return folded


def read(core: Core, row: InboxRow, readers: Mapping[str, ReadAlerts]) -> Report:
    """Read a row's body in its source's format; PermanentError when it can never be read."""
    name = row.source.partition(":")[2]
    intake = core.directory.intakes.get(name)
    if intake is None:
        raise PermanentError(f"the alert intake {name!r} is no longer configured")
    content_type = row.meta.get("content_type", "application/json")
    return Report(row=row, intake=intake, alerts=readers[intake.kind](row.raw, content_type))


async def take(core: Core, reports: Sequence[Report]) -> None:
    """Fold all reports in one unit of work and end their rows; LostLease when one is somebody
    else's.
    """
    now = core.clock.now()
    async with core.store.work() as work:
        batch = _Batch(known=await _known(work, reports))
        for report in reports:
            reasons = [batch.take(report.intake.name, a, now).reason for a in report.alerts]
            await _finish(core, work, report, reasons)
        await _attach(core, work, batch, now)
        await _clear(core, work, batch, now)


async def _known(work: UnitOfWork, reports: Sequence[Report]) -> dict[tuple[str, str], Alert]:
    wanted: dict[str, set[str]] = {}
    for report in reports:
        prints = wanted.setdefault(report.intake.name, set())
        prints.update(alert.fingerprint for alert in report.alerts)
    return {
        (intake, fingerprint): alert
        for intake, prints in wanted.items()
        for fingerprint, alert in (await work.alerts.known(intake, sorted(prints))).items()
    }


async def _finish(core: Core, work: UnitOfWork, report: Report, reasons: Sequence[Fold]) -> None:
    counts = {reason: reasons.count(reason) for reason in dict.fromkeys(reasons)}
    detail = ", ".join(f"{count} {reason}" for reason, count in counts.items())
    if not await work.inbox.finish(report.row, "alerts", detail=detail):
        raise LostLease(f"inbox row {report.row.id}")
    for reason, count in counts.items():
        core.meter.count("alerts_folded", count, intake=report.intake.name, reason=reason)


@dataclass(slots=True)
class _Joined:
    """The alerts that join one incident in this batch."""

    incident: Incident | None
    routed: Routed
    group: str
    alerts: list[Alert] = field(default_factory=list)
    reason: str = ""


async def _attach(core: Core, work: UnitOfWork, batch: _Batch, now: datetime) -> None:
    """Give every alert that began to fire its incident, and store all that changed."""
    firing = [batch.changed[key] for key in batch.fired if _fires(batch.changed[key])]
    joins = await _joins(core, work, firing, now)
    placed: dict[tuple[str, str], Alert] = dict(batch.changed)
    for join in joins:
        incident = await _incident(core, work, join, now)
        for alert in join.alerts:
            placed[alert.intake, alert.fingerprint] = replace(alert, incident=incident.id)
        join.incident = incident
    stored = await work.alerts.save_all(list(placed.values()))
    by_incident: dict[int | None, list[Alert]] = {}
    for alert in stored:
        if (alert.intake, alert.fingerprint) in batch.fired:
            by_incident.setdefault(alert.incident, []).append(alert)
    for join in joins:
        assert join.incident is not None
        await _tell(core, work, join, by_incident.get(join.incident.id, []), now)
    batch.changed = {(a.intake, a.fingerprint): a for a in stored}


def _fires(alert: Alert) -> bool:
    return alert.status is AlertStatus.FIRING


async def _joins(
    core: Core, work: UnitOfWork, firing: Iterable[Alert], now: datetime
) -> list[_Joined]:
    joins: dict[str, _Joined] = {}
    for alert in firing:
        intake = core.directory.intakes[alert.intake]
        routed = route(alert, intake, core.directory.routes)
        group = f"{alert.intake}|{routed.service}|{alert.group}"
        join = joins.get(group)
        if join is None:
            join = joins[group] = await _find(work, routed, group, now)
        join.alerts.append(alert)
        if routed.severity.worse_than(join.routed.severity):
            join.routed = replace(join.routed, severity=routed.severity)
    return _storm(list(joins.values()))


async def _find(work: UnitOfWork, routed: Routed, group: str, now: datetime) -> _Joined:
    """The open incident of the group, or the newest of the service's when there is a storm."""
    same = await work.items.find(
        ItemQuery(kind=Kind.INCIDENT, group=group, open_only=True, limit=1)
    )
    if same and isinstance(same[0], Incident):
        return _Joined(same[0], routed, group, reason="same group")
    recent = await work.items.find(
        ItemQuery(
            kind=Kind.INCIDENT,
            service=routed.service,
            created_from=now - STORM_WINDOW,
            open_only=True,
            newest_first=True,
            limit=STORM_INCIDENTS,
        )
    )
    if len(recent) >= STORM_INCIDENTS and isinstance(recent[0], Incident):
        return _Joined(recent[0], routed, group, reason="a storm of groups")
    return _Joined(None, routed, group, reason=routed.reason)


def _storm(joins: list[_Joined]) -> list[_Joined]:
    """Within one batch, too: beyond the bound, new groups of a service join its first new incident."""
    fresh: dict[str, list[_Joined]] = {}
    kept: list[_Joined] = []
    for join in joins:
        service = fresh.setdefault(join.routed.service, [])
        if join.incident is None and len(service) >= STORM_INCIDENTS:
            service[-1].alerts += join.alerts
            service[-1].reason = "a storm of groups"
            continue
        if join.incident is None:
            service.append(join)
        kept.append(join)
    return kept


async def _incident(core: Core, work: UnitOfWork, join: _Joined, now: datetime) -> Incident:
    first = join.alerts[0]
    actor = intake_actor(first.intake)
    if join.incident is not None:
        return await incidents.raise_severity(
            core, work, join.incident, join.routed.severity, actor, now
        )
    draft = Incident(
        title=first.title[:200],
        service=join.routed.service,
        severity=join.routed.severity,
        group=join.group,
        created_at=now,
    )
    return await incidents.declare(core, work, draft, actor, now, reason=join.reason)


async def _tell(
    core: Core, work: UnitOfWork, join: _Joined, alerts: Sequence[Alert], now: datetime
) -> None:
    incident = join.incident
    if incident is None or not alerts:
        return
    events: tuple[Event, ...] = tuple(
        AlertAttached(alert=alert.id, title=alert.title, reason=join.reason)
        for alert in alerts[:TOLD_SINGLY]
    )
    if len(alerts) > TOLD_SINGLY:
        rest = AlertsAttached(count=len(alerts) - TOLD_SINGLY, reason=join.reason)
        events = (*events, rest)
    actor = intake_actor(alerts[0].intake)
    await record(core, work, incident, Change(incident, events), actor, now)


async def _clear(core: Core, work: UnitOfWork, batch: _Batch, now: datetime) -> None:
    """Tell cleared alerts to their incidents; an incident whose alerts are all cleared is resolved."""
    by_incident: dict[int, list[Alert]] = {}
    for key in batch.cleared:
        alert = batch.changed[key]
        if alert.incident is not None:
            by_incident.setdefault(alert.incident, []).append(alert)
    for id_, alerts in by_incident.items():
        incident = await work.items.by_id(id_)
        if not isinstance(incident, Incident) or incident.ended:
            continue
        actor = intake_actor(alerts[0].intake)
        events = tuple(AlertCleared(alert=a.id, title=a.title) for a in alerts[:TOLD_SINGLY])
        await record(core, work, incident, Change(incident, events), actor, now)
        if await work.alerts.firing_in(id_) == 0:
            await incidents.resolve(core, work, incident, actor, now, "all its alerts cleared")
