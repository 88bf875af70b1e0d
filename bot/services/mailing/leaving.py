"""Leaving a ticket by a link: who takes part without having asked may stop that by one click."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.domain import participants
from bot.domain.events import mail_actor
from bot.domain.work_items import Participant, Ticket
from bot.ports import UnitOfWork
from bot.services.core import Core
from bot.services.mailing import withholding
from bot.services.recording import record


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaver:
    """Whom a link speaks of, and the ticket it is about."""

    number: str
    desk: str
    address: str


async def look(core: Core, token: str) -> Leaver | None:
    """Whom the link lets leave; None when there is nobody (any more). Changes nothing."""
    async with core.store.read() as work:
        found = await _find(core, work, token)
    return _leaver(core, *found) if found is not None else None


async def leave(core: Core, token: str, now: datetime) -> Leaver | None:
    """Take them off the ticket; None when there was nobody (any more) to take off."""
    async with core.store.work() as work:
        found = await _find(core, work, token)
        if found is None:
            return None
        ticket, person = found
        change = participants.leave(ticket, person.address, "by the link in a mail")
        await record(core, work, ticket, change, mail_actor(person.address), now, source="link")
        why = f"they left {ticket.number}"
        await withholding.withhold(work, person.address, why, ticket=ticket.number)
    core.meter.count("unsubscribed", desk=ticket.desk)
    return _leaver(core, ticket, person)


async def _find(core: Core, work: UnitOfWork, token: str) -> tuple[Ticket, Participant] | None:
    key = core.keys.names_leaver(token)
    ticket = await work.items.by_id(key.ticket) if key is not None else None
    if key is None or not isinstance(ticket, Ticket):
        return None
    for person in ticket.participants[1:]:
        if person.number == key.participant and core.keys.check_leave(token, person.address):
            return ticket, person
    return None


def _leaver(core: Core, ticket: Ticket, person: Participant) -> Leaver:
    desk = core.directory.desks[ticket.desk].name
    return Leaver(number=ticket.number, desk=desk, address=person.address)
