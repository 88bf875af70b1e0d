"""Plain-text replies line by line: each line gets a kind, and the kinds tell what is fresh.

The work is linear in the text: no pattern sees more than one line, and no line is looked at in more
than a few windows. A header of a quotation is believed for its evidence (a date, a time, an
address), not for its shape.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum

from adapters.mail.reply_words import (
    ABOVE_THIS_LINE,
    FIELDS,
    FORWARDED,
    OPENINGS,
    ORIGINAL,
    SAID,
    SENT_FROM,
    WROTE,
)

MAX_LINES = 4000
MAX_LINE = 1000

_ATTRIBUTION_LINES = 4
_ATTRIBUTION = 350
_HEADER_LINES = 12
_FOOTER_LINE = 90
_FULL_LINE = 60
_SHORT_SIGNATURE = 12

_ROLES = {label: role for role, labels in FIELDS.items() for label in labels}
_EVIDENCE = re.compile(r"\d{1,2}[:.h]\d{2}|(?<!\d)(?:19|20)\d\d(?!\d)|[^\s@]@[^\s@]")
_DATED = re.compile(r"\d{1,2}[:.h]\d{2}|(?<!\d)(?:19|20)\d\d(?!\d)")
_DIGIT = re.compile(r"\d")
_RULE = re.compile(r"[-_=*~—–]{3,}\Z")
_COLONS = (":", "\uff1a")
_BEHIND = ":\uff1a ."
_ABOVE = re.compile("|".join(ABOVE_THIS_LINE))
_WROTE_WORDS = frozenset(word for word in WROTE if " " not in word)


class Kind(StrEnum):
    """What a line is."""

    BLANK = "blank"
    TEXT = "text"
    QUOTE = "quote"
    ATTRIBUTION = "attribution"
    HEADER = "header"
    ORIGINAL = "original"
    FORWARDED = "forwarded"
    ABOVE = "above"
    SIGNATURE = "signature"
    RULE = "rule"
    FOOTER = "footer"


def fresh_lines(text: str, *, quotes: bool = True) -> str:
    """What is left without quoted history, signature and footer; empty when nothing is.

    With `quotes` false a line that starts with `>` is content, but under an attribution.
    """
    lines = text.split("\n")
    kinds = line_kinds(lines[:MAX_LINES])
    if not quotes:
        _quotes_are_text(kinds)
    end = _history_start(kinds)
    if end == MAX_LINES < len(lines):
        end = len(lines)
        kinds += [Kind.TEXT] * (end - MAX_LINES)
    end = _without_signature(lines, kinds, _without_outer_quotes(kinds, end))
    history = _history_lines(kinds, end)
    kept = [line for index, line in enumerate(lines[:end]) if index not in history]
    return "\n".join(kept).strip("\n").rstrip()


def line_kinds(lines: Sequence[str]) -> list[Kind]:
    """The kind of each line; attributions and header blocks may take several."""
    plain = [_plain(line) for line in lines]
    kinds = [_kind_alone(line, raw) for line, raw in zip(plain, lines, strict=True)]
    _mend_quotes(plain, kinds)
    for index, kind in enumerate(kinds):
        if kind is not Kind.TEXT:
            continue
        for at in _attribution(plain, kinds, index):
            kinds[at] = Kind.ATTRIBUTION
        for at in _header_block(plain, kinds, index):
            kinds[at] = Kind.HEADER
    return kinds


def _plain(line: str) -> str:
    return line[:MAX_LINE].replace("\xa0", " ").strip().casefold()


def _kind_alone(plain: str, raw: str) -> Kind:
    """The kind of a line that can be told from the line itself."""
    if not plain:
        return Kind.BLANK
    if _ABOVE.search(plain):
        return Kind.ABOVE
    if plain.startswith(">") and plain != ">:":
        return Kind.QUOTE
    if plain in ("--", "—", "–"):
        return Kind.SIGNATURE
    if _RULE.match(plain):
        return Kind.RULE
    if (words := plain.strip("-_*= ")) in FORWARDED:
        return Kind.FORWARDED
    if plain[0] in "-_*=" and words in ORIGINAL:
        return Kind.ORIGINAL
    if len(raw) <= _FOOTER_LINE and plain.lstrip("([<*_ ").startswith(SENT_FROM):
        return Kind.FOOTER
    return Kind.TEXT


def _mend_quotes(plain: Sequence[str], kinds: list[Kind]) -> None:
    """A line between two quoted ones is the broken end of the first when that one was full."""
    for index in range(1, len(kinds) - 1):
        around = kinds[index - 1 : index + 2]
        full = len(plain[index - 1]) >= _FULL_LINE
        if full and around == [Kind.QUOTE, Kind.TEXT, Kind.QUOTE]:
            kinds[index] = Kind.QUOTE


def _attribution(plain: Sequence[str], kinds: Sequence[Kind], last: int) -> Sequence[int]:
    """The lines of the attribution that ends in this line; none when there is none."""
    line = plain[last].rstrip("*_ ")
    if not line.endswith((*_COLONS, "-", "wrote", ">")):
        return ()
    quoted = _next_kind(kinds, last + 1) is Kind.QUOTE
    if line.endswith(">") and not quoted:
        return ()
    found: Sequence[int] = ()
    for first in range(last, max(-1, last - _ATTRIBUTION_LINES), -1):
        whole = " ".join(plain[first : last + 1])
        if kinds[first] not in (Kind.TEXT, Kind.FOOTER) or len(whole) > _ATTRIBUTION:
            break
        if not _is_attribution(whole, quoted=quoted):
            continue
        if _opens(plain[first]):
            return range(first, last + 1)
        found = found or range(first, last + 1)
    return found


def _is_attribution(whole: str, *, quoted: bool) -> bool:
    """Whether somebody wrote something at some time, going by the words and the evidence."""
    whole = whole.rstrip("-*_ ")
    said = whole.rstrip(_BEHIND).endswith(SAID)
    if said or whole.rstrip(_BEHIND).endswith(WROTE) or _WROTE_WORDS & set(whole.split()):
        return (quoted and not said) or bool(_EVIDENCE.search(whole))
    addressed = "@" in whole and whole.endswith((*_COLONS, ">"))
    return addressed and bool(_DATED.search(whole))


def _opens(line: str) -> bool:
    """Whether an attribution may begin with this line: mail programs break it at will."""
    line = line.lstrip("-*_ ")
    if line[:1].isdigit():
        return bool(_DATED.search(line))
    return line.startswith(OPENINGS) and bool(_DIGIT.search(line))


def _header_block(plain: Sequence[str], kinds: Sequence[Kind], first: int) -> Sequence[int]:
    """The lines of a quoted mail's header that begins here; none when it is no such block."""
    if not _role(plain[first]):
        return ()
    found: dict[str, str] = {}
    last = first
    for at in range(first, min(len(plain), first + _HEADER_LINES)):
        if kinds[at] is Kind.BLANK and at > last + 1:
            break
        if role := _role(plain[at]):
            found.setdefault(role, plain[at])
            last = at
    return range(first, last + 1) if _is_header(found) else ()


