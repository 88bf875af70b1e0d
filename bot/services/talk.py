"""Words on a work item: internal notes, replies to the customer, and taking a reply back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from bot.commands.call import Talk
from bot.domain import tickets
from bot.domain.changes import Change
from bot.domain.events import NoteAdded, ReplySent, StatusChanged, TimelineEntry, person_actor
from bot.domain.mail import Attachment
from bot.domain.messages import Delivery, Message, Voice
from bot.domain.people import Person
from bot.domain.work_items import AnyItem, Ticket, TicketStatus
from bot.errors import UserError
from bot.ports import UnitOfWork
from bot.services import correspondence
from bot.services.core import Core
from bot.services.recording import post_message, record, refresh_message


async def note(core: Core, talk: Talk, person: Person) -> None:
    """Keep what somebody said in a thread as an internal note; a repeated delivery changes nothing."""
    now = core.clock.now()
    async with core.store.work() as work:
        item_id = await work.threads.item_at(talk.thread)
        item = await work.items.by_id(item_id) if item_id is not None else None
        if item is None or not await work.seen.once(f"talk:{talk.surface}:{talk.key}", now):
            return
        origin = str(talk.thread)
        await add_note(core, work, item, person, talk.text, now, files=talk.files, origin=origin)


async def add_note(
    core: Core,
    work: UnitOfWork,
    item: AnyItem,
    person: Person,
    text: str,
    now: datetime,
    *,
    files: tuple[Attachment, ...] = (),
    origin: str = "",
) -> Message:
    """Keep an internal note and show it in the item's threads; nothing of it ever leaves the team."""
    if not text.strip() and not files:
        raise UserError("There is nothing to note.", code="empty")
    message = await work.messages.add(
        Message(
            item=item.id,
            at=now,
            voice=Voice.NOTE,
            author=person_actor(person.key),
            author_name=person.name,
            text=text.strip(),
            origin=origin,
        ),
        files,
    )
    event = NoteAdded(message=message.id)
    await record(core, work, item, Change(item, (event,)), message.author, now)
    await post_message(work, message)
    return message


async def reply(
    core: Core,
    work: UnitOfWork,
    ticket: Ticket,
    person: Person,
    text: str,
    then: TicketStatus,
    now: datetime,
    files: tuple[Attachment, ...] = (),
) -> Message:
    """Answer the customer: the mail leaves after the undo window, to every participant."""
    recipients = tuple(p.address for p in ticket.participants if p.address)
    if not recipients:
        raise UserError(
            f"{ticket.number} has no address to reply to.",
            code="no_recipient",
            hint="Its sender could not be told for sure; answer from your own mail program.",
        )
    if not text.strip():
        raise UserError("The reply is empty; nothing was sent.", code="empty")
    message = await work.messages.add(
        Message(
            item=ticket.id,
            at=now,
            voice=Voice.REPLY,
            author=person_actor(person.key),
            author_name=person.name,
            text=text.strip(),
            recipients=recipients,
            delivery=Delivery.QUEUED,
            sends_at=now + correspondence.UNDO_WINDOW,
        ),
        files,
    )
    named = replace(message, mail_id=correspondence.own_id(core, ticket, message))
    await work.messages.save(named)
    change = tickets.reply(ticket, named.id, person.key, recipients, then, now)
    await record(core, work, ticket, change, named.author, now)
    await correspondence.send_reply(core, work, change.item, named, now)
    await post_message(work, named)
    return named


async def undo(core: Core, work: UnitOfWork, ticket: Ticket, person: Person, now: datetime) -> None:
    """Take the newest reply back while none of its mails has left; UserError when it is too late."""
    message = next(
        (m for m in reversed(await work.messages.of(ticket.id)) if m.voice is Voice.REPLY), None
    )
    if message is None or message.delivery is not Delivery.QUEUED:
        raise _too_late(ticket)
    for participant in ticket.participants:
        key = correspondence.mail_key(core, ticket, participant, message)
        if participant.address and not await work.outbox.cancel(key, person.key):
            raise _too_late(ticket)
    undone = replace(message, delivery=Delivery.UNDONE)
    await work.messages.save(undone)
    await refresh_message(work, undone)
    before = _status_before(await work.timeline.of(ticket.id), message.id, ticket.status)
    change = tickets.undo_reply(ticket, message.id, before, now)
    await record(core, work, ticket, change, person_actor(person.key), now)


def _too_late(ticket: Ticket) -> UserError:
    return UserError(
        f"Too late to undo on {ticket.number}: the mail has left, or there is no reply.",
        code="too_late",
        hint="Send a correction with `/ticket reply`.",
    )


def _status_before(
    entries: Sequence[TimelineEntry], message: int, now: TicketStatus
) -> TicketStatus:
    """The status the ticket had before that reply moved it."""
    place = next(
        i
        for i, e in enumerate(entries)
        if isinstance(e.event, ReplySent) and e.event.message == message
    )
    following = entries[place + 1].event if place + 1 < len(entries) else None
    moved = isinstance(following, StatusChanged) and entries[place + 1].at == entries[place].at
    return TicketStatus(following.old) if moved and isinstance(following, StatusChanged) else now
