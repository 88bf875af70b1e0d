"""Links between work items and chat threads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from bot.domain.threads import Space, ThreadLink, ThreadRef
from storage.database import Connection
from storage.sql import Row
from storage.statements import insert, select, update

_PLACE: Final = ("item", "surface", "space")
_REF: Final = ("ref_space", "ref_id")
_COLUMNS: Final = ("id", *_PLACE, *_REF)


class SqlThreads:
    """Thread links inside a unit of work."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def add(self, item: int, place: Space) -> ThreadLink:
        """Store a link whose thread is still to be made."""
        rows = await self._connection.fetch(
            f"{insert('thread', _PLACE)} RETURNING id", (item, place.surface, place.id)
        )
        return ThreadLink(id=rows[0]["id"], item=item, place=place)

    async def bind(self, id_: int, ref: ThreadRef) -> None:
        """Say which thread the platform made, on the surface of the link's place.

        Tortoise's IntegrityError when another link has that thread.
        """
        await self._connection.execute(update("thread", _REF), (ref.space, ref.id, id_))

    async def unbind(self, id_: int) -> None:
        """Say that the platform's thread is gone."""
        await self._connection.execute(update("thread", _REF), (None, None, id_))

    async def get(self, id_: int) -> ThreadLink | None:
        """One link."""
        found = await self._fetch("thread WHERE id = ?", id_)
        return found[0] if found else None

    async def of(self, item: int) -> Sequence[ThreadLink]:
        """All links of the work item, in the order they were made."""
        return await self._fetch("thread WHERE item = ? ORDER BY id", item)

    async def item_at(self, ref: ThreadRef) -> int | None:
        """The work item a thread belongs to."""
        where = "thread WHERE surface = ? AND ref_space = ? AND ref_id = ?"
        found = await self._fetch(where, ref.surface, ref.space, ref.id)
        return found[0].item if found else None

    async def _fetch(self, where: str, *values: object) -> list[ThreadLink]:
        return [_link(row) for row in await self._connection.fetch(select(_COLUMNS, where), values)]


def _link(row: Row) -> ThreadLink:
    place = Space(surface=row["surface"], id=row["space"])
    ref = None
    if row["ref_id"] is not None:
        ref = ThreadRef(surface=place.surface, space=row["ref_space"], id=row["ref_id"])
    return ThreadLink(id=row["id"], item=row["item"], place=place, ref=ref)
