"""Alerts in: fold by fingerprint, give those that fire their incident, let cleared ones end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from bot.domain.alerts import Alert, AlertStatus, Fold, InboundAlert, fold
from bot.domain.changes import Change
from bot.domain.directory import AlertIntake
from bot.domain.effects import Tell
from bot.domain.events import (
    AlertAttached,
    AlertCleared,
    AlertsAttached,
    AlertsCleared,
    Event,
    intake_actor,
)
from bot.domain.work_items import Incident
from bot.errors import PermanentError
from bot.ports import InboxRow, UnitOfWork
from bot.services.alerts import grouping, incidents
from bot.services.alerts.grouping import Firing
from bot.services.core import Core
from bot.services.hosting import admins_at
from bot.services.leases import LostLease
from bot.services.places import places_of
from bot.services.recording import record, refresh_cards

ReadAlerts = Callable[[bytes, str], tuple[InboundAlert, ...]]
Key = tuple[str, str]

# So many alerts of an incident get a timeline entry each, within so long; the others are told by
# their count, and once.
TOLD_SINGLY: Final = 10
TOLD_WITHIN: Final = timedelta(minutes=1)
# An alert that is still reported so long after people resolved its incident gets a new one.
STILL_FIRING: Final = timedelta(hours=1)

_CHANGED: Final = frozenset(
    (Fold.NEW, Fold.REFIRED, Fold.REFRESHED, Fold.RESOLVED, Fold.UNKNOWN_RESOLVED)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What one inbox row says, once it is read."""

    row: InboxRow
    intake: AlertIntake
    alerts: tuple[InboundAlert, ...]


@dataclass(slots=True, kw_only=True)
class _Batch:
    """The alerts of a batch by intake and fingerprint: as they were, as they are, what is new.

    `fired` says why an alert wants an incident, where that is out of the ordinary.
    """

    now: datetime
    known: Mapping[Key, Alert]
    changed: dict[Key, Alert] = field(default_factory=dict)
    fired: dict[Key, str] = field(default_factory=dict)
    cleared: set[Key] = field(default_factory=set)

    def take(self, intake: str, report: InboundAlert) -> Fold:
        """Fold one report into the batch."""
        key = (intake, report.fingerprint)
        folded = fold(self.changed.get(key) or self.known.get(key), report, intake, self.now)
        if folded.alert is not None and folded.reason in _CHANGED:
            self._keep(key, folded.alert, folded.reason)
        return folded.reason

    def _keep(self, key: Key, alert: Alert, reason: Fold) -> None:
        self.changed[key] = alert
        if reason in (Fold.NEW, Fold.REFIRED):
            self.fired[key] = ""
            self.cleared.discard(key)
        elif reason is Fold.RESOLVED:
            # One that fired again only in between is still its former incident's.
            before = self.known.get(key)
            self.changed[key] = replace(alert, incident=before.incident if before else None)
            self.cleared.add(key)

    def firing(self) -> list[Firing]:
        """The alerts that want an incident and still fire at the end of the batch."""
        return [
            Firing(alert=self.changed[key], why=why)
            for key, why in self.fired.items()
            if self.changed[key].status is AlertStatus.FIRING
        ]

    def refreshed(self) -> list[Key]:
        """Alerts that fire as they did before."""
        return [
            key
            for key, alert in self.changed.items()
            if key not in self.fired and alert.status is AlertStatus.FIRING
        ]


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
    now, counted = core.clock.now(), Counter[tuple[str, Fold]]()
    async with core.store.work() as work:
        batch = _Batch(now=now, known=await _known(work, reports))
        details = []
        for report in reports:
            reasons = [batch.take(report.intake.name, alert) for alert in report.alerts]
            counted.update((report.intake.name, reason) for reason in reasons)
            details.append(_said(reasons))
        if not await work.inbox.finish_all([r.row for r in reports], "alerts", details):
            raise LostLease("an inbox row of the batch")
        await _look_again(core, work, batch)
        await _attach(core, work, batch)
        await _clear(core, work, batch)
    for (intake, reason), count in counted.items():
        core.meter.count("alerts_folded", count, intake=intake, reason=reason)


async def _known(work: UnitOfWork, reports: Sequence[Report]) -> Mapping[Key, Alert]:
    """What is known of the reports' alerts; everybody asks in the same order, to lock in it."""
    wanted: dict[str, set[str]] = {}
    for report in sorted(reports, key=lambda report: report.intake.name):
        prints = wanted.setdefault(report.intake.name, set())
        prints.update(alert.fingerprint for alert in report.alerts)
    return {
        (intake, fingerprint): alert
        for intake, prints in wanted.items()
        for fingerprint, alert in (await work.alerts.known(intake, sorted(prints))).items()
    }


def _said(reasons: Sequence[Fold]) -> str:
    counts = Counter(reasons)
    return ", ".join(f"{count} {reason}" for reason, count in counts.items()) or "no alerts"


