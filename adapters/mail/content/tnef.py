"""winmail.dat: the files and the text that Outlook packs into TNEF (MS-OXTNEF, MS-OXCDATA)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from adapters.mail.reading.charset import decode

SIGNATURE: Final = b"\x78\x9f\x3e\x22"
MAX_ATTRIBUTES: Final = 5000
MAX_PROPERTIES: Final = 2000
MAX_VALUES: Final = 1000

# Attributes, by the lower half of their ids.
_BODY, _CODE_PAGE, _PROPERTIES = 0x800C, 0x9007, 0x9003
_FILE_BEGINS, _FILE_TITLE, _FILE_DATA, _FILE_PROPERTIES = 0x9002, 0x8010, 0x800F, 0x9005
# MAPI properties.
_TEXT, _HTML, _CODE_PAGE_OF_HTML = 0x1000, 0x1013, 0x3FDE
_DATA, _NAMES, _MIME_TYPE, _CONTENT_ID = 0x3701, (0x3707, 0x3704, 0x3001), 0x370E, 0x3712

_WIDTHS: Final = {
    0x02: 4, 0x03: 4, 0x04: 4, 0x05: 8, 0x06: 8, 0x07: 8, 0x0A: 4, 0x0B: 4, 0x14: 8, 0x40: 8,
    0x48: 16,
}  # fmt: skip
_STRING, _UNICODE, _OBJECT, _BINARY = 0x1E, 0x1F, 0x0D, 0x102
_MANY: Final = 0x1000
_GUID: Final = 16

Properties = Mapping[int, tuple[int, bytes]]


@dataclass(slots=True, kw_only=True)
class TnefFile:
    """One file in the package; `content_type` and `content_id` are empty when it names none."""

    name: str = ""
    content_type: str = ""
    content_id: str = ""
    content: bytes = field(default=b"", repr=False)


@dataclass(slots=True, kw_only=True)
class Tnef:
    """What was found; `whole` is False when the package is broken and there may have been more."""

    files: list[TnefFile] = field(default_factory=list)
    text: str = ""
    html: str = ""
    whole: bool = True
    charset: str = "cp1252"


class _BrokenError(ValueError):
    """The package ends where more was announced."""


class _Cursor:
    def __init__(self, data: bytes) -> None:
        self._data = memoryview(data)
        self._at = 0

    @property
    def ended(self) -> bool:
        return self._at >= len(self._data)

    def take(self, size: int) -> bytes:
        end = self._at + size
        if end > len(self._data):
            raise _BrokenError
        taken = bytes(self._data[self._at : end])
        self._at = end
        return taken

    def number(self, size: int) -> int:
        return int.from_bytes(self.take(size), "little")

    def padded(self, size: int) -> bytes:
        taken = self.take(size)
        self._at += -size % 4
        return taken


def unpack(data: bytes) -> Tnef | None:
    """What the package holds, as far as it is sound; None when it is none."""
    if not data.startswith(SIGNATURE):
        return None
    found = Tnef()
    try:
        for attribute, value in _attributes(data):
            _take(found, attribute, value)
    except _BrokenError:
        found.whole = False
    return found


def _attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    cursor = _Cursor(data[6:])
    for _ in range(MAX_ATTRIBUTES):
        if cursor.ended:
            return
        if cursor.number(1) not in (1, 2):
            raise _BrokenError
        attribute = cursor.number(4) & 0xFFFF
        value = cursor.take(cursor.number(4))
        cursor.take(2)  # a checksum; what is damaged is shown as it is
        yield attribute, value


def _take(found: Tnef, attribute: int, value: bytes) -> None:
    if attribute == _CODE_PAGE:
        found.charset = f"cp{int.from_bytes(value[:4], 'little')}"
    elif attribute == _BODY:
        found.text = found.text or decode(value.rstrip(b"\0"), found.charset)
    elif attribute == _PROPERTIES:
        _take_message(found, _properties(value))
    elif attribute == _FILE_BEGINS:
        found.files.append(TnefFile())
    elif found.files:
        _take_file(found.files[-1], attribute, value, found.charset)


def _take_message(found: Tnef, properties: Properties) -> None:
    if text := _words(properties, _TEXT, found.charset):
        found.text = text
    kind, raw = properties.get(_HTML, (0, b""))
    page = int.from_bytes(properties.get(_CODE_PAGE_OF_HTML, (0, b""))[1], "little")
    charset = "utf-8" if page == 65001 else f"cp{page}" if page else found.charset
    found.html = _decoded(kind, raw, charset)


def _take_file(file: TnefFile, attribute: int, value: bytes, charset: str) -> None:
    if attribute == _FILE_TITLE:
        file.name = file.name or decode(value.rstrip(b"\0"), charset)
    elif attribute == _FILE_DATA:
        file.content = value
    elif attribute == _FILE_PROPERTIES:
        properties = _properties(value)
        names = (_words(properties, name, charset) for name in _NAMES)
        file.name = next(filter(None, names), file.name)
        file.content_type = _words(properties, _MIME_TYPE, charset).strip().lower()
        file.content_id = _words(properties, _CONTENT_ID, charset)
        kind, raw = properties.get(_DATA, (0, b""))
        raw = raw[_GUID:] if kind == _OBJECT else raw
        file.content = max(file.content, raw, key=len)


def _words(properties: Properties, name: int, charset: str) -> str:
    kind, raw = properties.get(name, (0, b""))
    return _decoded(kind, raw, charset)


def _decoded(kind: int, raw: bytes, charset: str) -> str:
    if kind == _UNICODE:
        return raw.decode("utf-16-le", "replace").rstrip("\0")
    return decode(raw.rstrip(b"\0"), charset)


def _properties(data: bytes) -> Properties:
    """Type and first value of each MAPI property by its id; a broken rest is left out."""
    found: dict[int, tuple[int, bytes]] = {}
    cursor = _Cursor(data)
    with suppress(_BrokenError):
        for _ in range(min(cursor.number(4), MAX_PROPERTIES)):
            kind, name = cursor.number(2), cursor.number(2)
            if name >= 0x8000:
                _skip_name(cursor)
            found.setdefault(name, (kind & ~_MANY, _value(cursor, kind)))
    return found


def _skip_name(cursor: _Cursor) -> None:
    cursor.take(_GUID)
    if cursor.number(4):
        cursor.padded(cursor.number(4))
    else:
        cursor.take(4)


def _value(cursor: _Cursor, kind: int) -> bytes:
    plain = kind & ~_MANY
    sized = plain in (_STRING, _UNICODE, _OBJECT, _BINARY)
    if not sized and plain not in _WIDTHS:
        raise _BrokenError
    count = cursor.number(4) if sized or kind & _MANY else 1
    if count > MAX_VALUES:
        raise _BrokenError
    values = [cursor.padded(cursor.number(4) if sized else _WIDTHS[plain]) for _ in range(count)]
    return values[0] if values else b""
