"""Taking a forward back: the ticket is the agent's own who forwarded it, the customer is out."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Final

from bot.domain import participants
from bot.domain.changes import Change
from bot.domain.events import SYSTEM, ReplyUndone, mail_actor, person_actor
from bot.domain.messages import Delivery, Message
from bot.domain.people import Person
from bot.domain.work_items import Ticket
from bot.errors import UserError
from bot.ports import UnitOfWork
from bot.services.core import Core
from bot.services.gestures import talk
from bot.services.mailing.outgoing import withholding
from bot.services.recording import record, refresh_message

REASON: Final = "the forward was undone"

_NEVER_LEFT: Final = (Delivery.UNDONE, Delivery.CANCELLED, Delivery.FAILED)


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
    address = ticket.requester.address
    for message in await _mailed_to(work, ticket, address):
        if message.author != SYSTEM and _is_recallable(message, now):
            await talk.take_back(core, work, ticket, message, by, now)
            stored = await work.items.by_id(ticket.id)
            ticket = stored if isinstance(stored, Ticket) else ticket
    await withholding.withhold(work, address, REASON, ticket=ticket.number)
    mailed = await _mailed_to(work, ticket, address)
    unsent = [m.id for m in mailed if m.delivery is Delivery.CANCELLED]
    events = tuple(ReplyUndone(message=id_) for id_ in unsent)
    await record(core, work, ticket, Change(ticket, events), person_actor(by.key), now)
    copies = [copy for m in mailed for copy in m.copies if copy.recipient == address]
    return ticket, any(copy.delivery not in _NEVER_LEFT for copy in copies)


async def _mailed_to(work: UnitOfWork, ticket: Ticket, address: str) -> list[Message]:
    return [m for m in await work.messages.of(ticket.id) if address in m.recipients]


def _is_recallable(message: Message, now: datetime) -> bool:
    """Whether none of its mails can be under way yet."""
    waits = message.delivery is Delivery.QUEUED
    return waits and message.sends_at is not None and message.sends_at > now
