"""What a person is meant to read in a mail: its text, chosen among what the sender offered."""

from __future__ import annotations

from dataclasses import dataclass

from adapters.mail.content.html_text import html_to_text
from adapters.mail.reading.charset import decode
from adapters.mail.reading.clean import clean_text
from adapters.mail.reading.mime import Part

MAX_BYTES = 2_000_000
MAX_TEXT = 1_000_000

_STUB = 400
_STUB_WORDS = (
    "view this email in", "view it in your browser", "html mail", "html email", "html-mail",
    "html format", "html version", "supports html", "support html", "html messages",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """One stretch of the body: as plain text, as HTML, or as both where the sender offers both.

    `cut` says that it is longer than may be read.
    """

    plain: str = ""
    html: str = ""
    cut: bool = False


def passages(part: Part) -> tuple[Passage, ...]:
    """The readable stretches in order; the alternatives of one stretch are in one passage."""
    if not part.parts:
        return (_leaf(part),) if is_body(part) else ()
    below = tuple(passage for child in part.parts for passage in passages(child))
    if part.content_type != "multipart/alternative" or not below:
        return below
    plain = "\n\n".join(passage.plain for passage in below if passage.plain)
    html = "\n".join(passage.html for passage in below if passage.html)
    return (Passage(plain=plain, html=html, cut=any(passage.cut for passage in below)),)


def is_body(part: Part) -> bool:
    """Whether the leaf is part of the body and not a file."""
    if part.content_type not in ("text/plain", "text/html"):
        return False
    disposition = part.fields.word("content-disposition")
    named = "name" in part.parameters or b"filename" in part.fields.first("content-disposition")
    return disposition != "attachment" and not named


def as_text(passage: Passage) -> str:
    """The plain text, or the HTML as text where the plain one says little or nothing of it."""
    plain = passage.plain.strip("\n")
    if not passage.html:
        return plain
    if plain.strip() and not _is_stub(plain) and len(passage.html) <= 3 * len(plain):
        return plain
    shown = html_to_text(passage.html)
    much_more = len(shown) > 3 * len(plain) and not _is_link_weight(shown, plain)
    return shown if not plain.strip() or _is_stub(plain) or much_more else plain


def _is_link_weight(shown: str, plain: str) -> bool:
    """Whether the HTML is only longer by the addresses of its links."""
    words = [word for word in shown.split() if not word.startswith(("<http", "http"))]
    return len(" ".join(words)) <= 3 * len(plain)


def _is_stub(plain: str) -> bool:
    folded = plain[:_STUB].casefold()
    return len(plain) < _STUB and any(words in folded for words in _STUB_WORDS)


def _leaf(part: Part) -> Passage:
    content = part.content
    whole = decode(content[:MAX_BYTES], part.parameters.get("charset", ""))
    cut = len(content) > MAX_BYTES or len(whole) > MAX_TEXT
    text = clean_text(whole, MAX_TEXT)
    if part.content_type == "text/html":
        return Passage(html=text, cut=cut)
    if part.parameters.get("format", "").lower() == "flowed":
        text = _unflow(text, del_space=part.parameters.get("delsp", "").lower() == "yes")
    return Passage(plain=text, cut=cut)


def _unflow(text: str, *, del_space: bool) -> str:
    """Lines that format=flowed broke softly, whole again (RFC 3676); quoted ones stay."""
    out: list[str] = []
    open_line = False
    for line in text.split("\n"):
        quoted = line.startswith(">")
        line = line[1:] if line.startswith(" ") else line
        if open_line and not quoted and line != "-- ":
            out[-1] = (out[-1][:-1] if del_space else out[-1]) + line
        else:
            out.append(line)
        open_line = line.endswith(" ") and line != "-- " and not quoted
    return "\n".join(out)
