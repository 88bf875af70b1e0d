"""Erasing a person who only ever wrote mail: what becomes of their tickets and messages, and the
job that does it.

What survives is a tombstone: numbers, times, clocks and who worked on it, but neither who asked nor
what they said.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Final

from bot.domain.changes import Change
from bot.domain.events import Event, MessagePinned, PersonErased, mail_actor
from bot.domain.mail import OutboundMail
from bot.domain.messages import Message, Voice
from bot.domain.scrubbing import ERASED, AddressScrub, Scrub, scrub_fields
from bot.domain.tickets import set_status
from bot.domain.work_items import Participant, Ticket, TicketStatus

#: Who began an erasure and did not touch it for so long is gone; others go on with it.
ABANDONED: Final = timedelta(minutes=1)
NOBODY_LEFT: Final = "nobody is left to answer"


class Stage(StrEnum):
    """How far an erasure is; only while it sweeps is the address still known."""

    SWEEPING = "sweeping"
    COMPACTING = "compacting"
    DONE = "done"


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """One person's erasure; `number` is their tombstone's.

    `mark` is a keyed hash of the address, by which an import knows whom it must not bring back.
    """

    number: int = 0
    address: str
    mark: str
    by: str
    stage: Stage = Stage.SWEEPING
    started_at: datetime
    touched_at: datetime
    ended_at: datetime | None = None

    @property
    def name(self) -> str:
        """What stands where the person stood; no mail can ever be sent there."""
        return tombstone(self.number)

    def swept(self, now: datetime) -> Erasure:
        """Nothing names the person any more, and neither does this."""
        return replace(self, address="", stage=Stage.COMPACTING, touched_at=now)

    def done(self, now: datetime) -> Erasure:
        """It is over; what was deleted is gone from the database's own files as well."""
        return replace(self, stage=Stage.DONE, touched_at=now, ended_at=now)

    def abandoned(self, now: datetime) -> bool:
        """Whether whoever was at it has gone."""
        return self.stage is not Stage.DONE and now - self.touched_at > ABANDONED


def tombstone(number: int) -> str:
    """`erased person 7`."""
    return f"erased person {number}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    """Whom to forget, and what stands in their place."""

    address: str
    name: str

    @property
    def scrub(self) -> AddressScrub:
        """Takes the address out of text."""
        return _scrub(self.address, self.name)

    def has(self, address: str) -> bool:
        """Whether the address is theirs, however its case and its domain are written."""
        return address.lower() in self.scrub.spellings

    def wrote(self, message: Message) -> bool:
        """Whether the message is theirs."""
        kind, _, address = message.author.partition(":")
        return kind == "mail" and self.has(address)

    def owns(self, ticket: Ticket) -> bool:
        """Whether the ticket is their own; else they only take part."""
        return self.has(ticket.requester.address)

    def place_on(self, ticket: Ticket) -> Participant | None:
        """As whom they take part in the ticket."""
        return next((p for p in ticket.participants if self.has(p.address)), None)


@lru_cache(maxsize=8)
def _scrub(address: str, name: str) -> AddressScrub:
    return AddressScrub(address, name)


def forget_person(ticket: Ticket, gone: Gone, now: datetime) -> Change[Ticket]:
    """A tombstone takes their place; their own ticket loses its title as well.

    It ends, unless somebody else on it can still be answered.
    """
    people = tuple(
        replace(p, address="", name=gone.name) if gone.has(p.address) else p
        for p in ticket.participants
    )
    title = ERASED if gone.owns(ticket) else gone.scrub(ticket.title)
    forgotten = replace(ticket, participants=people, title=title)
    erased = PersonErased(person=gone.name)
    if forgotten.ended or any(person.address for person in people):
        return Change(forgotten, (erased,))
    ended = set_status(forgotten, TicketStatus.RESOLVED, now, NOBODY_LEFT)
    return Change(ended.item, (erased, *ended.events))


def forget_message(message: Message, gone: Gone, *, own: bool) -> Message:
    """Without their words; what others said stays, without the address.

    On their own ticket (`own`) no file stays, nor what a machine wrote: delivery reports quote.
    Elsewhere those go that name them, and quotations in other people's mails.
    """
    if gone.wrote(message):
        return _emptied(message, author=mail_actor(gone.name), name=gone.name)
    about = own or gone.scrub.concerns([message.text, message.full_text])
    if about and message.voice is Voice.AUTOMATIC:
        return _emptied(message, author=message.author, name=gone.scrub(message.author_name))
    quoted = "" if message.author.startswith("mail:") else gone.scrub(message.full_text)
    stripped = replace(message, full_text=quoted, attachments=() if own else message.attachments)
    return scrubbed(stripped, gone.scrub)


def _emptied(message: Message, *, author: str, name: str) -> Message:
    # What was held needs no decision any more: there is nothing to let in.
    voice = Voice.NOTE if message.voice is Voice.HELD else message.voice
    return replace(
        message,
        voice=voice,
        author=author,
        author_name=name,
        text=ERASED,
        full_text="",
        mail_id="",
        attachments=(),
        warnings=(),
    )


def scrubbed(message: Message, scrub: Scrub) -> Message:
    """The message with the address taken out of all that it says."""
    copies = tuple(scrub_fields(copy, scrub) for copy in message.copies)
    files = tuple(scrub_fields(file, scrub) for file in message.attachments)
    told = scrub_fields(message, scrub)
    return replace(told, copies=copies, attachments=files)


def forget_event(event: Event, emptied: Collection[int]) -> Event:
    """Without the words it quotes of a message that has none any more."""
    if isinstance(event, MessagePinned) and event.message in emptied:
        return replace(event, text=ERASED)
    return event


def forget_in_mail(
    mail: OutboundMail, old: str, new: str, gone: Gone, lost: Collection[str]
) -> OutboundMail:
    """Mail to somebody else on their ticket, under the subject it has now (`new` for `old`).

    It names their Message-IDs (`lost`) no more.
    """
    renamed = replace(
        mail,
        subject=new if mail.subject == old else mail.subject,
        in_reply_to="" if mail.in_reply_to in lost else mail.in_reply_to,
        references=tuple(each for each in mail.references if each not in lost),
    )
    return scrub_fields(renamed, gone.scrub)
