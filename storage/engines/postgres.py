"""Tortoise's asyncpg engine, hardened.

A connection always comes back to the pool or is cut off, and a COMMIT that was none is an error.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterable, Iterator, Sequence
from types import TracebackType
from typing import Any, TypeAlias

import asyncpg
from asyncpg.pool import PoolConnectionProxy
from tortoise.backends.asyncpg.client import AsyncpgDBClient
from tortoise.backends.base.client import (
    ConnectionWrapper,
    PoolConnectionWrapper,
    TransactionContext,
)
from tortoise.exceptions import IntegrityError, OperationalError, TransactionManagementError

from storage.engines.transactions import Bracket, Nested, Outermost, to_the_end
from storage.failures import ASYNCPG_ERRORS
from storage.sql import Row, Statement, Values, numbered

Connection: TypeAlias = "PoolConnectionProxy[asyncpg.Record]"

# Bounds in seconds: a network that swallows packets must not hold anybody up for ever.
CONNECT_TIMEOUT = 10.0
ACQUIRE_TIMEOUT = 30.0
STATEMENT_TIMEOUT = 60.0
RESHAPE_TIMEOUT = 3600.0
CONTROL_TIMEOUT = 20.0
CLOSE_TIMEOUT = 5.0

SESSION = {
    "application_name": "deskhand",
    # A process that froze inside a transaction loses its locks.
    "idle_in_transaction_session_timeout": "60s",
    "jit": "off",
}


class PostgresEngine(AsyncpgDBClient):
    """A pool of connections; outside a transaction every statement commits by itself."""

    #: A bound for each statement when it is not the pool's.
    timeout: float | None = None

    def __init__(self, dsn: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.dsn = dsn

    async def create_connection(self, with_db: bool) -> None:
        """Fill the pool; OSError or asyncpg's exceptions when the server cannot be reached."""
        self._pool = await asyncpg.create_pool(
            self.dsn,
            min_size=self.pool_minsize,
            max_size=self.pool_maxsize,
            timeout=CONNECT_TIMEOUT,
            command_timeout=STATEMENT_TIMEOUT,
            server_settings=SESSION,
            reset=_nothing_to_reset,
        )
        await self._post_connect()

    async def close(self) -> None:
        """Close the pool; what is still at work is cut off after `CLOSE_TIMEOUT`."""
        pool, self._pool = self._pool, None
        if pool is None:
            return
        try:
            async with asyncio.timeout(CLOSE_TIMEOUT):
                await pool.close()
        except TimeoutError:
            pool.terminate()

    @property
    def pool(self) -> asyncpg.Pool:
        """The open pool; OperationalError after `close`."""
        if self._pool is None:
            raise OperationalError("the database is closed")
        return self._pool

    async def take(self) -> Connection:
        """Get a connection of the pool; TimeoutError when none becomes free in time."""
        async with asyncio.timeout(ACQUIRE_TIMEOUT):
            return await self.pool.acquire()

    def acquire_connection(self) -> ConnectionWrapper[Any] | PoolConnectionWrapper[Any]:
        """A connection of the pool for one statement."""
        return Lent(self, self._pool_init_lock)

    async def execute(self, sql: str, values: Values = ()) -> int:
        """Run a statement; how many rows it changed."""
        with _tortoise_errors():
            async with self.acquire_connection() as connection:
                tag = await connection.execute(numbered(sql), *values, timeout=self.timeout)
        return _changed(tag)

    async def fetch(self, sql: str, values: Values = ()) -> list[Row]:
        """Run a statement; its rows."""
        with _tortoise_errors():
            async with self.acquire_connection() as connection:
                rows = await connection.fetch(numbered(sql), *values, timeout=self.timeout)
        return [dict(row) for row in rows]

    async def executemany(self, sql: str, rows: Iterable[Values]) -> None:
        """Run a statement once for each of `rows`, all or nothing."""
        with _tortoise_errors():
            async with self.acquire_connection() as connection:
                await connection.executemany(numbered(sql), rows, timeout=self.timeout)

    async def execute_all(self, statements: Sequence[Statement]) -> list[int]:
        """Run different statements, all or nothing; how many rows each changed."""
        transaction = PostgresTransaction(self)
        async with OfPool(transaction, self):
            return await transaction.execute_all(statements)

    async def execute_many(self, query: str, values: list[list[Any]]) -> None:
        """What Tortoise's bulk_create calls: once for each row, all or nothing."""
        await self.executemany(query, values)

    def _in_transaction(self) -> TransactionContext:
        return OfPool(PostgresTransaction(self), self)

    def reshaping(self) -> TransactionContext:
        """A transaction that may rebuild tables, and so may take long."""
        return OfPool(PostgresTransaction(self, timeout=RESHAPE_TIMEOUT), self)


