"""Words on a work item: internal notes, replies to the customer, and taking a reply back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from bot.cards import clean, shorten
from bot.commands.call import Talk
from bot.domain import tickets
from bot.domain.changes import Change
from bot.domain.directory import ReplyMode
from bot.domain.events import (
    SYSTEM,
    MessagePinned,
    NoteAdded,
    ReplySent,
    ReplyUndone,
    StatusChanged,
    TimelineEntry,
    person_actor,
)
from bot.domain.mail import Attachment
from bot.domain.messages import NOWHERE, Delivery, MailCopy, Message, Said, Voice
from bot.domain.people import Person, Right, may
from bot.domain.work_items import AnyItem, Ticket, TicketStatus
from bot.errors import UserError
from bot.ports import UnitOfWork
from bot.services.core import Core
from bot.services.mailing.outgoing import correspondence, silence
from bot.services.recording import post_message, record, refresh_message

# How talk is marked as meant for the customer, or as internal where everything else is relayed.
_SENDS: Final = (">", "r:")
_KEEPS: Final = ("//", "🔒")
# The code of the refusal when a mail has left.
TOO_LATE: Final = "too_late"
PINNED: Final = 300


def for_customer(core: Core, item: AnyItem, person: Person, text: str) -> str:
    """What of the talk goes to the customer by the desk's reply mode; empty: it is a note.

    Talk of people who may not reply is always a note.
    """
    desk = core.directory.desks.get(item.desk) if isinstance(item, Ticket) else None
    if desk is None or not may(person, Right.REPLY, desk=desk.key):
        return ""
    said = text.strip()
    mark = next((mark for mark in _SENDS if said.lower().startswith(mark)), "")
    match desk.reply_mode:
        case ReplyMode.PREFIX if mark:
            return said[len(mark) :].strip()
        case ReplyMode.MIRROR if not said.startswith(_KEEPS):
            return said
        case _:
            return ""


def said_in(talk: Talk) -> Said:
    """Where the talk stands; a platform that does not show it has it posted like anything else."""
    origin = str(talk.thread) if talk.shown else ""
    # Nobody else could follow a link into somebody's direct conversation.
    url = "" if talk.thread.place.direct else talk.url
    return Said(key=f"{talk.surface}:{talk.key}", url=url, origin=origin)


async def note(core: Core, talk: Talk, person: Person) -> None:
    """Keep what somebody said in a thread as an internal note; the same again changes nothing."""
    now = core.clock.now()
    async with core.store.work() as work:
        item_id = await work.threads.item_at(talk.thread)
        item = await work.items.by_id(item_id) if item_id is not None else None
        if item is None or not await work.seen.once(f"talk:{talk.surface}:{talk.key}", now):
            return
        kept = Note(text=talk.text, files=talk.files, said=said_in(talk))
        await add_note(core, work, item, person, kept, now)


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What is to be kept for the team alone, and where in chat it was said; `source` is the way it
    came where it was not said.
    """

    text: str
    files: tuple[Attachment, ...] = ()
    said: Said = NOWHERE
    source: str = ""


async def add_note(
    core: Core, work: UnitOfWork, item: AnyItem, person: Person, note: Note, now: datetime
) -> Message:
    """Keep an internal note and show it in the item's threads; it never leaves the team."""
    if not clean(note.text).strip() and not note.files:
        raise UserError("There is nothing to note.", code="empty")
    kept = _note_of(item, person, note.text, now, note.said)
    message = await work.messages.add(kept, note.files)
    event = NoteAdded(message=message.id)
    change = Change(item, (event,))
    await record(
        core, work, item, change, message.author, now, source=note.source or note.said.surface
    )
    await post_message(core, work, item, message)
    return message


def _note_of(item: AnyItem, person: Person, text: str, now: datetime, said: Said) -> Message:
    return Message(
        item=item.id,
        at=now,
        voice=Voice.NOTE,
        author=person_actor(person.key),
        author_name=person.name,
        text=text.strip(),
        said=said,
    )


