"""Opening and closing: what is set, what is told when it fails, and that several do not mix."""

from __future__ import annotations

import asyncio
import contextvars
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from tortoise.exceptions import OperationalError

from storage.database import Database
from storage.failures import CannotOpen
from storage.migrate import migrate
from tests.contract.databases import PostgresServer, opened
from tests.contract.sample import ADD, MIGRATIONS, MODELS, Note, halves


async def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("a file")
    with pytest.raises(CannotOpen, match="cannot make the folder of the SQLite database"):
        await Database.open(f"sqlite://{tmp_path}/var/x.db", models=MODELS)


async def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "x.db").write_text("Dear diary, " * 100)
    with pytest.raises(CannotOpen, match="not a database"):
        await Database.open(f"sqlite://{tmp_path}/x.db", models=MODELS)


async def test_a_server_that_is_away_is_named_without_the_password(tmp_path: Path) -> None:
    with pytest.raises(CannotOpen, match="database desk at") as caught:
        await Database.open(f"postgres://me:hunter2@/desk?host={tmp_path}", models=MODELS)

    assert "hunter2" not in caught.value.words


@pytest.mark.postgres
async def test_a_database_that_is_not_there_is_named(postgres: PostgresServer) -> None:
    with pytest.raises(CannotOpen, match=r"database nowhere at .* does not exist"):
        await Database.open(postgres.url("nowhere"), models=MODELS)


async def test_a_missing_folder_is_made(tmp_path: Path) -> None:
    async with opened(f"sqlite://{tmp_path}/var/lib/x.db", MODELS) as it:
        assert it.file == tmp_path / "var/lib/x.db"
        assert it.file.exists()


async def test_a_new_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    async with opened(f"sqlite://{tmp_path}/var/x.db", MODELS) as it:
        await it.execute("CREATE TABLE t (a INTEGER)")
        found = [tmp_path / "var", *(tmp_path / "var").iterdir()]
        assert tmp_path / "var" / "x.db-wal" in found
        assert [each for each in found if each.stat().st_mode & 0o077] == []


async def test_a_relative_path_is_taken_from_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    async with opened("sqlite://var/x.db", MODELS):
        assert (tmp_path / "var/x.db").exists()


async def test_sqlite_is_durable_and_strict(tmp_path: Path) -> None:
    async with opened(f"sqlite://{tmp_path}/x.db", MODELS) as it:
        set_ = {
            name: (await it.fetch(f"PRAGMA {name}"))[0].popitem()[1]
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }

    assert set_ == {
        "journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 5000,
    }  # fmt: skip


async def test_a_closed_database_refuses_and_stays_closed(notes: Database) -> None:
    await notes.close()
    await notes.close()

    with pytest.raises(OperationalError, match="closed"):
        await notes.execute(ADD, (1, "a"))
    with pytest.raises(OperationalError, match="closed"):
        await Note.create(pair=1, half="a")


async def test_closing_refuses_those_who_write_and_those_who_wait(tmp_path: Path) -> None:
    async def write() -> None:
        async with it.transaction():
            waiting = asyncio.get_running_loop().create_task(
                it.execute("SELECT 1"), context=contextvars.Context()
            )
            await asyncio.sleep(0)
            await it.close()
        await waiting

    async with opened(f"sqlite://{tmp_path}/x.db", MODELS) as it:
        outcomes = await asyncio.gather(write(), it.execute("SELECT 1"), return_exceptions=True)

    assert [str(outcome) for outcome in outcomes] == ["the database is closed"] * 2


def test_a_process_that_forgets_to_close_still_ends(tmp_path: Path) -> None:
    program = f"""
import asyncio
from storage.database import Database

async def main():
    global it
    it = await Database.open("sqlite://{tmp_path}/x.db", models=["tests.contract.sample"])
    raise SystemExit(7)

asyncio.run(main())
"""
    ended = subprocess.run([sys.executable, "-W", "ignore", "-c", program], timeout=30, check=False)

    assert ended.returncode == 7


async def test_databases_in_memory_are_separate() -> None:
    async with (
        opened("sqlite://:memory:", MODELS) as one,
        opened("sqlite://:memory:", MODELS) as two,
    ):
        await migrate(one, MIGRATIONS)
        await one.execute(ADD, (1, "a"))

        with pytest.raises(OperationalError, match="no such table"):
            await halves(two)


async def test_two_databases_at_once_do_not_mix(tmp_path: Path) -> None:
    async with (
        opened(f"sqlite://{tmp_path}/one.db", MODELS) as one,
        opened(f"sqlite://{tmp_path}/two.db", MODELS) as two,
    ):
        await migrate(one, MIGRATIONS)
        await migrate(two, MIGRATIONS)
        async with one.transaction(), two.transaction():
            await Note.create(pair=2, half="a")
            with one.session():
                await Note.create(pair=1, half="a")

        assert await halves(one) == {1: 1}
        assert await halves(two) == {2: 1}


async def test_without_a_database_in_sight_models_refuse(notes: Database) -> None:
    async def count() -> None:
        with pytest.raises(RuntimeError, match="No TortoiseContext"):
            await Note.all().count()

    await asyncio.get_running_loop().create_task(count(), context=contextvars.Context())


async def test_two_processes_that_read_and_then_write_wait_for_each_other(tmp_path: Path) -> None:
    async def work(database: Database, first: int) -> None:
        for pair in range(first, first + 20):
            async with database.transaction() as transaction:
                await transaction.fetch("SELECT count(*) FROM sample_note")
                await transaction.execute(ADD, (pair, "a"))

    url = f"sqlite://{tmp_path}/x.db"
    async with opened(url, MODELS) as one, opened(url, MODELS) as other:
        await migrate(one, MIGRATIONS)
        await asyncio.gather(work(one, 0), work(other, 20))

        assert len(await halves(one)) == 40


async def test_another_process_that_writes_is_waited_for(tmp_path: Path) -> None:
    async with opened(f"sqlite://{tmp_path}/x.db", MODELS) as it:
        await migrate(it, MIGRATIONS)
        other = sqlite3.connect(tmp_path / "x.db", isolation_level=None, check_same_thread=False)
        other.execute("BEGIN IMMEDIATE")
        writing = asyncio.gather(it.execute(ADD, (1, "a")))
        await asyncio.get_running_loop().run_in_executor(None, other.execute, "COMMIT")
        await writing
        other.close()

        assert await halves(it) == {1: 1}
