"""Cards as Discord's components, within its limits whatever stands in them.

https://discord.com/developers/docs/components/reference: 40 components and 4,000 characters in a
message.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from adapters.discord.drawing.controls import button_rows, link_button, menu_row
from adapters.discord.drawing.markup import (
    Accounts,
    cut_runs,
    escaped,
    fence,
    fitting,
    inline,
    masked,
    mentioned,
    quoted,
    size,
    small,
)
from bot.cards import Block, BlockKind, Card, Field, FileLink, Plain, Runs, Tone, plain

Json = dict[str, Any]

ROOM: Final = 3900
_TITLE: Final = 400
_STATUS: Final = 700
_FIELDS: Final = 900
_FIELD: Final = 300
_CONTEXT: Final = 300
_FILES: Final = 10
_MORE: Final = "-# The whole text is in the attached file."

_COLOURS: Final[Mapping[Tone, int]] = {
    Tone.NEW: 0xE0A100,
    Tone.OPEN: 0x2F6FED,
    Tone.WAITING: 0x7A6FF0,
    Tone.SNOOZED: 0x8A93A6,
    Tone.AT_RISK: 0xE0A100,
    Tone.BREACHED: 0xC62828,
    Tone.RESOLVED: 0x1F8A4C,
    Tone.SEVERE: 0xC62828,
    Tone.MAJOR: 0xE26A00,
    Tone.CUSTOMER: 0x8E5BD6,
    Tone.REPLY: 0x1F8A4C,
    Tone.NOTE: 0xC9A227,
    Tone.WARNING: 0xE26A00,
}
_LEAST: Final = 40
_LINE: Final[Json] = {"type": 14, "divider": True, "spacing": 1}


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """What Discord shows; `spill` is the whole text when the card could not hold it.

    `mentions` are the accounts that are pinged, and nobody else is.
    """

    components: tuple[Json, ...]
    mentions: tuple[str, ...] = ()
    spill: str = ""

    def with_files(self, names: Sequence[str]) -> tuple[Json, ...]:
        """The components with these attachments shown below them."""
        return (*self.components, *map(file_shown, names))

    def marked(self, mark: int) -> Drawing:
        """The same, with a mark by which the message can be found again."""
        first, *rest = self.components
        marked: tuple[Json, ...] = ({**first, "id": mark}, *rest)
        return Drawing(components=marked, mentions=self.mentions, spill=self.spill)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What a drawing needs to know besides the card: accounts, and where the console lives."""

    accounts: Accounts
    console_url: str = ""


def draw(card: Card, scene: Scene, linked: Sequence[FileLink] | None = None) -> Drawing:
    """The card; `linked` are those of its files that are not sent along (all when None)."""
    mentions = _mentions(card, scene.accounts)
    if _is_line(card):
        runs, _ = cut_runs(card.status, ROOM)
        text = inline(runs, scene.accounts) or escaped(fitting(card.fallback, ROOM)) or "…"
        return Drawing(components=(_text(text),), mentions=mentions)
    head, fields = _head(card, scene), _fields(card.fields, scene.accounts)
    files = _files(card.files if linked is None else linked, scene.console_url)
    context = _context(card.context, scene.accounts)
    used = sum(map(size, (head, fields, files, context)))
    body, spill = _body(card.blocks, ROOM - used - len(_MORE), scene.accounts)
    inner = [
        *_titled(card, head),
        *_texts(body),
        *([_LINE] if fields else []),
        *_texts(fields, files),
        *button_rows(card.actions),
        *menu_row(card.menu, card.number),
        *_texts(context),
    ]
    container: Json = {"type": 17, "components": inner or [_text(_fallback(card))]}
    if (colour := _COLOURS.get(card.tone)) is not None:
        container["accent_color"] = colour
    return Drawing(components=(container,), mentions=mentions, spill=spill)


def bare(card: Card) -> Drawing:
    """The card's words alone, for when Discord does not take the picture."""
    return Drawing(components=(_text(_fallback(card)),))


def pinged(drawing: Drawing, account: str) -> Drawing:
    """The same with somebody called before it."""
    call = _text(f"<@{account}>")
    mentions = tuple(dict.fromkeys((account, *drawing.mentions)))
    return Drawing(components=(call, *drawing.components), mentions=mentions, spill=drawing.spill)


def heading(card: Card) -> str:
    """The name of a thread: at most 100 characters, and never state."""
    title = " ".join(f"{card.number} {card.title or card.fallback}".split())
    return fitting(title, 95) if size(title) > 95 else title or "…"


def file_shown(name: str) -> Json:
    """A component that shows an attachment of the same message."""
    return {"type": 13, "file": {"url": f"attachment://{name}"}}


# ---------------------------------------------------------------- parts of a card


def _is_line(card: Card) -> bool:
    parts = (card.title, card.blocks, card.fields, card.actions, card.menu, card.files, card.author)
    return card.tone is Tone.INFO and not any(parts) and not card.context


def _fallback(card: Card) -> str:
    return escaped(fitting(card.fallback or card.title, 500)) or "…"


def _mentions(card: Card, accounts: Accounts) -> tuple[str, ...]:
    runs = (card.status, *(block.runs for block in card.blocks), *(f.value for f in card.fields))
    return tuple(dict.fromkeys(account for each in runs for account in mentioned(each, accounts)))


