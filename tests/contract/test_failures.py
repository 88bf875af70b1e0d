"""What goes wrong is told apart on real databases: to be tried again, full, or a defect."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import sqlite3
from pathlib import Path

import pytest
from tortoise.exceptions import IntegrityError, OperationalError, TransactionManagementError

from storage.database import Database
from storage.failures import retryable, storage_full
from tests.contract.databases import ON_POSTGRES, ON_SQLITE, opened
from tests.contract.sample import ADD, MODELS, Note, halves


async def test_a_conflict_or_a_bad_statement_is_not_tried_again(notes: Database) -> None:
    await notes.execute(ADD, (1, "a"))
    with pytest.raises(IntegrityError) as conflict:
        await Note.create(pair=1, half="a")
    with pytest.raises(OperationalError) as nonsense:
        await notes.fetch("SELECT colour FROM sample_note")

    assert not retryable(conflict.value)
    assert not retryable(nonsense.value)


@pytest.mark.parametrize(
    ("failure", "again", "full"),
    [
        (ConnectionRefusedError(), True, False),
        (TimeoutError(), True, False),
        (OSError(errno.ENOSPC, "No space left on device"), False, True),
        (ValueError(), False, False),
        (asyncio.CancelledError(), False, False),
    ],
)
def test_failures_of_the_machine_are_told_apart(
    failure: BaseException, again: bool, full: bool
) -> None:
    assert (retryable(failure), storage_full(failure)) == (again, full)


async def test_a_file_locked_by_another_process_is_tried_again(tmp_path: Path) -> None:
    async with opened(f"sqlite://{tmp_path}/x.db", MODELS) as it:
        await it.execute("PRAGMA busy_timeout = 0")
        with contextlib.closing(sqlite3.connect(it.file or "", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(OperationalError) as caught:
                await it.execute_all([("SELECT 1", ())])

        assert retryable(caught.value)
        assert await it.execute_all([("SELECT 1", ())]) == [0]


async def fill(database: Database) -> None:
    """Let SQLite believe that the disk is full."""
    pages = (await database.fetch("PRAGMA page_count"))[0]["page_count"]
    await database.execute(f"PRAGMA max_page_count = {pages}")


@ON_SQLITE
async def test_a_full_disk_is_told_and_leaves_nothing(notes: Database) -> None:
    await fill(notes)
    with pytest.raises(OperationalError) as caught:
        await notes.executemany(ADD, [(pair, "a" * 500) for pair in range(1000)])

    assert storage_full(caught.value)
    assert not retryable(caught.value)
    assert await halves(notes) == {}


@ON_SQLITE
async def test_after_a_full_disk_nothing_is_written_outside_the_transaction(
    notes: Database,
) -> None:
    await fill(notes)
    with pytest.raises(OperationalError, match="no transaction is active"):
        await write_stubbornly(notes)

    assert await halves(notes) == {}


async def write_stubbornly(database: Database) -> None:
    async with database.transaction() as transaction:
        with contextlib.suppress(OperationalError):
            await transaction.executemany(ADD, [(pair, "a" * 500) for pair in range(1000)])
        with contextlib.suppress(TransactionManagementError):
            await transaction.execute(ADD, (1, "a"))
        with contextlib.suppress(TransactionManagementError):
            async with database.transaction() as nested:
                await nested.execute(ADD, (2, "a"))


# ---------------------------------------------------------------- PostgreSQL's own


@ON_POSTGRES
async def test_a_deadlock_is_tried_again(notes: Database) -> None:
    await notes.executemany(ADD, [(1, "a"), (2, "a")])
    lock = "UPDATE sample_note SET half = half WHERE pair = ?"
    met = asyncio.Barrier(2)

    async def work(first: int, second: int) -> None:
        async with notes.transaction() as transaction:
            await transaction.execute("SET LOCAL deadlock_timeout = '10ms'")
            await transaction.execute(lock, (first,))
            await met.wait()
            await transaction.execute(lock, (second,))

    outcomes = await asyncio.gather(work(1, 2), work(2, 1), return_exceptions=True)

    assert sorted(outcome is not None and retryable(outcome) for outcome in outcomes) == [0, 1]


async def write_without(database: Database, killer: Database, moment: str) -> None:
    """Lose the connection at some moment of a transaction."""
    async with database.transaction() as transaction:
        me = (await transaction.fetch("SELECT pg_backend_pid() AS pid"))[0]["pid"]
        await transaction.execute(ADD, (1, "a"))
        kill = killer.fetch("SELECT pg_terminate_backend(?)", (me,))
        if moment == "in a statement":
            await asyncio.gather(kill, transaction.fetch("SELECT pg_sleep(30)"))
        await kill
        if moment == "before a statement":
            await transaction.execute(ADD, (1, "b"))
        if moment == "in a nested block":
            async with database.transaction():
                await transaction.execute(ADD, (1, "b"))


@ON_POSTGRES
@pytest.mark.parametrize(
    "moment", ["in a statement", "before a statement", "before the commit", "in a nested block"]
)
async def test_a_lost_connection_is_tried_again(
    notes: Database, empty_url: str, moment: str
) -> None:
    async with opened(empty_url, MODELS) as killer:
        (failure,) = await asyncio.gather(
            write_without(notes, killer, moment), return_exceptions=True
        )

    assert failure is not None

    assert retryable(failure), repr(failure)
    assert await halves(notes) == {}
