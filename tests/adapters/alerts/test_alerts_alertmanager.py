from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from adapters.alerts.alertmanager import check, read
from adapters.alerts.source import UnreadableAlert
from bot.domain.alerts import AlertStatus, InboundAlert

FIXTURES = Path(__file__).parents[2] / "fixtures" / "alerts"
JSON = "application/json"
GROUP = '{}:{alertname="HighCPU", cluster="eu1"}'


def captured(name: str) -> Any:
    return json.loads((FIXTURES / f"am-webhook-{name}.json").read_text())["body"]


def parsed(payload: Any) -> tuple[InboundAlert, ...]:
    return read(json.dumps(payload).encode(), JSON)


def one(**alert: Any) -> InboundAlert:
    labels = {"alertname": "HighCPU", "instance": "web-1"}
    [found] = parsed({"groupKey": GROUP, "alerts": [{"labels": labels, **alert}]})
    return found


def test_a_firing_group_becomes_its_alerts() -> None:
    first, second = parsed(captured("firing-2"))
    assert (first.fingerprint, second.fingerprint) == ("e22e9c61cae08940", "ab403c83dcb4db8f")
    assert {first.group, second.group} == {GROUP}
    assert (first.title, second.title) == ("CPU > 90%", "CPU > 91% ünïcode 🔥")
    assert (first.status, first.severity) == (AlertStatus.FIRING, "critical")
    assert first.labels["instance"] == "web-1"


def test_instants_with_nine_digits_are_read_in_utc() -> None:
    first, _ = parsed(captured("firing-2"))
    assert first.starts_at == datetime(2026, 11, 21, 0, 8, 32, 238023, tzinfo=UTC)


def test_the_year_one_means_that_it_has_not_ended() -> None:
    first, _ = parsed(captured("firing-2"))
    assert first.ends_at is None


def test_links_lead_to_the_source_and_the_runbook() -> None:
    first, second = parsed(captured("firing-2"))
    assert first.url == "http://127.0.0.1:9090/graph?g0.expr=up"
    assert first.runbook == "http://x/rb"
    assert (second.url, second.runbook) == ("", "")


def test_a_resolved_alert_has_its_end_and_a_title_without_annotations() -> None:
    [alert] = parsed(captured("resolved"))
    assert alert.status is AlertStatus.RESOLVED
    assert alert.ends_at == datetime(2026, 11, 21, 0, 9, 9, tzinfo=UTC)
    assert alert.title == "HighCPU web-1"


def test_a_group_may_be_mixed() -> None:
    payload = captured("firing-2")
    payload["alerts"][1]["status"] = "resolved"
    assert [alert.status for alert in parsed(payload)] == ["firing", "resolved"]


def test_what_was_left_out_is_told_and_not_resolved() -> None:
    [alert] = parsed(captured("max_alerts1-truncated"))
    assert alert.status is AlertStatus.FIRING
    assert "left out 1 more" in alert.description


def test_two_peers_report_the_same_alert() -> None:
    ours, theirs = captured("firing-2"), captured("firing-2")
    theirs |= {"externalURL": "http://other:9093", "receiver": "b"}
    assert parsed(ours) == parsed(theirs)


def test_without_a_fingerprint_the_labels_tell_alerts_apart() -> None:
    again, other = one(status="resolved"), one(labels={"alertname": "DiskFull"})
    assert one().fingerprint == again.fingerprint != other.fingerprint


def test_a_long_group_key_is_hashed() -> None:
    labels = {"alertname": "HighCPU"}
    payload = {"groupKey": "k" * 5000, "alerts": [{"labels": labels, "fingerprint": "f"}]}
    [alert] = parsed(payload)
    assert len(alert.group) == 32


def test_without_a_group_key_the_group_labels_group() -> None:
    payload = captured("firing-2")
    del payload["groupKey"]
    first, second = parsed(payload)
    assert first.group == second.group != ""


@pytest.mark.parametrize(
    ("alert", "field", "expected"),
    [
        ({"status": "unheard of"}, "status", AlertStatus.FIRING),
        ({"startsAt": "yesterday"}, "starts_at", None),
        ({"startsAt": "9999-12-31T23:59:59-23:00"}, "starts_at", None),
        ({"generatorURL": "javascript:alert(1)"}, "url", ""),
        ({"annotations": None}, "title", "HighCPU web-1"),
        ({"annotations": {"summary": "a\nb  c"}}, "title", "a b c"),
        ({"annotations": {"summary": "x" * 999}}, "title", "x" * 299 + "…"),
        ({"annotations": {"message": "long story"}}, "description", "long story"),
        ({"labels": {"severity": "page"}}, "title", "Alert without a name"),
        ({"labels": {"port": 80, "up": True}}, "labels", {"port": "80", "up": "true"}),
        ({"labels": {"a": {"b": [1]}, "c": None}}, "labels", {"a": '{"b": [1]}'}),
        ({"labels": {"a": "nul\0 half\ud83d."}}, "labels", {"a": "nul\ufffd half\ufffd."}),
    ],
)
def test_oddities_are_borne(alert: dict[str, Any], field: str, expected: object) -> None:
    assert getattr(one(**alert), field) == expected


def test_an_operators_own_shape_becomes_an_alert_all_the_same() -> None:
    [alert] = parsed({"text": "disk full on db-1", "channel": "#ops"})
    assert alert.title == "disk full on db-1, #ops"


def test_line_breaks_in_strings_and_foreign_bytes_are_borne() -> None:
    labels, annotations = b'{"alertname": "K\xf6ln"}', b'{"description": "a\nb"}'
    [alert] = read(b'{"alerts": [{"labels": %s, "annotations": %s}]}' % (labels, annotations), JSON)
    assert (alert.title, alert.description) == ("K\ufffdln", "a\nb")


def test_a_group_without_alerts_is_none() -> None:
    assert parsed({"version": "4", "alerts": []}) == ()


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "not a JSON object"),
        (b"disk full", "not a JSON object"),
        (b"42", "not a JSON object"),
        (b'{"alerts": [}', "not JSON: Expecting value"),
        (b"[" * 100_000 + b"]" * 100_000, "nested too deeply"),
    ],
)
def test_the_door_keeps_out_what_can_never_be_read(body: bytes, words: str) -> None:
    with pytest.raises(UnreadableAlert, match=words):
        check(body, JSON)


def test_the_door_lets_pass_what_can() -> None:
    check(b'\xef\xbb\xbf {"alerts": []}\n', "")
    check(b"[" + b" " * 2_000_000 + b"]", JSON)


def test_a_storm_in_one_request_is_read_whole() -> None:
    payload = captured("resolved")
    payload["alerts"] = [payload["alerts"][0] | {"fingerprint": f"{n:x}"} for n in range(3000)]
    assert len({alert.fingerprint for alert in parsed(payload)}) == 3000
