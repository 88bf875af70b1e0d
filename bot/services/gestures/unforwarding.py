"""Taking a forward back: the ticket is the agent's own who forwarded it, the customer is out."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Final

from bot.domain import participants
from bot.domain.changes import Change
from bot.domain.effects import mail_lane
from bot.domain.events import SYSTEM, Event, ReplyUndone, mail_actor, person_actor
from bot.domain.messages import Delivery, Message, Voice
from bot.domain.people import Person
from bot.domain.work_items import Ticket
from bot.errors import UserError
from bot.ports import UnitOfWork
from bot.services.core import Core
from bot.services.gestures import talk
from bot.services.mailing import correspondence
from bot.services.recording import record, refresh_message

REASON: Final = "the forward was undone"

_WAITS: Final = (Delivery.QUEUED, Delivery.DELAYED)
_NEVER_LEFT: Final = (Delivery.UNDONE, Delivery.FAILED)


async def undo(
    core: Core, work: UnitOfWork, ticket: Ticket, by: Person, now: datetime, *, source: str = ""
) -> str:
    """Make it the ticket of the agent who forwarded it; in words, what became of the customer.

    What still waits to be mailed to them is cancelled. UserError when it is no forward's ticket.
    """
    said = await work.messages.of(ticket.id)
    first = next((message for message in said if message.forwarded_by), None)
    customer = ticket.requester.address
    if first is None or first.forwarded_by == customer:
        words = f"{ticket.number} is no ticket that an agent forwarded for somebody."
        raise UserError(words, code="no_forward")
    ticket, left = await _stop_mail(core, work, ticket, by, now)
    agent, address = _name(core, first.forwarded_by), first.forwarded_by
    change = participants.hand_over(ticket, address, agent, REASON, now)
    await work.messages.save(_owned(first, agent, customer))
    await refresh_message(work, first)
    await record(core, work, ticket, change, person_actor(by.key), now, source=source)
    told = "had got mail about it before" if left else "was never mailed about it"
    return f"{ticket.number} is {agent or address}'s own ticket now; {customer} {told}."


def _name(core: Core, address: str) -> str:
    people = core.directory.people.values()
    return next((person.name for person in people if person.email.lower() == address), "")


def _owned(message: Message, name: str, customer: str) -> Message:
    """The customer's words as what the agent brought."""
    head = f"{message.author_name} <{customer}> wrote:\n\n"
    return replace(
        message,
        author=mail_actor(message.forwarded_by),
        author_name=name or message.forwarded_by,
        text=head + message.text,
        full_text=head + message.full_text if message.full_text else "",
        forwarded_by="",
    )


async def _stop_mail(
    core: Core, work: UnitOfWork, ticket: Ticket, by: Person, now: datetime
) -> tuple[Ticket, bool]:
    """Let nothing more leave for the requester; how the ticket is then, and whether some has."""
    address, left = ticket.requester.address, False
    for message in await work.messages.of(ticket.id):
        if message.voice is not Voice.REPLY or address not in message.recipients:
            continue
        if message.author != SYSTEM and _is_recallable(message, now):
            await talk.take_back(core, work, ticket, message, by, now)
            stored = await work.items.by_id(ticket.id)
            ticket = stored if isinstance(stored, Ticket) else ticket
        elif not await _cancelled(core, work, ticket, message, by, now):
            left = True
    await work.outbox.cancel_lane(mail_lane(ticket.number, address), by.key)
    return ticket, left


def _is_recallable(message: Message, now: datetime) -> bool:
    """Whether none of its mails can be under way yet."""
    waits = message.delivery is Delivery.QUEUED
    return waits and message.sends_at is not None and message.sends_at > now


async def _cancelled(
    core: Core, work: UnitOfWork, ticket: Ticket, message: Message, by: Person, now: datetime
) -> bool:
    """Whether the requester's copy never left, and never will."""
    address = ticket.requester.address
    copy = next(copy for copy in message.copies if copy.recipient == address)
    if copy.delivery not in _WAITS:
        return copy.delivery in _NEVER_LEFT
    key = correspondence.mail_key(core, ticket, address, message)
    if not await work.outbox.cancel(key, by.key):
        return False
    undone = message.with_copies(Delivery.UNDONE, to=address)
    await work.messages.save(undone)
    await refresh_message(work, undone)
    events: tuple[Event, ...] = ()
    if undone.delivery is Delivery.UNDONE:
        events = (ReplyUndone(message=message.id),)
    await record(core, work, ticket, Change(ticket, events), person_actor(by.key), now)
    return True