class PostgresTransaction(Bracket, PostgresEngine):
    """A connection inside a transaction or savepoint."""

    driver_errors = (*ASYNCPG_ERRORS, OperationalError, TransactionManagementError)

    _connection: Connection  # type: ignore[assignment]
    _lock: asyncio.Lock

    def __init__(self, parent: PostgresEngine, *, timeout: float | None = None) -> None:
        outer = parent if isinstance(parent, PostgresTransaction) else None
        self.connection_name = parent.connection_name
        self.fetch_inserted = parent.fetch_inserted
        self.log = parent.log
        self.timeout = timeout or parent.timeout
        self._parent = parent
        self._lock = outer._lock if outer else asyncio.Lock()
        if outer:
            self._connection = outer._connection
        self._start(outer)

    def lend(self, connection: Connection) -> None:
        """Say which connection the transaction has for itself."""
        self._connection = connection

    def acquire_connection(self) -> ConnectionWrapper[Any]:
        """The transaction's connection for one statement."""
        return Own(self._lock, self)

    async def execute_all(self, statements: Sequence[Statement]) -> list[int]:
        """Run different statements; how many rows each changed."""
        return [await self.execute(sql, values) for sql, values in statements]

    def _in_transaction(self) -> TransactionContext:
        return Nested(PostgresTransaction(self))

    async def control(self, *statements: str) -> None:
        """Send control statements."""
        await self._send("; ".join(statements))

    async def begin(self) -> None:
        """BEGIN."""
        await to_the_end(self.control("BEGIN"))

    async def commit(self) -> None:
        """COMMIT, to its end; TransactionManagementError when PostgreSQL rolled back instead."""
        self.refuse_if_over()
        self._finalized = True
        await to_the_end(self._commit())

    async def _commit(self) -> None:
        # After a failed statement COMMIT rolls back, and says so in its tag alone.
        if await self._send("COMMIT") != "COMMIT":
            raise TransactionManagementError(
                "PostgreSQL rolled back at COMMIT, since a statement had failed;"
                " put what may fail into a nested transaction"
            )
        self.committed = True

    async def rollback(self) -> None:
        """ROLLBACK."""
        self.refuse_if_over()
        await self.undo(self._send("ROLLBACK"))

    async def _send(self, sql: str) -> str:
        # A task left behind may be in the middle of a statement; it is waited for.
        async with self._lock:
            with _tortoise_errors():
                return await self._connection.execute(sql, timeout=CONTROL_TIMEOUT)


class Lent(PoolConnectionWrapper[Any]):
    """A connection of the pool while the block lasts."""

    client: PostgresEngine

    async def __aenter__(self) -> Connection:
        self.connection = await self.client.take()
        return self.connection

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc_val: BaseException | None,
        exc_tb: TracebackType | None,
    ) -> None:
        if self.connection is not None:
            await _give_back(self.connection)


class Own(ConnectionWrapper[Any]):
    """A transaction's connection for one statement at a time; refused when that has ended."""

    client: PostgresTransaction

    async def __aenter__(self) -> Connection:
        await self._lock.acquire()
        try:
            self.client.refuse_if_over()
        except TransactionManagementError:
            self._lock.release()
            raise
        return self.client._connection


class OfPool(Outermost):
    """A transaction on a connection of the pool."""

    def __init__(self, client: PostgresTransaction, engine: PostgresEngine) -> None:
        super().__init__(client)
        self._transaction = client
        self._engine = engine

    async def take(self) -> None:
        """Get a connection."""
        self._connection = await self._engine.take()
        self._transaction.lend(self._connection)

    async def give_back(self) -> None:
        """Give the connection back, or cut it off when it could not be rolled back."""
        await _give_back(self._connection)


client_class = PostgresEngine


async def _give_back(connection: Connection) -> None:
    with contextlib.suppress(*ASYNCPG_ERRORS):
        if not connection.is_closed() and connection.is_in_transaction():
            connection.terminate()
        await connection._holder._pool.release(connection)


async def _nothing_to_reset(_connection: asyncpg.Connection) -> None:
    """Spare the round trip: no statement of ours changes a session."""


@contextlib.contextmanager
def _tortoise_errors() -> Iterator[None]:
    try:
        yield
    except (asyncpg.SyntaxOrAccessError, asyncpg.DataError) as error:
        raise OperationalError(error) from error
    except asyncpg.IntegrityConstraintViolationError as error:
        raise IntegrityError(error) from error
    except asyncpg.InvalidTransactionStateError as error:
        raise TransactionManagementError(error) from error


def _changed(tag: str) -> int:
    verb, _, rest = tag.partition(" ")
    return int(rest.rpartition(" ")[2]) if verb in {"INSERT", "UPDATE", "DELETE", "MERGE"} else 0


async def run_alone(dsn: str, statement: str) -> None:
    """Run one statement on a connection of its own, without a transaction, as long as it takes."""
    connection = await asyncpg.connect(
        dsn, timeout=CONNECT_TIMEOUT, command_timeout=RESHAPE_TIMEOUT, server_settings=SESSION
    )
    try:
        await connection.execute(statement)
    finally:
        await connection.close(timeout=CLOSE_TIMEOUT)
