"""What a single line of a reply is, as far as it can be told from the line itself."""

from __future__ import annotations

import re
from enum import StrEnum

from adapters.mail.replies.words import (
    ABOVE_THIS_LINE,
    DISCLAIMERS,
    EXCUSES,
    FIELDS,
    FORWARDED,
    ORIGINAL,
    PROGRAMS,
    SENT_FROM,
)

MAX_LINE = 1000
FULL_LINE = 60

_FOOTER_LINE = 90
_ROLES = {label: role for role, labels in FIELDS.items() for label in labels}
# What nobody sees: marks of the direction that Hebrew and Arabic are written in, empty spaces.
_MARKS = re.compile(r"[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_RULE = re.compile(r"[-_=*~—–]{3,}\Z")


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
    DISCLAIMER = "disclaimer"


def plain_line(line: str) -> str:
    """The line in the form that the words are looked for in."""
    line = line[:MAX_LINE]
    if not line.isascii():
        line = _MARKS.sub("", line.replace("\xa0", " "))
    return line.strip().casefold()


def kind_alone(plain: str, raw: str) -> Kind:
    """The kind of a line, given as `plain_line` and as it was written."""
    if not plain:
        return Kind.BLANK
    if any(words in plain for words in ABOVE_THIS_LINE):
        return Kind.ABOVE
    if (plain.startswith(">") and plain != ">:") or _is_bar(plain):
        return Kind.ORIGINAL if _is_frame(plain) else Kind.QUOTE
    if plain in ("--", "—", "–"):
        return Kind.SIGNATURE
    if _RULE.match(plain):
        return Kind.RULE
    if (words := plain.strip("-_*= ")) in FORWARDED:
        return Kind.FORWARDED
    if plain[0] in "-_*=" and (words in ORIGINAL or words.partition("--")[0].strip() in ORIGINAL):
        return Kind.ORIGINAL
    if plain.startswith(DISCLAIMERS) and (len(plain) > FULL_LINE or plain in DISCLAIMERS):
        return Kind.DISCLAIMER
    return Kind.FOOTER if len(raw) <= _FOOTER_LINE and _is_footer(plain) else Kind.TEXT


def _is_frame(plain: str) -> bool:
    """Whether GroupWise says here whom it quotes, and marks no line below: `>>> Ann 9:58 >>>`."""
    return plain.startswith(">>> ") and plain.endswith(" >>>") and ":" in plain


def _is_bar(plain: str) -> bool:
    """Whether a bar marks it as quoted; a row of a table has one at its end, too."""
    return plain == "|" or (plain.startswith("| ") and "|" not in plain[2:])


def _is_footer(plain: str) -> bool:
    """Whether a telephone or a program says here that it sent the mail, and nobody more."""
    if plain == "\u1427":  # the mark of a tracking service
        return True
    if any(name in plain and place in plain for name, place in PROGRAMS):
        return True
    words = plain.lstrip("([<*_ ")
    if not words.startswith(SENT_FROM):
        return False
    return ", " not in words or any(excuse in words for excuse in EXCUSES)


def header_role(plain: str) -> str:
    """Which field of a quoted mail's header the line looks like; empty when it is none."""
    label, colon, _ = plain[:60].replace("\uff1a", ":").partition(":")
    return _ROLES.get(label.strip("*_ "), "") if colon else ""
