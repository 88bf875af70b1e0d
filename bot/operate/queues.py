"""What waits, is parked or dead, and where a mail went: read and mended beside the
running service.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta

from bot.clock import SystemClock
from bot.config.settings import Settings
from bot.domain.effects import Parcel
from bot.domain.ledger import MailLedger, balance
from bot.ports import LedgerLine
from storage.database import Database
from storage.failures import CannotOpen
from storage.migrate import status
from storage.queues.keeping import SqlKeeping
from storage.store import SqlStore


@asynccontextmanager
async def open_database(settings: Settings) -> AsyncIterator[Database]:
    """The service's database, for an operator's command; CannotOpen when it is away or too old."""
    database = await Database.open(settings.database_url)
    try:
        if (await status(database)).pending:
            raise CannotOpen(f"{database} is not at this version; run `deskhand migrate` first")
        yield database
    finally:
        await database.close()


@asynccontextmanager
async def open_store(settings: Settings) -> AsyncIterator[SqlStore]:
    """The same with its queues and units of work."""
    async with open_database(settings) as database:
        yield SqlStore(database, SystemClock())


async def mail_ledger(settings: Settings, days: int) -> MailLedger:
    """What came by mail in the last so many days, and what became of it."""
    now = SystemClock().now()
    async with open_database(settings) as database:
        counts = await SqlKeeping(database).counts("mail", now - timedelta(days=days), now)
    return balance(counts)


def ledger_rows(lines: Sequence[LedgerLine]) -> list[dict[str, object]]:
    """Inbox rows for a table or JSON."""
    return [
        {
            "id": line.id,
            "received_at": line.received_at.isoformat(timespec="seconds"),
            "source": line.source,
            "from": line.meta.get("from") or line.meta.get("mail_from", ""),
            "subject": line.meta.get("subject", ""),
            "state": line.state,
            "outcome": line.outcome,
            "item": line.item,
            "detail": line.detail,
            "size": line.size,
        }
        for line in lines
    ]


def outbox_rows(parcels: Sequence[Parcel]) -> list[dict[str, object]]:
    """Outbox rows for a table or JSON, without their words."""
    return [
        {
            "id": parcel.id,
            "created_at": parcel.created_at.isoformat(timespec="seconds"),
            "pool": parcel.pool.value,
            "effect": type(parcel.effect).__name__,
            "lane": parcel.lane,
            "state": parcel.state.value,
            "attempt": parcel.attempt,
            "detail": parcel.detail,
        }
        for parcel in parcels
    ]
