"""Keys of effects that must happen once, and counts of what may happen only so often."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from storage.database import Connection
from storage.fields import to_us
from storage.statements import chunks, marks, select

_ONCE: Final = "INSERT INTO seen (key, at) VALUES (?, ?) ON CONFLICT (key) DO NOTHING"
_FORGET: Final = "DELETE FROM tally WHERE scope = ? AND at <= ?"
_COUNT: Final = "INSERT INTO tally (scope, at) VALUES (?, ?)"
_TOTAL: Final = "SELECT COUNT(*) AS total FROM tally WHERE scope = ?"


class SqlSeen:
    """What was seen, inside a unit of work."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def once(self, key: str, at: datetime) -> bool:
        """True the first time; who comes second waits until the first has committed or not."""
        return await self._connection.execute(_ONCE, (key, to_us(at))) == 1

    async def known(self, keys: Sequence[str]) -> frozenset[str]:
        """Those of the keys that were seen."""
        found: set[str] = set()
        for some in chunks(keys):
            where = f"seen WHERE key IN {marks(len(some))}"
            found |= {r["key"] for r in await self._connection.fetch(select(("key",), where), some)}
        return frozenset(found)

    async def tally(self, scope: str, at: datetime, window: timedelta) -> int:
        """Count one more, and tell how many there were in the window; a scope has one window.

        What two units of work count at the same moment, neither sees of the other.
        """
        await self._connection.execute_all(
            [(_FORGET, (scope, to_us(at - window))), (_COUNT, (scope, to_us(at)))]
        )
        rows = await self._connection.fetch(_TOTAL, (scope,))
        return int(rows[0]["total"])
