"""Who may be the only one: one service process for a SQLite file, one instance for a named duty."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import hashlib
import os
from pathlib import Path
from types import TracebackType
from typing import Self

import asyncpg

from storage.failures import ASYNCPG_ERRORS, CannotOpen

CONNECT_TIMEOUT = 10.0
ANSWER_TIMEOUT = 5.0
"""A holder whose question is not answered by then holds no more: before the server lets go."""

# So the server finds out, in 25 s, that a holder is gone without a word: else it takes two hours.
# Who waits for its turn is not cut off by a limit for statements.
_SESSION = """
SET tcp_keepalives_idle = 10;
SET tcp_keepalives_interval = 5;
SET tcp_keepalives_count = 3;
SET tcp_user_timeout = 25000;
SET statement_timeout = 0
"""

_held: set[int] = set()


class AlreadyRunning(Exception):
    """Another process serves this SQLite file; `words` name it."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words


class ProcessLock:
    """The right to serve a SQLite file, until `release` or the end of the process."""

    def __init__(self, database: Path) -> None:
        """Take it; AlreadyRunning when another process has it, CannotOpen when nobody can."""
        self.path = database.with_name(f"{database.name}.lock")
        try:
            self._file = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise CannotOpen(f"cannot write {self.path}: {error.strerror}") from error
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            owner = os.read(self._file, 20).decode(errors="replace").strip() or "unknown"
            os.close(self._file)
            raise AlreadyRunning(
                f"{database} is served by process {owner}; stop that one first,"
                " or use PostgreSQL to run several"
            ) from None
        _held.add(self._file)
        os.ftruncate(self._file, 0)
        os.write(self._file, f"{os.getpid()}\n".encode())

    def release(self) -> None:
        """Give it up; a second time does nothing. The file stays, since removing it would race."""
        if self._file in _held:
            _held.remove(self._file)
            os.close(self._file)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_val: BaseException | None,
        exc_tb: TracebackType | None,
    ) -> None:
        self.release()


class Duty:
    """A named duty that this instance alone has, until `release` or until `lost` is set."""

    def __init__(self, name: str, connection: asyncpg.Connection | None = None) -> None:
        self.name = name
        self.lost = asyncio.Event()
        self._connection = connection
        if connection is not None:
            connection.add_termination_listener(lambda _connection: self.lost.set())

    async def held(self) -> bool:
        """Ask the database whether it is still ours; when it is not, `lost` is set."""
        if self._connection is not None and not self.lost.is_set():
            try:
                await self._connection.fetchval("SELECT 1")
            except ASYNCPG_ERRORS:
                self.lost.set()
        return not self.lost.is_set()

    async def release(self) -> None:
        """Let another instance have it; a second time does nothing."""
        connection, self._connection = self._connection, None
        self.lost.set()
        if connection is not None:
            try:
                with contextlib.suppress(*ASYNCPG_ERRORS):
                    await connection.fetchval("SELECT pg_advisory_unlock_all()")
            finally:
                connection.terminate()


class Duties:
    """The duties of this process: PostgreSQL's advisory locks, or without a DSN only a list.

    Each lock has a connection of its own, so that it is lost with that connection and not later.
    """

    def __init__(self, dsn: str | None) -> None:
        self._dsn = dsn
        self._held: list[Duty] = []

    async def take(self, name: str, patience: float = 0.0) -> Duty | None:
        """Take a duty as soon as it is free; None when somebody has it all those seconds."""
        if not await self._free_here(name, patience):
            return None
        duty = Duty(name) if self._dsn is None else await _advisory(self._dsn, name, patience)
        if duty is not None:
            self._held.append(duty)
        return duty

    async def _free_here(self, name: str, patience: float) -> bool:
        """Whether nobody in this process has it, at the latest by then."""
        try:
            async with asyncio.timeout(patience):
                while (holder := self._holder(name)) is not None:
                    await holder.lost.wait()
        except TimeoutError:
            return False
        return True

    def _holder(self, name: str) -> Duty | None:
        self._held = [duty for duty in self._held if not duty.lost.is_set()]
        return next((duty for duty in self._held if duty.name == name), None)

    async def close(self) -> None:
        """Release them all."""
        for duty in self._held:
            await duty.release()


async def _advisory(dsn: str, name: str, patience: float) -> Duty | None:
    connection = await asyncpg.connect(
        dsn,
        timeout=CONNECT_TIMEOUT,
        command_timeout=ANSWER_TIMEOUT,
        server_settings={"application_name": "deskhand duty"},
    )
    try:
        await connection.execute(_SESSION)
        if await _locked(connection, key_of(name), patience):
            return Duty(name, connection)
    except BaseException:
        connection.terminate()
        raise
    await connection.close()
    return None


async def _locked(connection: asyncpg.Connection, key: int, patience: float) -> bool:
    """Whether the lock is ours; the server hands it on the moment that it is free.

    The wait has an end, since while it lasts the server keeps every row that is deleted meanwhile.
    """
    if patience <= 0:
        return bool(await connection.fetchval("SELECT pg_try_advisory_lock($1)", key))
    await connection.execute(f"SET lock_timeout = {max(1, round(patience * 1000))}")
    try:
        answer = patience + ANSWER_TIMEOUT
        await connection.execute("SELECT pg_advisory_lock($1)", key, timeout=answer)
    except asyncpg.LockNotAvailableError:
        return False
    return True


def key_of(name: str) -> int:
    """PostgreSQL's number for a named lock."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)


def _forget_in_child() -> None:
    # A forked worker must not keep the lock of a service that has died.
    while _held:
        os.close(_held.pop())


os.register_at_fork(after_in_child=_forget_in_child)
