"""The first route that holds decides where an alert goes, else its intake does."""

from __future__ import annotations

import pytest

from bot.config.values import ROUTE_NAMES
from bot.domain.alerts import Alert, AlertStatus
from bot.domain.directory import AlertIntake, Route
from bot.domain.expressions import compile_expression
from bot.domain.routing import route
from bot.domain.work_items import Severity
from tests.unit.samples import NOW

INTAKE = AlertIntake(name="prom", kind="alertmanager", token="secret", service="shop")
ALERT = Alert(
    intake="prom",
    fingerprint="f1",
    group="eu",
    status=AlertStatus.FIRING,
    title="Disk is full",
    severity=Severity.SEV2,
    labels={"team": "db", "severity": "page"},
    starts_at=NOW,
    first_seen_at=NOW,
    last_seen_at=NOW,
)


def when(condition: str, service: str = "database", severity: Severity | None = None) -> Route:
    expression = compile_expression(condition, ROUTE_NAMES)
    return Route(when=expression, service=service, severity=severity)


@pytest.mark.parametrize(
    "condition",
    [
        'labels.team == "db"',
        'labels["severity"] == "page"',
        'title contains "Disk"',
        'severity == "sev2"',
        'intake == "prom"',
        'group == "eu"',
        "not labels.missing",
    ],
)
def test_a_condition_may_speak_of_every_fact(condition: str) -> None:
    assert route(ALERT, INTAKE, [when(condition)]).service == "database"


@pytest.mark.parametrize("condition", ['labels.env == "prod"', 'severity == "sev1"', "labels.x"])
def test_without_a_route_that_holds_the_intakes_service_has_it(condition: str) -> None:
    routed = route(ALERT, INTAKE, [when(condition)])
    assert (routed.service, routed.severity, routed.reason) == (
        "shop",
        Severity.SEV2,
        "intake prom",
    )


def test_the_first_route_that_holds_wins_and_is_named() -> None:
    routes = [when("false", "a"), when("true", "b"), when("true", "c")]
    routed = route(ALERT, INTAKE, routes)
    assert (routed.service, routed.reason) == ("b", "route 2")


def test_a_route_may_set_the_severity() -> None:
    assert route(ALERT, INTAKE, [when("true", severity=Severity.SEV1)]).severity is Severity.SEV1


def test_an_alert_that_nothing_claims_has_no_service() -> None:
    bare = AlertIntake(name="any", kind="generic", token="secret")
    assert route(ALERT, bare, []).service == ""
