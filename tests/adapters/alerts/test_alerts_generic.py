from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.alerts.generic import SOURCE, read
from adapters.alerts.source import UnreadableAlert
from bot.domain.alerts import AlertStatus, InboundAlert

FIXTURES = Path(__file__).parents[2] / "fixtures" / "alerts"
JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def parsed(payload: Any) -> tuple[InboundAlert, ...]:
    return read(json.dumps(payload).encode(), JSON)


def one(payload: Any = None, **fields: Any) -> InboundAlert:
    [alert] = parsed(payload if payload is not None else {"title": "Disk full", **fields})
    return alert


def captured(name: str) -> InboundAlert:
    request = json.loads((FIXTURES / f"{name}.json").read_text())
    body = request["body"]
    raw = body if isinstance(body, str) else json.dumps(body)
    [alert] = read(raw.encode(), request["headers"]["Content-Type"])
    return alert


@pytest.mark.parametrize("name", ["title", "summary", "message", "name", "alertName", "Subject"])
def test_a_title_goes_by_many_names(name: str) -> None:
    assert one({name: " Disk\nfull "}).title == "Disk full"


@pytest.mark.parametrize(
    "word", ["ok", "resolved", "RECOVERY", "up", "Closed", "OK - all fine", "cleared"]
)
@pytest.mark.parametrize("name", ["status", "state", "event_action", "message_type"])
def test_an_end_goes_by_many_words(name: str, word: str) -> None:
    assert one(**{name: word}).status is AlertStatus.RESOLVED


@pytest.mark.parametrize(
    "fields", [{"severity": "OK"}, {"resolved": True}, {"firing": False}, {"end_time": "now"}]
)
def test_an_end_is_told_in_other_ways(fields: dict[str, Any]) -> None:
    assert one(**fields).status is AlertStatus.RESOLVED


@pytest.mark.parametrize(
    "fields",
    [{}, {"status": "alerting"}, {"status": 1}, {"status": "firing", "end_time": "2027-01-01"}],
)
def test_all_else_fires(fields: dict[str, Any]) -> None:
    assert one(**fields).status is AlertStatus.FIRING


@pytest.mark.parametrize(
    ("fields", "severity"),
    [
        ({"severity": "critical"}, "critical"),
        ({"priority": "P2"}, "P2"),
        ({"priority": 1}, "p1"),
        ({"level": "warning"}, "warning"),
        ({"state": "CRITICAL"}, "CRITICAL"),
        ({}, ""),
    ],
)
def test_the_senders_severity_is_kept(fields: dict[str, Any], severity: str) -> None:
    assert one(**fields).severity == severity


@pytest.mark.parametrize("name", ["fingerprint", "key", "dedup_key", "dedupKey", "alert_uid", "id"])
def test_an_identity_goes_by_many_names(name: str) -> None:
    assert one(**{name: "db-1/disk"}).fingerprint == "db-1/disk"


def test_a_number_may_be_an_identity() -> None:
    assert one(id=42).fingerprint == "42"


def test_without_an_identity_the_payload_is_one() -> None:
    first = one(host="db-1", status="firing", timestamp=1, startsAt="2026-11-21T12:00:00Z")
    ended = one(host="db-1", status="ok", timestamp=2, details={"checkTime": 9})
    other = one(host="db-2")
    assert first.fingerprint != other.fingerprint
    assert one(host="db-1", details={}).fingerprint == ended.fingerprint
    assert first.fingerprint == one(host="db-1").fingerprint


def test_labels_come_from_labels_details_tags_and_the_rest() -> None:
    alert = one(
        labels={"cluster": "eu1"}, details={"load": 12.5}, tags=["env:prod", "db", "hot"], host="a"
    )
    rest = {"host": "a", "env": "prod", "tags": "db,hot"}
    assert alert.labels == {"cluster": "eu1", "load": "12.5", **rest}


def test_credentials_are_neither_shown_nor_kept() -> None:
    alert = one({"event_action": "trigger", "routing_key": "R0UT1NG", "api-token": "t0k3n"})
    assert "R0UT1NG" not in repr(alert)
    assert "t0k3n" not in repr(alert)


def test_a_group_or_a_service_groups() -> None:
    assert one(group="web", service="shop").group == "web"
    assert one(service="shop").group == "shop"
    assert one(service="shop").labels["service"] == "shop"
    assert one(key="k").group == "k"


def test_prose_is_what_is_not_the_title() -> None:
    assert one(message="90 % of /var").description == "90 % of /var"
    assert one(message="Disk full").description == ""


def test_links_must_be_web_addresses() -> None:
    assert one(url="https://grafana.example/d/1").url == "https://grafana.example/d/1"
    assert one(url="javascript:alert(1)", link="http://x/").url == "http://x/"
    assert one(runbook_url="https://rb/ spaced").runbook == ""


@pytest.mark.parametrize(
    "written", ["2026-11-21T13:00:00+01:00", 1795262400, 1795262400000, "1795262400"]
)
def test_a_timestamp_begins_what_fires_and_ends_what_is_over(written: object) -> None:
    firing, over = one(timestamp=written), one(timestamp=written, status="ok")
    assert (firing.starts_at, firing.ends_at) == (NOON, None)
    assert (over.starts_at, over.ends_at) == (None, NOON)


