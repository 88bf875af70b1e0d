"""What the team answered by mail: it acts for nobody until one of them says what becomes of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Final

from bot.domain.changes import Change
from bot.domain.events import MailDiscarded, NoteAdded, person_actor
from bot.domain.messages import Message, Voice
from bot.domain.people import Person
from bot.domain.work_items import Ticket
from bot.errors import UserError
from bot.ports import UnitOfWork
from bot.services.core import Core
from bot.services.recording import record, refresh_message

# Longer numbers are no rows of a database.
MAX_DIGITS: Final = 19


async def find(work: UnitOfWork, ticket: Ticket, wanted: str) -> Message:
    """The mail that is meant, the newest if none is named; UserError when none waits."""
    found = [m for m in await work.messages.of(ticket.id) if _waits(m)]
    chosen = [m for m in found if wanted in ("", str(m.id))]
    if not chosen:
        raise UserError(f"No mail of the team waits on {ticket.number}.", code="not_found")
    return chosen[-1]


async def keep(
    core: Core,
    work: UnitOfWork,
    ticket: Ticket,
    message: Message,
    by: Person,
    now: datetime,
    *,
    source: str = "",
) -> None:
    """Keep it as a note of whoever says so, who answers for it; it tells where it came from."""
    address = message.author.partition(":")[2]
    name = f"{by.name} · by mail from {address}"
    kept = replace(message, voice=Voice.NOTE, author=person_actor(by.key), author_name=name)
    await work.messages.save(kept)
    await refresh_message(work, kept)
    change = Change(ticket, (NoteAdded(message=message.id),))
    await record(core, work, ticket, change, person_actor(by.key), now, source=source)


async def discard(
    core: Core,
    work: UnitOfWork,
    ticket: Ticket,
    message: Message,
    by: Person,
    now: datetime,
    *,
    source: str = "",
) -> None:
    """Strike it through; the record keeps its words."""
    discarded = replace(message, withdrawn_at=now)
    await work.messages.save(discarded)
    await refresh_message(work, discarded)
    change = Change(ticket, (MailDiscarded(message=message.id),))
    await record(core, work, ticket, change, person_actor(by.key), now, source=source)


async def words(work: UnitOfWork, ticket: Ticket, named: str) -> str:
    """What the mail of that id says, while it waits; empty for none."""
    message = await _named(work, ticket, named)
    return message.text if message is not None else ""


async def used(work: UnitOfWork, ticket: Ticket, named: str) -> None:
    """A reply was made of it, so it waits no more; it stays as what was said inside the team."""
    message = await _named(work, ticket, named)
    if message is None:
        return
    kept = replace(message, voice=Voice.NOTE)
    await work.messages.save(kept)
    await refresh_message(work, kept)


async def _named(work: UnitOfWork, ticket: Ticket, named: str) -> Message | None:
    id_ = int(named) if named.isdecimal() and len(named) < MAX_DIGITS else 0
    message = await work.messages.get(id_) if id_ else None
    ours = message is not None and message.item == ticket.id and _waits(message)
    return message if ours else None


def _waits(message: Message) -> bool:
    return message.voice is Voice.UNCONFIRMED and message.waits
