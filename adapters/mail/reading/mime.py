"""The tree of a MIME message (RFC 2045, 2046), cut out of the raw bytes within bounds.

The standard library's parser goes line by line and one call deeper for each level: a mail of 20 MB
costs it half a second and 220 MB, a thousand nested parts the interpreter's stack. This one
searches for delimiters, and what lies beyond its bounds stays unread.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from adapters.mail.reading.charset import decode
from adapters.mail.reading.encoded_words import unbase64
from adapters.mail.reading.fields import Fields, parameters, split_head

MAX_DEPTH = 30
MAX_PARTS = 200
MAX_DELIMITERS = 20_000
MAX_SEARCH = 200_000_000  # bytes looked through for delimiters, over all levels

# What is said of a mail that is larger than it may be: a part of it was not read.
CUT_HEADER = "the header is too long and was cut"
TOO_DEEP = "parts are nested too deep"
TOO_MANY_PARTS = f"there are more than {MAX_PARTS} parts"
EXCEEDED = frozenset({CUT_HEADER, TOO_DEEP, TOO_MANY_PARTS})

_TYPE = re.compile(r"[a-z0-9!#$&^_.+-]{1,80}/[a-z0-9!#$&^_.+-]{1,80}\Z")
_DELIMITER_END = re.compile(rb"(--)?[ \t]*\r?(?=\n|\Z)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One node: a multipart has parts and no body, a leaf has a body (still transfer-encoded)."""

    fields: Fields
    content_type: str
    parameters: Mapping[str, str]
    body: bytes = field(default=b"", repr=False)
    parts: tuple[Part, ...] = ()

    @property
    def content(self) -> bytes:
        """The body without its transfer encoding; what is broken in it is left out."""
        encoding = self.fields.word("content-transfer-encoding")
        if encoding == "base64":
            return unbase64(self.body)
        if encoding == "quoted-printable":
            return binascii.a2b_qp(self.body)
        return self.body

    def text(self, limit: int) -> str:
        """The content as text, by the declared character set; `limit` is in bytes."""
        return decode(self.content[:limit], self.parameters.get("charset", ""))

    def walk(self) -> Iterator[Part]:
        """This part and all below it, in order."""
        yield self
        for part in self.parts:
            yield from part.walk()


@dataclass(slots=True)
class _Bounds:
    """What is still allowed, and what was left out because it was not."""

    parts: int = MAX_PARTS
    search: int = MAX_SEARCH
    defects: list[str] = field(default_factory=list)

    def note(self, defect: str) -> None:
        if defect not in self.defects:
            self.defects.append(defect)


def parse(raw: bytes) -> tuple[Part, tuple[str, ...]]:
    """The tree of a whole message, and what is wrong with it. Never raises."""
    bounds = _Bounds()
    if b"\n" not in raw:
        raw = raw.replace(b"\r", b"\n")
    return _part(raw.lstrip(b"\r\n"), "text/plain", 0, bounds), tuple(bounds.defects)


def _part(raw: bytes, default: str, depth: int, bounds: _Bounds) -> Part:
    fields, body = split_head(raw)
    if not fields.complete:
        bounds.note(CUT_HEADER)
    content_type, values = parameters(fields.first("content-type"))
    if not _TYPE.match(content_type):
        content_type = default
    if content_type.startswith("multipart/"):
        if parts := _parts(body, content_type, values.get("boundary", ""), depth, bounds):
            return Part(fields=fields, content_type=content_type, parameters=values, parts=parts)
        content_type = "text/plain"
    return Part(fields=fields, content_type=content_type, parameters=values, body=body)


def _parts(
    body: bytes, content_type: str, boundary: str, depth: int, bounds: _Bounds
) -> tuple[Part, ...]:
    if not boundary:
        bounds.note("a multipart names no boundary")
        return ()
    bounds.search -= len(body)
    if depth >= MAX_DEPTH or bounds.search < 0:
        bounds.note(TOO_DEEP)
        return ()
    default = "message/rfc822" if content_type == "multipart/digest" else "text/plain"
    parts: list[Part] = []
    for raw in _between(body, boundary):
        if bounds.parts <= 0:
            bounds.note(TOO_MANY_PARTS)
            break
        bounds.parts -= 1
        parts.append(_part(raw, default, depth + 1, bounds))
    if not parts:
        bounds.note("a multipart has no parts")
    return tuple(parts)


def _between(body: bytes, boundary: str) -> Iterator[bytes]:
    """What lies between the delimiter lines; a missing last one is forgiven."""
    mark = b"\n--" + boundary.encode("latin-1", "replace")
    body = b"\n" + body
    start = at = -1
    for _ in range(MAX_DELIMITERS):
        at = body.find(mark, at + 1)
        if at < 0:
            break
        if not (rest := _DELIMITER_END.match(body, at + len(mark))):
            continue
        if start >= 0:
            yield body[start:at].removesuffix(b"\r")
        if rest[1]:
            return
        start = rest.end() + 1
    if start >= 0:
        yield body[start:]
