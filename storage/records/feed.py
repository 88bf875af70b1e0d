"""What the console's channels show, with revisions so that a reader can go on where it stopped."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from bot.ports import FeedLine
from storage.database import Database, Transaction
from storage.fields import from_us, to_us
from storage.kindly import kindly
from storage.sql import Row
from storage.text import storable

TOPIC: Final = "feed"

_COLUMNS = "id, revision, space, thread, body, at, edited_at"
_NEXT_REVISION = "(SELECT COALESCE(MAX(revision), 0) + 1 FROM feed)"
# Revisions are given in the order of commits: on PostgreSQL one writer at a time.
_ONE_WRITER: Final = 7031_0001


class SqlFeed:
    """The console's channels."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @kindly
    async def post(self, space: str, thread: int, body: str, key: str, at: datetime) -> int:
        """Add a line; a known key gives the line that is there."""
        async with self._database.transaction() as transaction:
            await self._alone(transaction)
            rows = await transaction.fetch(
                "INSERT INTO feed (revision, space, thread, body, key, at)"
                f" VALUES ({_NEXT_REVISION}, ?, ?, ?, ?, ?)"
                " ON CONFLICT (key) DO UPDATE SET key = excluded.key RETURNING id",
                (space, thread, storable(body), key, to_us(at)),
            )
            await transaction.notify(TOPIC)
        return int(rows[0]["id"])

    @kindly
    async def edit(self, id_: int, body: str, at: datetime) -> bool:
        """Change a line."""
        async with self._database.transaction() as transaction:
            await self._alone(transaction)
            count = await transaction.execute(
                f"UPDATE feed SET body = ?, edited_at = ?, revision = {_NEXT_REVISION}"
                " WHERE id = ?",
                (storable(body), to_us(at), id_),
            )
            await transaction.notify(TOPIC)
        return count > 0

    @kindly
    async def find(self, key: str) -> int | None:
        """The line that was posted with the key."""
        rows = await self._fetch("SELECT id FROM feed WHERE key = ?", key)
        return int(rows[0]["id"]) if rows else None

    @kindly
    async def lines(self, space: str, limit: int = 100) -> Sequence[FeedLine]:
        """The newest lines of a channel, oldest first."""
        rows = await self._fetch(
            f"SELECT {_COLUMNS} FROM feed WHERE space = ? AND thread = 0 ORDER BY id DESC LIMIT ?",
            space,
            limit,
        )
        return [_line(row) for row in reversed(rows)]

    @kindly
    async def thread(self, root: int) -> Sequence[FeedLine]:
        """The root line and everything in its thread."""
        rows = await self._fetch(
            f"SELECT {_COLUMNS} FROM feed WHERE id = ? OR thread = ? ORDER BY id", root, root
        )
        return [_line(row) for row in rows]

    @kindly
    async def changes(self, since: int, limit: int = 200) -> Sequence[FeedLine]:
        """Lines added or edited after the revision."""
        rows = await self._fetch(
            f"SELECT {_COLUMNS} FROM feed WHERE revision > ? ORDER BY revision LIMIT ?",
            since,
            limit,
        )
        return [_line(row) for row in rows]

    @kindly
    async def revision(self) -> int:
        """The newest revision there is."""
        rows = await self._fetch("SELECT COALESCE(MAX(revision), 0) AS revision FROM feed")
        return int(rows[0]["revision"])

    async def _fetch(self, sql: str, *values: object) -> list[Row]:
        with self._database.reading() as reader:
            return await reader.fetch(sql, values)

    async def _alone(self, transaction: Transaction) -> None:
        if self._database.dialect == "postgres":
            await transaction.fetch("SELECT pg_advisory_xact_lock(?)", (_ONE_WRITER,))


def _line(row: Row) -> FeedLine:
    edited_at = row["edited_at"]
    return FeedLine(
        id=row["id"],
        revision=row["revision"],
        space=row["space"],
        thread=row["thread"],
        body=row["body"],
        at=from_us(row["at"]),
        edited_at=from_us(edited_at) if edited_at is not None else None,
    )
