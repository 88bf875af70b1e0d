"""What stands in a form when it is sent or closed, and the form drawn again as it was left."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from adapters.slack.drawing.views import CUT, MAX_INPUT, field_name
from adapters.slack.events.payloads import Json, part, parts, text
from adapters.slack.gestures.occasions import metadata_of

_AGAIN: Final = ("type", "callback_id", "private_metadata", "title", "submit", "close")


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """A form's id, its fields' values by name, and the files put into it (as Slack describes
    them); `inputs` are the fields' block ids by name, in order.
    """

    form: str
    edition: int
    args: Mapping[str, str]
    files: Sequence[Json]
    inputs: Mapping[str, str]
    cut: bool = False


def filled_in(view: Json) -> Filled:
    """Read the view of a submission, or of a change in it."""
    kept = metadata_of(view)
    args: dict[str, str] = {}
    files: list[Json] = []
    for block_id, elements in part(view, "state", "values").items():
        for element in part({"of": elements}, "of").values():
            files += parts(element, "files")
            if value := _value(element):
                args[field_name(block_id)] = value
    inputs = [text(block, "block_id") for block in _inputs(view)]
    return Filled(
        form=kept.get("form", ""),
        edition=int(kept["e"]) if kept.get("e", "").isdecimal() else 0,
        args=args,
        files=files,
        inputs={field_name(block_id): block_id for block_id in inputs},
        cut=CUT in kept,
    )


def with_changes(filled: Filled, body: Json) -> Filled:
    """The same with what was chosen just now, which the view need not hold yet."""
    changes = {
        field_name(text(action, "block_id")): value
        for action in parts(body, "actions")
        if (value := _value(action))
    }
    return replace(filled, args={**filled.args, **changes})


def _value(element: object) -> str:
    """What was typed or chosen."""
    return text(element, "value") or text(element, "selected_option", "value")


def _inputs(view: Json) -> list[Json]:
    return [block for block in parts(view, "blocks") if text(block, "type") == "input"]


def as_left(view: Json, args: Mapping[str, str], warning: str) -> dict[str, Any]:
    """The view again with everything that was typed, and what went wrong above it."""
    again: dict[str, Any] = {name: view[name] for name in _AGAIN if view.get(name)}
    alert = {
        "type": "alert",
        "level": "error",
        "text": {"type": "plain_text", "text": warning[:MAX_INPUT]},
    }
    kept = [block for block in parts(view, "blocks") if text(block, "type") != "alert"]
    again["blocks"] = [alert, *(_with_value(block, args) for block in kept)]
    return {**again, "notify_on_close": True}


def _with_value(block: Json, args: Mapping[str, str]) -> dict[str, Any]:
    if text(block, "type") != "input":
        return dict(block)
    name = field_name(text(block, "block_id"))
    element = dict(part(block, "element"))
    value = args.get(name, "")
    options = [o for o in parts(element, "options") if text(o, "value") == value]
    element.pop("initial_value", None)
    element.pop("initial_option", None)
    if options:
        element["initial_option"] = options[0]
    elif value and element.get("type") == "plain_text_input":
        element["initial_value"] = value
    return {**block, "element": element}
