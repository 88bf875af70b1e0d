"""Mail that a stranger sent with a valid key, and that an agent does not let in: kept or parted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from bot.cards import shorten
from bot.domain.changes import Change
from bot.domain.events import CustomerWrote, NoteAdded, TicketOpened, person_actor
from bot.domain.mail import Attachment
from bot.domain.messages import Message, Voice
from bot.domain.people import Person
from bot.domain.work_items import Participant, Ticket
from bot.errors import UserError
from bot.ports import UnitOfWork
from bot.services.core import Core
from bot.services.recording import open_item, post_message, record, refresh_message

MAX_TITLE: Final = 100


async def find(work: UnitOfWork, ticket: Ticket, wanted: str) -> Message:
    """The held message that is meant, the newest if none is named; UserError when there is none."""
    held = [m for m in await work.messages.of(ticket.id) if m.voice is Voice.HELD]
    chosen = [m for m in held if wanted in ("", str(m.id))]
    if not chosen:
        raise UserError(f"Nothing is held on {ticket.number}.", code="not_found")
    return chosen[-1]


async def decline(
    core: Core, work: UnitOfWork, ticket: Ticket, message: Message, by: Person, now: datetime
) -> None:
    """Keep the message as an internal note; its writer takes no part and is told nothing."""
    await work.messages.save(replace(message, voice=Voice.NOTE))
    await refresh_message(work, message)
    change = Change(ticket, (NoteAdded(message=message.id),))
    await record(core, work, ticket, change, person_actor(by.key), now)


async def split(
    core: Core, work: UnitOfWork, ticket: Ticket, message: Message, by: Person, now: datetime
) -> Ticket:
    """Open a ticket of its own for the writer; here the message stays as an internal note.

    Its title comes from the message: the writer need not know what the other ticket is about.
    """
    desk = core.directory.desks[ticket.desk]
    address = message.author.partition(":")[2]
    writer = Participant(
        number=1,
        address=address if "@" in address else "",
        name=message.author_name if message.author_name != address else "",
        joined_at=now,
    )
    title = next((line.strip() for line in message.text.split("\n") if line.strip()), "")
    draft = Ticket(
        title=shorten(title, MAX_TITLE) or "(no subject)",
        desk=ticket.desk,
        participants=(writer,),
        created_at=now,
    )
    opened = await open_item(core, work, draft, desk.prefix, desk.channels)
    fresh = replace(message, id=0, item=opened.id, at=now, voice=Voice.CUSTOMER, attachments=())
    moved = await work.messages.add(fresh, await _files(work, message))
    await post_message(core, work, opened, moved)
    reason = f"split off {ticket.number}"
    began = Change(opened, (TicketOpened(reason=reason, priority=opened.priority),))
    await record(core, work, opened, began, person_actor(by.key), now)
    wrote = Change(opened, (CustomerWrote(message=moved.id, reason=reason),))
    await record(core, work, opened, wrote, moved.author, now)
    await decline(core, work, ticket, message, by, now)
    return opened


async def _files(work: UnitOfWork, message: Message) -> Sequence[Attachment]:
    found = [await work.messages.file(reference.id) for reference in message.attachments]
    return [file for file in found if file is not None]
