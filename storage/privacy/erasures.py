"""Erasures of people: how far each is, and by which mark an import knows whom not to bring back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from bot.domain.erasure import Erasure, Stage
from storage.database import Connection
from storage.fields import from_us, to_us
from storage.sql import Row
from storage.statements import insert, marks, select, update

_STATE: Final = ("address", "mark", "operator", "stage", "started_at", "touched_at", "ended_at")
_COLUMNS: Final = ("id", *_STATE)


class SqlErasures:
    """The jobs inside a unit of work."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def begin(self, erasure: Erasure) -> Erasure:
        """Store a new one."""
        rows = await self._connection.fetch(
            f"{insert('erasure', _STATE)} RETURNING id", _state(erasure)
        )
        return replace(erasure, number=rows[0]["id"])

    async def unfinished(self) -> Erasure | None:
        """The oldest that is not done."""
        where = "erasure WHERE stage <> ? ORDER BY id LIMIT 1"
        rows = await self._connection.fetch(select(_COLUMNS, where), (Stage.DONE.value,))
        return _erasure(rows[0]) if rows else None

    async def save(self, erasure: Erasure) -> None:
        """Store the new state."""
        values = (*_state(erasure), erasure.number)
        await self._connection.execute(update("erasure", _STATE), values)

    async def marked(self, known: Sequence[str]) -> bool:
        """Whether somebody with one of these marks was erased."""
        where = f"erasure WHERE mark IN {marks(len(known))} LIMIT 1"
        return bool(known and await self._connection.fetch(select(("id",), where), known))


def _state(erasure: Erasure) -> tuple[object, ...]:
    return (
        erasure.address,
        erasure.mark,
        erasure.by,
        erasure.stage.value,
        to_us(erasure.started_at),
        to_us(erasure.touched_at),
        to_us(erasure.ended_at) if erasure.ended_at else None,
    )


def _erasure(row: Row) -> Erasure:
    return Erasure(
        number=row["id"],
        address=row["address"],
        mark=row["mark"],
        by=row["operator"],
        stage=Stage(row["stage"]),
        started_at=from_us(row["started_at"]),
        touched_at=from_us(row["touched_at"]),
        ended_at=from_us(row["ended_at"]) if row["ended_at"] is not None else None,
    )
