"""Getting no more mail by a link: whoever takes part in a ticket without having asked may leave it
by one click, and one of the team may stop the news of tickets.

A link to a ticket that was merged leads off the one that goes on as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.domain import participants
from bot.domain.events import mail_actor, person_actor
from bot.domain.people import Mails, Person
from bot.domain.work_items import Ticket
from bot.ports import UnitOfWork
from bot.services import wishes
from bot.services.core import Core
from bot.services.mailing.outgoing import withholding
from bot.services.merging import chain
from bot.services.recording import record

_SOURCE = "link"


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaver:
    """Whom a link speaks of, and the ticket it is about.

    `goes_on` is the number of the ticket that goes on in its place, if they take part there; when
    that one is their `own`, they stay on it.
    """

    number: str
    desk: str
    address: str
    goes_on: str = ""
    own: bool = False

    @property
    def standing(self) -> str:
        """How it is before the click."""
        goes_on = f", which goes on as {self.goes_on}" if self.goes_on else ""
        words = f"{self.address} takes part in {self.number} with {self.desk}{goes_on}."
        return words + self._what_of_their_own()

    @property
    def done(self) -> str:
        """How it is after the click."""
        goes_on = "" if self.own else self.goes_on
        nor = f", nor about {goes_on}, which goes on in its place" if goes_on else ""
        words = f"{self.address} gets no more mail about {self.number} from {self.desk}{nor}."
        return words + self._what_of_their_own()

    def _what_of_their_own(self) -> str:
        if not self.own:
            return ""
        return (
            f" {self.goes_on} is their own ticket: to end it, answer one of its mails and say so."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Quiet:
    """One of the team, whom a link lets have no more news of tickets."""

    name: str

    @property
    def standing(self) -> str:
        """How it is before the click."""
        return f"{self.name} gets news of tickets by mail."

    @property
    def done(self) -> str:
        """How it is after the click."""
        return f"{self.name} gets no more news of tickets by mail. /ticket mails turns it on again."


@dataclass(frozen=True, slots=True, kw_only=True)
class _Way:
    """Where a link leads: the tickets from the one it names to the one that goes on."""

    address: str
    tickets: Sequence[Ticket]

    @property
    def listing(self) -> Sequence[Ticket]:
        """Those that list the person, who did not open them."""
        return [t for t in self.tickets if t.participant(self.address) in t.participants[1:]]


async def look(core: Core, token: str) -> Leaver | Quiet | None:
    """Whom the link lets leave; None when there is nobody (any more). Changes nothing."""
    async with core.store.read() as work:
        if (person := await _reader(core, work, token)) is not None:
            return Quiet(name=person.name)
        way = await _find(core, work, token)
    return _leaver(core, way) if way is not None else None


async def leave(core: Core, token: str, now: datetime) -> Leaver | Quiet | None:
    """Send them no more of it; None when there was nobody (any more) who got any."""
    async with core.store.work() as work:
        if (person := await _reader(core, work, token)) is not None:
            actor = person_actor(person.key)
            await wishes.choose(work, person, Mails.OFF, actor, now, source=_SOURCE)
            return Quiet(name=person.name)
    return await _leave_tickets(core, token, now)


async def _leave_tickets(core: Core, token: str, now: datetime) -> Leaver | None:
    """Take them off the ticket, and off those that went on for it."""
    async with core.store.read() as work:
        seen = await _find(core, work, token)
    if seen is None:
        return None
    async with core.store.work() as work:
        await work.items.hold(ids=[ticket.id for ticket in seen.tickets])
        way = await _find(core, work, token)
        for ticket in way.listing if way is not None else ():
            await _take_off(core, work, ticket, seen.address, now)
    if way is None:
        return None
    core.meter.count("unsubscribed", desk=way.tickets[-1].desk)
    return _leaver(core, way)


async def _reader(core: Core, work: UnitOfWork, token: str) -> Person | None:
    """The one of the team whom the link names, while they get news by mail."""
    person = core.directory.people.get(core.team_keys.check_stop(token))
    if person is None or await wishes.mails_of(work, person) is Mails.OFF:
        return None
    return person


async def _take_off(
    core: Core, work: UnitOfWork, ticket: Ticket, address: str, now: datetime
) -> None:
    change = participants.leave(ticket, address, "by the link in a mail")
    await record(core, work, ticket, change, mail_actor(address), now, source=_SOURCE)
    why = f"they left {ticket.number}"
    await withholding.withhold(work, address, why, ticket=ticket.number)


async def _find(core: Core, work: UnitOfWork, token: str) -> _Way | None:
    """Where the link leads; None when it is none of ours, or leads nobody off anything."""
    key = core.keys.names_leaver(token)
    ticket = await work.items.by_id(key.ticket) if key is not None else None
    if not isinstance(ticket, Ticket):
        return None
    tickets = await chain(work, ticket)
    listed = dict.fromkeys(person.address for each in tickets for person in each.participants)
    address = next((a for a in listed if core.keys.check_leave(token, a)), "")
    way = _Way(address=address, tickets=tickets)
    return way if address and way.listing else None


def _leaver(core: Core, way: _Way) -> Leaver:
    first, last = way.tickets[0], way.tickets[-1]
    there = last.participant(way.address) if last is not first else None
    desk = core.directory.desks.get(first.desk)
    return Leaver(
        number=first.number,
        desk=desk.name if desk is not None else first.desk,
        address=way.address,
        goes_on=last.number if there is not None else "",
        own=there is last.requester,
    )
