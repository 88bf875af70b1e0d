"""Signed keys for mail to the team: each names a ticket and one person, and is good for one use.

The answer key (`support+<key>@desk`) proves that who answers has seen the mail, and nothing more;
the return path ties a delivery report to the person; the link to stop names the person alone; the
link to act names the mail it came in and when it ends. A key of a person who is no longer
configured names nobody.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

from bot.domain.seals import CHARS, LONG, Seal, from_base32, in_base32

_MAX_KEY: Final = 80
_DIGITS: Final = "[0-9a-hjkmnp-tv-z]"
_TICKET: Final = re.compile(rf"{_DIGITS}{{1,12}}", re.ASCII)
# Ticket, the mail's serial and the end of its life, parted by what is no digit.
_LINK: Final = re.compile(rf"({_DIGITS}{{1,12}})l({_DIGITS}{{1,12}})l({_DIGITS}{{1,8}})", re.ASCII)
_MESSAGE_ID: Final = re.compile(r"dn\.([0-9a-z]{27,38})\.[0-9]{1,18}@", re.ASCII)


class _Use(StrEnum):
    """What a key is for; none is good for anything else."""

    ANSWER = "answer"
    RETURN = "return"
    MESSAGE = "id"
    STOP = "stop"
    ACT = "act"


@dataclass(frozen=True, slots=True)
class TeamKey:
    """What a valid key names: a ticket's row, and the person its mail went to."""

    ticket: int
    person: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ActKey:
    """What a valid link to act names; `serial` is the mail it came in, whatever the try."""

    ticket: int
    person: str
    serial: int
    expires_at: datetime

    @property
    def spent_as(self) -> str:
        """By what it is known that the link was used: every link of one mail is spent at once."""
        return f"{self.ticket}:{self.person}:{self.serial}"


class TeamKeys:
    """Makes and checks the keys of these people."""

    def __init__(self, seal: Seal, people: Collection[str]) -> None:
        self._seal = seal
        self._people = people

    def make_answer(self, ticket: int, person: str) -> str:
        """The key in the address that answers to a mail go to."""
        return self._make(_Use.ANSWER, in_base32(ticket), person)

    def check_answer(self, text: str) -> TeamKey | None:
        """Whose answer that is, and to which ticket; None when the key is not ours."""
        return self._ticket_of(_Use.ANSWER, text)

    def make_return(self, ticket: int, person: str) -> str:
        """The key in the return path of a mail."""
        return self._make(_Use.RETURN, in_base32(ticket), person)

    def check_return(self, text: str) -> TeamKey | None:
        """Whose mail comes back; None when the key is not ours."""
        return self._ticket_of(_Use.RETURN, text)

    def message_id(self, ticket: int, person: str, serial: int, domain: str) -> str:
        """A Message-ID without angle brackets that we know again."""
        return f"dn.{self._make(_Use.MESSAGE, in_base32(ticket), person)}.{serial}@{domain}"

    def in_message_id(self, mail_id: str) -> TeamKey | None:
        """Which mail of ours that is; None for any other."""
        found = _MESSAGE_ID.match(mail_id.strip("<> ").lower())
        return self._ticket_of(_Use.MESSAGE, found.group(1)) if found is not None else None

    def make_stop(self, person: str) -> str:
        """The key of the link by which a person gets no more of these mails."""
        return self._make(_Use.STOP, "", person)

    def check_stop(self, text: str) -> str:
        """Who wants no more; empty when the key is not ours."""
        body, person = self._proven(_Use.STOP, text)
        return "" if body else person

    def make_act(self, key: ActKey) -> str:
        """The token of a link to act once."""
        end = int(key.expires_at.timestamp())
        body = "l".join(map(in_base32, (key.ticket, key.serial, end)))
        return self._make(_Use.ACT, body, key.person)

    def check_act(self, text: str, now: datetime) -> ActKey | None:
        """What the link names; None when it is not ours, or its time is over."""
        body, person = self._proven(_Use.ACT, text)
        found = _LINK.fullmatch(body) if person else None
        if found is None:
            return None
        ticket, serial, end = map(from_base32, found.groups())
        expires_at = datetime.fromtimestamp(end, UTC)
        if now >= expires_at:
            return None
        return ActKey(ticket=ticket, person=person, serial=serial, expires_at=expires_at)

    def _ticket_of(self, use: _Use, text: str) -> TeamKey | None:
        body, person = self._proven(use, text)
        if not person or not _TICKET.fullmatch(body):
            return None
        return TeamKey(from_base32(body), person)

    def _make(self, use: _Use, body: str, person: str) -> str:
        return body + self._seal.sign(_signed(use, body, person))

    def _proven(self, use: _Use, text: str) -> tuple[str, str]:
        """What stands before a sound signature for that use, and the person it was made for."""
        folded = text.lower() if len(text) <= _MAX_KEY else ""
        body, signature = folded[: -CHARS[LONG]], folded[-CHARS[LONG] :]
        if len(signature) < CHARS[LONG]:
            return "", ""
        for person in self._people:
            if self._seal.holds(_signed(use, body, person), signature):
                return body, person
        return "", ""


def _signed(use: _Use, body: str, person: str) -> str:
    """What is signed: never the same text as for a key of somebody outside."""
    return f"v1|team|{use}|{body}|{person}"
