"""The neutral picture of a fact: plain runs, blocks, fields and actions; each surface draws it.

Nothing here is markup: text from outside stands in runs as it came, and only a surface's one
renderer turns runs into that platform's syntax.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final
from urllib.parse import quote, unquote


@dataclass(frozen=True, slots=True)
class Plain:
    """Literal text, from anywhere."""

    text: str
    bold: bool = False
    dim: bool = False
    code: bool = False


@dataclass(frozen=True, slots=True)
class When:
    """An instant, shown by the reader's own clock (`16:20`) or relative to it (`in 42 minutes`)."""

    at: datetime
    relative: bool = False


@dataclass(frozen=True, slots=True)
class Who:
    """A member of the team; `mention` pings, which only a page or an assignment may do."""

    key: str
    name: str
    mention: bool = False


@dataclass(frozen=True, slots=True)
class Link:
    """A link of our own making; never one from outside."""

    text: str
    url: str


Run = Plain | When | Who | Link
Runs = tuple[Run, ...]


class Tone(StrEnum):
    """What a card or message means at a glance; shown as colour and always also in words."""

    NEW = "new"
    OPEN = "open"
    WAITING = "waiting"
    SNOOZED = "snoozed"
    AT_RISK = "at_risk"
    BREACHED = "breached"
    RESOLVED = "resolved"
    SEVERE = "severe"
    MAJOR = "major"
    CUSTOMER = "customer"
    REPLY = "reply"
    NOTE = "note"
    INFO = "info"
    WARNING = "warning"


class BlockKind(StrEnum):
    """How a paragraph is set."""

    TEXT = "text"
    QUOTE = "quote"
    CODE = "code"
    BARS = "bars"


# So many cells the longest bar has that is drawn in characters.
LONGEST_BAR: Final = 10


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a chart: what it stands for, and its figures with their names, the first drawn.

    All bars of a chart have figures of the same names.
    """

    label: str
    figures: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph of a card. One of BARS holds the chart, and the same drawn in characters for
    surfaces without charts (`chart` makes both).
    """

    runs: Runs
    kind: BlockKind = BlockKind.TEXT
    bars: tuple[Bar, ...] = ()


def chart(*bars: Bar) -> Block:
    """A chart of bars, one line each; never so long that a phone breaks the line."""
    most = max((bar.figures[0][1] for bar in bars), default=0)
    lines = (
        f"{bar.label}  {_drawn(bar.figures[0][1], most)} {', '.join(map(_figure, bar.figures))}"
        for bar in bars
    )
    return Block((Plain("\n".join(lines)),), BlockKind.BARS, bars)


def _drawn(count: int, most: int) -> str:
    cells = min(most, LONGEST_BAR) * count // most if most else 0
    return ("▇" * max(cells, min(count, 1)) or "·").ljust(min(most, LONGEST_BAR))


def _figure(figure: tuple[str, int]) -> str:
    name, count = figure
    return f"{count} {name}".rstrip()


@dataclass(frozen=True, slots=True)
class Field:
    """A labelled value; `progress` (0 to 1) is how much of a clock's time is used."""

    label: str
    value: Runs
    progress: float | None = None


class Style(StrEnum):
    """Weight of a button; DANGER only for what cannot be taken back."""

    PRIMARY = "primary"
    PLAIN = "plain"
    DANGER = "danger"


@dataclass(frozen=True, slots=True)
class Action:
    """A button: `id` is `dk1:<verb>:<number>`, stateless and valid after a restart."""

    id: str
    label: str
    style: Style = Style.PLAIN
    confirm: str = ""


@dataclass(frozen=True, slots=True)
class FileLink:
    """A file that can be fetched with a session: its row, name and size in bytes."""

    id: int
    name: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """Whose words a message carries, and by which way (`by email`, `internal`)."""

    name: str
    via: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A picture of a fact; `fallback` says the whole thing in plain words, up to 150 characters."""

    title: str
    fallback: str
    tone: Tone = Tone.INFO
    number: str = ""
    url: str = ""
    author: Author | None = None
    status: Runs = ()
    blocks: tuple[Block, ...] = ()
    fields: tuple[Field, ...] = ()
    files: tuple[FileLink, ...] = ()
    actions: tuple[Action, ...] = ()
    menu: tuple[Action, ...] = ()
    context: Runs = ()
    ended: bool = False


class FieldKind(StrEnum):
    """What a form's field asks for."""

    LINE = "line"
    AREA = "area"
    CHOICE = "choice"
    PERSON = "person"
    FILES = "files"


