"""The inbox: what machines bring is durable before they are told so."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from bot.domain.ledger import HELD, INFECTED
from bot.ports import Arrival, InboxRow, LedgerLine
from storage.database import Connection, Database
from storage.fields import from_us, to_us
from storage.kindly import kindly
from storage.queues.arrivals import TOPIC, Door, kept
from storage.records.search import every_word
from storage.sql import Row
from storage.text import storable

_MICROSECOND: Final = timedelta(microseconds=1)

_COLUMNS = "id, source, raw, meta, received_at, attempt"
_LEDGER = "id, source, meta, received_at, state, outcome, detail, item, size"
# How what is parked ends without effect: a held mail was shown, and stays counted as such.
ENDED: Final = f"CASE WHEN outcome = '{HELD}' THEN '{HELD}' ELSE 'dropped' END"
_FENCED = "WHERE id = ? AND attempt = ? AND state = 'leased'"


class SqlInbox:
    """The inbox as listeners, passes and operators use it."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._door = Door(database)
        # The rows are chosen before the update, once: PostgreSQL may run a subquery again and
        # again, and so take more than the limit.
        self._claim = (
            "WITH due AS MATERIALIZED (SELECT id FROM inbox WHERE kind = ?"
            " AND state IN ('waiting', 'leased') AND (state = 'waiting' AND not_before <= ?"
            f" OR state = 'leased' AND lease_until <= {database.sql_now_us})"
            f" ORDER BY id LIMIT ? {database.skip_locked})"
            " UPDATE inbox SET state = 'leased', attempt = attempt + 1,"
            f" lease_until = {database.sql_now_us} + ? WHERE id IN (SELECT id FROM due)"
            f" RETURNING {_COLUMNS}"
        )

    async def accept(self, arrival: Arrival) -> bool:
        """Store and commit; True when it is new. TemporaryError when it could not be committed.

        A caller that is cancelled leaves its arrival to be stored. Never await this in a unit of
        work: on SQLite it would wait for itself.
        """
        return await self._door.accept(arrival)

    @kindly
    async def lease(
        self, source: str, limit: int, lease: timedelta, now: datetime
    ) -> Sequence[InboxRow]:
        """Take up to `limit` rows whose turn it is, oldest first; who arrives goes before."""
        await self._door.stand_back(source)
        rows = await self._database.fetch(
            self._claim, (source, to_us(now), limit, lease // _MICROSECOND)
        )
        return [_inbox_row(row) for row in sorted(rows, key=lambda row: row["id"])]

    @kindly
    async def postpone(
        self, row: InboxRow, error: str, until: datetime, *, counts: bool = True
    ) -> None:
        """Give the row back for a later try, which counts as one more or not."""
        # Only who holds the attempt takes it back: the next lease is fenced from all before it.
        tries = row.attempt if counts else row.attempt - 1
        await self._database.execute(
            "UPDATE inbox SET state = 'waiting', not_before = ?, detail = ?, attempt = ?"
            f" {_FENCED}",
            (to_us(until), storable(error), tries, row.id, row.attempt),
        )

    @kindly
    async def quarantine(self, row: InboxRow, error: str) -> None:
        """Park the row."""
        await self._database.execute(
            "UPDATE inbox SET state = 'quarantined', outcome = 'quarantined', detail = ?"
            f" {_FENCED}",
            (storable(error), row.id, row.attempt),
        )

    @kindly
    async def find(self, words: str = "", state: str = "", limit: int = 50) -> Sequence[LedgerLine]:
        """Ledger lines, newest first."""
        condition, values = every_word(words, ("search", "detail", "item"))
        if state:
            condition, values = f"{condition} AND state = ?", [*values, state]
        with self._database.reading() as reader:
            rows = await reader.fetch(
                f"SELECT {_LEDGER} FROM inbox WHERE {condition} ORDER BY id DESC LIMIT ?",
                (*values, limit),
            )
        return [_ledger_line(row) for row in rows]

    @kindly
    async def line(self, id_: int) -> LedgerLine | None:
        """The ledger line of one row."""
        with self._database.reading() as reader:
            rows = await reader.fetch(f"SELECT {_LEDGER} FROM inbox WHERE id = ?", (id_,))
        return _ledger_line(rows[0]) if rows else None

    @kindly
    async def raw(self, id_: int) -> bytes | None:
        """What came, byte for byte."""
        with self._database.reading() as reader:
            rows = await reader.fetch("SELECT raw FROM inbox WHERE id = ?", (id_,))
        return bytes(rows[0]["raw"]) if rows else None

    @kindly
    async def replay(self, id_: int, *, infected: bool = False) -> bool:
        """Put a quarantined row back to work; an infected one only where that is said."""
        unless = "" if infected else f" AND outcome <> '{INFECTED}'"
        count = await self._database.execute(
            "UPDATE inbox SET state = 'waiting', outcome = '', not_before = 0, attempt = 0"
            f" WHERE id = ? AND state = 'quarantined'{unless}",
            (id_,),
        )
        await self._database.notify(TOPIC)
        return count > 0

    @kindly
    async def drop(self, id_: int, by: str) -> bool:
        """End a quarantined row without effect."""
        count = await self._database.execute(
            f"UPDATE inbox SET state = 'done', outcome = {ENDED}, detail = ?"
            " WHERE id = ? AND state = 'quarantined'",
            (storable(f"dropped by {by}"), id_),
        )
        return count > 0

    @kindly
    async def totals(self) -> Mapping[tuple[str, str], int]:
        """How many rows stand in each (state, outcome)."""
        with self._database.reading() as reader:
            rows = await reader.fetch(
                "SELECT state, outcome, COUNT(*) AS rows FROM inbox GROUP BY state, outcome"
            )
        return {(row["state"], row["outcome"]): row["rows"] for row in rows}


class InboxIn:
    """The inbox inside a unit of work."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def finish(
        self,
        row: InboxRow,
        outcome: str,
        *,
        detail: str = "",
        item: str = "",
        meta: Mapping[str, str] | None = None,
    ) -> bool:
        """End the row with its outcome; False when the lease was lost."""
        return await self._end(row, "done", outcome, detail, item, meta or {})

    async def park(
        self,
        row: InboxRow,
        outcome: str,
        *,
        detail: str,
        item: str = "",
        meta: Mapping[str, str] | None = None,
    ) -> bool:
        """Quarantine the row with its outcome; False when the lease was lost."""
        return await self._end(row, "quarantined", outcome, detail, item, meta or {})

    async def _end(
        self,
        row: InboxRow,
        state: str,
        outcome: str,
        detail: str,
        item: str,
        meta: Mapping[str, str],
    ) -> bool:
        known, search = kept({**row.meta, **meta})
        count = await self._connection.execute(
            "UPDATE inbox SET state = ?, outcome = ?, detail = ?, item = ?, meta = ?,"
            f" search = ? {_FENCED}",
            (state, outcome, storable(detail), item, known, search, row.id, row.attempt),
        )
        return count > 0

    async def finish_all(
        self, rows: Sequence[InboxRow], outcome: str, details: Sequence[str]
    ) -> bool:
        """End rows with the same outcome and a detail each; False when a lease was lost."""
        end = f"UPDATE inbox SET state = 'done', outcome = ?, detail = ? {_FENCED}"
        counts = await self._connection.execute_all(
            [
                (end, (outcome, storable(detail), row.id, row.attempt))
                for row, detail in zip(rows, details, strict=True)
            ]
        )
        return all(counts)


def _inbox_row(row: Row) -> InboxRow:
    return InboxRow(
        id=row["id"],
        source=row["source"],
        raw=bytes(row["raw"]),
        meta=json.loads(row["meta"]),
        received_at=from_us(row["received_at"]),
        attempt=row["attempt"],
    )


def _ledger_line(row: Row) -> LedgerLine:
    return LedgerLine(
        id=row["id"],
        source=row["source"],
        meta=json.loads(row["meta"]),
        received_at=from_us(row["received_at"]),
        state=row["state"],
        outcome=row["outcome"],
        detail=row["detail"],
        item=row["item"],
        size=row["size"],
    )
