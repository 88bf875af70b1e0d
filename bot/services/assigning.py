"""Claiming on behalf of a verb that is not `claim` itself."""

from __future__ import annotations

from datetime import datetime

from bot.domain import assignment
from bot.domain.events import person_actor
from bot.domain.people import Person
from bot.domain.work_items import AnyItem, Ticket
from bot.errors import UserError
from bot.ports import UnitOfWork
from bot.services.core import Core
from bot.services.recording import record


async def claim(
    core: Core, work: UnitOfWork, ticket: AnyItem, person: Person, now: datetime
) -> Ticket:
    """Claim a ticket found in a list: it is loaded again, locked, and may have been taken
    meanwhile.
    """
    locked = await work.items.by_id(ticket.id)
    if not isinstance(locked, Ticket):
        raise UserError(f"{ticket.number} is gone.", code="not_found")
    change = assignment.claim(locked, person.key, now)
    await record(core, work, locked, change, person_actor(person.key), now)
    return change.item
