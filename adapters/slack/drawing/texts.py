"""Runs in Slack's own forms: rich text, text objects, and the line that a notification shows.

Text from outside is never markup: it stands in rich text and plain text as it came, and in mrkdwn
only where it holds nothing that mrkdwn knows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Final

from adapters.slack.drawing.workspace import Json, Workspace
from bot.cards import Card, Link, Plain, Run, Runs, When, Who, clean, plain, shorten

NOTIFICATION: Final = 150
# Longer text is given in pieces, and no run is looked at any further than this.
PIECE: Final = 2900
MOST: Final = 25_000

# What mrkdwn would take for markup; <, > and & can be escaped, except where a line begins.
_MARKUP: Final = re.compile(r"[*~`]|(?<![^\W_])_|_(?![^\W_])|:[^\s:]+:|^[ \t]*>", re.MULTILINE)
_CLOCK: Final = "{date_short_pretty} {time}"
_RELATIVE: Final = "{ago}"


def escape(text: str) -> str:
    """The text for mrkdwn and for the text of a message: no mention and no link is left in it."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def notification(card: Card) -> str:
    """What phones, screen readers and search show: the whole thing in up to 150 characters."""
    words = clean((card.fallback or plain((Plain(card.title), *card.status)))[:MOST]).strip()
    shown, limit = escape(shorten(words, NOTIFICATION)), NOTIFICATION
    while len(shown) > NOTIFICATION:
        limit -= len(shown) - NOTIFICATION if limit > len(shown) - NOTIFICATION else 1
        shown = escape(shorten(words, max(limit, 1)))
    return shown or "(no text)"


# ------------------------------------------------------------ rich text


def rich(elements: list[Json]) -> Json:
    """A rich_text block of sections, quotes and preformatted parts."""
    return {"type": "rich_text", "elements": elements}


def part(kind: str, content: list[Json]) -> Json:
    """A part of rich text; Slack takes none that is empty."""
    return {"type": kind, "elements": content or [{"type": "text", "text": " "}]}


def rich_runs(runs: Runs, workspace: Workspace, *, strike: bool = False) -> list[Json]:
    """The runs as elements of a rich_text section."""
    return [element for run in runs for element in _rich_run(run, workspace, strike=strike)]


def rich_text(text: str) -> list[Json]:
    """Literal text as elements without any style."""
    return [{"type": "text", "text": piece} for piece in pieces(clean(text[:MOST]))]


def _rich_run(run: Run, workspace: Workspace, *, strike: bool) -> Iterator[Json]:
    match run:
        case Plain():
            style = _style(bold=run.bold, italic=run.dim, code=run.code, strike=strike)
            yield from (element | style for element in rich_text(run.text))
        case When():
            yield {
                "type": "date",
                "timestamp": int(run.at.timestamp()),
                "format": _RELATIVE if run.relative else _CLOCK,
                "fallback": plain((run,)),
            } | _style(strike=strike)
        case Who():
            account = workspace.account(run.key) if run.mention else ""
            if account:
                yield {"type": "user", "user_id": account}
            else:
                yield from (element | _style(strike=strike) for element in rich_text(run.name))
        case Link():
            yield {"type": "link", "url": run.url, "text": clean(run.text) or run.url} | _style(
                strike=strike
            )


def _style(**wanted: bool) -> Json:
    style = {name: True for name, on in wanted.items() if on}
    return {"style": style} if style else {}


def pieces(text: str, size: int = PIECE) -> list[str]:
    """The text in parts of at most `size` characters, cut at a line or a word where one is near."""
    found = []
    while len(text) > size:
        near = max(text.rfind("\n", size // 2, size), text.rfind(" ", size // 2, size))
        cut = near + 1 if near > 0 else size
        found.append(text[:cut])
        text = text[cut:]
    return [*found, text] if text else found


# ------------------------------------------------------------ text objects


def plain_text(text: str, limit: int) -> Json:
    """A plain_text object: nothing in it is markup."""
    return {"type": "plain_text", "text": shorten(clean(text[:MOST]), limit) or "–", "emoji": False}


def mrkdwn(runs: Runs, workspace: Workspace, limit: int) -> Json | None:
    """The runs as a mrkdwn object; None where that would be too long, or would be markup."""
    if len(plain(runs)) > limit or not _inert(runs):
        return None
    text = "".join(_marked(run, workspace) for run in runs)
    if not text.strip() or len(text) > limit:
        return None
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def _inert(runs: Runs) -> bool:
    """Whether mrkdwn would show the runs' text as it is, each by itself and all together."""
    texts = [clean(_word(run)) for run in runs]
    return not any(_MARKUP.search(text) for text in (*texts, "".join(texts)))


def _word(run: Run) -> str:
    match run:
        case Plain(text=text) | Link(text=text) | Who(name=text):
            return text
        case When():
            return "0"


def _marked(run: Run, workspace: Workspace) -> str:
    match run:
        case Plain():
            mark = "`" if run.code else "*" if run.bold else "_" if run.dim else ""
            return _wrapped(escape(clean(run.text)), mark)
        case When():
            return date_markup(run.at, relative=run.relative)
        case Who():
            account = workspace.account(run.key) if run.mention else ""
            return f"<@{account}>" if account else escape(clean(run.name))
        case Link():
            label = escape(clean(run.text)).replace("|", "¦") or "link"
            return f"<{escape(run.url).replace('|', '%7C')}|{label}>"


def _wrapped(text: str, mark: str) -> str:
    """The text between marks, which mrkdwn knows only next to letters and on one line."""
    inner = text.strip()
    if not mark or not inner or "\n" in inner:
        return text
    start = text.index(inner)
    return f"{text[:start]}{mark}{inner}{mark}{text[start + len(inner) :]}"


def date_markup(at: datetime, *, relative: bool = False) -> str:
    """An instant that every reader sees by their own clock; UTC where that is not known."""
    form = _RELATIVE if relative else _CLOCK
    return f"<!date^{int(at.timestamp())}^{form}|{plain((When(at),))}>"
