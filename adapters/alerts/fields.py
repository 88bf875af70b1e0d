"""Tolerant look-up in an object of unknown make: by loose names, through wrappers."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

from adapters.alerts.values import PROSE, instant, line, text, web_address

# Objects that senders put around, or beside, what they have to say; what is inside wins.
_WRAPPERS: Final = ("annotations", "event", "incident", "data", "alert", "payload")
_CREDENTIALS: Final = ("token", "key", "secret", "password", "signature", "auth")
_BETWEEN: Final = re.compile(r"[\W_]+")
_TIMES: Final = ("time", "timestamp", "date", "datetime", "ts", "duration", "age", "at")


def plain_name(key: str) -> str:
    """`dedup_key`, `dedupKey` and `Dedup-Key` are the same name."""
    return _BETWEEN.sub("", key.lower())


class Fields:
    """The fields of an object; every look-up gives the first of the names that says something."""

    def __init__(self, value: Mapping[str, Any]) -> None:
        self._named = {plain_name(key): (key, entry) for key, entry in _opened(value).items()}

    def text(self, *names: str, limit: int = PROSE) -> str:
        """The first text; empty when there is none."""
        return next((found for v in self.all(*names) if (found := text(v, limit))), "")

    def line(self, *names: str) -> str:
        """The first text, as one line."""
        return line(self.text(*names))

    def instant(self, *names: str) -> datetime | None:
        """The first instant that can be read."""
        return next((found for v in self.all(*names) if (found := instant(v))), None)

    def address(self, *names: str) -> str:
        """The first web address."""
        return next((found for v in self.all(*names) if (found := web_address(v))), "")

    def all(self, *names: str) -> Iterator[Any]:
        """The values of those of the names that are there."""
        for name in names:
            if (found := self._named.get(plain_name(name))) is not None:
                yield found[1]

    def rest(self, names: Collection[str]) -> dict[str, Any]:
        """The scalars under other names than these, by their own keys, without credentials."""
        known = _plain_names(frozenset(names))
        return {
            key: value
            for name, (key, value) in self._named.items()
            if name not in known and not name.endswith(_CREDENTIALS) and text(value)
        }


@lru_cache(maxsize=64)
def _plain_names(names: frozenset[str]) -> frozenset[str]:
    return frozenset(map(plain_name, names))


def _opened(value: Mapping[str, Any]) -> dict[str, Any]:
    inner = {plain_name(key): entry for key, entry in value.items()}
    opened = dict(value)
    for name in _WRAPPERS:
        if isinstance(inner.get(name), Mapping):
            opened |= inner[name]
    return opened


def stable(value: Any, passing: Collection[str]) -> Any:
    """The value without times and `passing` names: the same in two reports of the same thing."""
    gone = {plain_name(name) for name in passing}
    return _without(value, lambda key: plain_name(key) in gone or _last_word(key) in _TIMES)


def presentable(value: Any) -> Any:
    """The value without credentials, fit to be shown."""
    return _without(value, lambda key: plain_name(key).endswith(_CREDENTIALS))


def _without(value: Any, unwanted: Callable[[str], bool]) -> Any:
    if isinstance(value, dict):
        kept = {key: entry for key, entry in value.items() if not unwanted(key)}
        return {key: _without(entry, unwanted) for key, entry in kept.items()}
    if isinstance(value, list):
        return [_without(entry, unwanted) for entry in value]
    return value


def _last_word(key: str) -> str:
    """`At` of `startsAt`, `time` of `end_time`."""
    spaced = "".join(f" {c}" if c.isupper() else c if c.isalnum() else " " for c in key)
    words = spaced.lower().split()
    # An all-capital key falls apart into letters, and is one word.
    return plain_name(key) if all(len(word) == 1 for word in words) else words[-1]


def first_strings(value: Any, most: int) -> tuple[str, ...]:
    """Up to `most` different texts of the value, in the order they stand in it."""
    found: dict[str, None] = {}
    for written in _strings(value):
        found.setdefault(line(written))
        if len(found) == most:
            break
    return tuple(found)


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        if value.strip():
            yield value
    elif isinstance(value, dict | list):
        for entry in value.values() if isinstance(value, dict) else value:
            yield from _strings(entry)
