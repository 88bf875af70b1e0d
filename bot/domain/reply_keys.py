"""Signed reply keys: they prove that a mail's writer has seen a thread, and nothing more.

A key is base32 (Crockford, lower case) of ticket row, participant number and an 80-bit HMAC: so it
fits a subaddress (`support+<key>@desk`) and a Message-ID (`<dk.<key>.<n>@desk>`) and survives
folding of case. The return path of a mail (VERP) carries one that names the message as well, and a
link to leave a ticket one that is bound to the address it was sent to.
"""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

_ALPHABET: Final = "0123456789abcdefghjkmnpqrstvwxyz"
_SIGNATURE_CHARS: Final = 16
# Stands before the message in a return path; it is no character of the alphabet.
_RETURN_MARK: Final = "u"
_MAX_RETURN: Final = 30
_PARTICIPANT_CHARS: Final = 2
_MAX_TICKET: Final = 32**12 - 1
_MAX_PARTICIPANT: Final = 32**_PARTICIPANT_CHARS - 1
_MESSAGE_ID: Final = re.compile(r"dk\.([0-9a-z]{19,30})\.[0-9]{1,18}@", re.ASCII)


@dataclass(frozen=True, slots=True)
class ReplyKey:
    """What a valid key names: a ticket's row and the participant it was given to.

    `message` is the row of the message whose return path it is; None in every other key.
    """

    ticket: int
    participant: int
    message: int | None = None


class ReplyKeys:
    """Makes and checks keys; the first secret signs, all of them verify (rotation)."""

    def __init__(self, secrets: tuple[bytes, ...]) -> None:
        if not secrets or min(map(len, secrets)) < 16:
            raise ValueError("a reply key needs a secret of at least 16 bytes")
        self._secrets = secrets

    def make(self, ticket: int, participant: int) -> str:
        """The key of this participant on this ticket; ValueError for numbers it has no room for."""
        body = _body(ticket, participant)
        return body + _sign(self._secrets[0], body)

    def check(self, text: str) -> ReplyKey | None:
        """What the key names; None when it is not ours, in whatever case it came back."""
        body, signature = text.lower()[:-_SIGNATURE_CHARS], text.lower()[-_SIGNATURE_CHARS:]
        bare, mark, message = body.partition(_RETURN_MARK)
        sound = 3 <= len(bare) <= 14 and len(body) <= _MAX_RETURN and bool(mark) == bool(message)
        if not sound or any(c not in _ALPHABET for c in bare + message + signature):
            return None
        if not self._signed(body, signature):
            return None
        ticket, participant = bare[:-_PARTICIPANT_CHARS], bare[-_PARTICIPANT_CHARS:]
        return ReplyKey(
            ticket=_value(ticket),
            participant=_value(participant),
            message=_value(message) if mark else None,
        )

    def make_return(self, ticket: int, participant: int, message: int) -> str:
        """The key for the return path of this participant's copy of a message (VERP)."""
        body = f"{_body(ticket, participant)}{_RETURN_MARK}{_number(message)}"
        return body + _sign(self._secrets[0], body)

    def make_leave(self, ticket: int, participant: int, address: str) -> str:
        """The key of a link by which whoever has that address leaves the ticket."""
        body = _body(ticket, participant)
        return body + _sign(self._secrets[0], _leaving(body, address))

    def names_leaver(self, text: str) -> ReplyKey | None:
        """Whom such a link speaks of; nothing is proven until `check_leave` knows the address."""
        body = text.lower()[:-_SIGNATURE_CHARS]
        if not 3 <= len(body) <= 14 or any(c not in _ALPHABET for c in text.lower()):
            return None
        ticket, participant = body[:-_PARTICIPANT_CHARS], body[-_PARTICIPANT_CHARS:]
        return ReplyKey(ticket=_value(ticket), participant=_value(participant))

    def check_leave(self, text: str, address: str) -> bool:
        """Whether the link is ours, and was made for that address."""
        body, signature = text.lower()[:-_SIGNATURE_CHARS], text.lower()[-_SIGNATURE_CHARS:]
        return self._signed(_leaving(body, address), signature)

    def _signed(self, body: str, signature: str) -> bool:
        found = signature.encode("utf-8", "replace")
        return any(hmac.compare_digest(_sign(s, body).encode(), found) for s in self._secrets)

    def message_id(self, key: str, message: int, domain: str) -> str:
        """A Message-ID without angle brackets that carries the key."""
        return f"dk.{key}.{message}@{domain}"

    def in_message_id(self, mail_id: str) -> ReplyKey | None:
        """The key a Message-ID of ours carries, checked."""
        found = _MESSAGE_ID.match(mail_id.strip("<> ").lower())
        return self.check(found.group(1)) if found else None


def subaddress(address: str) -> tuple[str, str]:
    """Split `support+key@desk` into (`support@desk`, `key`); an empty key when there is none."""
    local, _, domain = address.rpartition("@")
    bare, _, key = local.partition("+")
    return f"{bare}@{domain}", key


def with_subaddress(address: str, key: str) -> str:
    """`support@desk` with the key as its subaddress."""
    local, _, domain = address.rpartition("@")
    return f"{local}+{key}@{domain}"


def _body(ticket: int, participant: int) -> str:
    if not (0 < ticket <= _MAX_TICKET and 0 < participant <= _MAX_PARTICIPANT):
        raise ValueError(f"no reply key can name ticket {ticket}, participant {participant}")
    return _number(ticket) + _number(participant).zfill(_PARTICIPANT_CHARS)


def _leaving(body: str, address: str) -> str:
    """What is signed for leaving: never the same text as for any other key."""
    return f"leave|{body}|{address.lower()}"


def _number(value: int) -> str:
    digits = ""
    while True:
        value, digit = divmod(value, 32)
        digits = _ALPHABET[digit] + digits
        if not value:
            return digits


def _value(digits: str) -> int:
    value = 0
    for digit in digits:
        value = value * 32 + _ALPHABET.index(digit)
    return value


def _sign(secret: bytes, body: str) -> str:
    digest = hmac.new(secret, f"v1|{body}".encode(), sha256).digest()
    number = int.from_bytes(digest[:10], "big")
    return _number(number).zfill(_SIGNATURE_CHARS)