@dataclass(frozen=True, slots=True, kw_only=True)
class FormField:
    """One field of a form; `options` are (value, label) pairs of a CHOICE or PERSON."""

    name: str
    label: str
    kind: FieldKind = FieldKind.LINE
    hint: str = ""
    value: str = ""
    required: bool = True
    max_length: int = 3000
    options: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A form; submitting it runs `id` (an action id) with the fields as arguments.

    `close` is what leaving it without sending is called.
    """

    id: str
    title: str
    intro: Runs = ()
    fields: tuple[FormField, ...] = ()
    submit: str = "Save"
    close: str = "Cancel"
    warning: str = ""


def cut_short(form: Form, room: int) -> Form:
    """The form for a surface whose fields hold `room` characters: its texts are cut to that, and
    its warning says so. The same form when all of it fits.
    """
    fits = [min(field.max_length, room) for field in form.fields]
    long = [field for field, most in zip(form.fields, fits, strict=True) if len(field.value) > most]
    if not long:
        return form
    told = " ".join(
        f"Only the beginning of “{field.label}” has room here: it is {len(field.value):,} "
        "characters long."
        for field in long
    )
    fields = tuple(
        replace(field, value=field.value[:most])
        for field, most in zip(form.fields, fits, strict=True)
    )
    return replace(form, fields=fields, warning=f"{form.warning} {told}".strip())


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """A part of somebody's home: one card a row, or the words that stand for none."""

    title: str
    cards: tuple[Card, ...] = ()
    more: str = ""
    empty: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """What one person finds first: who is on call, what needs them, and where to begin."""

    title: str
    intro: Runs = ()
    shelves: tuple[Shelf, ...] = ()
    actions: tuple[Action, ...] = ()


# Controls, and what turns the direction of all that follows or cannot be seen at all. Joiners and
# marks stay: scripts and emoji need them.
_UNSEEN: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u202a-\u202e\u2060-\u206f\ufeff\ufffe\uffff\ud800-\udfff]"
)
# Further parts of an action id are percent-encoded, so that none of them can hold a colon.
_SAFE: Final = " @/"


def action_id(verb: str, number: str, *more: str) -> str:
    """`dk1:<verb>:<number>`, with further parts where an action needs them, such as an argument."""
    return ":".join(("dk1", verb, number, *(quote(part, safe=_SAFE) for part in more)))


def read_action(text: str) -> tuple[str, str, tuple[str, ...]] | None:
    """The verb, number and further parts of an action id; None when it is none of ours."""
    version, _, rest = text.partition(":")
    verb, _, tail = rest.partition(":")
    if version != "dk1" or not verb:
        return None
    number, *more = tail.split(":")
    return verb, number, tuple(map(unquote, more))


def plain(runs: Runs) -> str:
    """The runs as plain text, for notifications and logs; instants in UTC."""
    return "".join(_plain(run) for run in runs)


def _plain(run: Run) -> str:
    match run:
        case Plain(text=text) | Link(text=text):
            return text
        case When(at=at):
            return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
        case Who(name=name):
            return name


def clean(text: str) -> str:
    """Text from anywhere without controls, surrogates, direction overrides and what cannot be seen,
    its line ends as \\n: the last step before a surface escapes it.
    """
    return _UNSEEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def shorten(text: str, limit: int) -> str:
    """At most `limit` (1 or more) characters, cut at a word where one is near, with an ellipsis."""
    flat = text.strip()
    if len(flat) <= limit:
        return flat
    cut = flat[: limit - 1]
    space = cut.rfind(" ")
    return (cut[:space] if space > limit * 2 // 3 else cut).rstrip() + "…"
