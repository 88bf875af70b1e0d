"""Tickets whose requester gets no automatic mail: a machine wrote, the sender may be forged, the
mail came to a postmaster, or asked for none. It ends with the first word of the team to them.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from bot.domain.messages import Voice
from bot.domain.work_items import Ticket
from bot.ports import UnitOfWork

_KIND: Final = "silent:"


async def keep(work: UnitOfWork, ticket: Ticket, now: datetime) -> None:
    """Send the requester nothing that nobody wrote."""
    await work.facts.put(f"{_KIND}{ticket.id}", "1", now)


async def kept(work: UnitOfWork, ticket: Ticket) -> bool:
    """Whether it is kept: nobody of the team has written to them either."""
    if not await work.facts.get(f"{_KIND}{ticket.id}"):
        return False
    return not any(m.voice is Voice.REPLY for m in await work.messages.of(ticket.id))
