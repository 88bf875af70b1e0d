"""How people from outside leave a ticket, move, and hand it over: pure transitions."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bot.domain.changes import Change
from bot.domain.events import ParticipantLeft, ParticipantMoved, RequesterChanged
from bot.domain.refusals import Refused
from bot.domain.tickets import refuse_merged
from bot.domain.work_items import Participant, Ticket

Changed = Change[Ticket]


def leave(ticket: Ticket, address: str, reason: str) -> Changed:
    """Somebody who is not the requester takes part no more; who does not, changes nothing."""
    person = ticket.participant(address)
    if person is None:
        return Change(ticket)
    if person is ticket.requester:
        raise Refused(
            f"{ticket.number} is their own ticket; they cannot leave it.",
            code="requester",
            hint="Resolve the ticket instead.",
        )
    left = tuple(p for p in ticket.participants if p is not person)
    gone = ParticipantLeft(address=person.address, reason=reason)
    seats = max(ticket.seats, person.number)
    return Change(replace(ticket, participants=left, seats=seats), (gone,))


def move(ticket: Ticket, old: str, new: str) -> Changed:
    """A participant is written to under another address from now on; their key stays."""
    person, wanted = ticket.participant(old), new.lower()
    if person is None:
        raise Refused(f"{old} takes no part in {ticket.number}.", code="not_found")
    if wanted == person.address.lower():
        return Change(ticket)
    if ticket.participant(wanted) is not None:
        raise Refused(f"{new} takes part in {ticket.number} already.", code="taken")
    moved = replace(person, address=wanted)
    people = tuple(moved if p is person else p for p in ticket.participants)
    event = ParticipantMoved(old_address=person.address, new_address=wanted)
    return Change(replace(ticket, participants=people), (event,))


def hand_over(ticket: Ticket, address: str, name: str, reason: str, now: datetime) -> Changed:
    """The ticket is somebody else's from now on; its requester takes part no more."""
    refuse_merged(ticket)
    old, known = ticket.requester, ticket.participant(address)
    if known is old:
        return Change(ticket)
    fresh = Participant(
        number=ticket.next_number, address=address.lower(), name=name, joined_at=now
    )
    others = tuple(p for p in ticket.participants[1:] if p is not known)
    people = (known or fresh, *others)
    event = RequesterChanged(old_address=old.address, new_address=people[0].address, reason=reason)
    seats = max(ticket.seats, old.number)
    return Change(replace(ticket, participants=people, seats=seats), (event,))