def _is_header(found: Mapping[str, str]) -> bool:
    """Whether these fields head a mail; a form may also say from where to where, and when."""
    if "from" in found and "subject" in found:
        return len(found) >= 3
    dated = bool(_DATED.search(found.get("sent", "")))
    addressed = "@" in found.get("from", "") or "@" in found.get("to", "")
    in_order = tuple(found)[:3] == ("from", "sent", "to")
    return dated and (in_order or (addressed and len(found) >= 2))


def _role(plain: str) -> str:
    """Which header field the line looks like; empty when it is none."""
    label, colon, _ = plain[:60].replace("\uff1a", ":").partition(":")
    return _ROLES.get(label.strip("*_ "), "") if colon else ""


def _next_kind(kinds: Sequence[Kind], at: int) -> Kind:
    for kind in kinds[at : at + 4]:
        if kind is not Kind.BLANK:
            return kind
    return Kind.BLANK


def _quotes_are_text(kinds: list[Kind]) -> None:
    attributed = False
    for index, kind in enumerate(kinds):
        if kind is Kind.QUOTE and not attributed:
            kinds[index] = Kind.TEXT
        elif kind not in (Kind.BLANK, Kind.QUOTE):
            attributed = kind is Kind.ATTRIBUTION


def _history_start(kinds: Sequence[Kind]) -> int:
    """The first line behind which everything is history; the number of lines when none is."""
    said = False
    for index, kind in enumerate(kinds):
        if kind is Kind.ABOVE or (said and kind is Kind.ORIGINAL):
            return index
        if kind is Kind.FORWARDED:
            return len(kinds)
        if said and kind is Kind.HEADER:
            return index
        if said and kind is Kind.ATTRIBUTION and not _quotes_follow(kinds, index):
            return index
        said = said or kind is Kind.TEXT
    return len(kinds)


def _quotes_follow(kinds: Sequence[Kind], at: int) -> bool:
    while at < len(kinds) and kinds[at] is Kind.ATTRIBUTION:
        at += 1
    return _next_kind(kinds, at) in (Kind.QUOTE, Kind.ATTRIBUTION)


def _history_lines(kinds: Sequence[Kind], end: int) -> set[int]:
    """Attributions, and the quotation under one when it is the only one: others are answered."""
    attributions = [index for index in range(end) if kinds[index] is Kind.ATTRIBUTION]
    quotes = [index for index in range(end) if kinds[index] is Kind.QUOTE]
    if not attributions or not quotes or quotes[0] < attributions[-1]:
        return set(attributions)
    between = kinds[attributions[-1] + 1 : quotes[-1]]
    alone = all(kind in (Kind.QUOTE, Kind.BLANK) for kind in between)
    return {*attributions, *quotes} if alone else set(attributions)


def _without_outer_quotes(kinds: Sequence[Kind], end: int) -> int:
    """The end of the own words: quotations behind them go."""
    outer = {Kind.BLANK, Kind.QUOTE, Kind.ATTRIBUTION}
    if end < len(kinds):
        outer.add(Kind.RULE)
    while end and kinds[end - 1] in outer:
        end -= 1
    return end


def _without_signature(lines: Sequence[str], kinds: Sequence[Kind], end: int) -> int:
    for index in range(1, end):
        if kinds[index] is Kind.SIGNATURE and _ends_here(lines, kinds, index, end):
            end = index
            break
    while end and kinds[end - 1] in (Kind.FOOTER, Kind.BLANK, Kind.RULE, Kind.QUOTE):
        end -= 1
    return end


def _ends_here(lines: Sequence[str], kinds: Sequence[Kind], index: int, end: int) -> bool:
    """Whether the signature goes on to the end: a mere `--` may also part two paragraphs."""
    below = sum(kind is Kind.TEXT for kind in kinds[index + 1 : end])
    return lines[index] == "-- " or below <= _SHORT_SIGNATURE
