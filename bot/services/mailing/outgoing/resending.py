"""Sending again what did not arrive: a new mail with the same words, and the old one says so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from bot.domain import participants
from bot.domain.changes import Change
from bot.domain.events import ReplySent, person_actor
from bot.domain.messages import NOWHERE, SENT_AGAIN, MailCopy, Message, Voice
from bot.domain.people import Person
from bot.domain.work_items import Ticket
from bot.errors import UserError
from bot.ports import UnitOfWork
from bot.services.core import Core
from bot.services.mailing.outgoing import correspondence, suppression
from bot.services.recording import post_message, record, refresh_message


async def find(work: UnitOfWork, ticket: Ticket, wanted: str) -> Message:
    """The message that is meant, else the newest that did not arrive; UserError for none."""
    history = [m for m in await work.messages.of(ticket.id) if m.voice is Voice.REPLY]
    failed = [m for m in history if m.came_back and wanted in ("", str(m.id))]
    if not failed:
        words = f"Every mail on {ticket.number} has left, or was sent again already."
        raise UserError(words, code="not_found")
    return failed[-1]


async def move(
    core: Core,
    work: UnitOfWork,
    ticket: Ticket,
    person: Person,
    addresses: tuple[str, str],
    now: datetime,
) -> Ticket:
    """Write to a participant under another address (old, new) from now on."""
    old, new = addresses
    if core.directory.own_address(new):
        raise UserError("That is one of our own addresses; it would make a loop.", code="loop")
    change = participants.move(ticket, old, new)
    await record(core, work, ticket, change, person_actor(person.key), now)
    return change.item


async def resend(
    core: Core,
    work: UnitOfWork,
    ticket: Ticket,
    person: Person,
    message: Message,
    to: Mapping[str, str],
    now: datetime,
) -> Message:
    """Send the message anew; `to` says for each copy that came back where it goes now. A file that
    must not leave stays behind.

    UserError when none of them takes part (any more).
    """
    recipients = tuple(address for address in to.values() if ticket.participant(address))
    if not recipients:
        raise UserError(f"Nobody it was for takes part in {ticket.number}.", code="no_recipient")
    for address in recipients:
        await suppression.lift(work, address)
    fresh = await _copy(core, work, ticket, person, message, recipients, now)
    event = ReplySent(message=fresh.id, recipients=recipients)
    await record(core, work, ticket, Change(ticket, (event,)), fresh.author, now)
    await correspondence.send_reply(core, work, ticket, fresh)
    await post_message(core, work, ticket, fresh)
    await _mark(work, message, to)
    return fresh


async def _copy(
    core: Core,
    work: UnitOfWork,
    ticket: Ticket,
    person: Person,
    message: Message,
    recipients: tuple[str, ...],
    now: datetime,
) -> Message:
    """The same words and files as a message of its own, which leaves after the undo window."""
    stored = await work.messages.add(
        replace(
            message,
            id=0,
            at=now,
            author=person_actor(person.key),
            said=NOWHERE,
            attachments=tuple(file for file in message.attachments if not file.stopped),
            copies=tuple(MailCopy(recipient=address) for address in recipients),
            sends_at=now + correspondence.UNDO_WINDOW,
        )
    )
    fresh = replace(stored, mail_id=correspondence.own_id(core, ticket, stored))
    await work.messages.save(fresh)
    return fresh


async def _mark(work: UnitOfWork, message: Message, to: Mapping[str, str]) -> None:
    """Say on the old message that these copies were sent again."""
    marked = message
    for copy in message.came_back:
        if copy.recipient in to:
            detail = f"{copy.detail} · {SENT_AGAIN}"
            marked = marked.with_copies(copy.delivery, detail, to=copy.recipient)
    await work.messages.save(marked)
    await refresh_message(work, marked)
