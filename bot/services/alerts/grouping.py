"""Which incident a firing alert joins: its group's, in a storm another one's, else a new one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from bot.domain.alerts import Alert
from bot.domain.events import intake_actor
from bot.domain.routing import Routed, route
from bot.domain.work_items import Incident, Kind, Severity
from bot.ports import ItemQuery, UnitOfWork
from bot.services.alerts import incidents
from bot.services.core import Core

# So many incidents of a service within the window are a storm: further groups join the newest of
# them.
STORM_INCIDENTS: Final = 5
STORM_WINDOW: Final = timedelta(minutes=5)
# So many open incidents are looked at in one go; where there are more, each group asks for itself.
OPEN_AT_ONCE: Final = 200

_TITLE: Final = 200
_CONFIDENTIAL: Final = "confidential|"


@dataclass(frozen=True, slots=True, kw_only=True)
class Firing:
    """An alert that wants an incident, and why where that is out of the ordinary."""

    alert: Alert
    why: str = ""


@dataclass(slots=True, kw_only=True)
class Joining:
    """The alerts that join one incident, each with its reason.

    `incident` is None while it is still to be declared, for the group that came first.
    """

    group: str
    service: str
    incident: Incident | None = None
    alerts: list[tuple[Alert, str]] = field(default_factory=list)
    severity: Severity = Severity.SEV4

    def add(self, alert: Alert, severity: Severity, reason: str) -> None:
        """Let an alert join."""
        self.alerts.append((alert, reason))
        if severity.worse_than(self.severity):
            self.severity = severity


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wish:
    """A firing alert, where it is routed to, and its group within the whole house."""

    firing: Firing
    routed: Routed
    group: str
    hidden: bool


async def place(
    core: Core, work: UnitOfWork, firing: Iterable[Firing], now: datetime
) -> Sequence[Joining]:
    """Find for each alert the incident it joins; nothing is declared or changed by this."""
    wishes = [_wish(core, each) for each in firing]
    if not wishes:
        return ()
    places = _Places(await _open(work, {wish.group for wish in wishes}), now - STORM_WINDOW)
    for wish in wishes:
        places.take(wish)
    return places.taken


def routed(core: Core, alert: Alert) -> Routed:
    """Where the alert belongs, and how severe that makes it."""
    return route(alert, core.directory.intakes[alert.intake], core.directory.routes)


def _wish(core: Core, firing: Firing) -> _Wish:
    to = routed(core, firing.alert)
    group = f"{firing.alert.intake}|{to.service}|{firing.alert.group}"
    hidden = incidents.is_confidential(core.directory.services.get(to.service))
    # A service that became confidential shares no incident with what it was before.
    named = f"{_CONFIDENTIAL}{group}" if hidden else group
    return _Wish(firing=firing, routed=to, group=named, hidden=hidden)


async def _open(work: UnitOfWork, groups: Iterable[str]) -> Sequence[Incident]:
    """The open incidents that came of alerts, oldest first."""
    newest = ItemQuery(kind=Kind.INCIDENT, open_only=True, newest_first=True, limit=OPEN_AT_ONCE)
    found = {item.id: item for item in await work.items.find(newest)}
    if len(found) == OPEN_AT_ONCE:
        for group in groups:
            query = ItemQuery(kind=Kind.INCIDENT, group=group, open_only=True, limit=1)
            found |= {item.id: item for item in await work.items.find(query)}
    by_age = sorted(found.values(), key=lambda item: (item.created_at, item.id))
    return [item for item in by_age if isinstance(item, Incident) and item.group]


class _Places:
    """The incidents that alerts may join, those about to be declared among them."""

    def __init__(self, known: Iterable[Incident], storm_from: datetime) -> None:
        self._by_group: dict[str, Joining] = {}
        self._recent: dict[tuple[str, bool], list[Joining]] = {}
        for incident in known:
            joining = Joining(group=incident.group, service=incident.service, incident=incident)
            self._by_group[incident.group] = joining
            if incident.created_at >= storm_from:
                kind = (incident.service, incident.confidential)
                self._recent.setdefault(kind, []).append(joining)

    def take(self, wish: _Wish) -> None:
        """Give the alert its place."""
        joining, reason = self._find(wish)
        joining.add(wish.firing.alert, wish.routed.severity, wish.firing.why or reason)

    @property
    def taken(self) -> Sequence[Joining]:
        """Those that alerts joined, incidents that exist before new ones, each in a fixed order."""
        joined = {id(j): j for j in self._by_group.values() if j.alerts}
        return sorted(joined.values(), key=lambda j: (j.incident is None, _id(j)))

    def _find(self, wish: _Wish) -> tuple[Joining, str]:
        known = self._by_group.get(wish.group)
        if known is not None:
            return known, wish.routed.reason if known.incident is None else "same group"
        recent = self._recent.setdefault((wish.routed.service, wish.hidden), [])
        if len(recent) >= STORM_INCIDENTS:
            joining, reason = recent[-1], "a storm of groups"
        else:
            joining = Joining(group=wish.group, service=wish.routed.service)
            recent.append(joining)
            reason = wish.routed.reason
        self._by_group[wish.group] = joining
        return joining, reason


def _id(joining: Joining) -> int:
    return joining.incident.id if joining.incident is not None else 0


async def admit(core: Core, work: UnitOfWork, joining: Joining, now: datetime) -> Incident:
    """The incident the alerts join, made as severe as they are, or declared for them."""
    actor = intake_actor(joining.alerts[0][0].intake)
    known = await work.items.by_id(joining.incident.id) if joining.incident is not None else None
    if isinstance(known, Incident) and not known.ended:
        return await incidents.join(core, work, known, joining.severity, actor, now)
    worst, reason = min(joining.alerts, key=lambda pair: pair[0].severity)
    draft = Incident(
        title=worst.title[:_TITLE],
        service=joining.service,
        severity=joining.severity,
        group=joining.group,
        created_at=now,
    )
    return await incidents.declare(core, work, draft, actor, now, reason=reason)
