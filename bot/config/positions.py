"""On which line of a TOML file each key stands, so that a problem can say so.

`tomllib` keeps no positions. This reads only what positions need: table headers and the keys at the
beginnings of lines, outside strings and arrays of several lines. What it does not find has none.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from typing import Final

from bot.config.problems import KeyPath

_PART: Final = r"""(?:[A-Za-z0-9_-]+|"[^"\n]*"|'[^'\n]*')"""
_DOTTED: Final = rf"{_PART}(?:\s*\.\s*{_PART})*"
_HEADER: Final = re.compile(rf"\s*(\[\[?)\s*({_DOTTED})\s*\]")
_ENTRY: Final = re.compile(rf"\s*({_DOTTED})\s*=(.*)")
_LONG: Final = ('"""', "'''")
_TOKEN: Final = re.compile(r'''"""|\'{3}|"(?:[^"\\]|\\.)*"|'[^']*'|\#.*|[\[\]{}]''')


def locate(text: str) -> Mapping[KeyPath, int]:
    """The line (from 1) of every table and key that begins a line, by its path."""
    found: dict[KeyPath, int] = {}
    numbers: Counter[KeyPath] = Counter()
    table: KeyPath = ()
    inside = _Inside()
    for number, line in enumerate(text.splitlines(), start=1):
        if inside.value(line):
            continue
        if header := _HEADER.match(line):
            table = _numbered(_keys(header[2]), numbers, many=header[1] == "[[")
            found.setdefault(table, number)
        elif entry := _ENTRY.match(line):
            found.setdefault((*table, *_keys(entry[1])), number)
            inside.begin(entry[2])
    return found


class _Inside:
    """Whether the next line still belongs to a value that began on an earlier one."""

    def __init__(self) -> None:
        self._closing = ""
        self._depth = 0

    def begin(self, value: str) -> None:
        """Read the rest of the line a value begins on."""
        self._read(value)

    def value(self, line: str) -> bool:
        """Whether the line belongs to the value; reads it if so."""
        if not (self._closing or self._depth):
            return False
        self._read(line)
        return True

    def _read(self, line: str) -> None:
        at = 0
        while True:
            if self._closing:
                at = line.find(self._closing, at) + len(self._closing)
                if at < len(self._closing):
                    return
                self._closing = ""
            token = _TOKEN.search(line, at)
            if token is None:
                return
            at = token.end()
            self._closing = token[0] if token[0] in _LONG else ""
            self._depth += (token[0] in "[{") - (token[0] in "]}")


def _keys(text: str) -> tuple[str, ...]:
    return tuple(part.strip("\"'") for part in re.findall(_PART, text))


def _numbered(keys: tuple[str, ...], numbers: Counter[KeyPath], *, many: bool) -> KeyPath:
    """The table's path with the index of each array of tables on the way to it."""
    path: KeyPath = ()
    for position, key in enumerate(keys):
        path = (*path, key)
        last = position == len(keys) - 1
        if last and many:
            numbers[path] += 1
        if numbers[path]:
            path = (*path, numbers[path] - 1)
    return path
