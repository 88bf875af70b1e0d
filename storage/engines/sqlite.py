"""Tortoise's SQLite engine, hardened.

Every transaction is BEGIN IMMEDIATE, every call one thread hop, and the lock always comes back.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Any, TypeVar, cast

import aiosqlite
from tortoise.backends.base.client import ConnectionWrapper, TransactionContext
from tortoise.backends.sqlite.client import SqliteClient
from tortoise.exceptions import IntegrityError, OperationalError, TransactionManagementError

from storage.engines.transactions import Bracket, Nested, Outermost, to_the_end
from storage.sql import Row, Statement, Values

T = TypeVar("T")

PRAGMAS = {
    "busy_timeout": 5000,
    "journal_mode": "WAL",
    "synchronous": "FULL",
    "foreign_keys": "ON",
    # Room for what is used again: cutting the log after each checkpoint costs a third of the speed.
    "journal_size_limit": 64 << 20,
}


class Wire(aiosqlite.Connection):
    """One SQLite connection and its thread: a piece of work is one hop, in order of the calls."""

    def __init__(self, path: str, pragmas: dict[str, Any]) -> None:
        super().__init__(partial(_connect, path, pragmas), iter_chunk_size=64)
        # So that the process can end even when nobody closed the connection.
        self._thread.daemon = True
        self._closing = False

    async def open(self) -> None:
        """Start the thread and connect; when that fails the thread has ended."""
        self._thread.start()
        opening: asyncio.Future[sqlite3.Connection] = asyncio.get_running_loop().create_future()
        self._tx.put_nowait((opening, self._connector))
        try:
            self._connection = await to_the_end(opening)
        except BaseException:
            if opening.exception() is None:
                self._connection = opening.result()
            if (ended := self.stop()) is not None:
                await to_the_end(ended)
            raise

    async def close(self) -> None:
        """Do the work that waits, then close the connection and end the thread."""
        self._closing = True
        await super().close()

    def submit(self, work: Callable[[sqlite3.Connection], T]) -> asyncio.Future[T]:
        """Hand work to the thread; it is done even when nobody waits for the future any more."""
        if self._closing:
            raise OperationalError("the database is closed")
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._tx.put_nowait((future, partial(work, self._conn)))
        return future


class SqliteEngine(SqliteClient):
    """The one connection to a database; outside a transaction every statement commits by itself."""

    _connection: Wire | None

    def __init__(self, file_path: str, **kwargs: Any) -> None:
        super().__init__(file_path, **(PRAGMAS | kwargs))

    async def create_connection(self, with_db: bool) -> None:
        """Open the file; sqlite3.Error when that is not possible."""
        if self._connection is None:
            wire = Wire(self.filename, self.pragmas)
            await wire.open()
            self._connection = wire
            await self._post_connect()

    async def close(self) -> None:
        """Close the connection and end its thread; statements that wait are refused."""
        wire, self._connection = self._connection, None
        if wire is not None:
            await to_the_end(wire.close())

    def _submit(self, work: Callable[[sqlite3.Connection], T]) -> asyncio.Future[T]:
        if self._connection is None:
            raise OperationalError("the database is closed")
        return self._connection.submit(work)

    async def run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Do work in the connection's thread, outside of any transaction; Tortoise's exceptions."""
        async with self._lock:
            return await _translated(self._submit(work))

    async def execute(self, sql: str, values: Values = ()) -> int:
        """Run a statement; how many rows it changed."""
        return await self.run(partial(_execute, sql, values))

    async def fetch(self, sql: str, values: Values = ()) -> list[Row]:
        """Run a statement; its rows."""
        return await self.run(partial(_fetch, sql, values))

    async def executemany(self, sql: str, rows: Iterable[Values]) -> None:
        """Run a statement once for each of `rows`, all or nothing."""
        await self.run(partial(_atomic, partial(_execute_many, sql, list(rows))))

    async def execute_all(self, statements: Sequence[Statement]) -> list[int]:
        """Run different statements in one hop, all or nothing; how many rows each changed."""
        return await self.run(partial(_atomic, partial(_execute_all, statements)))

    # What Tortoise's models call.

    async def execute_insert(self, query: str, values: list[Any]) -> int:
        """Insert a row; its rowid."""
        return await self.run(partial(_insert, query, values))

    async def execute_query(
        self, query: str, values: list[Any] | None = None
    ) -> tuple[int, Sequence[dict[str, Any]]]:
        """Run a statement; how many rows it changed (or gave), and the rows."""
        return await self.run(partial(_query, query, values or ()))

    async def execute_query_dict(self, query: str, values: list[Any] | None = None) -> list[Row]:
        """Run a statement; its rows."""
        return await self.fetch(query, values or ())

    async def execute_many(self, query: str, values: list[list[Any]]) -> None:
        """Run a statement once for each row, all or nothing."""
        await self.executemany(query, values)

    async def execute_script(self, query: str) -> None:
        """Run the statements of a script; unlike executescript() this never commits first."""
        await self.run(partial(_execute_all, [(sql, ()) for sql in split(query)]))

    def _in_transaction(self) -> TransactionContext:
        return Alone(SqliteTransaction(self), self._lock)

    def reshaping(self) -> TransactionContext:
        """A transaction that may rebuild tables: foreign keys are checked once, before COMMIT."""
        return Alone(SqliteTransaction(self, enforce=False), self._lock)