async def pin(
    core: Core, work: UnitOfWork, item: AnyItem, person: Person, text: str, said: Said
) -> None:
    """Put what somebody said in chat on the timeline, with its words and the link to it.

    What is not kept on the item already becomes a note of whoever pins it.
    """
    now = core.clock.now()
    known = await work.messages.said(said.key)
    if known is None or known.item != item.id:
        known = await work.messages.add(_note_of(item, person, text, now, said))
        await post_message(core, work, item, known)
    event = MessagePinned(message=known.id, text=shorten(text, PINNED))
    await record(core, work, item, Change(item, (event,)), person_actor(person.key), now)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What is to be mailed, the status the ticket has then, and where in chat it was said.

    `source` is the way it came where it was not said.
    """

    text: str
    then: TicketStatus
    files: tuple[Attachment, ...] = ()
    said: Said = NOWHERE
    source: str = ""


async def reply(
    core: Core, work: UnitOfWork, ticket: Ticket, person: Person, answer: Answer, now: datetime
) -> Message:
    """Answer the customer: the mail leaves after the undo window, to every participant."""
    recipients = tuple(p.address for p in ticket.participants if p.address)
    if not recipients:
        raise UserError(
            f"{ticket.number} has no address to reply to.",
            code="no_recipient",
            hint=f"Say who takes part: `/ticket add {ticket.number} maria@acme.example`.",
        )
    if not clean(answer.text).strip():
        raise UserError("The reply is empty; nothing was sent.", code="empty")
    draft = _draft(ticket, person_actor(person.key), person.name, answer.text, recipients, now)
    # The thread it was said in shows it as well: there it tells what became of the mail.
    named = replace(draft, said=replace(answer.said, origin=""))
    message = await _keep(core, work, ticket, named, answer.files)
    change = tickets.reply(ticket, message.id, person.key, recipients, answer.then, now)
    source = answer.source or answer.said.surface
    await record(core, work, ticket, change, message.author, now, source=source)
    await correspondence.send_reply(core, work, change.item, message)
    await post_message(core, work, ticket, message)
    return message


async def tell_resolved(core: Core, work: UnitOfWork, ticket: Ticket, now: datetime) -> None:
    """Mail the requester that the ticket is resolved, on a desk that has words for that; not one
    who gets no automatic mail.
    """
    desk = core.directory.desks[ticket.desk]
    if not desk.templates.get("resolved") or not ticket.requester.address:
        return
    if await silence.kept(work, ticket):
        return
    text = correspondence.fill(desk, "resolved", ticket, "", core.public_url)
    draft = _draft(ticket, SYSTEM, desk.name, text, (ticket.requester.address,), now)
    message = await _keep(core, work, ticket, draft)
    await correspondence.send_notice(core, work, ticket, message)
    await post_message(core, work, ticket, message)


def _draft(
    ticket: Ticket, author: str, name: str, text: str, recipients: Sequence[str], now: datetime
) -> Message:
    return Message(
        item=ticket.id,
        at=now,
        voice=Voice.REPLY,
        author=author,
        author_name=name,
        text=text.strip(),
        copies=tuple(MailCopy(recipient=address) for address in recipients),
        sends_at=now + correspondence.UNDO_WINDOW,
    )


async def _keep(
    core: Core,
    work: UnitOfWork,
    ticket: Ticket,
    draft: Message,
    files: tuple[Attachment, ...] = (),
) -> Message:
    """Store a message that leaves, under the Message-ID it has for the requester."""
    stored = await work.messages.add(draft, files)
    named = replace(stored, mail_id=correspondence.own_id(core, ticket, stored))
    await work.messages.save(named)
    return named


async def undo(
    core: Core,
    work: UnitOfWork,
    ticket: Ticket,
    person: Person,
    now: datetime,
    *,
    wanted: str = "",
) -> None:
    """Take a reply back while none of its mails has left, else UserError: that of the id `wanted`,
    else the person's own newest, and a colleague's only for those who wrote none.
    """
    said = await work.messages.of(ticket.id)
    replies = [m for m in said if m.voice is Voice.REPLY and m.author != SYSTEM]
    if wanted:
        replies = [m for m in replies if str(m.id) == wanted]
    else:
        replies = [m for m in replies if m.author == person_actor(person.key)] or replies
    standing = [m for m in replies if m.delivery is not Delivery.UNDONE]
    if standing:
        await take_back(core, work, ticket, standing[-1], person, now)
    elif replies:
        words = f"The last reply on {ticket.number} is taken back already."
        raise UserError(words, code="undone")
    else:
        raise UserError(f"There is no reply to take back on {ticket.number}.", code="no_reply")


async def take_back(
    core: Core,
    work: UnitOfWork,
    ticket: Ticket,
    message: Message,
    person: Person,
    now: datetime,
) -> None:
    """Let none of a reply's mails leave; UserError (`TOO_LATE`) when one of them has."""
    waiting = (copy for copy in message.copies if copy.delivery is not Delivery.CANCELLED)
    for copy in waiting:
        key = correspondence.mail_key(core, ticket, copy.recipient, message)
        if not await work.outbox.cancel(key, person.key):
            raise _too_late(ticket)
    undone = message.with_copies(Delivery.UNDONE)
    await work.messages.save(undone)
    await refresh_message(work, undone)
    before = _status_before(await work.timeline.of(ticket.id), message.id, ticket.status)
    change = tickets.undo_reply(ticket, message.id, before, now)
    await record(core, work, ticket, change, person_actor(person.key), now)


def _too_late(ticket: Ticket) -> UserError:
    return UserError(
        f"Too late to undo on {ticket.number}: the mail has left.",
        code=TOO_LATE,
        hint=f"Send a correction with `/ticket reply {ticket.number}`.",
    )


def _status_before(
    entries: Sequence[TimelineEntry], message: int, current: TicketStatus
) -> TicketStatus:
    """The status the ticket had before that reply moved it; the current one if it moved since, or
    if a later reply stands.
    """
    undone = {e.event.message for e in entries if isinstance(e.event, ReplyUndone)}
    sent = [e.event.message for e in entries if isinstance(e.event, ReplySent)]
    stands = not undone.issuperset(sent[sent.index(message) + 1 :])
    place = next(
        place
        for place, entry in enumerate(entries)
        if isinstance(entry.event, ReplySent) and entry.event.message == message
    )
    moves = [e.event for e in entries[place:] if isinstance(e.event, StatusChanged)]
    if not stands and len(moves) == 1 and moves[0].reason == tickets.AFTER_REPLY:
        return TicketStatus(moves[0].old)
    return current
