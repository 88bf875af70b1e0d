"""Migrations: all or nothing, once, in order, never backwards; and old rows survive them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tortoise.exceptions import IntegrityError, OperationalError

from storage.database import Database
from storage.migrate import NewerSchema, Status, migrate, status
from tests.contract.databases import ON_SQLITE, opened
from tests.contract.sample import ADD, MIGRATIONS, MODELS, Note, halves

NAMES = ("0001_notes", "0002_remarks")


@pytest.fixture
async def bare(empty_url: str) -> AsyncIterator[Database]:
    """An open database without tables."""
    async with opened(empty_url, MODELS) as it:
        yield it


async def test_an_empty_database_gets_them_all_in_order(bare: Database) -> None:
    assert await status(bare, MIGRATIONS) == Status(applied=(), pending=NAMES, unknown=())
    assert await migrate(bare, MIGRATIONS) == list(NAMES)
    assert await status(bare, MIGRATIONS) == Status(applied=NAMES, pending=(), unknown=())
    assert await migrate(bare, MIGRATIONS) == []


async def test_a_model_fits_the_table_that_was_written_by_hand(notes: Database) -> None:
    note = await Note.create(pair=1, half="a")

    assert await Note.get(id=note.id) == note


async def test_a_trigger_is_one_statement(notes: Database) -> None:
    await notes.execute(ADD, (1, "a"))
    with pytest.raises(IntegrityError):
        await notes.execute(
            "INSERT INTO sample_remark (note, words) SELECT id, ? FROM sample_note", ("x" * 101,)
        )


async def test_two_instances_migrate_once(bare: Database, empty_url: str) -> None:
    async with opened(empty_url, MODELS) as other:
        if bare.file is None and bare.dialect == "sqlite":
            pytest.skip("a database in memory has one instance")
        applied = await asyncio.gather(migrate(bare, MIGRATIONS), migrate(other, MIGRATIONS))

    assert sorted(applied) == [[], list(NAMES)]


async def test_a_newer_database_is_refused(notes: Database) -> None:
    await notes.execute(
        "INSERT INTO tortoise_migrations (app, name, applied_at)"
        " VALUES ('storage', '0009_future', CURRENT_TIMESTAMP)"
    )
    with pytest.raises(NewerSchema, match=r"newer version .*0009_future"):
        await migrate(notes, MIGRATIONS)

    assert (await status(notes, MIGRATIONS)).unknown == ("0009_future",)


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for migrations of a test's own, with the sample's first one."""
    folder = tmp_path / f"migrations_of_{tmp_path.name}"
    folder.mkdir()
    first = Path(__file__).with_name("sample_migrations") / "0001_notes.py"
    (folder / "__init__.py").touch()
    (folder / first.name).write_text(first.read_text())
    monkeypatch.syspath_prepend(tmp_path)
    return folder


def write(folder: Path, name: str, after: str, *statements: str) -> None:
    (folder / f"{name}.py").write_text(
        "from storage.migrate import migration\n"
        f"Migration = migration(after={after!r}, both={list(statements)!r})\n"
    )


async def test_one_that_fails_leaves_nothing_of_any(bare: Database, package: Path) -> None:
    write(package, "0002_bad", "0001_notes", "CREATE TABLE good (id {id})", "CREATE TABEL bad (id)")
    with pytest.raises(OperationalError):
        await migrate(bare, package.name)

    assert len((await status(bare, package.name)).pending) == 2
    with pytest.raises(OperationalError):
        await halves(bare)


REBUILD = [
    "CREATE TABLE new_note (id {id}, pair BIGINT NOT NULL, half TEXT NOT NULL, due_at BIGINT)",
    "INSERT INTO new_note SELECT id, pair, half, due_at FROM sample_note",
    "DROP TABLE sample_note",
    "ALTER TABLE new_note RENAME TO sample_note",
]


@ON_SQLITE
async def test_a_rebuilt_table_keeps_the_rows_that_refer_to_it(
    bare: Database, package: Path
) -> None:
    child = "CREATE TABLE child (note BIGINT REFERENCES sample_note (id) ON DELETE CASCADE)"
    write(package, "0002_child", "0001_notes", child)
    await migrate(bare, package.name)
    await bare.execute_all([(ADD, (1, "a")), ("INSERT INTO child VALUES (1)", ())])
    write(package, "0003_wide", "0002_child", *REBUILD)
    await migrate(bare, package.name)

    assert await bare.fetch("SELECT note FROM child") == [{"note": 1}]
    with pytest.raises(IntegrityError):
        await bare.execute("INSERT INTO child VALUES (2)")


@ON_SQLITE
async def test_a_migration_that_breaks_a_reference_is_undone(bare: Database, package: Path) -> None:
    child = "CREATE TABLE child (note BIGINT REFERENCES sample_note (id))"
    write(package, "0002_child", "0001_notes", child, "INSERT INTO child VALUES (7)")
    with pytest.raises(IntegrityError, match="child refers to no row of sample_note"):
        await migrate(bare, package.name)

    assert len((await status(bare, package.name)).pending) == 2
