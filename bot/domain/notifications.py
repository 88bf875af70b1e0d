"""News of tickets for the team: which of it concerns whom, and how much of it anybody gets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Final

from bot.domain.events import (
    Assigned,
    CustomerWrote,
    Event,
    MachineWrote,
    SlaAtRisk,
    SlaBreached,
    TicketOpened,
    TimelineEntry,
    mail_actor,
    person_actor,
)
from bot.domain.intake import forwarded_by
from bot.domain.people import Mails, Person, Right, Role, may
from bot.domain.work_items import Ticket

NEWS: Final = (Assigned, CustomerWrote, SlaAtRisk, SlaBreached, TicketOpened)
MOST: Final = 30
HOUR: Final = timedelta(hours=1)


def news_for(
    person: Person, mails: Mails, ticket: Ticket, entries: Sequence[TimelineEntry]
) -> tuple[TimelineEntry, ...]:
    """What of these entries, in order, is news to the person on the ticket as it is now.

    Nothing is that came before their own last act, or that a machine's mail began; and nothing at
    all on a ticket they may not see, or that another one goes on for.
    """
    if mails is Mails.OFF or not person.email or ticket.merged_into:
        return ()
    if not may(person, Right.SEE, desk=ticket.desk):
        return ()
    own = [place for place, entry in enumerate(entries) if _theirs(entry, person)]
    fresh = entries[own[-1] + 1 :] if own else entries
    machines = {a.id for a, b in pairwise(fresh) if _by_machine(a, b)}
    return tuple(
        entry
        for entry in fresh
        if entry.id not in machines and _concerns(entry.event, person, mails, ticket)
    )


def _theirs(entry: TimelineEntry, person: Person) -> bool:
    """Whether the person did it, be it as a customer, or by passing a customer's mail on."""
    address = person.email.lower()
    if entry.actor in (person_actor(person.key), mail_actor(address)):
        return True
    event = entry.event
    why = event.reason.partition(";")[0] if isinstance(event, TicketOpened) else ""
    return why == forwarded_by(address)


def _by_machine(opened: TimelineEntry, wrote: TimelineEntry) -> bool:
    return isinstance(opened.event, TicketOpened) and isinstance(wrote.event, MachineWrote)


def _concerns(event: Event, person: Person, mails: Mails, ticket: Ticket) -> bool:
    match event:
        case Assigned(assignee=assignee):
            return assignee == person.key == ticket.assignee
        case CustomerWrote():
            return ticket.assignee == person.key
        case SlaAtRisk() | SlaBreached():
            return ticket.assignee == person.key and not ticket.ended
        case TicketOpened():
            return mails is Mails.DESK and not ticket.ended and _works_on(person, ticket.desk)
        case _:
            return False


def _works_on(person: Person, desk: str) -> bool:
    return person.has(Role.AGENT, desk) or person.has(Role.LEAD, desk)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ration:
    """When a person was sent mails in the last hour; None more before `paused_until`."""

    sent: tuple[datetime, ...] = ()
    paused_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Portion:
    """Whether one more may be sent, and what is left then; with `pauses_until` it is the last."""

    ration: Ration
    granted: bool
    pauses_until: datetime | None = None


def take_one(ration: Ration, now: datetime) -> Portion:
    """Ask for one more mail: 30 in an hour, then one that says so, then none for an hour."""
    if ration.paused_until is not None and now < ration.paused_until:
        return Portion(ration=ration, granted=False)
    recent = tuple(at for at in ration.sent if now - at < HOUR)
    if len(recent) < MOST:
        return Portion(ration=Ration(sent=(*recent, now)), granted=True)
    until = now + HOUR
    return Portion(ration=Ration(paused_until=until), granted=True, pauses_until=until)


def dump_ration(ration: Ration) -> str:
    """The ration as a text to keep."""
    if ration.paused_until is not None:
        return f"until {ration.paused_until.isoformat()}"
    return " ".join(str(int(at.timestamp())) for at in ration.sent)


def load_ration(text: str) -> Ration:
    """What was kept; a whole ration when nothing was."""
    if text.startswith("until "):
        return Ration(paused_until=datetime.fromisoformat(text.removeprefix("until ")))
    return Ration(sent=tuple(datetime.fromtimestamp(int(word), UTC) for word in text.split()))
