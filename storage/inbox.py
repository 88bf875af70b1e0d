"""The inbox: what machines bring is durable before they are told so; many arrivals share one
commit.
"""

from __future__ import annotations

import asyncio
import contextvars
import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bot.errors import TemporaryError
from bot.ports import Arrival, InboxRow, LedgerLine
from storage.database import Connection, Database
from storage.fields import from_us, to_us
from storage.kindly import FAILURES, kindly, passing
from storage.search import every_word
from storage.sql import Row, Statement
from storage.text import storable

log = logging.getLogger(__name__)

TOPIC: Final = "inbox"
# One commit takes at most so many arrivals, and about so many bytes.
BATCH: Final = 256
BATCH_BYTES: Final = 16 * 1024 * 1024

_MICROSECOND: Final = timedelta(microseconds=1)

_COLUMNS = "id, source, raw, meta, received_at, attempt"
_LEDGER = "id, source, meta, received_at, state, outcome, detail, item, size"
_FENCED = "WHERE id = ? AND attempt = ? AND state = 'leased'"


@dataclass(slots=True)
class _Waiting:
    """A caller of `accept`, and what it waits for."""

    arrival: Arrival
    answer: asyncio.Future[bool]


class SqlInbox:
    """The inbox as listeners, passes and operators use it."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._queue: list[_Waiting] = []
        self._writer: asyncio.Task[None] | None = None
        self._insert = (
            "INSERT INTO inbox (kind, source, key, raw, size, meta, search, received_at)"
            f" VALUES (?, ?, ?, ?, ?, ?, ?, {database.sql_now_us})"
            " ON CONFLICT (source, key) DO NOTHING"
        )
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
        loop = asyncio.get_running_loop()
        waiting = _Waiting(arrival, loop.create_future())
        self._queue.append(waiting)
        if self._writer is None or self._writer.done():
            # Kept here, and in a fresh context: it must not join the caller's transaction.
            self._writer = loop.create_task(
                self._write(), name="storage.inbox", context=contextvars.Context()
            )
        return await waiting.answer

    async def _write(self) -> None:
        while batch := self._next_batch():
            try:
                counts = await self._database.execute_all([self._row(w.arrival) for w in batch])
            except Exception as failure:  # noqa: BLE001 - told to every caller, who decides
                _refuse(batch, failure)
                continue
            for waiting, count in zip(batch, counts, strict=True):
                if not waiting.answer.done():
                    waiting.answer.set_result(count > 0)
            await self._wake()

    def _next_batch(self) -> list[_Waiting]:
        size, end = 0, 0
        while end < min(len(self._queue), BATCH) and (end == 0 or size < BATCH_BYTES):
            size += len(self._queue[end].arrival.raw)
            end += 1
        batch, self._queue = self._queue[:end], self._queue[end:]
        return batch

    def _row(self, arrival: Arrival) -> Statement:
        kind = arrival.source.partition(":")[0]
        meta = _clean(arrival.meta)
        values = (
            kind,
            arrival.source,
            arrival.key,
            arrival.raw,
            len(arrival.raw),
            _dump(meta),
            _search(meta),
        )
        return self._insert, values

    async def _wake(self) -> None:
        try:
            await self._database.notify(TOPIC)
        except FAILURES as failure:
            # A hint: the rows are safe, and whoever waits for them also polls.
            log.warning("nobody could be told of arrivals: %s", failure)

    @kindly
    async def lease(
        self, source: str, limit: int, lease: timedelta, now: datetime
    ) -> Sequence[InboxRow]:
        """Take up to `limit` rows whose turn it is, oldest first."""
        rows = await self._database.fetch(
            self._claim, (source, to_us(now), limit, lease // _MICROSECOND)
        )
        return [_inbox_row(row) for row in sorted(rows, key=lambda row: row["id"])]

    @kindly
    async def postpone(self, row: InboxRow, error: str, until: datetime) -> None:
        """Give the row back for a later try."""
        await self._database.execute(
            f"UPDATE inbox SET state = 'waiting', not_before = ?, detail = ? {_FENCED}",
            (to_us(until), storable(error), row.id, row.attempt),
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
    async def raw(self, id_: int) -> bytes | None:
        """What came, byte for byte."""
        with self._database.reading() as reader:
            rows = await reader.fetch("SELECT raw FROM inbox WHERE id = ?", (id_,))
        return bytes(rows[0]["raw"]) if rows else None

    @kindly
    async def replay(self, id_: int) -> bool:
        """Put a quarantined row back to work."""
        count = await self._database.execute(
            "UPDATE inbox SET state = 'waiting', outcome = '', not_before = 0, attempt = 0"
            " WHERE id = ? AND state = 'quarantined'",
            (id_,),
        )
        await self._database.notify(TOPIC)
        return count > 0

    @kindly
    async def drop(self, id_: int, by: str) -> bool:
        """End a quarantined row without effect."""
        count = await self._database.execute(
            "UPDATE inbox SET state = 'done', outcome = 'dropped', detail = ?"
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
        known = _clean({**row.meta, **(meta or {})})
        count = await self._connection.execute(
            "UPDATE inbox SET state = 'done', outcome = ?, detail = ?, item = ?, meta = ?,"
            f" search = ? {_FENCED}",
            (outcome, storable(detail), item, _dump(known), _search(known), row.id, row.attempt),
        )
        return count > 0


def _refuse(batch: Sequence[_Waiting], failure: Exception) -> None:
    words = passing(failure)
    if words is None:
        log.error("arrivals could not be stored", exc_info=failure)
        words = "the database refuses what arrives; its log says why"
    for waiting in batch:
        if not waiting.answer.done():
            error = TemporaryError(words)
            error.__cause__ = failure
            waiting.answer.set_exception(error)


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


def _clean(meta: Mapping[str, str]) -> dict[str, str]:
    return {storable(name): storable(value) for name, value in meta.items()}


def _dump(meta: Mapping[str, str]) -> str:
    return json.dumps(meta, ensure_ascii=False, separators=(",", ":"))


def _search(meta: Mapping[str, str]) -> str:
    return "\n".join(meta.values()).lower()
