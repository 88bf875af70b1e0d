"""Addresses out of undecoded header values: strict for the sender, forgiving for all others.

The structure is read before encoded words are decoded, so that nobody hides a comma or an address
in one (RFC 2047, 5); a value that two readers understand differently names no sender.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from email.utils import getaddresses

from adapters.mail.reading.clean import clean_line
from adapters.mail.reading.encoded_words import decode_words
from bot.domain.domain_names import MAX_DOMAIN, ascii_domain
from bot.domain.mail import Address

MAX_FROM = 4096
MAX_ADDRESSES = 200
MAX_NAME = 150
MAX_COMMENT_DEPTH = 10

_LOCAL = re.compile(r'(?:[^\s@<>(),:;"\\\[\]\x00-\x1f\x7f]{1,128}|"[^"\\\r\n@]{1,64}")\Z')
# Quotes that nothing in the name needs: `"ann"@shop.example` is `ann@…` (RFC 5321, 4.1.2).
_NEEDLESS = re.compile(r"\"([a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*)\"\Z")
# `ann@shop.example (<bob@evil.example>)`: some take the address in the comment for the sender's.
_ANGLE = re.compile(r"<[^<>]*@")
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\Z")
_LITERAL = re.compile(r"\[(?:ipv6:)?[0-9a-f:.]{2,45}\]\Z")

_SPECIAL = frozenset('()<>,:;"')
_ENDS = {"(": ")", "<": ">", '"': '"'}
_KINDS = {"(": "comment", "<": "angle", '"': "quoted"}

Token = tuple[str, str]


def sound_address(text: str) -> str:
    """The address in lower case with its domain in ASCII; empty when it is not a sound one."""
    local, at, domain = text.strip().lower().rpartition("@")
    if not at or not _LOCAL.match(local):
        return ""
    local, domain = _NEEDLESS.sub(r"\1", local), _domain(domain)
    return f"{local}@{domain}" if domain else ""


def one_sender(values: Sequence[bytes]) -> tuple[Address | None, str]:
    """The only mailbox of the only From header, or None and the reason for doubt."""
    if not values:
        return None, "there is no From header"
    if len(values) > 1:
        return None, f"there are {len(values)} From headers"
    if len(values[0]) > MAX_FROM:
        return None, "the From header is too long"
    tokens = list(_tokens(values[0].decode("latin-1")))
    kinds = [kind for kind, _ in tokens]
    if any(kind in ("comma", "colon", "semicolon") for kind in kinds):
        return None, "the From header names a list"
    hidden = any(kind == "comment" and _ANGLE.search(text) for kind, text in tokens)
    sender = None if "broken" in kinds or hidden else _strict_mailbox(tokens)
    if sender is None or not _seconded(values[0], sender):
        return None, "the From header can be read in more than one way"
    return sender, ""


def address_list(values: Sequence[bytes]) -> tuple[Address, ...]:
    """Every address that can be read in these header values, once each, in order."""
    found: dict[str, Address] = {}
    for value in values:
        for mailbox in _mailboxes(value.decode("latin-1")):
            if len(found) < MAX_ADDRESSES and mailbox.address not in found:
                found[mailbox.address] = mailbox
    return tuple(found.values())


def _seconded(value: bytes, sender: Address) -> bool:
    """Whether the standard library finds the same single address."""
    text = value.decode("latin-1")
    if text.lower().lstrip().startswith(f"{sender.address} <"):
        # `ann@x.example <ann@x.example>`, as much software writes it: the name is the address.
        text = text[text.index("<") :]
    second = [address for _, address in getaddresses([text])]
    return len(second) == 1 and _address(second[0]) == sender.address


def _strict_mailbox(tokens: Sequence[Token]) -> Address | None:
    """`name <address>` or `address (name)`; nothing else stands in between or behind."""
    solid = [token for token in tokens if token[0] != "comment"]
    match solid:
        case [*phrase, ("angle", text)]:
            return _named_mailbox(phrase, _address(text))
        case [("word", text)]:
            return _mailbox(_address(text), [text for kind, text in tokens if kind == "comment"])
    return None


def _named_mailbox(phrase: Sequence[Token], address: str) -> Address | None:
    """What stands before the angle is a name; an address in it must be the very same one."""
    others = [text for kind, text in phrase if kind == "word" and "@" in text]
    if any(kind == "angle" for kind, _ in phrase) or any(_address(o) != address for o in others):
        return None
    return _mailbox(address, [text for _, text in phrase])


def _mailboxes(value: str) -> Iterator[Address]:
    group: list[Token] = []
    for token in (*_tokens(value), ("comma", ",")):
        if token[0] in ("comma", "semicolon"):
            if mailbox := _loose_mailbox(group):
                yield mailbox
            group = []
        elif token[0] == "colon":
            group = []
        else:
            group.append(token)


def _loose_mailbox(tokens: Sequence[Token]) -> Address | None:
    for kind, text in reversed(tokens):
        if kind in ("angle", "word") and (address := _address(text)):
            return _mailbox(address, [t for k, t in tokens if t != text and k != "broken"])
    return None


def _mailbox(address: str, names: Sequence[str]) -> Address | None:
    if not address:
        return None
    name = clean_line(decode_words(" ".join(names).encode("latin-1")), MAX_NAME)
    # A name that looks like an address deceives, or says the address once more.
    return Address(address=address, name="" if "@" in name else name)


def _address(text: str) -> str:
    """The sound address in a token; bytes that came raw must be UTF-8 (RFC 6532)."""
    try:
        return sound_address(text.encode("latin-1").decode("utf-8"))
    except UnicodeError:
        return ""


def _domain(text: str) -> str:
    if _LITERAL.match(text):
        return text
    text = ascii_domain(text)
    sound = len(text) <= MAX_DOMAIN and all(_LABEL.match(label) for label in text.split("."))
    return text if sound else ""


def _tokens(value: str) -> Iterator[Token]:
    """Words, quoted strings, comments, angles and marks, in one pass over the value."""
    at = 0
    while at < len(value):
        char = value[at]
        if char.isspace():
            at += 1
        elif char in _ENDS:
            end, text = _enclosed(value, at + 1, char)
            yield (_KINDS[char] if end else "broken", text)
            at = end or len(value)
        elif char in _SPECIAL:
            yield ({",": "comma", ":": "colon", ";": "semicolon"}.get(char, "broken"), char)
            at += 1
        else:
            end = at
            while end < len(value) and value[end] not in _SPECIAL and not value[end].isspace():
                end += 1
            yield ("word", value[at:end])
            at = end


def _enclosed(value: str, at: int, opening: str) -> tuple[int, str]:
    """What stands up to the matching end, and the place behind it; 0 when there is no end."""
    kept: list[str] = []
    depth = 1
    while at < len(value):
        char = value[at]
        if char == "\\" and opening != "<" and at + 1 < len(value):
            at += 1
            char = value[at]
        elif char == _ENDS[opening]:
            depth -= 1
            if not depth:
                return at + 1, "".join(kept)
        elif char == opening == "(":
            depth += 1
            if depth > MAX_COMMENT_DEPTH:
                return 0, ""
        kept.append(char)
        at += 1
    return 0, "".join(kept)