def _head(card: Card, scene: Scene) -> str:
    lines = [*_title(card), *_author(card)]
    if card.status:
        runs, cut = cut_runs(card.status, _STATUS)
        lines.append(inline(runs, scene.accounts) + ("…" if cut else ""))
    return "\n".join(lines)


def _title(card: Card) -> list[str]:
    flat = " ".join(card.title.split())
    if not flat:
        return []
    title = escaped(fitting(flat, _TITLE))
    shown = f"~~{title}~~" if card.ended else title
    if card.number and card.number not in flat:
        shown = f"{escaped(card.number)} {shown}"
    return [f"### {shown}"]


def _author(card: Card) -> list[str]:
    if card.author is None:
        return []
    name = escaped(fitting(" ".join(card.author.name.split()), 100)) or "somebody"
    via = escaped(fitting(" ".join(card.author.via.split()), 200))
    return [f"**{name}** · {via}" if via else f"**{name}**"]


def _titled(card: Card, head: str) -> list[Json]:
    if head and card.url.startswith(("https://", "http://")) and size(card.url) <= 512:
        opening = link_button("Open", card.url)
        return [{"type": 9, "components": [_text(head)], "accessory": opening}]
    return _texts(head)


def _files(linked: Sequence[FileLink], console_url: str) -> str:
    lines = [_file(file, console_url) for file in linked[:_FILES]]
    if len(linked) > _FILES:
        lines.append(f"-# … and {len(linked) - _FILES} more files")
    return "\n".join(lines)


def _context(runs: Runs, accounts: Accounts) -> str:
    kept, cut = cut_runs(runs, _CONTEXT)
    text = inline(kept, accounts) + ("…" if cut else "")
    return small(text) if text.strip() else ""


def _fields(fields: Sequence[Field], accounts: Accounts) -> str:
    lines: list[str] = []
    room = _FIELDS
    for field in fields:
        runs, cut = cut_runs(field.value, _FIELD)
        label = escaped(fitting(" ".join(field.label.split()), 60))
        value = inline(runs, accounts).replace("\n", " ") + ("…" if cut else "")
        line = f"**{label}** {value}{_progress(field.progress)}"
        if size(line) > room:
            lines.append("…")
            break
        lines.append(line)
        room -= size(line) + 1
    return "\n".join(lines)


def _progress(used: float | None) -> str:
    if used is None:
        return ""
    full = round(min(1.0, max(0.0, used)) * 8)
    return f" `{'▰' * full}{'▱' * (8 - full)}`"


def _file(file: FileLink, console_url: str) -> str:
    name = fitting(" ".join(file.name.split()), 60) or "file"
    shown = masked(name, f"{console_url}/files/{file.id}") if console_url else escaped(name)
    return f"📎 {shown} ({_bytes(file.size)})"


def _bytes(count: int) -> str:
    for unit, step in (("MB", 1 << 20), ("kB", 1 << 10)):
        if count >= step:
            return f"{count / step:.1f} {unit}"
    return f"{count} bytes"


# ---------------------------------------------------------------- paragraphs


def _body(blocks: Sequence[Block], room: int, accounts: Accounts) -> tuple[str, str]:
    """The paragraphs as one text that fits, and all of them in plain words when they did not."""
    shown: list[str] = []
    for block in blocks:
        text, cut = _block(block, room, accounts)
        if text:
            shown.append(text)
            room -= size(text) + 1
        if cut:
            spill = "\n\n".join(plain(each.runs) for each in blocks)
            return "\n".join((*shown, _MORE)), spill
    return "\n".join(shown), ""


def _block(block: Block, room: int, accounts: Accounts) -> tuple[str, bool]:
    if room < _LEAST:
        return "", True
    match block.kind:
        case BlockKind.CODE | BlockKind.BARS:
            return _fenced(block, room)
        case BlockKind.QUOTE:
            return _quote(block, room, accounts)
        case BlockKind.TEXT:
            runs, cut = cut_runs(block.runs, room)
            text = inline(runs, accounts).strip("\n")
            dim = all(isinstance(run, Plain) and run.dim for run in block.runs)
            return (small(text) if dim and text and "\n" not in text else text), cut


def _quote(block: Block, room: int, accounts: Accounts) -> tuple[str, bool]:
    # Every line takes two characters more: a text of nothing but line ends is three times as long.
    for share in (room, room // 2):
        runs, cut = cut_runs(block.runs, share)
        text = quoted(inline(runs, accounts).strip("\n"))
        if size(text) <= room:
            return text, cut
    runs, cut = cut_runs(block.runs, room // 3 - 2)
    return quoted(inline(runs, accounts).strip("\n")), cut


def _fenced(block: Block, room: int) -> tuple[str, bool]:
    text = plain(block.runs)
    kept = text[:room]
    while size(fence(kept)) > room:
        kept = kept[: len(kept) * 4 // 5]
    whole = kept == text
    return fence(kept if whole else kept.rpartition("\n")[0] or kept), not whole


def _texts(*contents: str) -> list[Json]:
    return [_text(content) for content in contents if content.strip()]


def _text(content: str) -> Json:
    return {"type": 10, "content": content}
