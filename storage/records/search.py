"""Searching text for words: every word must occur, as a literal, without regard to case."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from storage.text import storable

#: Further words are not looked at.
MAX_WORDS: Final = 10


def every_word(words: str, columns: Sequence[str]) -> tuple[str, list[str]]:
    """An SQL condition and its values: each word occurs in one of the columns; none match all.

    In a column that is not in lower case already, SQLite knows the case of ASCII letters only.
    """
    patterns = [f"%{like_pattern(word)}%" for word in storable(words).lower().split()[:MAX_WORDS]]
    if not patterns:
        return "1 = 1", []
    one = " OR ".join(f"LOWER({column}) LIKE ? ESCAPE '!'" for column in columns)
    condition = " AND ".join(f"({one})" for _ in patterns)
    return condition, [pattern for pattern in patterns for _ in columns]


def like_pattern(word: str) -> str:
    """The word as a literal in a pattern of LIKE, with `!` as the escape character."""
    for character in ("!", "%", "_"):
        word = word.replace(character, f"!{character}")
    return word
