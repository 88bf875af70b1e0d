"""Signed reply keys: they prove that a mail's writer has seen a thread, and nothing more.

A key is base32 (Crockford, lower case) of ticket row, participant number, the turn of the ticket's
keys and a 128-bit HMAC: so it fits a subaddress (`support+<key>@desk`) and survives folding of
case. A Message-ID of ours (`<dk.<tie>.<n>@desk>`) carries a tie that is signed for that use alone:
whoever reads one in a mail's References has no key. The return path of a mail (VERP) names the
message as well, and a link to leave a ticket is bound to the address it was sent to; their 80 bits
leave room for long names of desks. Keys and ties with 80 bits were given out before, and hold.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from bot.domain.seals import ALPHABET, CHARS, LONG, SHORT, Seal, from_base32, in_base32

# Stands before the turn in a key, and is no character of the alphabet.
_TURN_MARK: Final = "l"
_MAX_TURN: Final = 32**3 - 1
# Stands before the message in a return path; it is no character of the alphabet.
_RETURN_MARK: Final = "u"
_PARTICIPANT_CHARS: Final = 2
_MAX_TICKET: Final = 32**12 - 1
_MAX_PARTICIPANT: Final = 32**_PARTICIPANT_CHARS - 1
_MAX_KEY: Final = 60
# Ticket and participant, and after its mark what else is named; its digits are the alphabet's.
_BODY: Final = re.compile(r"[0-9a-hjkmnp-tv-z]{3,14}(?:[lu][0-9a-hjkmnp-tv-z]{1,13})?", re.ASCII)
_MESSAGE_ID: Final = re.compile(r"dk\.([0-9a-z]{19,44})\.[0-9]{1,18}@", re.ASCII)


@dataclass(frozen=True, slots=True)
class ReplyKey:
    """What a valid key names: a ticket's row and the participant it was given to.

    `message` is the row of the message whose return path it is; None in every other key. `turn`
    counts how often the ticket's keys had been replaced when it was made.
    """

    ticket: int
    participant: int
    message: int | None = None
    turn: int = 0


class ReplyKeys:
    """Makes and checks keys; the first secret signs, all of them verify (rotation)."""

    def __init__(self, secrets: tuple[bytes, ...]) -> None:
        self.seal: Final = Seal(secrets)

    def make(self, ticket: int, participant: int, turn: int = 0) -> str:
        """The key of this participant on this ticket; ValueError for numbers it has no room for."""
        if not 0 <= turn <= _MAX_TURN:
            raise ValueError(f"no reply key can name turn {turn}")
        body = _body(ticket, participant) + (f"{_TURN_MARK}{in_base32(turn)}" if turn else "")
        return body + self.seal.sign(f"v2|reply|{body}", LONG)

    def check(self, text: str) -> ReplyKey | None:
        """What the key names; None when it is not ours, in whatever case it came back."""
        body = self._proven(text, "v2|reply", LONG)
        if body is not None:
            bare, _, turn = body.partition(_TURN_MARK)
            return _named(bare, turn=turn)
        body = self._proven(text, "v1", SHORT)
        if body is not None:
            bare, _, message = body.partition(_RETURN_MARK)
            return _named(bare, message=message)
        return None

    def make_return(self, ticket: int, participant: int, message: int) -> str:
        """The key for the return path of this participant's copy of a message (VERP)."""
        body = f"{_body(ticket, participant)}{_RETURN_MARK}{in_base32(message)}"
        return body + self.seal.sign(f"v1|{body}", SHORT)

    def make_leave(self, ticket: int, participant: int, address: str) -> str:
        """The key of a link by which whoever has that address leaves the ticket."""
        body = _body(ticket, participant)
        return body + self.seal.sign(_leaving(body, address), SHORT)

    def names_leaver(self, text: str) -> ReplyKey | None:
        """Whom such a link speaks of; nothing is proven until `check_leave` knows the address."""
        body = text.lower()[: -CHARS[SHORT]]
        if not 3 <= len(body) <= 14 or any(c not in ALPHABET for c in text.lower()):
            return None
        return _named(body)

    def check_leave(self, text: str, address: str) -> bool:
        """Whether the link is ours, and was made for that address."""
        length = CHARS[SHORT]
        body, signature = text.lower()[:-length], text.lower()[-length:]
        return self.seal.holds(_leaving(body, address), signature, SHORT)

    def message_id(self, ticket: int, participant: int, message: int, domain: str) -> str:
        """A Message-ID without angle brackets that ties a mail to this participant's ticket."""
        body = _body(ticket, participant)
        tie = body + self.seal.sign(f"v2|id|{body}", LONG)
        return f"dk.{tie}.{message}@{domain}"

    def in_message_id(self, mail_id: str) -> ReplyKey | None:
        """What a Message-ID of ours is tied to; None for any other."""
        found = _MESSAGE_ID.match(mail_id.strip("<> ").lower())
        if found is None:
            return None
        tie = found.group(1)
        body = self._proven(tie, "v2|id", LONG) or self._proven(tie, "v1", SHORT)
        return _named(body) if body is not None and _RETURN_MARK not in body else None

    def marks(self, address: str) -> tuple[str, ...]:
        """Marks by which an address is known again without being kept; the first is the newest."""
        return self.seal.signatures(f"v1|mark|{address.lower()}")

    def _proven(self, text: str, use: str, strength: int) -> str | None:
        """What stands before a signature for that use; None when it is not a sound one of ours."""
        length = CHARS[strength]
        folded = text.lower() if len(text) <= _MAX_KEY else ""
        body, signature = folded[:-length], folded[-length:]
        shape = _BODY.fullmatch(body)
        return body if shape and self.seal.holds(f"{use}|{body}", signature, strength) else None


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
    return in_base32(ticket) + in_base32(participant).zfill(_PARTICIPANT_CHARS)


def _leaving(body: str, address: str) -> str:
    """What is signed for leaving: never the same text as for any other key."""
    return f"v1|leave|{body}|{address.lower()}"


def _named(body: str, *, message: str = "", turn: str = "") -> ReplyKey:
    """What a sound body names."""
    ticket, participant = body[:-_PARTICIPANT_CHARS], body[-_PARTICIPANT_CHARS:]
    return ReplyKey(
        ticket=from_base32(ticket),
        participant=from_base32(participant),
        message=from_base32(message) if message else None,
        turn=from_base32(turn),
    )
