"""A card in Block Kit: the head, what is said, the figures, the controls, and the small print."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Final
from unicodedata import category

from adapters.slack.drawing.actions import action_row
from adapters.slack.drawing.charts import PER_MESSAGE, chart
from adapters.slack.drawing.fit import fit
from adapters.slack.drawing.texts import (
    MOST,
    mrkdwn,
    part,
    pieces,
    plain_text,
    rich,
    rich_runs,
    rich_text,
)
from adapters.slack.drawing.workspace import Json, Workspace
from bot.cards import (
    Block,
    BlockKind,
    Card,
    Field,
    FileLink,
    Link,
    Plain,
    Run,
    Runs,
    Tone,
    clean,
    plain,
)

MAX_HEADER: Final = 150
MAX_TITLE: Final = 300
# So much of a long text is seen at once, and so much more when somebody unfolds it.
SHOWN: Final = 1500
FOLDED: Final = 5000
MAX_FIELD: Final = 500
FIELDS: Final = 10
MAX_CONTEXT: Final = 1500
MAX_FILES: Final = 20
MAX_NAME: Final = 100
CELLS: Final = 8

NOWHERE: Final = Workspace()

# What a card means at a glance, where its own words do not say so already.
_MARKS: Final = {
    Tone.WAITING: "🟣 Waiting",
    Tone.SNOOZED: "⏸ Snoozed",
    Tone.AT_RISK: "⏳ At risk",
    Tone.BREACHED: "🔴 Breached",
    Tone.RESOLVED: "✅ Resolved",
}
_VOICES: Final = {
    Tone.CUSTOMER: "📨",
    Tone.REPLY: "📤",
    Tone.NOTE: "🔒",
    Tone.WARNING: "⚠️",
}


def card_blocks(card: Card, workspace: Workspace = NOWHERE, *, charts: bool = True) -> list[Json]:
    """The card as the blocks of a message, within Slack's limits; `charts` as Slack draws them."""
    blocks = [
        *_head(card, workspace),
        *_body(card, workspace),
        *_fields(card.fields, workspace),
        *_bars(card, charts=charts),
        *_files(card.files, workspace),
        *action_row(card),
        *_small_print(card, workspace),
    ]
    return fit(blocks or [_section(plain_text(card.fallback, MAX_CONTEXT))])


def plain_blocks(card: Card) -> list[Json]:
    """The card in the plainest blocks there are, for when Slack does not take the others."""
    head = (Plain(f"{card.number} {card.title}".strip() + "\n"), *card.status)
    said = [plain(block.runs) for block in card.blocks]
    figures = [f"{field.label}: {plain(field.value)}" for field in card.fields]
    author = [f"{card.author.name} · {card.author.via}"] if card.author else []
    files = [f"📎 {file.name}" for file in card.files[:MAX_FILES]]
    texts = (*author, plain(head), *said, "\n".join(figures), *files, plain(card.context))
    words = clean("\n".join(text[:MOST] for text in texts if text.strip())[:MOST])
    sections = [_section(plain_text(p, len(p))) for p in pieces(words or card.fallback)]
    return fit([*sections, *action_row(card)])


def whole_text(card: Card) -> str:
    """The text of a message that is too long to be shown and unfolded; empty for all others."""
    texts = [clean(plain(block.runs)) for block in card.blocks if _is_long(block)]
    return next((text for text in texts if len(text) > SHOWN + FOLDED), "")


# ------------------------------------------------------------ the head


def _head(card: Card, workspace: Workspace) -> list[Json]:
    """A header for what belongs to no work item, else a line with number and title; then the
    author of a message, or the status of anything else.
    """
    title = clean(card.title).strip()
    headed = title and not card.number and not card.ended and len(title) <= MAX_HEADER
    blocks: list[Json] = []
    if headed:
        blocks.append({"type": "header", "text": plain_text(title, MAX_HEADER)})
    lines = [] if headed else [_title(card, title, workspace)]
    lines.append(_author(card, workspace) if card.author else _status(card, workspace))
    filled = [line for line in lines if line]
    return [*blocks, rich([_lines(filled)])] if filled else blocks


def _title(card: Card, title: str, workspace: Workspace) -> list[Json]:
    if not title:
        return []
    cut = pieces(title, MAX_TITLE)
    words = cut[0] + ("…" if len(cut) > 1 else "")
    runs: Runs = (*_number(card), Plain(words, bold=True))
    return rich_runs(runs, workspace, strike=card.ended)


def _number(card: Card) -> Runs:
    """The number before a title, unless that names it itself, as the title of a page does."""
    if not card.number or (card.number in card.title and not card.url):
        return ()
    shown = Link(card.number, card.url) if card.url else Plain(card.number, bold=True)
    return (shown, Plain(" "))


def _author(card: Card, workspace: Workspace) -> list[Json]:
    if card.author is None:
        return []
    voice = _VOICES.get(card.tone, "")
    runs = (
        Plain(f"{voice} " if voice else ""),
        Plain(card.author.name, bold=True),
        Plain(f" · {card.author.via}" if card.author.via else "", dim=True),
    )
    return rich_runs(runs, workspace, strike=card.ended)


def _status(card: Card, workspace: Workspace) -> list[Json]:
    runs = (Plain(_mark(card)), *card.status)
    return rich_runs(runs, workspace)


def _mark(card: Card) -> str:
    """The card's tone as emoji and word; empty where title or status show one already."""
    words = plain((Plain(card.title), *card.status)).strip()
    if card.tone is Tone.WARNING:
        return "" if words and category(words[0]).startswith("S") else "⚠️ "
    mark = _MARKS.get(card.tone, "")
    if not mark or mark.split()[0] in words:
        return ""
    return f"{mark} · " if card.status else mark


