"""Work items for the tests of the store, and the store itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from bot.clock import ManualClock
from bot.domain.escalation import Escalation, EscalationPolicy, Step, Urgency
from bot.domain.work_items import (
    AnyItem,
    Incident,
    IncidentStatus,
    Participant,
    Priority,
    Severity,
    Ticket,
    TicketStatus,
)
from storage.database import Database
from storage.store import SqlStore

NOW = datetime(2026, 11, 21, 9, 30, 15, 123456, tzinfo=UTC)
MINUTE = timedelta(minutes=1)

MARTA = Participant(number=1, address="marta@example.com", name="Marta Öz", joined_at=NOW)


def store_on(database: Database) -> SqlStore:
    """The store, at a time that stands still."""
    return SqlStore(database, ManualClock(NOW))


def ticket(**fields: Any) -> Ticket:
    """A ticket of Marta's with nothing special."""
    plain = {"title": "Cannot log in", "desk": "support", "participants": (MARTA,)}
    return Ticket(**{**plain, "created_at": NOW, **fields})


def incident(**fields: Any) -> Incident:
    """An incident that nobody is paged for."""
    return Incident(**{"title": "Checkout is slow", "created_at": NOW, **fields})


FULL_TICKET = ticket(
    status=TicketStatus.RESOLVED,
    priority=Priority.URGENT,
    assignee="ana",
    assigned_at=NOW + MINUTE,
    resolved_at=NOW + 5 * MINUTE,
    participants=(MARTA, Participant(number=2, address="b@example.com", joined_at=NOW + MINUTE)),
    tags=("vip", "büro"),
    snoozed_until=NOW + 60 * MINUTE,
    due_at=NOW + 30 * MINUTE,
    key_turn=3,
    seats=4,
    merged_into="SUP-9",
)

FULL_INCIDENT = incident(
    confidential=True,
    insiders=("ben", "ana"),
    service="checkout",
    status=IncidentStatus.MONITORING,
    severity=Severity.SEV1,
    group="prom|checkout|{cluster='a'}",
    assignee="ben",
    assigned_at=NOW,
    acknowledged_by="ben",
    acknowledged_at=NOW + MINUTE,
    escalation=Escalation(
        policy=EscalationPolicy(
            name="platform",
            steps=(
                Step(targets=("schedule:platform", "person:ana"), after=5 * MINUTE),
                Step(targets=(), after=timedelta(seconds=90), urgency=Urgency.LOW),
            ),
            repeat=2,
            catch_all="person:lead",
        ),
        position=3,
        due_at=NOW + 2 * MINUTE,
        stepped_at=NOW,
    ),
    latest_update="We roll back.\n\x00\ud800",
    latest_update_at=NOW,
)


async def opened_item(store: SqlStore, item: AnyItem | None = None) -> int:
    """The id of a work item that is stored."""
    async with store.work() as work:
        return (await work.items.add(item or ticket(), "SUP")).id
