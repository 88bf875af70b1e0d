"""Block Kit as Slack judges it: what is wrong with blocks and views, with JSON pointers."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from tests.fakes.slack.limits import (
    BLOCKS,
    CHARTS,
    ID,
    MESSAGE_BLOCKS,
    OBJECTS,
    Shape,
    element_shape,
)
from tests.fakes.slack.values import Json

CHART_LABEL = 20
CHART_PARTS = 12
CHART_POINTS = 20
_RICH = frozenset(
    {"rich_text_section", "rich_text_list", "rich_text_quote", "rich_text_preformatted"}
)
_RUNS = frozenset(
    {"text", "link", "emoji", "user", "channel", "usergroup", "date", "broadcast", "color"}
)
_serial = itertools.count(1)


@dataclass(slots=True)
class _Findings:
    surface: str
    found: list[str] = field(default_factory=list)
    block_ids: set[str] = field(default_factory=set)
    charts: int = 0

    def add(self, words: str, pointer: str) -> None:
        self.found.append(f"{words} [json-pointer:{pointer}]")


def faults_of_message(blocks: object) -> list[str]:
    """What Slack would say about the blocks of a message; empty when they are right."""
    findings = _Findings("message")
    if not _is_list(blocks, "/blocks", findings):
        return findings.found
    assert isinstance(blocks, list)
    if len(blocks) > MESSAGE_BLOCKS:
        findings.add(f"no more than {MESSAGE_BLOCKS} items allowed", "/blocks")
    _blocks(blocks, "/blocks", findings)
    return findings.found


def faults_of_view(view: object) -> list[str]:
    """What Slack would say about a view; empty when it is right."""
    if not isinstance(view, dict) or (kind := view.get("type")) not in ("modal", "home"):
        return ["unsupported type: view [json-pointer:/view/type]"]
    findings = _Findings(str(kind))
    _shape(view, OBJECTS[str(kind)], "/view", findings)
    blocks = view.get("blocks")
    if blocks is not None and _is_list(blocks, "/view/blocks", findings):
        _blocks(blocks, "/view/blocks", findings)
        _submit(view, blocks, findings)
    if kind == "home" and (view.get("submit") or view.get("close")):
        findings.add("invalid additional property", "/view/submit")
    return findings.found


def _submit(view: Json, blocks: list[Json], findings: _Findings) -> None:
    inputs = any(block.get("type") == "input" for block in blocks)
    if view["type"] == "modal" and inputs and not view.get("submit"):
        findings.add("missing required field: submit", "/view")


def _is_list(blocks: object, pointer: str, findings: _Findings) -> bool:
    if isinstance(blocks, list) and all(isinstance(block, dict) for block in blocks):
        return True
    findings.add("must be an array of objects", pointer)
    return False


def _blocks(blocks: Iterable[Json], pointer: str, findings: _Findings) -> None:
    for place, block in enumerate(blocks):
        _block(block, f"{pointer}/{place}", findings)


def _block(block: Json, pointer: str, findings: _Findings) -> None:
    kind = str(block.get("type"))
    shape = BLOCKS.get(kind)
    if shape is None:
        findings.add(f"unsupported type: {kind}", f"{pointer}/type")
        return
    if findings.surface not in shape.where:
        findings.add(f"block type {kind} is not allowed in a {findings.surface}", f"{pointer}/type")
    _block_id(block, pointer, findings)
    _shape(block, shape, pointer, findings)
    _elements(block, shape, pointer, findings)
    if special := _SPECIAL.get(kind):
        special(block, pointer, findings)


def _block_id(block: Json, pointer: str, findings: _Findings) -> None:
    block_id = block.get("block_id")
    if block_id is None:
        return
    _string(block_id, ID, f"{pointer}/block_id", findings)
    if block_id in findings.block_ids:
        findings.add(f"block_id {block_id!r} already exists", f"{pointer}/block_id")
    findings.block_ids.add(str(block_id))


def _shape(value: Json, shape: Shape, pointer: str, findings: _Findings) -> None:
    _needs(value, shape, pointer, findings)
    for name, most in shape.strings.items():
        if value.get(name) is not None:
            least = 0 if name in ("private_metadata", "initial_value", "external_id") else 1
            _string(value[name], most, f"{pointer}/{name}", findings, least)
    for name, (most, kinds) in shape.texts.items():
        if value.get(name) is not None:
            _text(value[name], most, kinds, f"{pointer}/{name}", findings)
    for name, allowed in shape.choices.items():
        if value.get(name) is not None and value[name] not in allowed:
            findings.add("must be one of the allowed values", f"{pointer}/{name}")
    _lists(value, shape, pointer, findings)
    if isinstance(value.get("confirm"), dict) and "type" not in value["confirm"]:
        _shape(value["confirm"], OBJECTS["confirm"], f"{pointer}/confirm", findings)


def _needs(value: Json, shape: Shape, pointer: str, findings: _Findings) -> None:
    for name in shape.needs:
        if value.get(name) is None:
            findings.add(f"missing required field: {name}", pointer)
    if shape.one_of and not any(value.get(name) is not None for name in shape.one_of):
        findings.add(f"missing required field: {' or '.join(shape.one_of)}", pointer)


def _lists(value: Json, shape: Shape, pointer: str, findings: _Findings) -> None:
    for name, (least, most) in shape.lists.items():
        items = value.get(name)
        if items is None:
            continue
        if not isinstance(items, list):
            findings.add("must be an array", f"{pointer}/{name}")
        elif len(items) > most:
            findings.add(f"no more than {most} items allowed", f"{pointer}/{name}")
        elif len(items) < least:
            findings.add(f"no fewer than {least} items allowed", f"{pointer}/{name}")
    for name, kind in shape.objects.items():
        for place, item in enumerate(value.get(name) or ()):
            _shape(item, OBJECTS[kind], f"{pointer}/{name}/{place}", findings)


def _string(value: object, most: int, pointer: str, findings: _Findings, least: int = 1) -> None:
    if not isinstance(value, str):
        findings.add("must be a string", pointer)
    elif len(value) > most:
        findings.add(f"must be less than {most + 1} characters", pointer)
    elif len(value) < least:
        findings.add(f"must be more than {least - 1} characters", pointer)


def _text(
    value: object, most: int, kinds: frozenset[str], pointer: str, findings: _Findings
) -> None:
    if not isinstance(value, dict) or value.get("type") not in kinds:
        findings.add("must be a valid text object", pointer)
        return
    _string(value.get("text"), most, f"{pointer}/text", findings)


def _elements(block: Json, shape: Shape, pointer: str, findings: _Findings) -> None:
    action_ids: set[str] = set()
    for name, allowed in shape.elements.items():
        held = block.get(name)
        many = isinstance(held, list)
        for place, element in enumerate(held if isinstance(held, list) else filter(None, [held])):
            spot = f"{pointer}/{name}/{place}" if many else f"{pointer}/{name}"
            _element(element, allowed, spot, findings)
            action_id = element.get("action_id") if isinstance(element, dict) else None
            if action_id in action_ids:
                findings.add(f"action_id {action_id!r} already exists", f"{spot}/action_id")
            if action_id is not None:
                action_ids.add(action_id)


def _element(element: object, allowed: frozenset[str], pointer: str, findings: _Findings) -> None:
    kind = element.get("type") if isinstance(element, dict) else None
    if not isinstance(element, dict) or kind not in allowed:
        findings.add(f"unsupported type: {kind}", f"{pointer}/type")
        return
    _shape(element, element_shape(str(kind)), pointer, findings)
    if element.get("action_id") is not None:
        _string(element["action_id"], ID, f"{pointer}/action_id", findings)
    if kind == "plain_text_input" and not 1 <= int(element.get("max_length", 3000)) <= 3000:
        findings.add("must be less than 3001", f"{pointer}/max_length")


def _container(block: Json, pointer: str, findings: _Findings) -> None:
    children = block.get("child_blocks")
    if isinstance(children, list):
        for place, child in enumerate(children):
            if isinstance(child, dict) and child.get("type") == "container":
                spot = f"{pointer}/child_blocks/{place}/type"
                findings.add("unsupported type: container", spot)
        _blocks(children, f"{pointer}/child_blocks", findings)
    if block.get("default_collapsed") and not block.get("is_collapsible"):
        findings.add("requires is_collapsible", f"{pointer}/default_collapsed")
    if block.get("has_header_divider") and block.get("is_collapsible"):
        findings.add("cannot be set when is_collapsible is true", f"{pointer}/has_header_divider")


def _chart(block: Json, pointer: str, findings: _Findings) -> None:
    findings.charts += 1
    if findings.charts > CHARTS:
        findings.add(f"no more than {CHARTS} data_visualization blocks allowed", pointer)
    chart = block.get("chart")
    spot = f"{pointer}/chart"
    if not isinstance(chart, dict):
        return
    if chart.get("type") == "pie":
        _points(chart.get("segments"), CHART_PARTS, f"{spot}/segments", findings)
    elif chart.get("type") in ("bar", "line", "area"):
        _series(chart, spot, findings)
    else:
        findings.add("must be one of pie, bar, line, area", f"{spot}/type")


def _series(chart: Json, pointer: str, findings: _Findings) -> None:
    axis = chart.get("axis_config")
    categories = axis.get("categories") if isinstance(axis, dict) else None
    if not categories:
        findings.add("missing required field: axis_config", pointer)
    series = chart.get("series") or []
    if not 1 <= len(series) <= CHART_PARTS:
        findings.add(f"must have 1 to {CHART_PARTS} items", f"{pointer}/series")
    names = [str(line.get("name")) for line in series]
    if len(set(names)) < len(names):
        findings.add("series names must be unique", f"{pointer}/series")
    for place, line in enumerate(series):
        spot = f"{pointer}/series/{place}"
        _string(line.get("name"), CHART_LABEL, f"{spot}/name", findings)
        _points(line.get("data"), CHART_POINTS, f"{spot}/data", findings)
        labels = [point.get("label") for point in line.get("data") or []]
        if categories and sorted(map(str, labels)) != sorted(map(str, categories)):
            findings.add("labels must match axis_config.categories", f"{spot}/data")


def _points(points: object, most: int, pointer: str, findings: _Findings) -> None:
    if not isinstance(points, list) or not 1 <= len(points) <= most:
        findings.add(f"must have 1 to {most} items", pointer)
        return
    for place, point in enumerate(points):
        _string(point.get("label"), CHART_LABEL, f"{pointer}/{place}/label", findings)
        if not isinstance(point.get("value"), int | float):
            findings.add("must be a number", f"{pointer}/{place}/value")


def _table(block: Json, pointer: str, findings: _Findings) -> None:
    for place, row in enumerate(block.get("rows") or []):
        if not 1 <= len(row) <= 20:
            findings.add("no more than 20 items allowed", f"{pointer}/rows/{place}")


def _rich(block: Json, pointer: str, findings: _Findings) -> None:
    for place, element in enumerate(block.get("elements") or []):
        _rich_element(element, f"{pointer}/elements/{place}", findings)


def _rich_element(element: Json, pointer: str, findings: _Findings) -> None:
    kind = element.get("type")
    if kind not in _RICH:
        findings.add(f"unsupported type: {kind}", f"{pointer}/type")
        return
    for place, run in enumerate(element.get("elements") or []):
        spot = f"{pointer}/elements/{place}"
        if kind == "rich_text_list":
            _rich_element(run, spot, findings)
        elif run.get("type") not in _RUNS:
            findings.add(f"unsupported type: {run.get('type')}", f"{spot}/type")
        elif run["type"] == "text" and not run.get("text"):
            findings.add("must be more than 0 characters", f"{spot}/text")


_SPECIAL: dict[str, Callable[[Json, str, _Findings], None]] = {
    "container": _container,
    "data_visualization": _chart,
    "table": _table,
    "rich_text": _rich,
}


def completed(blocks: Iterable[Json]) -> list[Json]:
    """The blocks with the ids that Slack makes up where none was given."""
    return [_completed(block) for block in blocks]


def _completed(block: Json) -> Json:
    whole = {**block, "block_id": block.get("block_id") or f"b{next(_serial)}"}
    if isinstance(block.get("child_blocks"), list):
        whole["child_blocks"] = completed(block["child_blocks"])
    if block["type"] == "actions":
        whole["elements"] = [_named(element) for element in block["elements"]]
    for name in ("accessory", "element"):
        if isinstance(block.get(name), dict) and block[name]["type"] != "image":
            whole[name] = _named(block[name])
    return whole


def _named(element: Json) -> Json:
    return {**element, "action_id": element.get("action_id") or f"a{next(_serial)}"}
