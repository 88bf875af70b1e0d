"""What may happen to a ticket: pure transitions, each with the events that tell it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Final

from bot.domain.assignment import claim
from bot.domain.changes import Change
from bot.domain.events import (
    CustomerWrote,
    Event,
    ParticipantAdded,
    PriorityChanged,
    ReplySent,
    ReplyUndone,
    Snoozed,
    StatusChanged,
    TagsChanged,
    Woken,
)
from bot.domain.refusals import Refused
from bot.domain.work_items import Participant, Priority, Ticket, TicketStatus

MAX_PARTICIPANTS = 10
MAX_TAGS = 20
AFTER_REPLY: Final = "after the reply"

Changed = Change[Ticket]


def refuse_merged(ticket: Ticket) -> None:
    """Refused for a ticket that another one goes on for: work on it would be lost, and what was
    said since stands on the other one.
    """
    if ticket.merged_into:
        raise Refused(
            f"{ticket.number} was merged into {ticket.merged_into}, which goes on in its place.",
            code="merged",
            hint=f"Do it there: `/ticket show {ticket.merged_into}` shows its card. If the merge "
            f"was a mistake, undo it: `/ticket unmerge {ticket.number}`.",
        )


def set_status(ticket: Ticket, status: TicketStatus, now: datetime, reason: str = "") -> Changed:
    """Move the status; the same status changes nothing."""
    refuse_merged(ticket)
    if status is ticket.status:
        return Change(ticket)
    if status is TicketStatus.NEW:
        raise Refused("A ticket is new only until somebody works on it; use open.", code="status")
    return _moved(ticket, status, now, reason)


def _moved(ticket: Ticket, status: TicketStatus, now: datetime, reason: str) -> Changed:
    moved = replace(
        ticket,
        status=status,
        resolved_at=(ticket.resolved_at or now) if status.ended else None,
        snoozed_until=None,
        key_turn=ticket.key_turn + (status.ended and not ticket.ended),
    )
    return Change(moved, (StatusChanged(old=ticket.status, new=status, reason=reason),))


def resolve(ticket: Ticket, now: datetime, reason: str = "") -> Changed:
    """End the ticket."""
    refuse_merged(ticket)
    if ticket.ended:
        raise Refused(
            f"{ticket.number} is already {ticket.status}.",
            code="ended",
            hint=f"Open it again with `/ticket reopen {ticket.number}`.",
        )
    return set_status(ticket, TicketStatus.RESOLVED, now, reason)


def refuse_ended(ticket: Ticket, why: str) -> None:
    """Refused for a ticket on which there is nothing left to do: `why` says what follows."""
    if ticket.ended:
        raise Refused(
            f"{ticket.number} is {ticket.status}; {why}.",
            code="ended",
            hint=f"Open it again with `/ticket reopen {ticket.number}`.",
        )


def reopen(ticket: Ticket, now: datetime, reason: str = "") -> Changed:
    """Bring an ended ticket back to its queue."""
    refuse_merged(ticket)
    if not ticket.ended:
        raise Refused(f"{ticket.number} is {ticket.status} already.", code="not_ended")
    return set_status(ticket, TicketStatus.OPEN, now, reason)


def set_priority(ticket: Ticket, priority: Priority) -> Changed:
    """Set how soon it is owed an answer."""
    if priority is ticket.priority:
        return Change(ticket)
    event = PriorityChanged(old=ticket.priority, new=priority)
    return Change(replace(ticket, priority=priority), (event,))


def retag(ticket: Ticket, add: Iterable[str], remove: Iterable[str]) -> Changed:
    """Add and remove tags; what is there already, or not there, changes nothing."""
    gone = set(remove) & set(ticket.tags)
    fresh = [tag for tag in dict.fromkeys(add) if tag and tag not in ticket.tags]
    kept = tuple(tag for tag in ticket.tags if tag not in gone) + tuple(fresh)
    if fresh and len(kept) > MAX_TAGS:
        raise Refused(f"A ticket has at most {MAX_TAGS} tags; take some off first.", code="bound")
    if not (gone or fresh):
        return Change(ticket)
    event = TagsChanged(added=tuple(fresh), removed=tuple(sorted(gone)))
    return Change(replace(ticket, tags=kept), (event,))


def snooze(ticket: Ticket, until: datetime, now: datetime) -> Changed:
    """Let it sleep until then; the customer's next mail wakes it earlier."""
    refuse_ended(ticket, "only open tickets sleep")
    if until <= now:
        raise Refused(
            "That moment has passed; name a later one.",
            code="past",
            hint="For example `3h`, `tomorrow 09:00`, `mon 9:00`.",
        )
    return Change(replace(ticket, snoozed_until=until), (Snoozed(until=until),))


def wake(ticket: Ticket, reason: str) -> Changed:
    """End its sleep; one that is awake is left alone."""
    if ticket.snoozed_until is None:
        return Change(ticket)
    return Change(replace(ticket, snoozed_until=None), (Woken(reason=reason),))


def customer_wrote(ticket: Ticket, message: int, reason: str, now: datetime) -> Changed:
    """A participant's mail arrived: it is ours to answer, whatever the ticket was waiting for."""
    events: list[Event] = [CustomerWrote(message=message, reason=reason)]
    woken = wake(ticket, "the customer wrote")
    moved = woken.item
    events += woken.events
    if moved.status not in (TicketStatus.NEW, TicketStatus.OPEN):
        change = set_status(moved, TicketStatus.OPEN, now, "the customer wrote")
        moved, events = change.item, [*events, *change.events]
    return Change(moved, tuple(events))


def reply(
    ticket: Ticket,
    message: int,
    by: str,
    recipients: tuple[str, ...],
    then: TicketStatus,
    now: datetime,
) -> Changed:
    """An agent answered the customer; a free ticket becomes theirs, and the status moves on."""
    taken = claim(ticket, by, now) if ticket.assignee is None else Change(ticket)
    change = set_status(taken.item, then, now, AFTER_REPLY)
    sent = ReplySent(message=message, recipients=recipients)
    return Change(change.item, (*taken.events, sent, *change.events))


def undo_reply(ticket: Ticket, message: int, before: TicketStatus, now: datetime) -> Changed:
    """A reply was taken back before it left; the status is what it was."""
    change = Change(ticket)
    if before is not ticket.status and not ticket.merged_into:
        change = _moved(ticket, before, now, "the reply was taken back")
    return Change(change.item, (ReplyUndone(message=message), *change.events))


def add_participant(ticket: Ticket, address: str, name: str, now: datetime) -> Changed:
    """Another external person takes part from now on; they get only what follows.

    While nobody knows whose ticket it is, they become its requester.
    """
    if ticket.participant(address) is not None:
        return Change(ticket)
    if len(ticket.participants) >= MAX_PARTICIPANTS:
        raise Refused(f"A ticket has at most {MAX_PARTICIPANTS} participants.", code="bound")
    fresh = Participant(
        number=ticket.next_number, address=address.lower(), name=name, joined_at=now
    )
    people = (*ticket.participants, fresh)
    if not ticket.requester.address:
        people = (fresh, *ticket.participants[1:])
    grown = replace(ticket, participants=people)
    return Change(grown, (ParticipantAdded(address=fresh.address),))
