"""Keeping blocks inside Slack's limits: how many there are, and how much text they hold in all."""

from __future__ import annotations

from typing import Any, Final

from adapters.slack.drawing.texts import pieces, plain_text
from adapters.slack.drawing.workspace import Json

MESSAGE_BLOCKS: Final = 50
VIEW_BLOCKS: Final = 100
# Slack refuses messages of more than about 12,000 characters in all blocks (msg_blocks_too_long),
# and counts some of what holds them, too.
MESSAGE_TEXT: Final = 9000

_CUT: Final = "… this is longer than Slack takes; the console has the whole."
# What people press stays, whatever else must go.
_KEPT: Final = "actions"


def fit(blocks: list[Json], most: int = MESSAGE_BLOCKS, room: int = MESSAGE_TEXT) -> list[Json]:
    """The blocks, cut where Slack would refuse them; controls stay, and a line says what is cut."""
    kept: list[Json] = []
    room -= sum(_size(block) for block in blocks if block["type"] == _KEPT)
    places = most - 1 - sum(block["type"] == _KEPT for block in blocks)
    whole = True
    for block in blocks:
        if block["type"] == _KEPT:
            kept.append(block)
            continue
        shown = _shown(block, room) if places > 0 else None
        whole = whole and shown is block
        if shown is not None:
            kept.append(shown)
            room, places = room - _size(shown), places - 1
    return kept if whole else [*kept, {"type": "context", "elements": [plain_text(_CUT, 200)]}]


def _shown(block: Json, room: int) -> Json | None:
    """The block itself when there is room for it, what of it there is room for, or nothing."""
    if _size(block) <= room:
        return block
    if block["type"] != "rich_text" or room < len("…") + 1:
        return None
    left = room
    parts = []
    for part in block["elements"]:
        elements = []
        for element in part["elements"]:
            elements.append(_cut(element, left))
            left -= _size(element)
            if left <= 0:
                break
        parts.append({**part, "elements": elements})
        if left <= 0:
            break
    return {**block, "elements": parts}


def _cut(element: Json, room: int) -> Json:
    if element["type"] != "text" or len(element["text"]) <= room:
        return element
    return {**element, "text": f"{pieces(element['text'], max(room - 1, 1))[0]}…"}


def _size(value: Any) -> int:
    """How many characters the value holds, names and types left out."""
    if isinstance(value, str):
        return len(value)
    if isinstance(value, list):
        return sum(map(_size, value))
    if isinstance(value, dict):
        return sum(_size(part) for name, part in value.items() if name != "type")
    return 0
