"""Filling in a modal as a person does, with the checks of Discord's own client."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tests.fakes.discord_server.form_limits import CHECK, CHECKS, INPUT, LABEL, RADIO, TEXT, UPLOAD
from tests.fakes.discord_server.places import Attachment
from tests.fakes.discord_server.typed import (
    ATTACHMENT,
    CHANNEL,
    MENTIONABLE,
    ROLE,
    USER,
    CannotSend,
    Reading,
)

JSON = dict[str, Any]
Value = str | bool | Sequence[str] | None
Values = Mapping[str, Value]
"""By the field's custom id or its label; a field that is left out keeps its default."""
NAMES = {5: USER, 6: ROLE, 7: MENTIONABLE, 8: CHANNEL}
"""What the selects of people and places choose from, as kinds of command options."""


def submission(
    modal: JSON, values: Values, files: Mapping[str, list[Attachment]], reading: Reading
) -> JSON:
    """The data of a modal submit; CannotSend for what the client would not send."""
    known = {name for part in modal["components"] for name in _names(part)}
    strangers = (set(values) | set(files)) - known
    if strangers:
        raise CannotSend(f"the form has no field {', '.join(sorted(strangers))}")
    components = [_part(part, values, files, reading) for part in modal["components"]]
    data: JSON = {"custom_id": modal["custom_id"], "components": components}
    return data | ({"resolved": reading.resolved} if reading.resolved else {})


def fields(modal: JSON) -> dict[str, JSON]:
    """The fields of a modal by custom id, each with its `label`."""
    found: dict[str, JSON] = {}
    for part in modal["components"]:
        field, label = _field(part)
        if field is not None:
            found[field["custom_id"]] = field | {"label": label}
    return found


def _field(part: JSON) -> tuple[JSON | None, str]:
    if part["type"] == LABEL:
        return part["component"], part["label"]
    if part["type"] == TEXT:
        return None, ""
    return part["components"][0], part["components"][0]["label"]


def _names(part: JSON) -> tuple[str, ...]:
    field, label = _field(part)
    return () if field is None else (field["custom_id"], label)


def _part(
    part: JSON, values: Values, files: Mapping[str, list[Attachment]], reading: Reading
) -> JSON:
    field, label = _field(part)
    if field is None:
        return {"type": TEXT, "id": part.get("id", 0)}
    key = label if label in values else field["custom_id"]
    attached = files.get(label) or files.get(field["custom_id"]) or []
    if field["type"] == UPLOAD:
        told = _uploaded(field, attached, reading)
    else:
        told = _answer(field, values[key] if key in values else _default(field), reading)
    told |= {"type": field["type"], "id": field.get("id", 0), "custom_id": field["custom_id"]}
    if part["type"] == LABEL:
        return {"type": LABEL, "id": part.get("id", 0), "component": told}
    return {"type": part["type"], "id": part.get("id", 0), "components": [told]}


def _default(field: JSON) -> Value:
    if field["type"] == INPUT:
        return str(field.get("value") or "")
    if field["type"] == CHECK:
        return bool(field.get("default"))
    chosen = [option["value"] for option in field.get("options") or [] if option.get("default")]
    return (chosen[0] if chosen else None) if field["type"] == RADIO else chosen


def _answer(field: JSON, value: Value, reading: Reading) -> JSON:
    kind = field["type"]
    if kind == INPUT:
        return _written(field, value)
    if kind == RADIO:
        return _picked(field, value)
    if kind == CHECK:
        return {"value": bool(value)}
    wanted = [value] if isinstance(value, str) else [] if isinstance(value, bool) else value
    return _chosen(field, [chosen(field, each, reading) for each in wanted or ()])


def _written(field: JSON, value: Value) -> JSON:
    text = str(value or "")
    low = field.get("min_length") or 0
    if field.get("required", True):
        low = max(1, low)
    elif not text:
        low = 0
    if not low <= len(text) <= (field.get("max_length") or 4000):
        raise CannotSend(f"{field['custom_id']} takes no text of {len(text)} characters")
    return {"value": text}


def _picked(field: JSON, value: Value) -> JSON:
    if value is None:
        if field.get("required", True):
            raise CannotSend(f"{field['custom_id']} needs a choice")
        return {"value": None}
    return {"value": option_value(field, str(value))}


def _chosen(field: JSON, values: list[str]) -> JSON:
    low, high = field.get("min_values"), field.get("max_values")
    low = 1 if low is None else low
    high = (len(field["options"]) if field["type"] == CHECKS else 1) if high is None else high
    if not field.get("required", True) and not values:
        low = 0
    if not low <= len(values) <= high:
        raise CannotSend(f"{field['custom_id']} takes {low} to {high} choices")
    return {"values": values}


def _uploaded(field: JSON, files: list[Attachment], reading: Reading) -> JSON:
    low, high = field.get("min_values"), field.get("max_values") or 1
    low = 1 if low is None else low
    if not field.get("required", True) and not files:
        low = 0
    if not low <= len(files) <= high:
        raise CannotSend(f"{field['custom_id']} takes {low} to {high} files")
    reading.files = files
    return {"values": [reading.resolve(ATTACHMENT, file.id) for file in files]}


def chosen(field: JSON, wanted: str, reading: Reading) -> str:
    """The value that a select sends for what a person picked by name."""
    kind = NAMES.get(field["type"])
    return option_value(field, wanted) if kind is None else reading.resolve(kind, wanted)


def option_value(field: JSON, wanted: str) -> str:
    """The value of an option named by its label or its value; CannotSend if there is none."""
    for option in field.get("options") or []:
        if wanted in (option["value"], option["label"]):
            return str(option["value"])
    raise CannotSend(f"{field['custom_id']} has no option {wanted!r}")
