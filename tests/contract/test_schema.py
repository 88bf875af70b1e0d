"""The schema that tests copy is the one that the migrations make."""

from __future__ import annotations

from storage.database import Database
from storage.migrate import migrate, status
from storage.sql import Row
from tests.schema import migrated


async def look(database: Database) -> list[Row]:
    """All that SQLite knows of the schema."""
    with database.reading() as reader:
        return await reader.fetch("SELECT type, name, tbl_name, sql FROM sqlite_master")


async def test_a_copied_schema_is_the_migrated_one() -> None:
    first, copied, real = [await Database.open("sqlite://:memory:") for _ in range(3)]
    try:
        await migrated(first)
        await migrated(copied)
        await migrate(real)
        assert [dict(row) for row in await look(copied)] == [dict(row) for row in await look(real)]
        assert await status(copied) == await status(real)
    finally:
        for database in (first, copied, real):
            await database.close()
