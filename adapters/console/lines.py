"""Lines of the feed as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence

from adapters.console.render import Json, instant
from bot.ports import FeedLine


def line_json(line: FeedLine) -> Json:
    """The line with its card."""
    return {
        "id": line.id,
        "revision": line.revision,
        "space": line.space,
        "thread": line.thread,
        "at": instant(line.at),
        "edited_at": instant(line.edited_at) if line.edited_at else None,
        "card": json.loads(line.body),
    }


def number_of(line: FeedLine) -> str:
    """The number of the work item that the line's card shows; empty when it shows none."""
    card: Json = json.loads(line.body)
    return str(card.get("number", ""))


def is_own_card(line: FeedLine) -> bool:
    """Whether it is a work item's own card, which has a menu, and no page or notice about it."""
    card: Json = json.loads(line.body)
    return bool(card.get("menu"))


def root_json(line: FeedLine, thread: Sequence[FeedLine]) -> Json:
    """A channel's line, with how much was said in its thread (`thread` begins with the line)."""
    said = thread[1:]
    last = instant(said[-1].at) if said else None
    return {**line_json(line), "replies": {"count": len(said), "last_at": last}}
