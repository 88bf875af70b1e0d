"""The timeline: an event is its name and its fields, and a row is never changed or deleted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from bot.domain.events import EVENTS, Event, TimelineEntry
from bot.errors import PermanentError
from storage.database import Connection
from storage.fields import from_us, to_us
from storage.sql import Row
from storage.statements import insert, marks, select
from storage.values import dump, load

_FIELDS: Final = ("item", "at", "actor", "kind", "fields")
_COLUMNS: Final = ("id", *_FIELDS)


class SqlTimeline:
    """The timeline inside a unit of work.

    Reading raises PermanentError for an event of a newer version.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def append(
        self, item: int, actor: str, at: datetime, *events: Event
    ) -> Sequence[TimelineEntry]:
        """Add entries in order, in one statement."""
        if not events:
            return ()
        values: list[object] = []
        for event in events:
            values += (item, to_us(at), actor, type(event).__name__, dump(event))
        rows = await self._connection.fetch(
            f"{insert('timeline', _FIELDS, len(events))} RETURNING id", values
        )
        # Ids rise with the order of VALUES; the order of RETURNING is not promised.
        ids = sorted(row["id"] for row in rows)
        return [
            TimelineEntry(id=id_, item=item, at=at, actor=actor, event=event)
            for id_, event in zip(ids, events, strict=True)
        ]

    async def of(self, item: int) -> Sequence[TimelineEntry]:
        """All entries of the work item, in order."""
        return await self._fetch("timeline WHERE item = ? ORDER BY id", item)

    async def entry(self, id_: int) -> TimelineEntry | None:
        """One entry."""
        found = await self._fetch("timeline WHERE id = ?", id_)
        return found[0] if found else None

    async def since(self, kinds: Iterable[type[Event]], start: datetime) -> Sequence[TimelineEntry]:
        """Entries of these kinds since then, in order."""
        names = sorted({kind.__name__ for kind in kinds})
        if not names:
            return ()
        where = f"timeline WHERE kind IN {marks(len(names))} AND at >= ? ORDER BY at, id"
        return await self._fetch(where, *names, to_us(start))

    async def _fetch(self, where: str, *values: object) -> list[TimelineEntry]:
        return [
            _entry(row) for row in await self._connection.fetch(select(_COLUMNS, where), values)
        ]


def _entry(row: Row) -> TimelineEntry:
    kind = EVENTS.get(row["kind"])
    if kind is None:
        raise PermanentError(
            f"timeline entry {row['id']} is a {row['kind']}, unknown to this version;"
            " run the newer version that wrote it",
            code="newer",
        )
    return TimelineEntry(
        id=row["id"],
        item=row["item"],
        at=from_us(row["at"]),
        actor=row["actor"],
        event=load(kind, row["fields"]),
    )
