"""Deadlines as rows: one for each kind and subject, leased by the database's clock."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from bot.ports import Timer
from storage.database import Connection, Database
from storage.fields import from_us, to_us
from storage.kindly import kindly

TOPIC: Final = "timers"

_MICROSECOND: Final = timedelta(microseconds=1)

# A lease that was given back, or never taken, is 0.
_FENCED = "WHERE id = ? AND attempt = ? AND lease_until <> 0"


class SqlTimers:
    """Timers as the engine uses them."""

    def __init__(self, database: Database) -> None:
        self._database = database
        # The rows are chosen before the update, once: PostgreSQL may run a subquery again and
        # again, and so take more than the limit.
        self._claim = (
            "WITH due AS MATERIALIZED (SELECT id FROM timer WHERE due_at <= ?"
            f" AND lease_until <= {database.sql_now_us}"
            f" ORDER BY due_at, id LIMIT ? {database.skip_locked})"
            " UPDATE timer SET attempt = attempt + 1,"
            f" lease_until = {database.sql_now_us} + ? WHERE id IN (SELECT id FROM due)"
            " RETURNING id, kind, subject, due_at, attempt"
        )

    @kindly
    async def lease(self, limit: int, lease: timedelta, now: datetime) -> Sequence[Timer]:
        """Take timers that are due, the most overdue first."""
        rows = await self._database.fetch(self._claim, (to_us(now), limit, lease // _MICROSECOND))
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

    @kindly
    async def postpone(self, timer: Timer, until: datetime) -> bool:
        """Give the timer back."""
        count = await self._database.execute(
            f"UPDATE timer SET due_at = ?, lease_until = 0 {_FENCED}",
            (to_us(until), timer.id, timer.attempt),
        )
        return count > 0

    @kindly
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
            f"DELETE FROM timer {_FENCED}", (timer.id, timer.attempt)
        )
        return count > 0
