"""Alerts: what monitoring says, folded by fingerprint, grouped, and routed, each with a reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from bot.domain.work_items import Severity


class AlertStatus(StrEnum):
    """Whether the source still sees the problem."""

    FIRING = "firing"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertCount:
    """How many alerts an incident has, and how many of them fire."""

    total: int
    firing: int


@dataclass(frozen=True, slots=True, kw_only=True)
class InboundAlert:
    """One alert as a source reports it, translated from the source's wire format.

    `fingerprint` identifies the alert within its intake, `group` what belongs together; `severity`
    is the source's own word, mapped later.
    """

    fingerprint: str
    group: str
    status: AlertStatus
    title: str
    severity: str = ""
    description: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    url: str = ""
    runbook: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """An alert as we know it: the last report of its fingerprint, and its incident, if any."""

    id: int = 0
    intake: str
    fingerprint: str
    group: str
    status: AlertStatus
    title: str
    severity: Severity
    description: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    starts_at: datetime
    first_seen_at: datetime
    last_seen_at: datetime
    resolved_at: datetime | None = None
    count: int = 1
    url: str = ""
    runbook: str = ""
    incident: int | None = None


# A firing report of the very episode that ended less than this ago was overtaken by its end; one
# that comes later says that the source still sees the problem (its end was only a time-out).
STRAGGLER: Final = timedelta(minutes=5)

_SEVERITY_WORDS: Final[Mapping[Severity, frozenset[str]]] = {
    Severity.SEV1: frozenset(
        ("critical", "crit", "sev1", "s1", "p1", "emergency", "emerg", "fatal", "disaster")
    ),
    Severity.SEV2: frozenset(("high", "sev2", "s2", "p2", "major", "page", "error", "err")),
    Severity.SEV3: frozenset(("medium", "sev3", "s3", "p3", "warning", "warn", "average", "alert")),
    Severity.SEV4: frozenset(
        (
            *("low", "sev4", "s4", "p4", "p5", "s5", "minor", "debug", "notice", "none"),
            *("info", "information", "informational"),
        )
    ),
}


def severity_of(word: str, default: Severity = Severity.SEV3) -> Severity:
    """Map a source's severity word; an unknown word gives the default, never an error."""
    wanted = word.strip().lower()
    for severity, words in _SEVERITY_WORDS.items():
        if wanted in words:
            return severity
    return default


class Fold(StrEnum):
    """Why an inbound alert did what it did; stored in the timeline and counted."""

    NEW = "new"
    REFIRED = "refired"
    REFRESHED = "refreshed"
    RESOLVED = "resolved"
    ALREADY_RESOLVED = "already_resolved"
    UNKNOWN_RESOLVED = "unknown_resolved"
    STALE = "stale"


@dataclass(frozen=True, slots=True, kw_only=True)
class Folded:
    """The alert after a report was folded in, and why; `alert` is None when nothing is kept."""

    alert: Alert | None
    reason: Fold


def fold(known: Alert | None, report: InboundAlert, intake: str, now: datetime) -> Folded:
    """Fold one report into what is known of its fingerprint.

    Where reports say when the alert began, the newest episode wins in whatever order they come,
    and its end wins over its firing; an end that overtook its firing is kept for that.
    """
    if known is None:
        return _first(report, intake, now)
    if _is_of_before(known, report):
        return Folded(alert=known, reason=Fold.STALE)
    if report.status is AlertStatus.RESOLVED:
        return _resolve(known, report, now)
    if known.status is AlertStatus.FIRING:
        return Folded(alert=_refresh(known, report, now), reason=Fold.REFRESHED)
    if report.starts_at == known.starts_at and now - known.last_seen_at < STRAGGLER:
        return Folded(alert=known, reason=Fold.STALE)
    return Folded(alert=_again(known, report, now), reason=Fold.REFIRED)


def _is_of_before(known: Alert, report: InboundAlert) -> bool:
    """Whether the report is of an earlier episode than the one that is known.

    Two that evaluate the same rule saw it begin at different times, and the sender may name either:
    while the alert fires, only what ended before it began is of an earlier one.
    """
    if report.starts_at is None or report.starts_at >= known.starts_at:
        return False
    if known.status is not AlertStatus.FIRING:
        return True
    over = report.status is AlertStatus.RESOLVED
    return over and (report.ends_at is None or report.ends_at <= known.starts_at)


def _first(report: InboundAlert, intake: str, now: datetime) -> Folded:
    fresh = _fresh(report, intake, report.starts_at or now, now)
    if report.status is AlertStatus.FIRING:
        return Folded(alert=fresh, reason=Fold.NEW)
    kept = _ended(fresh, report, now) if report.starts_at is not None else None
    return Folded(alert=kept, reason=Fold.UNKNOWN_RESOLVED)


def _fresh(report: InboundAlert, intake: str, starts_at: datetime, now: datetime) -> Alert:
    return Alert(
        intake=intake,
        fingerprint=report.fingerprint,
        group=report.group,
        status=AlertStatus.FIRING,
        title=report.title,
        severity=severity_of(report.severity),
        description=report.description,
        labels=report.labels,
        starts_at=starts_at,
        first_seen_at=now,
        last_seen_at=now,
        url=report.url,
        runbook=report.runbook,
    )


def _resolve(known: Alert, report: InboundAlert, now: datetime) -> Folded:
    if known.status is AlertStatus.FIRING:
        return Folded(alert=_ended(known, report, now), reason=Fold.RESOLVED)
    if report.starts_at is not None and report.starts_at > known.starts_at:
        return Folded(alert=_ended(known, report, now), reason=Fold.UNKNOWN_RESOLVED)
    return Folded(alert=known, reason=Fold.ALREADY_RESOLVED)


def _ended(alert: Alert, report: InboundAlert, now: datetime) -> Alert:
    return replace(
        alert,
        status=AlertStatus.RESOLVED,
        starts_at=_later(report.starts_at, alert.starts_at),
        resolved_at=report.ends_at or now,
        last_seen_at=now,
    )


def _refresh(known: Alert, report: InboundAlert, now: datetime) -> Alert:
    return replace(
        known,
        title=report.title,
        description=report.description or known.description,
        labels=report.labels or known.labels,
        severity=severity_of(report.severity, known.severity),
        starts_at=_later(report.starts_at, known.starts_at),
        url=report.url or known.url,
        runbook=report.runbook or known.runbook,
        last_seen_at=now,
        count=known.count + 1,
    )


def _later(told: datetime | None, known: datetime) -> datetime:
    """The newest beginning is kept, or its own reports would look like a new episode's."""
    return max(told, known) if told is not None else known


def _again(known: Alert, report: InboundAlert, now: datetime) -> Alert:
    return replace(
        _refresh(known, report, now),
        group=report.group,
        status=AlertStatus.FIRING,
        starts_at=report.starts_at or now,
        resolved_at=None,
        incident=None,
    )
