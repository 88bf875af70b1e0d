"""RFC 2047: header text in which encoded words and raw 8-bit bytes may stand, as they come."""

from __future__ import annotations

import binascii
import re

from adapters.mail.reading.charset import decode

_WORD = re.compile(rb"=\?([A-Za-z0-9_.:+-]{1,40})(?:\*[A-Za-z-]{1,20})?\?([BbQq])\?([^?\r\n]*)\?=")


def decode_words(value: bytes, *, guess: bool = True) -> str:
    """The text of an unfolded header value; what is not a sound encoded word stays as it is."""
    if b"=?" not in value:
        return decode(value, guess=guess)
    pieces: list[tuple[str, bytes]] = []
    at = 0
    for match in _WORD.finditer(value):
        _add_gap(pieces, value[at : match.start()])
        _add_word(pieces, match[1].decode("ascii"), _content(match[2], match[3]))
        at = match.end()
    pieces.append(("", value[at:]))
    return "".join(decode(raw, charset, guess=guess) for charset, raw in pieces)


def _add_gap(pieces: list[tuple[str, bytes]], gap: bytes) -> None:
    """White space between two encoded words is no text (RFC 2047, 6.2)."""
    if gap.strip() or not pieces:
        pieces.append(("", gap))


def _add_word(pieces: list[tuple[str, bytes]], charset: str, content: bytes) -> None:
    """Neighbours of one character set are decoded together: senders cut inside a character."""
    if pieces and pieces[-1][0] == charset:
        pieces[-1] = (charset, pieces[-1][1] + content)
    else:
        pieces.append((charset, content))


def _content(encoding: bytes, content: bytes) -> bytes:
    if encoding in b"Qq":
        return binascii.a2b_qp(content, header=True)
    return unbase64(content)


def unbase64(content: bytes) -> bytes:
    """What the base64 holds, as far as it is sound; foreign characters and padding are forgiven."""
    try:
        return binascii.a2b_base64(content)
    except binascii.Error:
        sound = re.sub(rb"[^A-Za-z0-9+/]", b"", content)
        whole = sound[: len(sound) - (len(sound) % 4 == 1)]
        return binascii.a2b_base64(whole + b"=" * (-len(whole) % 4))
