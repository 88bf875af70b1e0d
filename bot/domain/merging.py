"""When one ticket goes on in the place of another: both sides of a merge, as pure transitions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from bot.domain.changes import Change
from bot.domain.events import (
    SYSTEM,
    Event,
    TicketMerged,
    TicketTakenIn,
    TicketUnmerged,
    TimelineEntry,
)
from bot.domain.messages import Delivery, Message, Voice
from bot.domain.refusals import Refused
from bot.domain.tickets import add_participant, refuse_merged, set_status
from bot.domain.work_items import Participant, Ticket, TicketStatus

MAX_CARRIED: Final = 20

Changed = Change[Ticket]


def check(ticket: Ticket, into: Ticket, said: Sequence[Message], now: datetime) -> None:
    """Refused while the ticket, on which that was said, cannot go into the other one."""
    refuse_merged(ticket)
    if into.id == ticket.id:
        raise Refused(f"{ticket.number} cannot be merged into itself.", code="circle")
    if any(message.waits for message in said):
        raise Refused(
            f"Mail on {ticket.number} is still held for review; nothing was merged.",
            code="held",
            hint=f"First say what becomes of it: `/ticket accept {ticket.number}`, or decline, "
            "or split.",
        )
    if any(is_being_sent(message, now) for message in said):
        raise Refused(
            f"A reply on {ticket.number} is just being sent; nothing was merged.",
            code="sending",
            hint=f"Try again in 10 s, or take it back: `/ticket undo {ticket.number}`.",
        )


def is_being_sent(message: Message, now: datetime) -> bool:
    """Whether it is a reply that leaves in a moment, and can still be taken back."""
    leaves = message.voice is Voice.REPLY and message.delivery is Delivery.QUEUED
    return leaves and message.sends_at is not None and message.sends_at > now


def refuse_circle(ticket: Ticket, into: Ticket, end: Ticket | None) -> None:
    """Refused when what is to take the ticket in was merged itself; `end` goes on for it."""
    if not into.merged_into:
        return
    if end is not None and end.id == ticket.id:
        raise Refused(
            f"{into.number} was merged into {ticket.number} itself; that would be a circle.",
            code="circle",
        )
    number = end.number if end is not None else into.merged_into
    raise Refused(
        f"{into.number} was merged into {number}, which goes on in its place.",
        code="merged",
        hint=f"Merge into that: `/ticket merge {ticket.number} {number}`.",
    )


def newcomers(ticket: Ticket, into: Ticket) -> tuple[Participant, ...]:
    """Those of the ticket who can be written to, and take no part in the other one."""
    return tuple(p for p in ticket.participants if p.address and not into.participant(p.address))


def merge(ticket: Ticket, into: Ticket, now: datetime) -> Changed:
    """It ends, in favour of the other one; its reply keys stay, and lead there."""
    closed = replace(
        ticket,
        status=TicketStatus.CLOSED,
        resolved_at=ticket.resolved_at or now,
        snoozed_until=None,
        merged_into=into.number,
    )
    return Change(closed, (TicketMerged(into=into.number),))


def take_in(into: Ticket, ticket: Ticket, joining: Sequence[Participant], now: datetime) -> Changed:
    """Go on for the other ticket as well, opened again when only that one still had work to do.

    Those who join get what follows, and nothing of what was.
    """
    events: list[Event] = [TicketTakenIn(number=ticket.number, title=ticket.title)]
    grown = into
    for person in joining:
        joined = add_participant(grown, person.address, person.name, now)
        grown, events = joined.item, [*events, *joined.events]
    if grown.ended and not ticket.ended:
        reason = f"{ticket.number} was merged into it"
        opened = set_status(grown, TicketStatus.OPEN, now, reason)
        grown, events = opened.item, [*events, *opened.events]
    return Change(grown, tuple(events))


def carried_from(number: str) -> str:
    """Why a message is said on a ticket that was said on another one before."""
    return f"on {number}"


def standing_merges(entries: Iterable[TimelineEntry]) -> Mapping[int, TimelineEntry]:
    """The entries by which tickets are merged, by the row of the ticket; one that was undone never
    happened.
    """
    found: dict[int, TimelineEntry] = {}
    for entry in entries:
        match entry.event:
            case TicketMerged():
                found[entry.item] = entry
            case TicketUnmerged():
                found.pop(entry.item, None)
    return found


def unanswered(ticket: Ticket, said: Sequence[Message]) -> tuple[Message, ...]:
    """What the customer wrote and nobody answered, the newest few; nothing when the ticket ended.

    A notice of the desk's own answers nobody.
    """
    if ticket.ended:
        return ()
    waiting: list[Message] = []
    for message in said:
        answers = message.voice is Voice.REPLY and message.author != SYSTEM
        if answers and not message.delivery.stayed:
            waiting.clear()
        elif message.voice is Voice.CUSTOMER:
            waiting.append(message)
    return tuple(waiting[-MAX_CARRIED:])