class SqliteTransaction(Bracket, SqliteEngine):
    """The connection inside a transaction or savepoint."""

    driver_errors = (sqlite3.Error, OperationalError, IntegrityError)

    def __init__(self, parent: SqliteEngine, *, enforce: bool = True) -> None:
        self.capabilities = parent.capabilities
        self.connection_name = parent.connection_name
        self.fetch_inserted = parent.fetch_inserted
        self.log = parent.log
        self.filename = parent.filename
        self._connection = parent._connection
        self._lock = asyncio.Lock()
        self._parent = parent
        self._enforce = enforce
        self._start(parent if isinstance(parent, SqliteTransaction) else None)

    async def run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Do work in this transaction; TransactionManagementError when it has ended."""
        self.refuse_if_over()
        return await _translated(self._submit(partial(_inside, work)))

    async def executemany(self, sql: str, rows: Iterable[Values]) -> None:
        """Run a statement once for each of `rows`."""
        await self.run(partial(_execute_many, sql, list(rows)))

    async def execute_all(self, statements: Sequence[Statement]) -> list[int]:
        """Run different statements in one hop; how many rows each changed."""
        return await self.run(partial(_execute_all, statements))

    def _in_transaction(self) -> TransactionContext:
        return Nested(SqliteTransaction(self))

    def acquire_connection(self) -> ConnectionWrapper[Wire]:
        """The connection itself; TransactionManagementError when the transaction has ended."""
        self.refuse_if_over()
        return ConnectionWrapper(self._lock, self)

    async def control(self, *statements: str) -> None:
        """Run control statements in the thread."""
        work = partial(_execute_all, [(sql, ()) for sql in statements])
        await _translated(self._submit(partial(_inside, work)))

    async def begin(self) -> None:
        """BEGIN IMMEDIATE, since a read that turns into a write would fail at once when locked."""
        await _translated(to_the_end(self._submit(partial(_begin, self._enforce))))

    async def commit(self) -> None:
        """COMMIT; when it fails the transaction is rolled back, and either way its end is known."""
        self.refuse_if_over()
        self._finalized = True
        answer = self._submit(partial(_commit, self._enforce))
        try:
            await _translated(to_the_end(answer))
        finally:
            self.committed = not answer.cancelled() and answer.exception() is None

    async def rollback(self) -> None:
        """ROLLBACK."""
        self.refuse_if_over()
        await self.undo(self._roll_back())

    async def _roll_back(self) -> None:
        await self._submit(partial(_rollback, self._enforce))


class Alone(Outermost):
    """A transaction that has the connection for itself."""

    def __init__(self, client: Bracket, lock: asyncio.Lock) -> None:
        super().__init__(client)
        self._lock = lock

    async def take(self) -> None:
        """Wait for the transactions and statements before this one."""
        await self._lock.acquire()

    async def give_back(self) -> None:
        """Let the next one go."""
        self._lock.release()


client_class = SqliteEngine


def split(script: str) -> Iterator[str]:
    """The single statements of a script; a `;` in a string, comment or trigger body ends none."""
    statement = ""
    for piece in script.split(";"):
        statement += piece + ";"
        if sqlite3.complete_statement(statement):
            if statement.strip(" \n\t\r;"):
                yield statement
            statement = ""
    if statement.strip(" \n\t\r;"):
        yield statement


async def _translated(answer: Awaitable[T]) -> T:
    try:
        return await answer
    except sqlite3.IntegrityError as error:
        raise IntegrityError(error) from error
    except sqlite3.OperationalError as error:
        raise OperationalError(error) from error


# What follows runs in the connection's thread.


def _connect(path: str, pragmas: dict[str, Any]) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, cached_statements=512)
    try:
        connection.row_factory = sqlite3.Row
        for name, value in pragmas.items():
            connection.execute(f"PRAGMA {name}={value}").fetchall()
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _begin(enforce: bool, connection: sqlite3.Connection) -> None:
    if not enforce:
        connection.execute("PRAGMA foreign_keys=OFF")
    connection.execute("BEGIN IMMEDIATE")


def _commit(enforce: bool, connection: sqlite3.Connection) -> None:
    try:
        if not enforce and (broken := connection.execute("PRAGMA foreign_key_check").fetchone()):
            raise sqlite3.IntegrityError(f"a row of {broken[0]} refers to no row of {broken[2]}")
        connection.execute("COMMIT")
    except sqlite3.Error:
        _rollback(enforce, connection)
        raise
    if not enforce:
        connection.execute("PRAGMA foreign_keys=ON")


def _rollback(enforce: bool, connection: sqlite3.Connection) -> None:
    if connection.in_transaction:
        connection.execute("ROLLBACK")
    if not enforce:
        connection.execute("PRAGMA foreign_keys=ON")


def _inside(work: Callable[[sqlite3.Connection], T], connection: sqlite3.Connection) -> T:
    # A full disk, for one, makes SQLite roll back by itself; what came next would commit alone.
    if not connection.in_transaction:
        raise TransactionManagementError("SQLite has rolled this transaction back")
    return work(connection)


def _atomic(work: Callable[[sqlite3.Connection], T], connection: sqlite3.Connection) -> T:
    _begin(True, connection)
    try:
        answer = work(connection)
    except sqlite3.Error:
        _rollback(True, connection)
        raise
    _commit(True, connection)
    return answer


def _execute(sql: str, values: Values, connection: sqlite3.Connection) -> int:
    cursor = connection.execute(sql, values)
    # The count of a statement with RETURNING is known when its rows were read.
    cursor.fetchall()
    return max(cursor.rowcount, 0)


def _fetch(sql: str, values: Values, connection: sqlite3.Connection) -> list[Row]:
    return [dict(row) for row in connection.execute(sql, values).fetchall()]


def _execute_many(sql: str, rows: Sequence[Values], connection: sqlite3.Connection) -> None:
    connection.executemany(sql, rows)


def _execute_all(statements: Sequence[Statement], connection: sqlite3.Connection) -> list[int]:
    return [_execute(sql, values, connection) for sql, values in statements]


def _insert(query: str, values: Values, connection: sqlite3.Connection) -> int:
    return cast(int, connection.execute(query, values).lastrowid)


def _query(
    query: str, values: Values, connection: sqlite3.Connection
) -> tuple[int, list[dict[str, Any]]]:
    before = connection.total_changes
    rows = connection.execute(query, values).fetchall()
    return (connection.total_changes - before) or len(rows), cast(list[dict[str, Any]], rows)