async def _look_again(core: Core, work: UnitOfWork, batch: _Batch) -> None:
    """Alerts that still fire: they may have become worse, or outlived their incident."""
    seen: dict[int, Incident | None] = {}
    for key in batch.refreshed():
        alert = batch.changed[key]
        id_ = alert.incident or 0
        if id_ not in seen:
            found = await work.items.by_id(id_)
            seen[id_] = found if isinstance(found, Incident) else None
        incident = seen[id_]
        if incident is None:
            batch.fired[key] = ""
        elif not incident.ended:
            seen[id_] = await _worsen(core, work, incident, batch, key)
        elif incident.resolved_at and batch.now - incident.resolved_at >= STILL_FIRING:
            name = "its incident" if incident.confidential else incident.number
            batch.fired[key] = f"still firing after {name} was resolved"


async def _worsen(
    core: Core, work: UnitOfWork, incident: Incident, batch: _Batch, key: Key
) -> Incident:
    alert, before = batch.changed[key], batch.known[key]
    if not alert.severity.worse_than(before.severity):
        return incident
    severity, actor = grouping.routed(core, alert).severity, intake_actor(alert.intake)
    return await incidents.join(core, work, incident, severity, actor, batch.now)


async def _attach(core: Core, work: UnitOfWork, batch: _Batch) -> None:
    """Give every alert that began to fire its incident, store all that changed, and tell it."""
    admitted: list[tuple[Incident, list[tuple[Key, str]]]] = []
    for joining in await grouping.place(core, work, batch.firing(), batch.now):
        incident = await grouping.admit(core, work, joining, batch.now)
        for alert, _ in joining.alerts:
            batch.changed[_key(alert)] = replace(alert, incident=incident.id)
        admitted.append((incident, [(_key(alert), why) for alert, why in joining.alerts]))
    stored = await work.alerts.save_all(list(batch.changed.values()))
    batch.changed = {_key(alert): alert for alert in stored}
    for incident, joined in admitted:
        alerts = [batch.changed[key] for key, _ in joined]
        events = [
            AlertAttached(alert=alert.id, title=alert.title, reason=why)
            for alert, (_, why) in zip(alerts, joined, strict=True)
        ]
        await _tell(core, work, incident, events, alerts[0].intake)


def _key(alert: Alert) -> Key:
    return alert.intake, alert.fingerprint


async def _clear(core: Core, work: UnitOfWork, batch: _Batch) -> None:
    """Tell cleared alerts to their incidents; one whose alerts are all cleared is resolved."""
    by_incident: dict[int, list[Alert]] = {}
    for key, alert in batch.changed.items():
        if key in batch.cleared and alert.incident is not None:
            by_incident.setdefault(alert.incident, []).append(alert)
    for id_, alerts in sorted(by_incident.items()):
        incident = await work.items.by_id(id_)
        if not isinstance(incident, Incident) or incident.ended:
            continue
        events = [AlertCleared(alert=alert.id, title=alert.title) for alert in alerts]
        await _tell(core, work, incident, events, alerts[0].intake)
        if not (await work.alerts.count(id_)).firing:
            actor = intake_actor(alerts[0].intake)
            await incidents.resolve(core, work, incident, actor, batch.now, "all alerts cleared")


async def _tell(
    core: Core,
    work: UnitOfWork,
    incident: Incident,
    events: Sequence[AlertAttached | AlertCleared],
    intake: str,
) -> None:
    """Write down what alerts did: the first of them one by one, and now and then how many more."""
    now = core.clock.now()
    lately = [e.event for e in await work.timeline.of(incident.id) if e.at > now - TOLD_WITHIN]
    room = TOLD_SINGLY - sum(type(event) is type(events[0]) for event in lately)
    told: list[Event] = list(events[: max(room, 0)])
    if rest := events[len(told) :]:
        summary = _in_all(rest)
        told += [] if any(type(event) is type(summary) for event in lately) else [summary]
    await record(core, work, incident, Change(incident, tuple(told)), intake_actor(intake), now)
    if not told:
        await refresh_cards(work, incident.id)


def _in_all(events: Sequence[AlertAttached | AlertCleared]) -> Event:
    """Events of one kind as one."""
    if isinstance(events[0], AlertAttached):
        return AlertsAttached(count=len(events), reason=events[0].reason)
    return AlertsCleared(count=len(events))


async def tell_parked(core: Core, row: InboxRow, words: str) -> None:
    """Say in the channels that an alert could not be read, once an hour for each intake; to the
    admins alone where the service is confidential.

    It may have been the one that mattered.
    """
    now, name = core.clock.now(), row.source.partition(":")[2]
    intake = core.directory.intakes.get(name)
    service = core.directory.services.get(intake.service) if intake is not None else None
    text = f"From {name}: {words}. It is kept: `deskhand quarantine show {row.id}`."
    async with core.store.work() as work:
        if not await work.seen.once(f"parked:{name}:{now:%Y-%m-%dT%H}", now):
            return
        places = places_of(core, service)
        if incidents.is_confidential(service):
            places = admins_at(core.directory)
        for place in places:
            title = "⚠️ An alert could not be read"
            tell = Tell(surface=place.surface, space=place.id, title=title, text=text)
            await work.outbox.put(tell)
