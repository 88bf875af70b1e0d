"""Tickets that somebody of the team opens: on which desk, from which words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.cards import shorten
from bot.domain.changes import Change
from bot.domain.directory import Desk
from bot.domain.events import NoteAdded, TicketOpened, person_actor
from bot.domain.mail import Attachment
from bot.domain.messages import Message, Said, Voice
from bot.domain.people import Person, Right, may
from bot.domain.threads import Space
from bot.domain.work_items import Participant, Ticket
from bot.errors import UserError
from bot.ports import UnitOfWork
from bot.services.core import Core
from bot.services.recording import open_item, post_message, record

MAX_TITLE: Final = 150


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a new ticket is to be about: its first line is the title, `requester` an address."""

    text: str
    said: Said
    requester: str = ""
    files: tuple[Attachment, ...] = ()


def desks_of(core: Core, person: Person) -> tuple[Desk, ...]:
    """The desks on which the person may open tickets."""
    desks = core.directory.desks.values()
    return tuple(desk for desk in desks if may(person, Right.TRIAGE, desk=desk.key))


def desk_for(core: Core, person: Person, place: Space | None, named: str = "") -> Desk:
    """The desk named, else that of the channel, else the person's only one; UserError otherwise."""
    desks = desks_of(core, person)
    here = [desk for desk in desks if place in desk.channels]
    wanted = [d for d in desks if named.lower() in (d.key.lower(), d.prefix.lower())]
    found = wanted if named else here[:1] or (desks if len(desks) == 1 else ())
    if found:
        return found[0]
    yours = ", ".join(desk.key for desk in desks)
    if not yours:
        words = "You may not do that: it needs the right to triage on a desk."
        raise UserError(words, code="no_right")
    words = f"You have no desk “{named[:40]}”." if named else "Say on which desk."
    raise UserError(words, code="missing", hint=f"Your desks: {yours}.")


async def open_ticket(
    core: Core, work: UnitOfWork, desk: Desk, person: Person, wish: Wish, now: datetime
) -> Ticket:
    """Open it with the words and files as its first note; only a reply mails anything."""
    requester = Participant(
        number=1,
        address=wish.requester,
        name="" if wish.requester else person.name,
        joined_at=now,
    )
    draft = Ticket(
        title=_title(wish.text), desk=desk.key, participants=(requester,), created_at=now
    )
    ticket = await open_item(core, work, draft, desk.prefix, desk.channels)
    actor = person_actor(person.key)
    note = await work.messages.add(
        Message(
            item=ticket.id,
            at=now,
            voice=Voice.NOTE,
            author=actor,
            author_name=person.name,
            text=wish.text,
            said=wish.said,
        ),
        wish.files,
    )
    opened = TicketOpened(reason="by hand", priority=ticket.priority)
    told = (opened, NoteAdded(message=note.id))
    await record(core, work, ticket, Change(ticket, told), actor, now)
    await post_message(core, work, ticket, note)
    return ticket


def _title(text: str) -> str:
    first, *_ = text.strip().splitlines() or [""]
    return shorten(first, MAX_TITLE) or "(no subject)"
