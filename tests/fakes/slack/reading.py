"""Reading a message or a view as a client shows it: its words, whom it pings, where it leads."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tests.fakes.slack.values import Json, Message, View

_MARK = re.compile(r"<([^<>]+)>")
_BARE = re.compile(r"https?://[^\s<>|]+")
_RUNS = ("text", "link", "emoji", "user", "channel", "usergroup", "date", "broadcast")


def words(shown: Message | View) -> str:
    """All the words, one piece a line; markup is read, entities are not left in."""
    pieces = [_plain(kind, piece) for kind, piece in _pieces(list(_blocks(shown)))]
    if not pieces and isinstance(shown, Message):
        pieces = [_plain("mrkdwn", {"text": shown.text})]
    return "\n".join(filter(None, pieces))


def notified(message: Message) -> set[str]:
    """Whom the message would ping: user and group ids, `here`, `channel`, `everyone`."""
    found: set[str] = set()
    for kind, piece in _all(message):
        if kind == "mrkdwn":
            marks = (mark.partition("|")[0] for mark in _MARK.findall(str(piece["text"])))
            found |= {mark.lstrip("@!").removeprefix("subteam^") for mark in marks if _pings(mark)}
        elif kind in ("user", "usergroup", "broadcast"):
            found.add(str(piece.get("user_id") or piece.get("usergroup_id") or piece.get("range")))
    return found


def links(message: Message) -> list[tuple[str, str]]:
    """Every link as (words, address), those that Slack makes of bare addresses too."""
    found: list[tuple[str, str]] = []
    for kind, piece in _all(message):
        if kind == "link":
            found.append((str(piece.get("text") or piece["url"]), str(piece["url"])))
        if kind != "mrkdwn":
            continue
        text = str(piece["text"])
        for mark in _MARK.findall(text):
            address, _, label = mark.partition("|")
            if address.startswith(("http:", "https:", "mailto:")):
                found.append((_unescaped(label or address), _unescaped(address)))
        if not piece.get("verbatim"):
            found += [(bare, bare) for bare in _BARE.findall(_MARK.sub(" ", text))]
    return found


def _pings(mark: str) -> bool:
    return mark.startswith(("@", "!subteam^")) or mark in ("!here", "!channel", "!everyone")


def _blocks(shown: Message | View) -> Iterator[Json]:
    if isinstance(shown, View):
        yield from (shown.content[name] for name in ("title",) if shown.content.get(name))
    yield from shown.blocks


def _all(message: Message) -> Iterator[tuple[str, Json]]:
    yield from _pieces(list(message.blocks))
    yield "mrkdwn", {"text": message.text, "verbatim": bool(message.blocks)}


def _pieces(value: object) -> Iterator[tuple[str, Json]]:
    """Text objects and rich text runs, in the order of reading."""
    if isinstance(value, list):
        for item in value:
            yield from _pieces(item)
    elif isinstance(value, dict):
        kind = str(value.get("type"))
        if kind in ("mrkdwn", "plain_text") or (kind in _RUNS and "elements" not in value):
            yield kind, value
        else:
            for part in value.values():
                yield from _pieces(part)


def _plain(kind: str, piece: Json) -> str:
    if kind == "mrkdwn":
        return _unescaped(_MARK.sub(lambda mark: _label(mark[1]), str(piece["text"])))
    known = ("text", "url", "fallback", "user_id", "channel_id", "usergroup_id", "range", "name")
    return next((str(piece[name]) for name in known if piece.get(name)), "")


def _label(mark: str) -> str:
    address, _, label = mark.partition("|")
    return label or address


def _unescaped(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
