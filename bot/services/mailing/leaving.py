"""Leaving a ticket by a link: who takes part without having asked may stop that by one click.

A link to a ticket that was merged leads off the one that goes on as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.domain import participants
from bot.domain.events import mail_actor
from bot.domain.work_items import Ticket
from bot.ports import UnitOfWork
from bot.services.core import Core
from bot.services.mailing import withholding
from bot.services.merging import chain
from bot.services.recording import record


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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Way:
    """Where a link leads: the tickets from the one it names to the one that goes on."""

    address: str
    tickets: Sequence[Ticket]

    @property
    def listing(self) -> Sequence[Ticket]:
        """Those that list the person, who did not open them."""
        return [t for t in self.tickets if t.participant(self.address) in t.participants[1:]]


async def look(core: Core, token: str) -> Leaver | None:
    """Whom the link lets leave; None when there is nobody (any more). Changes nothing."""
    async with core.store.read() as work:
        way = await _find(core, work, token)
    return _leaver(core, way) if way is not None else None


async def leave(core: Core, token: str, now: datetime) -> Leaver | None:
    """Take them off the ticket, and off those that went on for it; None when there was nobody (any
    more) to take off.
    """
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


async def _take_off(
    core: Core, work: UnitOfWork, ticket: Ticket, address: str, now: datetime
) -> None:
    change = participants.leave(ticket, address, "by the link in a mail")
    await record(core, work, ticket, change, mail_actor(address), now, source="link")
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
