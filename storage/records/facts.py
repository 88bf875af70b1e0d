"""Small facts by name, inside a unit of work."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from storage.database import Connection
from storage.fields import to_us
from storage.statements import chunks, marks, select
from storage.text import storable

_GET: Final = "SELECT value FROM fact WHERE name = ?"
_PUT: Final = (
    "INSERT INTO fact (name, value, at) VALUES (?, ?, ?)"
    " ON CONFLICT (name) DO UPDATE SET value = excluded.value, at = excluded.at"
)
_DROP: Final = "DELETE FROM fact WHERE name = ?"
_STARTING: Final = "SELECT name, value FROM fact WHERE substr(name, 1, ?) = ? ORDER BY name LIMIT ?"


class SqlFacts:
    """What is known, by name."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def get(self, name: str) -> str:
        """What is known under the name; empty when nothing is."""
        rows = await self._connection.fetch(_GET, (storable(name),))
        return str(rows[0]["value"]) if rows else ""

    async def known(self, names: Sequence[str]) -> Mapping[str, str]:
        """What is known under these names."""
        found: dict[str, str] = {}
        for some in chunks([storable(name) for name in names]):
            where = f"fact WHERE name IN {marks(len(some))}"
            rows = await self._connection.fetch(select(("name", "value"), where), some)
            found |= {row["name"]: row["value"] for row in rows}
        return found

    async def put(self, name: str, value: str, at: datetime) -> None:
        """Keep it, in place of what was known."""
        await self._connection.execute(_PUT, (storable(name), storable(value), to_us(at)))

    async def drop(self, name: str) -> bool:
        """Forget it; False when nothing was known."""
        return await self._connection.execute(_DROP, (storable(name),)) > 0

    async def starting(self, prefix: str, limit: int = 100) -> Mapping[str, str]:
        """What is known under names that start so, in the order of the names."""
        rows = await self._connection.fetch(_STARTING, (len(prefix), prefix, limit))
        return {row["name"]: row["value"] for row in rows}
