"""Any sender's own shape, mapped by the words that senders commonly use.

Nothing that came is too strange to become an alert; only an empty or a broken body is refused.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from adapters.alerts.decoding import check, decode
from adapters.alerts.fields import Fields, first_strings, presentable, stable
from adapters.alerts.source import MEBIBYTE, Source
from adapters.alerts.values import PROSE, digest, identity, labels_of, line, text
from bot.domain.alerts import AlertStatus, InboundAlert

_TITLE: Final = (
    *("title", "summary", "subject", "message", "name", "alertname", "alarm_name"),
    *("rule_name", "event_title", "entity_display_name"),
)
_PROSE: Final = (
    *("description", "details", "body", "text", "message", "event_msg", "state_message"),
    *("reason", "output", "note"),
)
_IDENTITY: Final = (
    *("fingerprint", "dedup_key", "alert_uid", "key", "alert_key", "incident_key", "alias"),
    *("entity_id", "alert_id", "id", "uid"),
)
_STATUS: Final = (
    *("status", "state", "alert_status", "alert_state", "current_state", "new_state_value"),
    *("event_action", "message_type", "alert_transition", "transition", "action"),
)
_SEVERITY: Final = ("severity", "priority", "level", "urgency", "criticality")
_GROUP: Final = ("group_key", "group", "service", "component")
_LABELS: Final = ("labels", "details", "custom_details", "fields", "dimensions")
_TAGS: Final = ("tags",)
_URL: Final = (
    *("url", "link", "web_url", "html_url", "link_to_upstream_details", "generator_url"),
    *("source_url", "client_url", "dashboard_url"),
)
_RUNBOOK: Final = ("runbook_url", "runbook")
_STARTS: Final = ("starts_at", "start_time", "started_at", "triggered_at", "state_start_time")
_ENDS: Final = ("end_time", "ended_at", "resolved_at", "closed_at")
_HAPPENED: Final = ("timestamp", "time", "date", "occurred_at", "event_time", "created_at")

# What is told elsewhere; the group's names stay labels, for routes to ask about.
_TOLD: Final = frozenset(
    {*_TITLE, *_PROSE, *_IDENTITY, *_STATUS, *_SEVERITY, *_TAGS, *_URL, *_RUNBOOK}
    | {*_STARTS, *_ENDS, "ends_at", *_HAPPENED}
)
_RESOLVED: Final = frozenset(
    {"ok", "okay", "resolved", "resolve", "recovered", "recovery", "recover", "up", "closed"}
    | {"close", "cleared", "clear", "normal", "inactive", "healthy", "passing", "operational"}
    | {"success", "succeeded", "green", "good", "fixed", "ended", "end"}
)
_NAMELESS: Final = "Alert without a name"


def read(body: bytes, content_type: str) -> tuple[InboundAlert, ...]:
    """One alert, or one for each object of a list."""
    return read_value(decode(body, content_type))


def read_value(value: Any) -> tuple[InboundAlert, ...]:
    """The alerts in a decoded, clean value."""
    return tuple(_alert(item) for item in _items(value))


def _items(value: Any) -> Iterator[Any]:
    """The objects of a list, or of a list `alerts` with what stands around it; else the one."""
    several = value.get("alerts") if isinstance(value, dict) else value
    if not isinstance(several, list) or not all(isinstance(item, dict) for item in several):
        yield value
        return
    around = {k: v for k, v in value.items() if k != "alerts"} if isinstance(value, dict) else {}
    for item in several:
        yield {**around, **item}


def _alert(value: Any) -> InboundAlert:
    return _mapped(value) if isinstance(value, dict) else _unmapped(value)


def _unmapped(value: Any) -> InboundAlert:
    """Text, titled by its first line; or a list of anything, titled by its first strings."""
    written = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    first, _, rest = written.partition("\n")
    fingerprint = digest(stable(value, ()))
    title = line(first) if isinstance(value, str) else _spoken(value)
    return InboundAlert(
        fingerprint=fingerprint,
        group=fingerprint,
        status=AlertStatus.FIRING,
        title=title or _NAMELESS,
        description=text(rest if isinstance(value, str) else written, PROSE),
    )


def _mapped(value: Mapping[str, Any]) -> InboundAlert:
    fields = Fields(value)
    labels = _labels(fields)
    fingerprint = identity(fields.text(*_IDENTITY)) or digest(stable(value, _STATUS + _SEVERITY))
    status, happened = _status(fields), fields.instant(*_HAPPENED)
    resolved = status is AlertStatus.RESOLVED
    title = fields.line(*_TITLE) or line(labels.get("alertname")) or _spoken(value)
    return InboundAlert(
        fingerprint=fingerprint,
        group=identity(fields.text(*_GROUP)) or fingerprint,
        status=status,
        title=title,
        severity=_severity(fields),
        description=_description(fields, title, value),
        labels=labels,
        starts_at=fields.instant(*_STARTS) or (None if resolved else happened),
        ends_at=fields.instant(*_ENDS) or (happened if resolved else None),
        url=fields.address(*_URL),
        runbook=fields.address(*_RUNBOOK),
    )


def _spoken(value: Any) -> str:
    return line(", ".join(first_strings(presentable(value), 3))) or _NAMELESS


def _status(fields: Fields) -> AlertStatus:
    word = fields.text(*_STATUS) or fields.text(*_SEVERITY)
    first = re.split(r"\W+", word.lower(), maxsplit=1)[0]
    over = (
        first in _RESOLVED
        or fields.text("resolved") == "true"
        or fields.text("firing") == "false"
        or (not word and fields.text(*_ENDS) != "")
    )
    return AlertStatus.RESOLVED if over else AlertStatus.FIRING


def _severity(fields: Fields) -> str:
    """The severity, or the state of senders whose states are severities (`CRITICAL`, `WARNING`)."""
    word = fields.text(*_SEVERITY) or fields.text(*_STATUS)
    return f"p{word}" if word in ("1", "2", "3", "4", "5") else word


def _description(fields: Fields, title: str, value: Any) -> str:
    texts = (text(entry, PROSE) for entry in fields.all(*_PROSE))
    prose = next((found for found in texts if found and line(found) != title), "")
    if prose or fields.text(*_TITLE):
        return prose
    return text(json.dumps(presentable(value), ensure_ascii=False), PROSE)


def _labels(fields: Fields) -> dict[str, str]:
    """What the sender calls labels, before scalars under names that mean nothing to us."""
    found = labels_of(fields.rest(_TOLD))
    for value in fields.all(*_LABELS):
        found |= labels_of(value)
    for value in fields.all(*_TAGS):
        found |= labels_of(value) or _tags(value)
    return labels_of(found)


def _tags(value: Any) -> dict[str, str]:
    """`["env:prod", "db"]` or `env:prod,db`: pairs become labels, the rest one called `tags`."""
    listed = value.split(",") if isinstance(value, str) else value
    labels: dict[str, str] = {}
    words: list[str] = []
    for tag in filter(None, map(text, listed if isinstance(listed, list) else ())):
        name, *rest = re.split("[:=]", tag, maxsplit=1)
        if rest:
            labels[name.strip()] = rest[0].strip()
        else:
            words.append(name)
    return labels | ({"tags": ",".join(words)} if words else {})


SOURCE: Final = Source(
    kind="generic",
    check=check,
    read=read,
    limit=16 * MEBIBYTE,
    answer=b'{"status":"accepted"}',
    delivery_headers=("Idempotency-Key", "X-Request-Id"),
)
