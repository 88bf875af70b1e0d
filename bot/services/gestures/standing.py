"""How a ticket stands with us: missed, nearly missed, answered by the customer, or just open."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.domain.events import CustomerWrote, ReplySent, SlaAtRisk, TimelineEntry
from bot.domain.sla import worst
from bot.domain.work_items import Ticket
from bot.ports import UnitOfWork
from bot.services import clocks
from bot.services.core import Core
from bot.services.drawing.homes import Standing


async def standing_of(core: Core, work: UnitOfWork, ticket: Ticket, now: datetime) -> Standing:
    """What presses most about a ticket that waits for us."""
    if ticket.due_at is not None and ticket.due_at <= now:
        return Standing.BREACHED
    entries = await work.timeline.of(ticket.id)
    if _at_risk(core, ticket, entries, now):
        return Standing.AT_RISK
    spoken = [e.event for e in entries if isinstance(e.event, CustomerWrote | ReplySent)]
    answered = len(spoken) > 1 and isinstance(spoken[-1], CustomerWrote)
    return Standing.ANSWERED if answered else Standing.OPEN


def _at_risk(core: Core, ticket: Ticket, entries: Sequence[TimelineEntry], now: datetime) -> bool:
    """Whether the clock that presses most has warned already."""
    clock = worst(clocks.clocks_of(core, ticket, entries, now))
    warned = [e.event for e in entries if isinstance(e.event, SlaAtRisk)]
    return clock is not None and any(
        (event.metric, event.cycle) == (clock.metric, clock.cycle) for event in warned
    )
