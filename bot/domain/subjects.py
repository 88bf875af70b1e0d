"""What mail programs put before the subject of an answer or of a forwarded mail, by language."""

from __future__ import annotations

import re
from typing import Final

_FORWARDED: Final = frozenset(
    {
        "fw", "fwd", "wg", "tr", "rv", "i", "enc", "doorst", "vs", "vb", "vl", "pd", "továbbítás",
        "ilt", "i\u0307lt", "πρθ", "пересл", "转发", "轉寄", "전달", "הועבר", "إعادة توجيه",
    }
)  # fmt: skip
_ANSWERED: Final = re.compile(
    r"(?:(?:re|aw|antw|sv|vs|ref|odp|odg|rv|res|ynt|vá|atb|bls|απ|отв|ответ|回复|答复|回覆|返信|회신|"
    r"답장|رد|תשובה)(?:\[\d{1,3}\])?\s*[:\uff1a]\s*)+",
    re.IGNORECASE,
)
_LONGEST: Final = 20


def is_forward(subject: str) -> bool:
    """Whether the subject says that the mail passes on another one, which then is its content."""
    prefix, colon, _ = subject.lstrip()[:_LONGEST].replace("\uff1a", ":").partition(":")
    return bool(colon) and prefix.strip().casefold() in _FORWARDED


def without_answers(subject: str) -> str:
    """The subject without the marks of answers before it: `AW: Re[2]: Invoice` is `Invoice`."""
    found = _ANSWERED.match(subject)
    return subject[found.end() :] if found else subject
