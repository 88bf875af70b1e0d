"""One service process for a SQLite file, and one instance for a duty."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.errors import TemporaryError
from bot.tasks import Promise
from bot.wiring.duties import take_duty
from storage.database import Database
from storage.failures import CannotOpen
from storage.lock import AlreadyRunning, ProcessLock
from tests.contract.databases import ON_POSTGRES, ON_SQLITE, PostgresServer, opened
from tests.contract.sample import MODELS, come


def test_a_second_service_is_told_who_runs(tmp_path: Path) -> None:
    with (
        ProcessLock(tmp_path / "x.db"),
        pytest.raises(AlreadyRunning, match=rf"x\.db is served by process {os.getpid()};"),
    ):
        ProcessLock(tmp_path / "x.db")


def test_after_the_service_the_file_is_free(tmp_path: Path) -> None:
    lock = ProcessLock(tmp_path / "x.db")
    lock.release()
    lock.release()

    with ProcessLock(tmp_path / "x.db") as second:
        assert second.path.read_text() == f"{os.getpid()}\n"


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(CannotOpen, match=r"cannot write .*/var/x\.db\.lock"):
        ProcessLock(tmp_path / "var" / "x.db")


HOLD = """
import os, pathlib, sys, time
from storage.lock import ProcessLock
lock = ProcessLock(pathlib.Path(sys.argv[1]))
if sys.argv[2] == "alone" or os.fork() == 0:
    print("ready", flush=True)
sys.stdin.read()
"""


@pytest.mark.parametrize("way", ["alone", "fork"])
def test_a_service_that_is_killed_leaves_the_file_free(tmp_path: Path, way: str) -> None:
    service = subprocess.Popen(
        [sys.executable, "-c", HOLD, tmp_path / "x.db", way],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    assert service.stdout is not None
    service.stdout.readline()
    with pytest.raises(AlreadyRunning, match=f"process {service.pid};"):
        ProcessLock(tmp_path / "x.db")
    service.kill()
    service.wait()

    with ProcessLock(tmp_path / "x.db"):
        service.communicate()


# ---------------------------------------------------------------- duties


async def test_a_duty_has_one_owner_at_a_time(notes: Database) -> None:
    first = await notes.lock("gateway")
    assert await notes.lock("gateway") is None
    assert await notes.lock("another") is not None
    assert first is not None
    assert await first.held()
    await first.release()

    assert not await first.held()
    assert await notes.lock("gateway") is not None


async def test_who_waits_has_it_the_moment_it_is_free(notes: Database) -> None:
    first = await notes.lock("gateway")
    assert first is not None
    assert await notes.lock("gateway", 0.01) is None
    turn = Promise(notes.lock("gateway", 60.0), "its turn")
    assert await turn.soon(0) is None
    await first.release()

    assert await turn.kept() is not None


@ON_SQLITE
async def test_of_those_who_wait_here_one_has_it_next(notes: Database) -> None:
    first = await notes.lock("gateway")
    assert first is not None
    turns = [Promise(notes.lock("gateway", 60.0), "its turn") for _ in range(2)]
    assert await turns[0].soon(0) is await turns[1].soon(0) is None
    await first.release()

    assert await turns[0].kept() is not None
    assert await turns[1].soon(0) is None
    await turns[1].give_up()


@pytest.fixture
async def neighbour(notes: Database, empty_url: str) -> AsyncIterator[Database]:
    """The same PostgreSQL database, opened by another instance."""
    async with opened(empty_url, MODELS) as it:
        yield it


@ON_POSTGRES
async def test_an_instance_that_ends_leaves_its_duty(notes: Database, neighbour: Database) -> None:
    assert await neighbour.lock("gateway") is not None
    assert await notes.lock("gateway") is None
    await neighbour.close()

    assert await notes.lock("gateway") is not None


@ON_POSTGRES
async def test_the_next_instance_has_it_the_moment_it_is_free(
    notes: Database, neighbour: Database
) -> None:
    first = await neighbour.lock("gateway")
    assert first is not None
    assert await notes.lock("gateway", 0.01) is None
    turn = Promise(notes.lock("gateway", 60.0), "its turn")
    assert await turn.soon(0) is None
    await first.release()

    assert await turn.kept() is not None


@pytest.mark.postgres
async def test_a_database_that_refuses_us_may_let_us_in_later(postgres: PostgresServer) -> None:
    async with postgres.fresh(migrated=False) as url:
        dropped = await Database.open(url)
    with pytest.raises(TemporaryError, match="the database refuses us"):
        await take_duty(dropped, "gateway")
    await dropped.close()


@ON_POSTGRES
async def test_a_duty_is_lost_with_its_connection(notes: Database, neighbour: Database) -> None:
    duty = await notes.lock("gateway")
    assert duty is not None
    await neighbour.fetch(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE application_name = 'deskhand duty' AND datname = current_database()"
    )
    await come(duty.lost)

    assert not await duty.held()
    assert await neighbour.lock("gateway") is not None