@pytest.mark.parametrize("written", ["2026-11-21T12:00:00", "soon", -5, 1e300, True, [], ""])
def test_a_time_that_may_be_wrong_is_left_out(written: object) -> None:
    assert one(timestamp=written).starts_at is None


def test_a_list_of_objects_is_several() -> None:
    titles = [alert.title for alert in parsed([{"title": "a"}, {"title": "b"}])]
    assert titles == ["a", "b"]


def test_objects_in_a_list_called_alerts_share_what_stands_around() -> None:
    first, second = parsed({"service": "shop", "alerts": [{"title": "a"}, {"title": "b"}]})
    assert (first.title, second.title) == ("a", "b")
    assert first.group == second.group == "shop"


@pytest.mark.parametrize("wrapper", ["payload", "alert", "event", "data", "annotations"])
def test_wrappers_are_opened(wrapper: str) -> None:
    alert = one({"id": "evt-1", wrapper: {"summary": "Disk full", "severity": "high"}})
    assert (alert.title, alert.severity, alert.fingerprint) == ("Disk full", "high", "evt-1")


def test_a_trigger_and_its_resolve_are_one_alert() -> None:
    trigger, resolve = captured("pagerduty-sdk-trigger"), captured("pagerduty-sdk-resolve")
    assert trigger.fingerprint == resolve.fingerprint == "web-1/cpu"
    assert (trigger.status, resolve.status) == ("firing", "resolved")
    assert (trigger.title, trigger.severity) == ("CPU high on web-1", "critical")


def test_other_peoples_formats_are_understood_well_enough() -> None:
    assert captured("opsgenie-sdk-create").fingerprint == "disk-db1"
    assert captured("am-victorops-critical").severity == "CRITICAL"
    assert captured("prometheus-api-v2-alerts").labels["alertname"] == "Watchdog"
    assert captured("am-sns-publish-form").title == "[FIRING:2] HighCPU eu1 (critical)"


def test_an_unknown_shape_is_titled_by_its_first_strings() -> None:
    alert = one({"v": 3, "a": {"b": ["disk", "", "full"]}, "c": "db-1", "d": "more"})
    assert alert.title == "disk, full, db-1"
    assert '"d": "more"' in alert.description


@pytest.mark.parametrize("payload", [{}, [1, 2], {"a": None}])
def test_even_nothing_said_is_an_alert(payload: object) -> None:
    assert one(payload).title == "Alert without a name"


def test_nesting_beyond_reason_is_cut_off() -> None:
    deep = b'{"title": "deep", "labels": {"a": ' + b"[" * 500 + b"]" * 500 + b"}}"
    [alert] = read(deep, JSON)
    assert alert.labels["a"].count("[") < 20


def test_plain_text_is_titled_by_its_first_line() -> None:
    [alert] = read(b"[CRIT] disk full\n/var 99 %\n", "text/plain; charset=utf-8")
    assert (alert.title, alert.description) == ("[CRIT] disk full", "/var 99 %")
    assert [alert] == list(read(b"[CRIT] disk full\n/var 99 %\n", ""))


def test_json_may_call_itself_text() -> None:
    [alert] = read(b'{"title": "Disk full"}', "text/plain")
    assert alert.title == "Disk full"


@pytest.mark.parametrize(
    "body",
    [
        b"title=Disk+full&status=firing",
        b"payload=%7B%22title%22%3A%22Disk%20full%22%7D",
        b'{"title": "Disk full"}',
        b"Disk full",
    ],
)
def test_a_form_is_read_and_what_only_claims_to_be_one(body: bytes) -> None:
    [alert] = read(body, FORM)
    assert alert.title == "Disk full"


@pytest.mark.parametrize(
    ("body", "content_type", "words"),
    [
        (b"  \n", "text/plain", "empty"),
        (b"", JSON, "empty"),
        (b'{"title": ', JSON, "not a JSON object"),
        (b'{"title": }', "application/cloudevents+json", "not JSON"),
    ],
)
def test_the_door_keeps_out_what_can_never_be_read(
    body: bytes, content_type: str, words: str
) -> None:
    with pytest.raises(UnreadableAlert, match=words):
        SOURCE.check(body, content_type)


JSONS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4)
    ),
    max_leaves=20,
)
KNOWN = st.sampled_from(["title", "status", "severity", "labels", "tags", "alerts", "data", "time"])


@given(
    st.dictionaries(KNOWN | st.text(max_size=5), JSONS, max_size=8) | st.lists(JSONS, max_size=5)
)
def test_whatever_json_comes_becomes_storable_alerts(payload: Any) -> None:
    for alert in parsed(payload):
        assert alert.title
        assert alert.fingerprint
        assert "\0" not in repr(alert.labels)
        f"{alert.title}{alert.description}{alert.labels}{alert.severity}".encode()


@given(st.binary(min_size=1), st.sampled_from(["text/plain", FORM, "image/png", ""]))
def test_whatever_bytes_come_become_an_alert_unless_they_say_nothing(
    body: bytes, content_type: str
) -> None:
    if body.strip():
        assert all(alert.title for alert in read(body, content_type))
