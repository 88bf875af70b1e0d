"""Which service an alert belongs to, and how severe it is: the first route that holds, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain.alerts import Alert
from bot.domain.directory import AlertIntake, Route
from bot.domain.work_items import Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Routed:
    """Where an alert goes; `service` is empty when nothing claims it (it is told all the same)."""

    service: str
    severity: Severity
    reason: str


def route(alert: Alert, intake: AlertIntake, routes: Sequence[Route]) -> Routed:
    """The first route whose expression holds, else the intake's own service."""
    facts = {
        "labels": dict(alert.labels),
        "title": alert.title,
        "severity": alert.severity.value,
        "intake": intake.name,
        "group": alert.group,
    }
    for position, candidate in enumerate(routes, start=1):
        if candidate.when.test(facts):
            return Routed(
                service=candidate.service,
                severity=candidate.severity or alert.severity,
                reason=f"route {position}",
            )
    return Routed(service=intake.service, severity=alert.severity, reason=f"intake {intake.name}")
