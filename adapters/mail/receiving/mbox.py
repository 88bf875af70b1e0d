"""Reading an mbox file message by message (RFC 4155, and mboxrd's quoting of From lines)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from adapters.mail.settings import MEBIBYTE

MAX_MESSAGE: Final = 50 * MEBIBYTE
MAX_LINE: Final = MEBIBYTE

_QUOTED: Final = re.compile(rb"(?m)^>(>*From )")
# `From ann@shop.example Mon Mar  2 09:58:00 2020`
_DATED: Final = re.compile(
    rb"From \S{1,320} +(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct"
    rb"|Nov|Dec) +\d{1,2} \d\d:\d\d"
)


class NotAnMbox(Exception):
    """The file does not begin with a From line; the words say so."""


def messages(path: Path) -> Iterator[tuple[int, bytes]]:
    """Each message, and how many bytes of the file are read with it; OSError as the file gives it.

    Of a message that is too long the first part is kept. Where the file's first From line has its
    date, each has one: a line without is text that nobody quoted, and no blank line need be above.
    """
    with path.open("rb") as file:
        first = file.readline(MAX_LINE)
        if not first.startswith(b"From "):
            raise NotAnMbox(f"{path} is no mbox file: it does not begin with “From ”")
        dated = _DATED.match(first) is not None
        at, size, lines, blank = len(first), 0, list[bytes](), False
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


def _message(lines: list[bytes]) -> bytes:
    return _QUOTED.sub(rb"\1", b"".join(lines).rstrip(b"\r\n") + b"\n")
