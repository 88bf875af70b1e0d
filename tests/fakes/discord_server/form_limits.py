"""What Discord refuses in a modal: its title, its five parts, and each field in them.

https://discord.com/developers/docs/components/reference#label
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from tests.fakes.discord_server.message_limits import (
    SELECTS,
    check_options,
    check_select,
    required,
)
from tests.fakes.discord_server.places import walk
from tests.fakes.discord_server.refusals import Faulty

JSON = dict[str, Any]
ROW, INPUT, TEXT, LABEL, UPLOAD, RADIO, CHECKS, CHECK = 1, 4, 10, 18, 19, 21, 22, 23
FIELDS = SELECTS | {INPUT, UPLOAD, RADIO, CHECKS, CHECK}


def check_modal(data: JSON) -> None:
    """Refuse a modal with one 50035."""
    faulty = Faulty()
    faulty.length("data.title", data.get("title"), 1, 45)
    faulty.length("data.custom_id", data.get("custom_id"), 1, 100)
    components = data.get("components") or []
    faulty.length("data.components", components, 1, 5)
    for place, part in enumerate(components):
        _top(faulty, f"data.components.{place}", part)
    counted = Counter(part["custom_id"] for part in walk(components) if part.get("custom_id"))
    for custom_id, count in counted.items():
        if count > 1:
            faulty.add(
                "data.components",
                "COMPONENT_CUSTOM_ID_DUPLICATED",
                f"Component custom id cannot be duplicated: {custom_id}",
            )
    faulty.raise_any()


def _top(faulty: Faulty, path: str, part: JSON) -> None:
    kind = part.get("type")
    if kind == LABEL:
        faulty.length(f"{path}.label", part.get("label"), 1, 45)
        faulty.length(f"{path}.description", part.get("description"), 0, 100)
        if part.get("component") is None:
            required(faulty, f"{path}.component")
        else:
            _field(faulty, f"{path}.component", part["component"], labelled=True)
    elif kind == ROW:
        inner = part.get("components") or []
        faulty.length(f"{path}.components", inner, 1, 1)
        for each in inner:
            _field(faulty, f"{path}.components.0", each, labelled=False)
    elif kind == TEXT:
        faulty.length(f"{path}.content", part.get("content"), 1, 4000)
    else:
        faulty.add(f"{path}.type", "BASE_TYPE_CHOICES", "Value must be one of {1, 10, 18}.")


def _field(faulty: Faulty, path: str, part: JSON, *, labelled: bool) -> None:
    kind = part.get("type")
    if kind not in FIELDS or (kind != INPUT and not labelled):
        faulty.add(f"{path}.type", "BASE_TYPE_CHOICES", "Not a component of a form.")
        return
    faulty.length(f"{path}.custom_id", part.get("custom_id"), 1, 100)
    if kind == INPUT:
        _input(faulty, path, part, labelled=labelled)
    elif kind in SELECTS:
        check_select(faulty, path, part, in_modal=True)
    elif kind == UPLOAD:
        _between(faulty, f"{path}.max_values", part.get("max_values"), 1, 10)
        _between(faulty, f"{path}.min_values", part.get("min_values"), 0, 10)
    elif kind == RADIO:
        check_options(faulty, f"{path}.options", part.get("options") or [], 2, 10)
    elif kind == CHECKS:
        check_options(faulty, f"{path}.options", part.get("options") or [], 1, 10)


def _input(faulty: Faulty, path: str, part: JSON, *, labelled: bool) -> None:
    if not labelled:
        faulty.length(f"{path}.label", part.get("label"), 1, 45)
    elif part.get("label"):
        faulty.add(f"{path}.label", "BASE_TYPE_BAD_LENGTH", "A labelled input has no label.")
    faulty.length(f"{path}.placeholder", part.get("placeholder"), 0, 100)
    faulty.length(f"{path}.value", part.get("value"), 0, 4000)
    _between(faulty, f"{path}.max_length", part.get("max_length"), 1, 4000)
    _between(faulty, f"{path}.min_length", part.get("min_length"), 0, 4000)
    most = part.get("max_length") or 4000
    if len(part.get("value") or "") > most:
        faulty.add(f"{path}.value", "BASE_TYPE_MAX_LENGTH", f"Must be {most} or fewer in length.")


def _between(faulty: Faulty, path: str, value: int | None, low: int, high: int) -> None:
    if value is not None and not low <= value <= high:
        faulty.add(path, "NUMBER_TYPE_RANGE", f"int value should be between {low} and {high}.")


def check_choices(choices: list[JSON]) -> None:
    """Refuse autocomplete results: more than 25, or names and values that are too long."""
    faulty = Faulty()
    faulty.length("data.choices", choices, 0, 25)
    for place, choice in enumerate(choices):
        faulty.length(f"data.choices.{place}.name", choice.get("name"), 1, 100)
        if isinstance(choice.get("value"), str):
            faulty.length(f"data.choices.{place}.value", choice["value"], 1, 100)
    faulty.raise_any()
