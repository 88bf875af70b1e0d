"""What a person can do on a message or in a view: find a control, fill a form in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from tests.fakes.slack.values import Json

STATELESS = frozenset({"button", "overflow", "image", "mrkdwn", "plain_text", "workflow_button"})


class Impossible(AssertionError):
    """A person could not do that in a Slack client: no such control, a required field left out."""


def controls(blocks: Iterable[Json]) -> Iterator[tuple[Json, Json]]:
    """Every block with each of its interactive elements."""
    for block in blocks:
        yield from controls(block.get("child_blocks", ()))
        held = [*block.get("elements", ())] if block["type"] == "actions" else []
        held += [block[name] for name in ("accessory", "element") if block.get(name)]
        yield from ((block, element) for element in held if element["type"] != "image")


def label(element: Json) -> str:
    """The words on a button."""
    return str((element.get("text") or {}).get("text", ""))


def control(blocks: Iterable[Json], name: str) -> tuple[Json, Json]:
    """The first control with that action_id or those words on it; Impossible if there is none."""
    known = list(controls(blocks))
    for block, element in known:
        if name in (element.get("action_id"), label(element), block["block_id"]):
            return block, element
    there = [label(element) or element.get("action_id") for _, element in known]
    raise Impossible(f"no {name!r} here, only {there}")


def choice(options: Iterable[Json], name: str) -> Json:
    """The option with that value or those words; Impossible if there is none."""
    known = list(options)
    for option in known:
        if name in (option.get("value"), option["text"]["text"]):
            return option
    raise Impossible(f"no option {name!r}, only {[option['text']['text'] for option in known]}")


def options_of(element: Json) -> list[Json]:
    """The options of a list, those of its groups too."""
    groups = element.get("option_groups") or ()
    return [*(element.get("options") or ()), *(o for group in groups for o in group["options"])]


def form(blocks: Iterable[Json], given: Mapping[str, Any]) -> Json:
    """The state.values of a form; `given` names fields by action_id, block_id or label.

    Impossible for a field that is not there, a required one left empty, or too long a text.
    """
    left = dict(given)
    state: Json = {}
    for block, element in controls(blocks):
        if element["type"] in STATELESS:
            continue
        answer = _given(block, element, left)
        value = _initial(element) if answer is None else filled(element, answer)
        if not value and block["type"] == "input" and not block.get("optional"):
            raise Impossible(f"the field {block['label']['text']!r} is required")
        shown = {"type": element["type"], **(value or _empty(element))}
        state.setdefault(block["block_id"], {})[element["action_id"]] = shown
    if left:
        raise Impossible(f"no field {sorted(left)} in this form")
    return state


def _given(block: Json, element: Json, left: dict[str, Any]) -> Any:
    names = (element["action_id"], block["block_id"], (block.get("label") or {}).get("text"))
    return next((left.pop(name) for name in names if name in left), None)


_INITIAL = {
    "initial_value": "value",
    "initial_option": "selected_option",
    "initial_options": "selected_options",
    "initial_date": "selected_date",
    "initial_time": "selected_time",
    "initial_date_time": "selected_date_time",
    "initial_user": "selected_user",
    "initial_users": "selected_users",
    "initial_channel": "selected_channel",
    "initial_channels": "selected_channels",
    "initial_conversation": "selected_conversation",
    "initial_conversations": "selected_conversations",
}


def _initial(element: Json) -> Json:
    held = {_INITIAL[name]: value for name, value in element.items() if name in _INITIAL}
    if element["type"] == "rich_text_input" and "value" in held:
        return {"rich_text_value": held["value"]}
    return held


def filled(element: Json, value: Any) -> Json:
    """What the state holds when a person gave that value to an element."""
    return _FILL[element["type"]](element, value)


def _text(element: Json, value: Any) -> Json:
    text = str(value)
    if not int(element.get("min_length", 0)) <= len(text) <= int(element.get("max_length", 3000)):
        raise Impossible(f"{len(text)} characters do not fit {element['action_id']!r}")
    return {"value": text}


def _rich(element: Json, value: Any) -> Json:
    if isinstance(value, dict):
        return {"rich_text_value": value}
    run = {"type": "text", "text": str(value)}
    section = {"type": "rich_text_section", "elements": [run]}
    return {"rich_text_value": {"type": "rich_text", "elements": [section]}}


def _one(element: Json, value: Any) -> Json:
    return {"selected_option": choice(options_of(element), value)}


def _many(element: Json, value: Any) -> Json:
    return {"selected_options": [choice(options_of(element), name) for name in value]}


def _external(element: Json, value: Any) -> Json:
    made = {"text": {"type": "plain_text", "text": str(value)}, "value": str(value)}
    return {"selected_option": value if isinstance(value, dict) else made}


def _files(element: Json, value: Any) -> Json:
    if len(value) > int(element.get("max_files", 10)):
        raise Impossible(f"no more than {element.get('max_files', 10)} files")
    return {"files": list(value)}


def _as(name: str) -> Callable[[Json, Any], Json]:
    return lambda element, value: {name: value}


_FILL: dict[str, Callable[[Json, Any], Json]] = {
    "plain_text_input": _text,
    "rich_text_input": _rich,
    "number_input": lambda element, value: {"value": str(value)},
    "email_text_input": _text,
    "url_text_input": _text,
    "static_select": _one,
    "radio_buttons": _one,
    "checkboxes": _many,
    "multi_static_select": _many,
    "external_select": _external,
    "multi_external_select": lambda element, value: {
        "selected_options": [_external(element, one)["selected_option"] for one in value]
    },
    "users_select": _as("selected_user"),
    "multi_users_select": _as("selected_users"),
    "channels_select": _as("selected_channel"),
    "multi_channels_select": _as("selected_channels"),
    "conversations_select": _as("selected_conversation"),
    "multi_conversations_select": _as("selected_conversations"),
    "datepicker": _as("selected_date"),
    "timepicker": _as("selected_time"),
    "datetimepicker": _as("selected_date_time"),
    "file_input": _files,
}


def _empty(element: Json) -> Json:
    kind = element["type"]
    if kind in ("checkboxes", "multi_static_select", "multi_external_select"):
        return {"selected_options": []}
    if kind == "file_input":
        return {"files": []}
    if kind in ("static_select", "external_select", "radio_buttons"):
        return {"selected_option": None}
    if kind == "rich_text_input":
        return {}
    return {"value": None} if kind.endswith("_input") else {}
