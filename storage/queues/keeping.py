"""Counting the inbox over a time, and forgetting what has been kept long enough."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from storage.database import Database
from storage.fields import to_us
from storage.kindly import kindly
from storage.queues.inbox import ENDED
from storage.statements import marks

_COUNTS: Final = (
    "SELECT state, outcome, COUNT(*) AS rows FROM inbox"
    " WHERE kind = ? AND received_at >= ? AND received_at < ? GROUP BY state, outcome"
)
# Each statement finds rows without holding up those who write; what it found is then forgotten.
_RAW: Final = (
    "SELECT id FROM inbox WHERE state = 'done' AND length(raw) > 0 AND received_at < ?"
    " ORDER BY received_at LIMIT ?"
)
_QUARANTINE: Final = (
    "SELECT id FROM inbox WHERE state = 'quarantined' AND received_at < ? ORDER BY id LIMIT ?"
)
_SEEN: Final = "SELECT key AS id FROM seen WHERE at < ? LIMIT ?"
_TALLY: Final = "SELECT id FROM tally WHERE at < ? LIMIT ?"
# A posted thread, message or line is found again by its row: its cards are drawn anew for as long
# as there is something to say, and for who is erased.
_SENT: Final = (
    "SELECT id FROM outbox WHERE state IN ('sent', 'superseded', 'cancelled')"
    " AND kind NOT IN ('OpenThread', 'PostMessage', 'PostLine', 'Announce') AND created_at < ?"
    " ORDER BY created_at LIMIT ?"
)
# A thread goes with its last line, never before its root; the newest revision stays, since the next
# one is counted from it.
_ROOT: Final = "CASE WHEN line.thread = 0 THEN line.id ELSE line.thread END"
_FRESH: Final = "COALESCE(other.edited_at, other.at) >= ?"
_FEED: Final = (
    "SELECT line.id FROM feed AS line WHERE line.at < ? AND COALESCE(line.edited_at, line.at) < ?"
    " AND line.revision < (SELECT MAX(revision) FROM feed)"
    f" AND NOT EXISTS (SELECT 1 FROM feed AS other WHERE other.id = {_ROOT} AND {_FRESH})"
    f" AND NOT EXISTS (SELECT 1 FROM feed AS other WHERE other.thread = {_ROOT} AND {_FRESH})"
    " ORDER BY line.at LIMIT ?"
)


class SqlKeeping:
    """A `Ledger` and a `Keeping` on the database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @kindly
    async def counts(
        self, kind: str, since: datetime, until: datetime
    ) -> Mapping[tuple[str, str], int]:
        """How many rows of the kind came in that time, by (state, outcome)."""
        with self._database.reading() as reader:
            rows = await reader.fetch(_COUNTS, (kind, to_us(since), to_us(until)))
        return {(row["state"], row["outcome"]): row["rows"] for row in rows}

    @kindly
    async def forget_raw(self, before: datetime, limit: int) -> int:
        """Drop the bytes of what has ended."""
        found = await self._find(_RAW, to_us(before), limit)
        return await self._each("UPDATE inbox SET raw = ? WHERE id IN", found, b"")

    @kindly
    async def forget_quarantine(self, before: datetime, limit: int) -> int:
        """End what lies in quarantine, and drop its bytes."""
        found = await self._find(_QUARANTINE, to_us(before), limit)
        ended = (
            f"UPDATE inbox SET raw = ?, outcome = {ENDED}, state = 'done',"
            " detail = detail || ' (kept as long as quarantine is kept)'"
            " WHERE state = 'quarantined' AND id IN"
        )
        return await self._each(ended, found, b"")

    @kindly
    async def forget_seen(self, before: datetime, limit: int) -> int:
        """Drop keys that were seen, and what was counted."""
        seen = await self._find(_SEEN, to_us(before), limit)
        counted = await self._find(_TALLY, to_us(before), limit)
        dropped = await self._each("DELETE FROM seen WHERE key IN", seen)
        return dropped + await self._each("DELETE FROM tally WHERE id IN", counted)

    @kindly
    async def forget_sent(self, before: datetime, limit: int) -> int:
        """Drop rows of the outbox that ended."""
        return await self._each(
            "DELETE FROM outbox WHERE id IN", await self._find(_SENT, to_us(before), limit)
        )

    @kindly
    async def forget_feed(self, before: datetime, limit: int) -> int:
        """Drop the console's old lines."""
        found = await self._find(_FEED, *[to_us(before)] * 4, limit)
        return await self._each("DELETE FROM feed WHERE id IN", found)

    async def _find(self, sql: str, *values: object) -> list[object]:
        with self._database.reading() as reader:
            return [row["id"] for row in await reader.fetch(sql, values)]

    async def _each(self, statement: str, found: list[object], *values: object) -> int:
        if not found:
            return 0
        return await self._database.execute(f"{statement} {marks(len(found))}", (*values, *found))