# ------------------------------------------------------------ what is said


def _body(card: Card, workspace: Workspace) -> Iterator[Json]:
    words = (block for block in card.blocks if block.kind is not BlockKind.BARS)
    for kind, group in groupby(words, key=lambda block: block.kind):
        yield from _said(kind, list(group), card, workspace)


def _said(kind: BlockKind, blocks: list[Block], card: Card, workspace: Workspace) -> Iterator[Json]:
    """Paragraphs of one kind: those of mere text share a section, a long one is folded."""
    if any(_is_long(block) for block in blocks):
        for block in blocks:
            yield from _folded(plain(block.runs), struck=card.ended)
    elif kind is BlockKind.TEXT:
        struck = card.ended and card.author is not None
        lines = [rich_runs(block.runs, workspace, strike=struck) for block in blocks]
        yield rich([_lines(lines)])
    else:
        for block in blocks:
            quote = kind is BlockKind.QUOTE
            yield _quote(block, workspace) if quote else _preformatted(block)


def _quote(block: Block, workspace: Workspace) -> Json:
    return rich([part("rich_text_quote", rich_runs(block.runs, workspace))])


def _preformatted(block: Block) -> Json:
    return rich([part("rich_text_preformatted", rich_text(plain(block.runs)))])


def _is_long(block: Block) -> bool:
    return block.kind is not BlockKind.BARS and len(plain(block.runs)) > SHOWN


def _folded(text: str, *, struck: bool) -> Iterator[Json]:
    """The beginning of a long text, and the rest of it to be unfolded."""
    begin, *others = pieces(clean(text), SHOWN)
    yield rich([part("rich_text_section", rich_runs((Plain(begin),), NOWHERE, strike=struck))])
    rest = "".join(others)
    if not rest:
        return
    shown = pieces(rest[:FOLDED])
    title = f"Show the rest ({len(rest):,} more characters)"
    if len(rest) > FOLDED:
        title = f"Show more (the whole text, {len(text):,} characters, is in the attached file)"
    yield {
        "type": "container",
        "title": plain_text(title, 150),
        "is_collapsible": True,
        "default_collapsed": True,
        "child_blocks": [_section(plain_text(piece, len(piece))) for piece in shown],
    }


def _lines(lines: Iterable[list[Json]]) -> Json:
    """One section with a line for each."""
    content: list[Json] = []
    for line in lines:
        content += [{"type": "text", "text": "\n"}, *line] if content else line
    return part("rich_text_section", content)


# ------------------------------------------------------------ figures, files, small print


def _fields(fields: tuple[Field, ...], workspace: Workspace) -> Iterator[Json]:
    """Two columns; a value that would be markup there stands below them, on a line of its own."""
    beside: list[Json] = []
    below: list[list[Json]] = []
    for field in fields:
        label, value = Plain(field.label, bold=True), _value(field)
        text = mrkdwn((label, Plain("\n"), *value), workspace, MAX_FIELD)
        if text is not None:
            beside.append(text)
        else:
            below.append(rich_runs((label, Plain("  "), *value), workspace))
    for start in range(0, len(beside), FIELDS):
        yield {"type": "section", "fields": beside[start : start + FIELDS]}
    if below:
        yield rich([_lines(below)])


def _value(field: Field) -> Runs:
    if field.progress is None:
        return field.value
    return (Plain(f"{_progress(field.progress)} "), *field.value)


def _progress(used: float) -> str:
    """How much of a clock's time was used when the card was drawn."""
    full = round(min(1.0, max(0.0, used)) * CELLS)
    return "▰" * full + "▱" * (CELLS - full)


def _bars(card: Card, *, charts: bool) -> Iterator[Json]:
    """Charts, and as characters what Slack has no chart for."""
    drawn = 0
    for block in card.blocks:
        if block.kind is BlockKind.BARS:
            bars = chart(block, card.title) if charts and drawn < PER_MESSAGE else None
            drawn += bars is not None
            yield bars or _preformatted(block)


def _files(files: tuple[FileLink, ...], workspace: Workspace) -> list[Json]:
    if not files:
        return []
    lines = [_file(file, workspace) for file in files[:MAX_FILES]]
    if len(files) > MAX_FILES:
        lines.append(rich_text(f"… and {len(files) - MAX_FILES} more"))
    return [rich([_lines(lines)])]


def _file(file: FileLink, workspace: Workspace) -> list[Json]:
    name, url = pieces(clean(file.name) or "file", MAX_NAME)[0], workspace.file_url(file)
    shown: Run = Link(name, url) if url else Plain(name)
    return rich_runs((Plain("📎 "), shown, Plain(f" ({size(file.size)})")), workspace)


def size(count: int) -> str:
    """Bytes as people say them."""
    for unit in ("bytes", "kB", "MB"):
        if count < 1024 or unit == "MB":
            break
        count //= 1024
    return f"{count:,} {unit}"


def _small_print(card: Card, workspace: Workspace) -> list[Json]:
    """What became of a message, then the context."""
    said = (card.status if card.author is not None else (), card.context)
    return [context(runs, workspace) for runs in said if runs]


def context(runs: Runs, workspace: Workspace) -> Json:
    """Small print; in full size where it could be markup."""
    text = mrkdwn(runs, workspace, MAX_CONTEXT)
    if text is not None:
        return {"type": "context", "elements": [text]}
    return rich([part("rich_text_section", rich_runs(runs, workspace))])


def _section(text: Json) -> Json:
    return {"type": "section", "text": text}
