"""What was deleted, gone from the database's own files as well."""

from __future__ import annotations

import asyncio
from typing import Final

from bot.errors import TemporaryError
from storage.database import Database
from storage.kindly import kindly
from storage.privacy.personal import PERSONAL

# While somebody reads, the log cannot be cut; nobody here reads for long.
TRIES: Final = 20
PAUSE: Final = 0.25


class SqlCompacting:
    """A `Compacting` on the database; beside a running service, whose writes wait meanwhile."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @kindly
    async def overwrite(self) -> None:
        """Let SQLite fill with zeros what this connection deletes; PostgreSQL has no such thing."""
        if self._database.dialect == "sqlite":
            await self._database.execute("PRAGMA secure_delete = ON")

    @kindly
    async def compact(self) -> None:
        """SQLite: build the file anew and cut its log. PostgreSQL: let dead rows be overwritten.

        TemporaryError when others are in the way.
        """
        if self._database.dialect == "postgres":
            for table in PERSONAL:
                await self._database.maintain(f"VACUUM {table}")
            return
        await self._database.maintain("VACUUM")
        await self._cut_log()

    async def _cut_log(self) -> None:
        for _ in range(TRIES):
            [row] = await self._database.fetch("PRAGMA wal_checkpoint(TRUNCATE)")
            if not row["busy"]:
                return
            await asyncio.sleep(PAUSE)
        raise TemporaryError("somebody reads the database all the time; its log cannot be cut")
