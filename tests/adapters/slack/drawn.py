"""Looking at blocks as their readers and as Slack would."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, datetime
from enum import Enum
from typing import Any, TypeVar

from tests.adapters.console import console_cards as samples
from tests.fakes.slack.blocks import faults_of_message, faults_of_view

Json = dict[str, Any]
Drawn = TypeVar("Drawn")

NOW = datetime(2026, 11, 21, 15, 38, tzinfo=UTC)
PINGS = frozenset({"user", "usergroup", "channel", "broadcast"})
_PING = re.compile(r"<(?:[@#]|!(?!date\^))[^>]*>")
_KEPT = ("id", "key", "url", "number", "name")

HOSTILE = {
    "mrkdwn": "*bold* _italic_ ~struck~ `code` ```block``` > quote",
    "broadcast": "<!channel> <!here> <!everyone> @channel @here",
    "mention": "<@U0ANA> <@W0ANA|ana> <!subteam^S0LEADS|@leads> <#C0DESK|general>",
    "link": "<https://evil.example|https://bank.example> https://evil.example mailto:a@b.example",
    "entities": "&lt;!channel&gt; &amp;lt;!here&amp;gt; & < >",
    "date": "<!date^0^{date}|yesterday>",
    "emoji": ":rotating_light: :white_check_mark::skin-tone-2:",
    "right to left": "\u202egpj.exe \u2067\u05e2\u05d1\u05e8\u2069 \u200f\u0639\u0631\u0628",
    "zero width": "a\u200bb\u2060c\ufeffd\u00ad" * 10,
    "controls": "\x00\x07\x1b[31mred\x7f\x85\r\n\ttab\ud800",
    "quote at a line's start": "one\n> two\n&gt; three",
    "pipes and carets": "|^|^ a|b {date} {ago}",
    "only spaces": "   \n\t  ",
    "nothing": "",
    "emoji flood": "👩‍👩‍👧‍👦🏴󠁧󠁢󠁥󠁮󠁧󠁿" * 300,
    "long line": "lorem ipsum dolor " * 3000,
    "many lines": "line\n" * 5000,
    "one word of 100 kB": "x" * 100_000,
    "100 kB of markup": "*<!channel>*_" * 8000,
}

CARDS = {
    "new ticket": samples.new_ticket(NOW),
    "claimed ticket": samples.claimed_ticket(NOW),
    "resolved ticket": samples.resolved_ticket(NOW),
    "incident": samples.incident(NOW),
    "page": samples.page(NOW),
    "mail": samples.customer_mail(),
    "note": samples.note("noted"),
    "reply": samples.reply("replied"),
    "info": samples.info("done"),
    "sent": samples.sent(NOW, "SUP-42"),
    "queue": samples.queue(NOW),
    "report": samples.report(),
    "clocks": samples.sla(NOW),
    "history": samples.history([(NOW, "Ana claimed it")] * 60),
}


def poisoned(value: Drawn, text: str) -> Drawn:
    """The card or form with that text wherever words may come from outside."""
    if isinstance(value, tuple):
        return tuple(poisoned(item, text) for item in value)  # type: ignore[return-value]
    if not is_dataclass(value) or isinstance(value, type):
        return value
    changes: Json = {}
    for field in fields(value):
        part = getattr(value, field.name)
        foreign = isinstance(part, str) and not isinstance(part, Enum)
        if foreign and field.name not in _KEPT:
            changes[field.name] = text
        elif not isinstance(part, str):
            changes[field.name] = poisoned(part, text)
    return replace(value, **changes)


def faults(blocks: list[Json]) -> list[str]:
    """What Slack would refuse in a message."""
    return faults_of_message(blocks)


def view_faults(view: Json) -> list[str]:
    """What Slack would refuse in a view."""
    return faults_of_view(view)


def objects(value: object) -> Iterator[Json]:
    """Every object in the blocks, from outside in."""
    if isinstance(value, dict):
        yield value
        yield from objects(list(value.values()))
    if isinstance(value, list | tuple):
        for part in value:
            yield from objects(part)


def of_type(blocks: object, *kinds: str) -> list[Json]:
    """The objects of these types."""
    return [found for found in objects(blocks) if found.get("type") in kinds]


def marked(blocks: object) -> list[str]:
    """Every text that Slack reads as markup."""
    return [found["text"] for found in of_type(blocks, "mrkdwn")]


def pings(blocks: object) -> list[str]:
    """Everything that would mention somebody, or a channel."""
    elements = [found["type"] for found in objects(blocks) if found.get("type") in PINGS]
    return [*elements, *(ping for text in marked(blocks) for ping in _PING.findall(text))]


def links(blocks: object) -> list[str]:
    """Every address that somebody could follow."""
    return [str(found["url"]) for found in objects(blocks) if "url" in found]


def said(blocks: object) -> str:
    """All words, as somebody reads them from top to bottom."""
    return "".join(_words(blocks))


def _words(value: object) -> Iterable[str]:
    for found in objects(value):
        text = found.get("text", found.get("fallback"))
        if isinstance(text, str):
            yield text
        if found.get("type") in ("section", "context", "header", "rich_text"):
            yield "\n"


def labels(blocks: object) -> list[str]:
    """The words on all buttons, and in the menu."""
    rows = of_type(blocks, "actions")
    texts = [
        found["text"]["text"] for found in objects(rows) if isinstance(found.get("text"), dict)
    ]
    return [text for text in texts if isinstance(text, str)]
