"""Alertmanager's webhook, version 4; an operator's own shape falls to the generic mapper.

What is absent from a request is not resolved by that: Alertmanager leaves out alerts above its
`max_alerts`, and those that are silenced when they clear are never told at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from adapters.alerts import generic
from adapters.alerts.source import MEBIBYTE, Source
from adapters.alerts.values import (
    PROSE,
    check_json,
    digest,
    identity,
    instant,
    labels_of,
    line,
    parse_json,
    storable,
    tame,
    text,
    web_address,
)
from bot.domain.alerts import AlertStatus, InboundAlert


def check(body: bytes, _: str) -> None:
    """Keep out what is not JSON."""
    check_json(body)


def read(body: bytes, _: str) -> tuple[InboundAlert, ...]:
    """One alert for each in the group, firing and resolved ones mixed as they came."""
    payload = parse_json(body)
    if not storable(body):
        payload = tame(payload)
    if not _is_version_4(payload):
        return generic.read_value(tame(payload))
    group, note = _group(payload), _left_out(payload)
    return tuple(_alert(alert, payload, group, note) for alert in payload["alerts"])


def _is_version_4(payload: Any) -> bool:
    alerts = payload.get("alerts") if isinstance(payload, dict) else None
    return isinstance(alerts, list) and all(
        isinstance(alert, dict) and isinstance(alert.get("labels"), dict) for alert in alerts
    )


def _group(payload: Mapping[str, Any]) -> str:
    key = text(payload.get("groupKey"), PROSE)
    if key:
        return identity(key)
    labels = payload.get("groupLabels")
    return digest(labels_of(labels)) if labels else ""


def _left_out(payload: Mapping[str, Any]) -> str:
    count = payload.get("truncatedAlerts")
    if not isinstance(count, int) or count <= 0:
        return ""
    return f"Alertmanager left out {count} more of this group (its max_alerts)."


def _alert(
    alert: Mapping[str, Any], payload: Mapping[str, Any], group: str, note: str
) -> InboundAlert:
    labels = labels_of(alert["labels"])
    annotations = _annotations(alert)
    fingerprint = identity(text(alert.get("fingerprint"))) or digest(labels)
    status = text(alert.get("status") or payload.get("status")).lower()
    prose = text(annotations.get("description") or annotations.get("message"), PROSE)
    return InboundAlert(
        fingerprint=fingerprint,
        group=group or fingerprint,
        status=AlertStatus.RESOLVED if status == "resolved" else AlertStatus.FIRING,
        title=_title(labels, annotations),
        severity=labels.get("severity", ""),
        description="\n".join(part for part in (prose, note) if part),
        labels=labels,
        starts_at=instant(alert.get("startsAt")),
        ends_at=instant(alert.get("endsAt")),
        url=web_address(alert.get("generatorURL")),
        runbook=web_address(annotations.get("runbook_url") or annotations.get("runbook")),
    )


def _annotations(alert: Mapping[str, Any]) -> Mapping[str, Any]:
    annotations = alert.get("annotations")
    return annotations if isinstance(annotations, dict) else {}


def _title(labels: Mapping[str, str], annotations: Mapping[str, Any]) -> str:
    summary = annotations.get("summary") or annotations.get("title")
    named = f"{labels.get('alertname', '')} {labels.get('instance', '')}"
    return line(summary) or line(named) or "Alert without a name"


# A storm in one request is some 650 bytes an alert; this holds a hundred thousand.
SOURCE: Final = Source(
    kind="alertmanager", check=check, read=read, limit=64 * MEBIBYTE, answer=b"{}"
)
