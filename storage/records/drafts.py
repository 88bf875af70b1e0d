"""Replies that were begun and not sent: one for each person and ticket."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from bot.domain.drafts import Draft
from storage.database import Connection
from storage.fields import from_us, to_us
from storage.sql import Row
from storage.statements import insert, select
from storage.text import storable

_COLUMNS: Final = ("person", "item", "text", "ending", "at")
_KEEP: Final = (
    f"{insert('draft', _COLUMNS)} ON CONFLICT (person, item) DO UPDATE"
    " SET text = excluded.text, ending = excluded.ending, at = excluded.at"
)
_DROP: Final = "DELETE FROM draft WHERE person = ? AND item = ?"


class SqlDrafts:
    """Drafts inside a unit of work."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def of(self, person: str, item: int) -> Draft | None:
        """What the person began to write on the item."""
        where = "draft WHERE person = ? AND item = ?"
        rows = await self._connection.fetch(select(_COLUMNS, where), (person, item))
        return _draft(rows[0]) if rows else None

    async def on(self, item: int) -> Sequence[Draft]:
        """What anybody began to write on the item, in the order of their keys."""
        where = "draft WHERE item = ? ORDER BY person"
        return [
            _draft(row) for row in await self._connection.fetch(select(_COLUMNS, where), (item,))
        ]

    async def keep(self, draft: Draft) -> None:
        """Store it in the place of the one there was."""
        text, then = storable(draft.text), storable(draft.then)
        values = (draft.person, draft.item, text, then, to_us(draft.at))
        await self._connection.execute(_KEEP, values)

    async def drop(self, person: str, item: int) -> None:
        """Forget it; nothing happens when there is none."""
        await self._connection.execute(_DROP, (person, item))


def _draft(row: Row) -> Draft:
    return Draft(
        person=row["person"],
        item=row["item"],
        text=row["text"],
        then=row["ending"],
        at=from_us(row["at"]),
    )
