"""Taking a person's address, or a title of theirs, out of text: what is looked for, and what then
stands there.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Final, Protocol, TypeVar

#: What stands where words, a title or a file's name were.
ERASED: Final = "[erased]"

EventT = TypeVar("EventT")

# Letters and signs that make another address of the same characters: maria@… is no part of
# anna-maria@…, nor of maria@….org. A colon or an equals sign may be written as %3A and %3D in URLs.
_BEFORE: Final = r"(?:(?<=%3A)|(?<=%3D)|(?<![\w.%+\-]))"
_AFTER: Final = r"(?![\w\-])(?!\.\w)"
# What stands before an address in a header; it is no part of the field's name.
_NAME: Final = r"(?:\"[^\"]{0,200}\"\s{0,9}|[^<>,;:\"\s][^<>,;:\"]{0,200}|)"
# Names are looked for in so many bytes of header.
_HEADER: Final = 65536
# What a database finds alike in plain text and in JSON: ASCII that nobody escapes.
_PLAIN: Final = re.compile(r"[0-9a-z@._+\-]+")


class Scrub(Protocol):
    """Makes texts of a row say less."""

    @property
    def needles(self) -> Sequence[str]:
        """Lower-case ASCII texts, of which every row has one that is worth a look."""
        ...

    def concerns(self, texts: Sequence[str]) -> bool:
        """Whether the row with these texts is to be changed."""
        ...

    def __call__(self, text: str) -> str:
        """The text as it is afterwards; the same when it says nothing of the kind."""
        ...


class AddressScrub:
    """Puts words in the place of an address, wherever it stands as text, in whatever case.

    Its domain may be written in Unicode or as IDNA has it: these are its `spellings`. Addresses of
    which it is only a part, and those with another plus part, are others.
    """

    def __init__(self, address: str, instead: str) -> None:
        self._instead = instead
        spelt = sorted({address.lower(), *_other_domains(address.lower())})
        self.spellings = tuple(spelt)
        either = "|".join(re.escape(each).replace("@", "(?:@|%40)") for each in spelt)
        self._found = re.compile(f"{_BEFORE}(?:{either}){_AFTER}", re.IGNORECASE)
        self._in_bytes = re.compile(f"{_BEFORE}(?:{either}){_AFTER}".encode(), re.IGNORECASE)
        named = f"{_NAME}<(?:{either})>|{_BEFORE}(?:{either}){_AFTER}"
        self._with_name = re.compile(named.encode(), re.IGNORECASE)
        escaped = [each.replace("@", "%40") for each in spelt]
        self.needles = tuple(dict.fromkeys(map(_longest, (*spelt, *escaped))))

    def concerns(self, texts: Sequence[str]) -> bool:
        """Whether the address stands in one of the texts."""
        return any(self._found.search(text) for text in texts)

    def __call__(self, text: str) -> str:
        """The text with the other words in its place."""
        return self._found.sub(lambda _: self._instead, text)

    def in_bytes(self, raw: bytes) -> bool:
        """Whether the address stands in what a machine brought, as it is written there."""
        return self._in_bytes.search(raw) is not None

    def bytes_without(self, raw: bytes) -> bytes:
        """The bytes with an address in its place that no mail reaches (RFC 6761), and no name."""
        nowhere = f"{self._instead.replace(' ', '-')}@erased.invalid"
        end = raw.find(b"\r\n\r\n", 0, _HEADER)
        head = raw[: _HEADER if end < 0 else end]
        rest = self._in_bytes.sub(nowhere.encode(), raw[len(head) :])
        return self._with_name.sub(nowhere.encode(), head) + rest


class TitleScrub:
    """Takes a work item's title out of what names that work item, by its number, beside it."""

    def __init__(self, number: str, title: str) -> None:
        self._title = title
        self._number = re.compile(rf"(?<![\w\-]){re.escape(number)}(?!\w)", re.IGNORECASE)
        self.needles = (number.lower(),)

    def concerns(self, texts: Sequence[str]) -> bool:
        """Whether the number and the title both stand among the texts."""
        named = any(self._number.search(text) for text in texts)
        return named and any(self._title in text for text in texts)

    def __call__(self, text: str) -> str:
        """The text without the title."""
        return text.replace(self._title, ERASED)


def scrub_fields(value: EventT, scrub: Scrub) -> EventT:
    """A dataclass with all its text, and its tuples of text, scrubbed."""
    changed: dict[str, object] = {}
    for field in fields(value):  # type: ignore[arg-type]
        old = getattr(value, field.name)
        new = _scrubbed(old, scrub)
        if new != old:
            changed[field.name] = new
    return replace(value, **changed) if changed else value  # type: ignore[type-var]


def _scrubbed(value: object, scrub: Scrub) -> object:
    # An enum is text as well, and says nothing of anybody.
    if type(value) is str:
        return scrub(value)
    if isinstance(value, tuple):
        return tuple(_scrubbed(each, scrub) for each in value)
    return value


def canonical(address: str) -> str:
    """The address as mail is read: in lower case, its domain as IDNA has it if it can be."""
    local, _, domain = address.lower().rpartition("@")
    try:
        return f"{local}@{_to_ascii(domain)}"
    except UnicodeError:
        return f"{local}@{domain}"


def _other_domains(address: str) -> list[str]:
    """The address with its domain in Unicode and in IDNA, as far as it has both."""
    local, _, domain = address.rpartition("@")
    found = []
    for spell in (_to_ascii, _to_unicode):
        try:
            found.append(f"{local}@{spell(domain)}".lower())
        except UnicodeError:
            continue
    return found


def _to_ascii(domain: str) -> str:
    return str(domain.encode("idna"), "ascii")


def _to_unicode(domain: str) -> str:
    return str(domain.encode("ascii"), "idna")


def _longest(text: str) -> str:
    found: list[str] = _PLAIN.findall(text)
    return max(found, key=len, default="")
