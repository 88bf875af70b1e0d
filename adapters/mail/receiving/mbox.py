"""Reading an mbox file message by message (RFC 4155, and mboxrd's quoting of From lines)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

from adapters.mail.settings import MEBIBYTE

MAX_MESSAGE: Final = 50 * MEBIBYTE
MAX_LINE: Final = MEBIBYTE

_QUOTED: Final = re.compile(rb"(?m)^>(>*From )")
_COMPRESSED: Final = (b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"PK\x03\x04", b"\x28\xb5\x2f\xfd")
_MARK: Final = b"\xef\xbb\xbf"  # with which some editors begin a file
# `From ann@shop.example Mon Mar  2 09:58:00 2020`, and `ann at shop.example` in Mailman's archives.
_DATED: Final = re.compile(
    rb"From .{1,320}? {1,9}(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep"
    rb"|Oct|Nov|Dec) +\d{1,2} \d\d:\d\d"
)


class NotAnMbox(Exception):
    """The file does not begin with a From line; the words say so, and what it is in its place."""


def messages(path: Path) -> Iterator[tuple[int, bytes]]:
    """Each message, and how many bytes of the file are read with it; OSError as the file gives it.
    An empty file is an empty mailbox.

    Of a message that is too long the first part is kept. Where the file's first From line has its
    date, each has one: a line without is text that nobody quoted, and no blank line need be above.
    """
    with path.open("rb") as file:
        first, at = _first_line(file)
        if not first:
            return
        if not first.startswith(b"From "):
            raise NotAnMbox(f"{path} is no mbox file: {_what_it_is(first)}")
        dated = _DATED.match(first) is not None
        size, lines, blank = 0, list[bytes](), False
        while line := file.readline(MAX_LINE):
            if line.startswith(b"From ") and (_DATED.match(line) if dated else blank):
                yield at, _message(lines)
                size, lines = 0, []
            elif size < MAX_MESSAGE:
                lines.append(line)
                size += len(line)
            at += len(line)
            blank = not line.strip(b"\r\n")
        yield at, _message(lines)


def _first_line(file: BinaryIO) -> tuple[bytes, int]:
    """The first line that says something, and where it ends; empty in an empty mailbox."""
    line = file.readline(MAX_LINE)
    at = len(line)
    while line and not line.removeprefix(_MARK).strip(b"\r\n"):
        line = file.readline(MAX_LINE)
        at += len(line)
    return line.removeprefix(_MARK), at


def _what_it_is(first: bytes) -> str:
    if first.startswith(_COMPRESSED):
        return "it is compressed, unpack it first"
    return "it does not begin with “From ”"


def _message(lines: list[bytes]) -> bytes:
    return _QUOTED.sub(rb"\1", b"".join(lines).rstrip(b"\r\n") + b"\n")
