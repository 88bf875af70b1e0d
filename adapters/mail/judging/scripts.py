"""Names that deceive: letters among those of another alphabet that look the same (UTS 39)."""

from __future__ import annotations

from typing import Final
from unicodedata import name as unicode_name

MAX_LOOKED_AT: Final = 200

# Alphabets with letters that pass for each other's. Japanese, Chinese and Korean mix scripts too,
# but theirs look like no letters of these.
_ALIKE: Final = frozenset(
    {
        "LATIN", "CYRILLIC", "GREEK", "COPTIC", "ARMENIAN", "CHEROKEE", "GEORGIAN", "LISU",
        "FULLWIDTH", "MATHEMATICAL",
    }
)  # fmt: skip


def mixes_alphabets(text: str) -> bool:
    """Whether a single word of it has letters of two alphabets; many people write two languages."""
    return not text.isascii() and any(
        len(_alphabets(word)) > 1 for word in text[:MAX_LOOKED_AT].split() if not word.isascii()
    )


def _alphabets(word: str) -> set[str]:
    scripts = {unicode_name(char, "").partition(" ")[0] for char in word if char.isalpha()}
    return scripts & _ALIKE
