"""Which rows of the outbox may leave: in each lane the first open one, when its time has come."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from bot.domain.effects import EFFECTS, Pool
from storage.database import Database
from storage.fields import to_us

#: What this version can carry; beside a newer one, rows of other kinds are left to that.
KNOWN: Final = f"kind IN ({', '.join(repr(kind) for kind in EFFECTS)})"

# So many rows are looked at, and of these so many lanes: mostly there is enough to do in them.
_ROWS: Final = 2048
_LANES: Final = 64
_MICROSECOND: Final = timedelta(microseconds=1)


def claim(database: Database) -> str:
    """An UPDATE that leases, of up to `limit` lanes, the row whose turn it is; longest due first.

    `near` are the first rows of the lanes in which rows are due longest. When more are due, and too
    few of those are ready, `far` goes from lane to lane, whatever their depth. A lane rests while
    any row of it is held, which need not be its first: a row can be replayed or committed late.
    """
    clock = database.sql_now_us
    ready = (
        "mine.not_before <= ? AND (mine.state = 'waiting'"
        f" OR mine.state = 'leased' AND mine.lease_until <= {clock}) AND mine.{KNOWN}"
    )
    return f"""
        WITH RECURSIVE due AS (
            SELECT lane, not_before, id FROM outbox
            WHERE pool = ? AND state IN ('waiting', 'leased') AND not_before <= ?
            ORDER BY not_before, id LIMIT {_ROWS}
        ), near AS (
            SELECT mine.id FROM outbox AS mine WHERE {ready} AND mine.id IN (
                SELECT ({_first(">= found.lane")}) FROM (
                    SELECT lane FROM due GROUP BY lane
                    ORDER BY MIN(not_before), MIN(id) LIMIT {_LANES}
                ) AS found
            )
        ), far (lane, id) AS (
            SELECT lane, id FROM outbox WHERE id = ({_first(">= ''")})
            AND (SELECT COUNT(*) FROM due) > {_LANES} AND (SELECT COUNT(*) FROM near) < ?
            UNION ALL
            SELECT next.lane, next.id FROM far
            JOIN outbox AS next ON next.id = ({_first("> far.lane")})
        ), turn AS MATERIALIZED (
            SELECT mine.id FROM outbox AS mine
            WHERE mine.id IN (SELECT id FROM near UNION ALL SELECT id FROM far) AND {ready}
            AND NOT EXISTS (
                SELECT 1 FROM outbox AS held WHERE held.lane = mine.lane
                AND held.state = 'leased' AND held.lease_until > {clock}
            ) ORDER BY mine.not_before, mine.id LIMIT ? {database.skip_locked}
        )
        UPDATE outbox SET state = 'leased', attempt = attempt + 1,
        ambiguous = CASE WHEN state = 'leased' THEN 1 ELSE ambiguous END,
        lease_until = {clock} + ?, first_try_at = COALESCE(first_try_at, ?)
        WHERE id IN (SELECT id FROM turn)
    """


def claim_values(pool: Pool, limit: int, lease: timedelta, now: datetime) -> Sequence[object]:
    """The values of `claim`."""
    at = to_us(now)
    near = (pool.value, at, at, pool.value)
    far = (pool.value, limit, pool.value)
    return (*near, *far, at, limit, lease // _MICROSECOND, at)


def _first(lane: str) -> str:
    """The first open row of the first lane that compares so.

    Ordered by lane even where that is known, or PostgreSQL might look for it along all rows.
    """
    return (
        f"SELECT id FROM outbox WHERE pool = ? AND lane {lane} AND state IN ('waiting', 'leased')"
        " ORDER BY lane, id LIMIT 1"
    )
