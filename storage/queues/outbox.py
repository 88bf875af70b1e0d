"""The outbox: what must leave, in lanes that keep their order; leases by the database's clock."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Final

from pydantic import TypeAdapter

from bot.domain.effects import (
    EFFECTS,
    Effect,
    Parcel,
    ParcelState,
    Pool,
    SendMail,
    first_of,
    key_of,
    lane_of,
    pool_of,
)
from bot.ports import Clock
from storage.database import Connection, Database
from storage.fields import from_us, to_us
from storage.kindly import kindly
from storage.queues.lanes import KNOWN, claim, claim_values
from storage.records.search import every_word
from storage.sql import Row
from storage.statements import marks
from storage.text import storable

TOPIC: Final = "outbox"

_MICROSECOND: Final = timedelta(microseconds=1)

#: What a parcel is made of.
COLUMNS = (
    "id, pool, lane, key, kind, payload, state, attempt, ambiguous, not_before, created_at,"
    " first_try_at, external_id, detail"
)
_FENCED = "WHERE id = ? AND attempt = ? AND state = 'leased'"


class SqlOutbox:
    """The outbox as the engine and operators use it."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._claim = f"{claim(database)} RETURNING {COLUMNS}"

    @kindly
    async def lease(
        self, pool: Pool, limit: int, lease: timedelta, now: datetime
    ) -> Sequence[Parcel]:
        """Take the first open row of up to `limit` lanes whose time has come, longest due first."""
        rows = await self._database.fetch(self._claim, claim_values(pool, limit, lease, now))
        return [parcel_of(row) for row in sorted(rows, key=lambda row: row["id"])]

    @kindly
    async def renew(self, parcel: Parcel, lease: timedelta) -> bool:
        """Hold on to a leased row."""
        count = await self._database.execute(
            f"UPDATE outbox SET lease_until = {self._database.sql_now_us} + ? {_FENCED}",
            (lease // _MICROSECOND, parcel.id, parcel.attempt),
        )
        return count > 0

    @kindly
    async def retry(
        self, parcel: Parcel, error: str, not_before: datetime, *, ambiguous: bool
    ) -> bool:
        """Give the row back for a later try."""
        count = await self._database.execute(
            "UPDATE outbox SET state = 'waiting', not_before = ?, detail = ?,"
            f" ambiguous = CASE WHEN ? = 1 THEN 1 ELSE ambiguous END {_FENCED}",
            (to_us(not_before), storable(error), int(ambiguous), parcel.id, parcel.attempt),
        )
        return count > 0

    @kindly
    async def find(
        self, state: ParcelState | None = None, words: str = "", limit: int = 50
    ) -> Sequence[Parcel]:
        """Rows, newest first."""
        condition, values = every_word(words, ("payload", "lane", "kind", "detail"))
        if state is not None:
            condition, values = f"{condition} AND state = ?", [*values, state.value]
        with self._database.reading() as reader:
            rows = await reader.fetch(
                f"SELECT {COLUMNS} FROM outbox WHERE {KNOWN} AND {condition}"
                " ORDER BY id DESC LIMIT ?",
                (*values, limit),
            )
        return [parcel_of(row) for row in rows]

    @kindly
    async def replay(self, id_: int, now: datetime) -> bool:
        """Let a dead row wait again."""
        count = await self._database.execute(
            "UPDATE outbox SET state = 'waiting', not_before = ?, attempt = 0"
            " WHERE id = ? AND state = 'dead'",
            (to_us(now), id_),
        )
        await self._database.notify(TOPIC)
        return count > 0

    @kindly
    async def drop(self, id_: int, by: str) -> bool:
        """Cancel a dead or waiting row."""
        count = await self._database.execute(
            "UPDATE outbox SET state = 'cancelled', detail = ?"
            " WHERE id = ? AND state IN ('dead', 'waiting')",
            (storable(f"dropped by {by}"), id_),
        )
        # The row behind it in the lane may go now.
        await self._database.notify(TOPIC)
        return count > 0

    @kindly
    async def depth(self) -> Mapping[tuple[Pool, ParcelState], int]:
        """How many rows are open or dead, by pool and state."""
        # Two halves, each of which an index answers alone, however many rows have left.
        count = "SELECT pool, state, COUNT(*) AS rows FROM outbox WHERE"
        with self._database.reading() as reader:
            rows = await reader.fetch(
                f"{count} state IN ('waiting', 'leased') GROUP BY pool, state"
                f" UNION ALL {count} state = 'dead' GROUP BY pool, state"
            )
        return {(Pool(row["pool"]), ParcelState(row["state"])): row["rows"] for row in rows}

    @kindly
    async def oldest_waiting(self, pool: Pool) -> datetime | None:
        """When the oldest row was made that was tried, or whose time has come."""
        with self._database.reading() as reader:
            rows = await reader.fetch(
                "SELECT MIN(created_at) AS oldest FROM outbox WHERE pool = ?"
                " AND state IN ('waiting', 'leased')"
                f" AND (not_before <= {self._database.sql_now_us} OR first_try_at IS NOT NULL)",
                (pool.value,),
            )
        oldest = rows[0]["oldest"]
        return from_us(oldest) if oldest is not None else None


class OutboxIn:
    """The outbox inside a unit of work; `touched` says whether there is something to carry.

    `lock` ends a SELECT whose row is to be held.
    """

    def __init__(self, connection: Connection, clock: Clock, lock: str = "") -> None:
        self._connection = connection
        self._clock = clock
        self._lock = lock
        self.touched = False

    async def put(self, effect: Effect, *, not_before: datetime | None = None) -> int:
        """Add a row; the one that has the key already stays."""
        now = self._clock.now()
        row = await self._connection.fetch(
            "INSERT INTO outbox (pool, lane, key, kind, payload, not_before, created_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (key) DO UPDATE SET key = excluded.key"
            " RETURNING id",
            (
                pool_of(effect).value,
                lane_of(effect),
                key_of(effect) or None,
                type(effect).__name__,
                dump_effect(effect),
                to_us(not_before or now),
                to_us(now),
            ),
        )
        self.touched = True
        return int(row[0]["id"])

    async def refresh(self, effect: Effect) -> None:
        """Add a state effect unless the same one still waits, or what draws it for the first time;
        that is held until it is true.
        """
        # A worker must not take it before the new state is committed: it would draw the old one.
        if await self._undrawn(first_of(effect)):
            return
        waits = await self._connection.fetch(
            "SELECT id FROM outbox WHERE lane = ? AND kind = ? AND payload = ? AND key IS NULL"
            f" AND state = 'waiting' ORDER BY id DESC LIMIT 1 {self._lock}",
            (lane_of(effect), type(effect).__name__, dump_effect(effect)),
        )
        if not waits:
            await self.put(effect)

    async def waits(self, effect: Effect) -> bool:
        """Whether one of the kind waits in the lane, to be drawn when it is sent."""
        rows = await self._connection.fetch(
            "SELECT id FROM outbox WHERE lane = ? AND kind = ? AND key IS NULL"
            f" AND state = 'waiting' AND ambiguous = 0 ORDER BY id DESC LIMIT 1 {self._lock}",
            (lane_of(effect), type(effect).__name__),
        )
        return bool(rows)

    async def _undrawn(self, effect: Effect | None) -> bool:
        """Whether that effect still waits, and certainly has not been drawn."""
        if effect is None:
            return False
        waits = await self._connection.fetch(
            "SELECT id FROM outbox WHERE key = ? AND state = 'waiting' AND ambiguous = 0"
            f" {self._lock}",
            (key_of(effect),),
        )
        return bool(waits)

    async def cancel(self, key: str, by: str) -> bool:
        """Cancel a row that was certainly not sent."""
        count = await self._connection.execute(
            "UPDATE outbox SET state = 'cancelled', detail = ?"
            " WHERE key = ? AND state = 'waiting' AND ambiguous = 0",
            (storable(f"cancelled by {by}"), key),
        )
        self.touched = True
        return count > 0

    async def cancel_lane(self, lane: str, by: str) -> int:
        """Cancel all rows of the lane that wait."""
        # With the pools, which a lane does not change, the index of lanes is used.
        return await self._connection.execute(
            "UPDATE outbox SET state = 'cancelled', detail = ?"
            f" WHERE pool IN {marks(len(Pool))} AND lane = ? AND state = 'waiting'",
            (storable(f"cancelled by {by}"), *(pool.value for pool in Pool), lane),
        )

    async def cancel_mail(self, recipient: str, why: str, *, ticket: str = "") -> Sequence[Parcel]:
        """Cancel the mails to the address that wait; what they were, oldest first."""
        to = f":{recipient}"
        where, which = "lane = ?", (f"mail:{ticket}{to}",)
        if not ticket:
            where, which = f"substr(lane, length(lane) - {len(to) - 1}) = ?", (to,)
        rows = await self._connection.fetch(
            "UPDATE outbox SET state = 'cancelled', detail = ?"
            f" WHERE pool = ? AND kind = ? AND state = 'waiting' AND {where} RETURNING {COLUMNS}",
            (storable(f"cancelled: {why}"), Pool.MAIL.value, SendMail.__name__, *which),
        )
        self.touched = True
        return [parcel_of(row) for row in sorted(rows, key=lambda row: row["id"])]

    async def sent(self, parcel: Parcel, external_id: str, detail: str = "") -> bool:
        """End the row as sent."""
        count = await self._connection.execute(
            f"UPDATE outbox SET state = 'sent', external_id = ?, detail = ? {_FENCED}",
            (storable(external_id), storable(detail), parcel.id, parcel.attempt),
        )
        # The row behind it in the lane may go now.
        self.touched = True
        return count > 0

    async def cancelled(self, parcel: Parcel, why: str) -> bool:
        """End the row as cancelled."""
        return await self._end(parcel, ParcelState.CANCELLED, f"cancelled: {why}")

    async def dead(self, parcel: Parcel, error: str) -> bool:
        """Park the row."""
        return await self._end(parcel, ParcelState.DEAD, error)

    async def _end(self, parcel: Parcel, state: ParcelState, detail: str) -> bool:
        count = await self._connection.execute(
            f"UPDATE outbox SET state = ?, detail = ? {_FENCED}",
            (state.value, storable(detail), parcel.id, parcel.attempt),
        )
        self.touched = True
        return count > 0

    async def external_id(self, key: str) -> str:
        """What the row with that key posted."""
        rows = await self._connection.fetch(
            "SELECT external_id FROM outbox WHERE key = ? AND state = 'sent'", (key,)
        )
        return str(rows[0]["external_id"]) if rows else ""

    async def row(self, id_: int) -> Parcel | None:
        """One row."""
        where = f"SELECT {COLUMNS} FROM outbox WHERE id = ? AND {KNOWN}"
        rows = await self._connection.fetch(where, (id_,))
        return parcel_of(rows[0]) if rows else None


@cache
def _adapter(kind: str) -> TypeAdapter[Any]:
    return TypeAdapter(EFFECTS[kind])


def dump_effect(effect: Effect) -> str:
    """An effect as a row's payload."""
    plain = _adapter(type(effect).__name__).dump_python(effect, mode="json")
    return storable(json.dumps(plain, ensure_ascii=False, separators=(",", ":")))


def parcel_of(row: Row) -> Parcel:
    """A row that has all of `COLUMNS`."""
    first_try_at = row["first_try_at"]
    return Parcel(
        id=row["id"],
        pool=Pool(row["pool"]),
        lane=row["lane"],
        key=row["key"] or "",
        effect=_adapter(row["kind"]).validate_json(row["payload"]),
        state=ParcelState(row["state"]),
        attempt=row["attempt"],
        ambiguous=bool(row["ambiguous"]),
        not_before=from_us(row["not_before"]),
        created_at=from_us(row["created_at"]),
        first_try_at=from_us(first_try_at) if first_try_at is not None else None,
        external_id=row["external_id"],
        detail=row["detail"],
    )
