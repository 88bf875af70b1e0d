"""Text from outside made safe to store and to show on one line or many."""

from __future__ import annotations

import re

# Characters that change how their neighbours are read, or that no one can see: bidirectional
# controls, zero-width and invisible ones, tags, interlinear marks.
_DECEIVING = (
    "\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e0fff"
)
_UNSTORABLE = "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff"
_NOT_IN_LINE = re.compile(f"[{_UNSTORABLE}{_DECEIVING}]+")
_NOT_IN_TEXT = re.compile(f"[{_UNSTORABLE}\ufeff]+")
_LINE_ENDS = re.compile("\r\n|[\r\x85\u2028\u2029]")


def clean_line(text: str, limit: int) -> str:
    """One line of at most `limit` characters without controls, surrogates and deceiving marks."""
    spaced = _NOT_IN_LINE.sub("", " ".join(text[: 4 * limit].split()))
    return spaced[:limit].strip()


def clean_text(text: str, limit: int) -> str:
    r"""Lines ended by \n, of at most `limit` characters in all, without controls and surrogates."""
    return _NOT_IN_TEXT.sub("", _LINE_ENDS.sub("\n", text[:limit]))
