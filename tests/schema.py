"""This version's schema for a test's database, made by the migrations once in each process."""

from __future__ import annotations

from storage.database import Database
from storage.migrate import migrate
from storage.sql import Statement

_TABLES = (
    "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'"
    " ORDER BY rowid"
)
_APPLIED = "SELECT app, name, applied_at FROM tortoise_migrations ORDER BY id"
_INSERT = "INSERT INTO tortoise_migrations (app, name, applied_at) VALUES (?, ?, ?)"

_made: list[Statement] = []


async def migrated(database: Database) -> None:
    """Bring an empty database to this version; SQLite's like the first one that was migrated."""
    if database.dialect == "sqlite" and _made:
        await database.execute_all(_made)
        return
    await migrate(database)
    if database.dialect == "sqlite":
        with database.reading() as reader:
            tables = await reader.fetch(_TABLES)
            applied = await reader.fetch(_APPLIED)
        _made.extend((row["sql"], ()) for row in tables)
        _made.extend((_INSERT, (row["app"], row["name"], row["applied_at"])) for row in applied)
