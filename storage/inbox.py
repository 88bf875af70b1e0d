"""The inbox: what machines bring is durable before they are told so; many arrivals share one
commit.
"""

from __future__ import annotations

import asyncio
import contextvars
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bot.errors import TemporaryError
from bot.ports import Arrival, InboxRow, LedgerLine
from storage.database import Connection, Database
from storage.failures import retryable, storage_full
from storage.fields import from_us, to_us
from storage.search import every_word
from storage.sql import Row, Statement

TOPIC: Final = "inbox"
# One commit takes at most so many arrivals, and about so many bytes.
BATCH: Final = 256
BATCH_BYTES: Final = 16 * 1024 * 1024
# While things arrive without a pause of so many seconds, those who wait at the door go first: what
# takes rows out rests so many times as long as it worked, and at most so many seconds.
PAUSE: Final = 0.005
REST: Final = 3
LONGEST_REST: Final = 0.5

_COLUMNS = "id, source, raw, meta, received_at, attempt"
_LEDGER = "id, source, meta, received_at, state, outcome, detail, item, size"


@dataclass(slots=True)
class _Waiting:
    """A caller of `accept`, and what it waits for."""

    arrival: Arrival
    done: asyncio.Future[bool]


class SqlInbox:
    """The inbox as listeners, passes and operators use it."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._queue: list[_Waiting] = []
        self._writer: asyncio.Task[None] | None = None
        self._came_at = 0.0
        self._leased_at: dict[str, float] = {}
        self._insert = (
            "INSERT INTO inbox (kind, source, key, raw, size, meta, search, received_at)"
            f" VALUES (?, ?, ?, ?, ?, ?, ?, {database.sql_now_us})"
            " ON CONFLICT (source, key) DO NOTHING"
        )

    async def accept(self, arrival: Arrival) -> bool:
        """Store and commit; True when it is new. TemporaryError when it could not be committed."""
        loop = asyncio.get_running_loop()
        waiting = _Waiting(arrival, loop.create_future())
        self._queue.append(waiting)
        self._came_at = loop.time()
        if self._writer is None or self._writer.done():
            # Kept here, and in a fresh context: it must not join the caller's transaction.
            self._writer = loop.create_task(
                self._write(), name="storage.inbox", context=contextvars.Context()
            )
        return await asyncio.shield(waiting.done)

    async def _write(self) -> None:
        while self._queue:
            batch = self._next_batch()
            try:
                counts = await self._database.execute_all([self._row(w.arrival) for w in batch])
            except Exception as failure:  # noqa: BLE001 - told to every caller, who decides
                _fail(batch, failure)
                continue
            await self._database.notify(TOPIC)
            for waiting, count in zip(batch, counts, strict=True):
                if not waiting.done.done():
                    waiting.done.set_result(count > 0)

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

    async def lease(
        self, source: str, limit: int, lease: timedelta, now: datetime
    ) -> Sequence[InboxRow]:
        """Take up to `limit` rows whose turn it is, oldest first; while many arrive they go before."""
        await self._stand_back(source)
        clock = self._database.sql_now_us
        rows = await self._database.fetch(
            f"UPDATE inbox SET state = 'leased', attempt = attempt + 1, lease_until = {clock} + ?"
            " WHERE id IN (SELECT id FROM inbox WHERE kind = ? AND state IN ('waiting', 'leased')"
            " AND (state = 'waiting' AND not_before <= ?"
            f" OR state = 'leased' AND lease_until < {clock})"
            f" ORDER BY id LIMIT ? {self._database.skip_locked}) RETURNING {_COLUMNS}",
            (_us(lease), source, to_us(now), limit),
        )
        return [_inbox_row(row) for row in sorted(rows, key=lambda row: row["id"])]

    async def _stand_back(self, source: str) -> None:
        now = asyncio.get_running_loop().time
        worked = now() - self._leased_at.get(source, now())
        until = now() + min(REST * worked, LONGEST_REST)
        while now() < until and (self._queue or now() - self._came_at < PAUSE):
            await asyncio.sleep(PAUSE)
        self._leased_at[source] = now()

    async def postpone(self, row: InboxRow, error: str, until: datetime) -> None:
        """Give the row back for a later try."""
        await self._database.execute(
            "UPDATE inbox SET state = 'waiting', not_before = ?, detail = ?"
            " WHERE id = ? AND attempt = ? AND state = 'leased'",
            (to_us(until), _text(error), row.id, row.attempt),
        )

    async def quarantine(self, row: InboxRow, error: str) -> None:
        """Park the row."""
        await self._database.execute(
            "UPDATE inbox SET state = 'quarantined', outcome = 'quarantined', detail = ?"
            " WHERE id = ? AND attempt = ? AND state = 'leased'",
            (_text(error), row.id, row.attempt),
        )

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

    async def raw(self, id_: int) -> bytes | None:
        """What came, byte for byte."""
        rows = await self._database.fetch("SELECT raw FROM inbox WHERE id = ?", (id_,))
        return bytes(rows[0]["raw"]) if rows else None

    async def replay(self, id_: int) -> bool:
        """Put a quarantined row back to work."""
        count = await self._database.execute(
            "UPDATE inbox SET state = 'waiting', outcome = '', not_before = 0, attempt = 0"
            " WHERE id = ? AND state = 'quarantined'",
            (id_,),
        )
        await self._database.notify(TOPIC)
        return count > 0

    async def drop(self, id_: int, by: str) -> bool:
        """End a quarantined row without effect."""
        count = await self._database.execute(
            "UPDATE inbox SET state = 'done', outcome = 'dropped', detail = ?"
            " WHERE id = ? AND state = 'quarantined'",
            (_text(f"dropped by {by}"), id_),
        )
        return count > 0

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
            " search = ? WHERE id = ? AND attempt = ? AND state = 'leased'",
            (outcome, _text(detail), item, _dump(known), _search(known), row.id, row.attempt),
        )
        return count > 0


def _fail(batch: Sequence[_Waiting], failure: Exception) -> None:
    words = "the database is full" if storage_full(failure) else "the database does not answer"
    passing = retryable(failure) or storage_full(failure)
    for waiting in batch:
        if not waiting.done.done():
            waiting.done.set_exception(TemporaryError(words) if passing else failure)


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
    """Text that every database takes: PostgreSQL refuses NUL, UTF-8 refuses lone surrogates."""
    return {name: _text(value) for name, value in meta.items()}


def _text(value: str) -> str:
    return value.replace("\0", "").encode("utf-8", "replace").decode()


def _dump(meta: Mapping[str, str]) -> str:
    return json.dumps(meta, ensure_ascii=False, separators=(",", ":"))


def _search(meta: Mapping[str, str]) -> str:
    return "\n".join(meta.values()).lower()


def _us(duration: timedelta) -> int:
    return duration // timedelta(microseconds=1)
