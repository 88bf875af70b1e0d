"""The header block of a message or part, as bytes, within bounds; and RFC 2045/2231 parameters."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from adapters.mail.reading.charset import decode
from adapters.mail.reading.encoded_words import decode_words

MAX_BLOCK = 65536
MAX_FIELDS = 1000

_NAME = re.compile(rb"([!-9;-~]+)[ \t]*:")
_BLANK = re.compile(rb"\n\r?\n")
_PARAMETER = re.compile(r';\s*([^\s=;"]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"?|([^;]*))', re.DOTALL)
_SECTION = re.compile(r"(.+?)\*(?:(\d{1,3})(\*)?)?\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fields:
    """Header fields in order: lower-case name, and the unfolded value as the bytes that came."""

    fields: tuple[tuple[str, bytes], ...] = ()
    complete: bool = True

    def all(self, name: str) -> list[bytes]:
        """The values of every field of that name."""
        return [value for known, value in self.fields if known == name]

    def first(self, name: str) -> bytes:
        """The value of the topmost field of that name; empty when there is none."""
        return next((value for known, value in self.fields if known == name), b"")

    def text(self, name: str) -> str:
        """The decoded value of the topmost field of that name."""
        return decode_words(self.first(name))

    def word(self, name: str) -> str:
        """The first word of the value, lower case, without a comment or parameter."""
        value = self.first(name).decode("latin-1").lower()
        return re.split(r"[\s;(,]", value.strip(), maxsplit=1)[0]

    def __contains__(self, name: str) -> bool:
        return any(known == name for known, _ in self.fields)


def split_head(raw: bytes) -> tuple[Fields, bytes]:
    """Header fields and body; a blank line ends the header, and so does a line that is no field."""
    fields: list[tuple[str, list[bytes]]] = []
    kept = at = 0
    while at < len(raw) and kept <= MAX_BLOCK and len(fields) <= MAX_FIELDS:
        end = raw.find(b"\n", at) + 1 or len(raw)
        line = raw[at : min(end, at + MAX_BLOCK)]
        if not line.strip(b"\r\n"):
            return _fields(fields), raw[end:]
        if line[:1] in b" \t" and fields:
            fields[-1][1].append(line.strip())
        elif match := _NAME.match(line):
            fields.append((match[1].decode("ascii").lower(), [line[match.end() :].strip()]))
        elif fields or not line.startswith(b"From "):  # the line that an mbox puts on top
            return _fields(fields), raw[at:]
        kept += len(line)
        at = end
    return _fields(fields, complete=at >= len(raw)), _after_blank(raw, at)


def _fields(fields: list[tuple[str, list[bytes]]], *, complete: bool = True) -> Fields:
    return Fields(
        fields=tuple((name, b" ".join(lines)[:MAX_BLOCK]) for name, lines in fields),
        complete=complete,
    )


def _after_blank(raw: bytes, at: int) -> bytes:
    match = _BLANK.search(raw, max(0, at - 1))
    return raw[match.end() :] if match else b""


def parameters(value: bytes) -> tuple[str, Mapping[str, str]]:
    """A structured value such as Content-Type: its lower-case first word, and its parameters."""
    text = value.decode("latin-1")
    found: dict[str, str] = {}
    sections: dict[str, dict[int, tuple[bool, str]]] = {}
    for match in _PARAMETER.finditer(text):
        name = match[1].lower()
        content = match[3].strip() if match[2] is None else re.sub(r'\\(["\\])', r"\1", match[2])
        if section := _SECTION.match(name):
            encoded = section[2] is None or section[3] is not None
            sections.setdefault(section[1], {})[int(section[2] or 0)] = (encoded, content)
        else:
            found.setdefault(name, decode_words(content.encode("latin-1")))
    found.update({name: _assemble(parts) for name, parts in sections.items()})
    return text.partition(";")[0].strip().lower(), found


def _assemble(sections: Mapping[int, tuple[bool, str]]) -> str:
    """A value that RFC 2231 split, percent-encoded or labelled with a character set."""
    ordered = [sections[index] for index in sorted(sections)]
    charset = ""
    if ordered[0][0] and ordered[0][1].count("'") >= 2:
        charset, _, rest = ordered[0][1].split("'", 2)
        ordered[0] = (True, rest)
    raw = b"".join(
        unquote_to_bytes(content.encode("latin-1")) if encoded else content.encode("latin-1")
        for encoded, content in ordered
    )
    return decode(raw, charset)
