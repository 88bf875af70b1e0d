"""Bringing a database to this version, with Tortoise's migrations whose every statement is our own.

A file `storage/migrations/NNNN_words.py` holds

    Migration = migration(
        after="0001_first",
        both=["CREATE TABLE note (id {id}, body {bytes} NOT NULL)"],
        sqlite=["CREATE VIRTUAL TABLE note_text USING fts5(body)"],
        postgres=["CREATE INDEX note_text ON note USING gin (to_tsvector('simple', body))"],
        forward=fill_note_text,
    )

Tortoise's graph orders them, its executor runs them, its table `tortoise_migrations` knows them.
Its generated operations are not used: on SQLite they lose rows and indexes when a table is rebuilt.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from tortoise.connection import get_connection
from tortoise.migrations.executor import MigrationExecutor
from tortoise.migrations.migration import Migration
from tortoise.migrations.operations import RunPython
from tortoise.migrations.schema_editor import (
    BasePostgresSchemaEditor,
    BaseSchemaEditor,
    SqliteSchemaEditor,
)

from storage.database import APP, Connection, Database, Queries
from storage.lock import key_of
from storage.sql import POSTGRES, SQLITE, Dialect, DialectName

Forward: TypeAlias = Callable[[Connection], Awaitable[None]]

PACKAGE = "storage.migrations"

_DIALECTS: dict[DialectName, Dialect] = {"sqlite": SQLITE, "postgres": POSTGRES}
_EDITORS: dict[DialectName, type[BaseSchemaEditor]] = {
    "sqlite": SqliteSchemaEditor,
    "postgres": BasePostgresSchemaEditor,
}
_TABLE_EXISTS: dict[DialectName, str] = {
    "sqlite": "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'tortoise_migrations'",
    "postgres": "SELECT 1 WHERE to_regclass('tortoise_migrations') IS NOT NULL",
}


class NewerSchema(Exception):
    """The database was made by a newer version, and a schema never goes backwards."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """The names of migrations, oldest first: done, still to do, and done by a newer version."""

    applied: tuple[str, ...]
    pending: tuple[str, ...]
    unknown: tuple[str, ...]


def migration(
    *,
    after: str | None,
    both: Sequence[str] = (),
    sqlite: Sequence[str] = (),
    postgres: Sequence[str] = (),
    forward: Forward | None = None,
) -> type[Migration]:
    """A migration in SQL: the statements for `both`, then those of the dialect, then `forward`.

    Each item is one statement. `{id}` stands for a primary key that the database numbers, `{bytes}`
    for the type of bytes. `after` names the migration before it; the first has none.
    """
    own: dict[DialectName, Sequence[str]] = {"sqlite": sqlite, "postgres": postgres}

    async def run(_apps: Any, editor: BaseSchemaEditor) -> None:
        client: Any = editor.client
        dialect = _DIALECTS[client.capabilities.dialect]
        for statement in (*both, *own[dialect.name]):
            await client.execute(_spelt(statement, dialect))
        if forward is not None:
            await forward(Connection(client))

    members = {
        "operations": [RunPython(run)],
        "dependencies": [(APP, after)] if after else [],
        "initial": after is None,
    }
    return type("Migration", (Migration,), members)


async def migrate(database: Database, package: str = PACKAGE) -> list[str]:
    """Apply what is pending, all or nothing; the names of what was applied, oldest first.

    Two instances may call this at once: the second waits, and finds nothing to do. NewerSchema when
    the database knows migrations that are not here.
    """
    async with database.reshaping() as transaction:
        if database.dialect == "postgres":
            await transaction.fetch(
                "SELECT pg_advisory_xact_lock(?)", (key_of("deskhand migrations"),)
            )
        executor = _executor(database, package)
        found = await _status(database.dialect, transaction, executor)
        if found.unknown:
            raise NewerSchema(
                f"{database} was made by a newer version (it has {', '.join(found.unknown)});"
                " run that version, or restore a backup from before"
            )
        if found.pending:
            editor = _EDITORS[database.dialect](get_connection(database.dialect), atomic=False)
            await executor.recorder.ensure_schema(editor)
            await executor.migrate(direction="forward")
    return list(found.pending)


async def status(database: Database, package: str = PACKAGE) -> Status:
    """What is applied and what is pending; changes nothing."""
    with database.reading() as connection:
        return await _status(database.dialect, connection, _executor(database, package))


async def _status(dialect: DialectName, queries: Queries, executor: MigrationExecutor) -> Status:
    executor.loader.load_disk()
    known = sorted(key.name for key in executor.loader.disk_migrations)
    done: list[str] = []
    if await queries.fetch(_TABLE_EXISTS[dialect]):
        rows = await queries.fetch(
            "SELECT name FROM tortoise_migrations WHERE app = ? ORDER BY name", (APP,)
        )
        done = [row["name"] for row in rows]
    return Status(
        applied=tuple(name for name in done if name in known),
        pending=tuple(name for name in known if name not in done),
        unknown=tuple(name for name in done if name not in known),
    )


def _executor(database: Database, package: str) -> MigrationExecutor:
    """Tortoise's executor on the connection of this block, so that its transactions are nested."""
    app = {"migrations": package, "default_connection": database.dialect}
    return MigrationExecutor(get_connection(database.dialect), {APP: app})


def _spelt(statement: str, dialect: Dialect) -> str:
    return statement.replace("{id}", dialect.id_type).replace("{bytes}", dialect.bytes_type)
