"""Deadlines as rows: one for each kind and subject, leased by the database's clock."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from bot.ports import Timer
from storage.database import Connection, Database
from storage.fields import from_us, to_us

TOPIC: Final = "timers"


class SqlTimers:
    """Timers as the engine uses them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def lease(self, limit: int, lease: timedelta, now: datetime) -> Sequence[Timer]:
        """Take timers that are due, the most overdue first."""
        clock = self._database.sql_now_us
        rows = await self._database.fetch(
            f"UPDATE timer SET attempt = attempt + 1, lease_until = {clock} + ?"
            f" WHERE id IN (SELECT id FROM timer WHERE due_at <= ? AND lease_until < {clock}"
            f" ORDER BY due_at LIMIT ? {self._database.skip_locked})"
            " RETURNING id, kind, subject, due_at, attempt",
            (lease // timedelta(microseconds=1), to_us(now), limit),
        )
        return [
            Timer(
                id=row["id"],
                kind=row["kind"],
                subject=row["subject"],
                due_at=from_us(row["due_at"]),
                attempt=row["attempt"],
            )
            for row in sorted(rows, key=lambda row: (row["due_at"], row["id"]))
        ]

    async def postpone(self, timer: Timer, until: datetime) -> bool:
        """Give the timer back."""
        count = await self._database.execute(
            "UPDATE timer SET due_at = ?, lease_until = 0 WHERE id = ? AND attempt = ?",
            (to_us(until), timer.id, timer.attempt),
        )
        return count > 0

    async def overdue(self, now: datetime) -> timedelta:
        """How late the most overdue timer is."""
        with self._database.reading() as reader:
            rows = await reader.fetch("SELECT MIN(due_at) AS due_at FROM timer")
        due_at = rows[0]["due_at"]
        late = now - from_us(due_at) if due_at is not None else timedelta()
        return max(late, timedelta())


class TimersIn:
    """Timers inside a unit of work; `touched` says whether one was armed."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.touched = False

    async def arm(self, kind: str, subject: str, due_at: datetime) -> None:
        """Set the deadline; a lease on the former one is lost by that."""
        await self._connection.execute(
            "INSERT INTO timer (kind, subject, due_at) VALUES (?, ?, ?)"
            " ON CONFLICT (kind, subject) DO UPDATE SET due_at = excluded.due_at,"
            " lease_until = 0, attempt = timer.attempt + 1",
            (kind, subject, to_us(due_at)),
        )
        self.touched = True

    async def disarm(self, kind: str, subject: str) -> None:
        """Take the deadline away."""
        await self._connection.execute(
            "DELETE FROM timer WHERE kind = ? AND subject = ?", (kind, subject)
        )

    async def finish(self, timer: Timer) -> bool:
        """End a leased timer."""
        count = await self._connection.execute(
            "DELETE FROM timer WHERE id = ? AND attempt = ?", (timer.id, timer.attempt)
        )
        return count > 0
