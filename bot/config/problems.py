"""What is wrong with a configuration: where, in which words, and what to do about it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

KeyPath = tuple[str | int, ...]


class Invalid(ValueError):
    """A value that cannot be taken: what is wrong with it, and what to do."""

    def __init__(self, words: str, hint: str) -> None:
        super().__init__(f"{words}; {hint}")
        self.words = words
        self.hint = hint


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something found at a key; `Problem` is the same with the place in the file or environment.

    `missing` says that a key is not there, which needs no saying when its value could not be read.
    """

    keys: KeyPath
    words: str
    hint: str
    missing: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing to change: the key path, what is wrong, what to do, and where it was written."""

    path: str
    words: str
    hint: str
    where: str = ""

    def __str__(self) -> str:
        place = " ".join(filter(None, (self.path, f"({self.where})" if self.where else "")))
        ending = "" if self.hint.endswith(("?", ".")) else "."
        return f"{place or 'configuration'}: {self.words}. {self.hint}{ending}"


class ConfigProblems(Exception):
    """The configuration cannot be used: every problem that was found, in the order of the file."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


def dotted(keys: KeyPath) -> str:
    """The path as people write it: `desks.support.sla`, `routes[0].when` (counted from 0)."""
    text = ""
    for key in keys:
        text += f"[{key}]" if isinstance(key, int) else f".{key}" if text else key
    return text


def did_you_mean(wrong: str, known: Iterable[str], nothing: str) -> str:
    """The nearest known word as a question, else the words to choose from, else `nothing`."""
    words = sorted(known)
    near = nearest(wrong, words)
    if near:
        return f"Did you mean {near}?"
    return f"Known are: {', '.join(words)}" if 0 < len(words) <= 24 else nothing


def nearest(wrong: str, known: Sequence[str]) -> str:
    """The most similar of the known words, compared without case; empty when none is near."""
    by_fold = {word.lower(): word for word in known}
    near = difflib.get_close_matches(wrong.lower(), by_fold, 1, 0.6)
    return by_fold[near[0]] if near else ""
