"""The database: opened once, asked in SQL or by Tortoise's models, in transactions or without."""

from __future__ import annotations

import os
import sqlite3
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Self, TypeAlias, cast

import asyncpg
from tortoise.backends.base.client import TransactionContext
from tortoise.context import TortoiseContext, _current_context
from tortoise.exceptions import OperationalError

from storage.address import Address, read_address
from storage.engines.postgres import PostgresEngine, PostgresTransaction, run_alone
from storage.engines.sqlite import SqliteEngine, SqliteTransaction
from storage.failures import CannotOpen
from storage.lock import Duties, Duty
from storage.sql import POSTGRES, DialectName, Row, Statement, Values
from storage.wake import CHANNEL, Bridge, Wakes

Engine: TypeAlias = SqliteEngine | PostgresEngine
Inside: TypeAlias = SqliteTransaction | PostgresTransaction

#: Tortoise's label for our models: a foreign key is written "storage.DeskRow".
APP = "storage"
MODELS = ("storage.rows",)


class Queries(ABC):
    """What can be asked in SQL. Placeholders are `?`, one hop to SQLite's thread is one call.

    Raises Tortoise's IntegrityError and OperationalError, or the driver's own exceptions; see
    `storage.failures`.
    """

    __slots__ = ()

    @abstractmethod
    def _client(self) -> Engine:
        """Where the statements go."""

    async def execute(self, sql: str, values: Values = ()) -> int:
        """Run a statement; how many rows it changed."""
        return await self._client().execute(sql, values)

    async def fetch(self, sql: str, values: Values = ()) -> list[Row]:
        """Run a statement; its rows (of a SELECT, or of RETURNING)."""
        return await self._client().fetch(sql, values)

    async def executemany(self, sql: str, rows: Iterable[Values]) -> None:
        """Run a statement once for each of `rows`, all or nothing."""
        await self._client().executemany(sql, rows)

    async def execute_all(self, statements: Sequence[Statement]) -> list[int]:
        """Run different statements, all or nothing; how many rows each changed."""
        return await self._client().execute_all(statements)


class Connection(Queries):
    """Statements that go one way: into a transaction, or to a reader."""

    __slots__ = ("_engine",)

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def _client(self) -> Engine:
        return self._engine


class Transaction(Connection):
    """An open transaction, or a nested one."""

    __slots__ = ("_bracket", "_database")

    def __init__(self, bracket: Inside, database: Database) -> None:
        super().__init__(bracket)
        self._bracket = bracket
        self._database = database

    def after_commit(self, callback: Callable[[], None]) -> None:
        """Call `callback` once the outermost transaction is committed; it must not raise."""
        self._bracket.hooks.append(callback)

    async def notify(self, channel: str) -> None:
        """Wake those who listen to the channel, in every process, after the commit."""
        if self._database.bridged:
            self.after_commit(partial(self._database.ring, channel))
        else:
            await self.fetch("SELECT pg_notify(?, ?)", (CHANNEL, channel))


class Database(Queries):
    """An open database. Made by `open`; `close` it, or SQLite's thread stays.

    Tortoise's models work inside `transaction`, `reading` and `session`, in any task of the loop,
    and nowhere else: so several databases in one process cannot mix.
    """

    def __init__(self, address: Address, context: TortoiseContext) -> None:
        self._address = address
        self._context = context
        self._engine = cast("Engine", context.connections.get(address.dialect.name))
        self._reader: SqliteEngine | None = None
        self._wakes = Wakes()
        self._bridge: Bridge | None = None
        self._duties = Duties(address.target if address.dialect is POSTGRES else None)
        if address.file is not None:
            self._reader = SqliteEngine(
                address.target, connection_name=address.dialect.name, query_only="ON"
            )
        if address.dialect is POSTGRES:
            self._bridge = Bridge(address.target, self._wakes)
        #: The database's clock in microseconds since the epoch, as an SQL expression.
        self.sql_now_us = address.dialect.now_us
        #: Ends the inner SELECT of a claim: "" or "FOR UPDATE SKIP LOCKED".
        self.skip_locked = address.dialect.skip_locked

    @classmethod
    async def open(cls, url: str, *, models: Sequence[str] = MODELS) -> Self:
        """Open (and for SQLite make) the database; CannotOpen says why not.

        `models` are the modules with Tortoise's models.
        """
        address = read_address(url)
        context = TortoiseContext()
        token = _current_context.set(context)
        try:
            await context.init(config=_configuration(address, models))
        finally:
            _current_context.reset(token)
        database = cls(address, context)
        try:
            await database._connect()
        except BaseException:
            await database.close()
            raise
        return database

    async def _connect(self) -> None:
        if self._address.dialect is POSTGRES:
            await _connect_postgres(self._address, self._engine)
        else:
            await _connect_sqlite(self._address, self._engine, self._reader)

    async def close(self) -> None:
        """Close it; a second time does nothing."""
        async with AsyncExitStack() as stack:
            stack.push_async_callback(self._engine.close)
            if self._reader is not None:
                stack.push_async_callback(self._reader.close)
            if self._bridge is not None:
                stack.push_async_callback(self._bridge.stop)
            stack.push_async_callback(self._duties.close)

    @property
    def dialect(self) -> DialectName:
        """`sqlite` or `postgres`."""
        return self._address.dialect.name

    @property
    def file(self) -> Path | None:
        """SQLite's file; None for one in memory and for PostgreSQL."""
        return self._address.file

    def __str__(self) -> str:
        return self._address.words

    # ------------------------------------------------------------------ transactions

    @contextmanager
    def session(self) -> Iterator[None]:
        """Let Tortoise's models use this database; outside a transaction each statement commits."""
        token = _current_context.set(self._context)
        try:
            yield
        finally:
            _current_context.reset(token)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Read, by SQL or models, without waiting for a transaction; inside one, read in it.

        Each statement sees what was committed before it. Writing is refused on a SQLite file.
        """
        with self.session():
            if self._reader is None or isinstance(self._client(), SqliteTransaction):
                yield Connection(self._client())
                return
            token = self._context.connections.set(self.dialect, self._reader)
            try:
                yield Connection(self._reader)
            finally:
                self._context.connections.reset(token)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        """BEGIN … COMMIT, or ROLLBACK when the block raises; inside another one, a savepoint.

        The task's Tortoise models join it. Its end is known when this returns or raises: a task
        that is cancelled during COMMIT hears of it after the answer.
        """
        with self.session():
            async with self._bracket(self._writer()._in_transaction()) as transaction:
                yield transaction

    @asynccontextmanager
    async def reshaping(self) -> AsyncIterator[Transaction]:
        """A transaction for migrations: SQLite checks foreign keys at its end, and time is long."""
        with self.session():
            async with self._bracket(self._engine.reshaping()) as transaction:
                yield transaction

    @asynccontextmanager
    async def _bracket(self, context: TransactionContext) -> AsyncIterator[Transaction]:
        async with context as client:
            yield Transaction(cast("Inside", client), self)

    def _client(self) -> Engine:
        return cast("Engine", self._context.connections.get(self.dialect))

    def _writer(self) -> Engine:
        client = self._client()
        return self._engine if client is self._reader else client

    async def execute_all(self, statements: Sequence[Statement]) -> list[int]:
        """Run different statements, all or nothing; how many rows each changed."""
        with self.session():
            return await super().execute_all(statements)

    async def maintain(self, statement: str) -> None:
        """Run a statement that stands in no transaction, such as VACUUM, and may take long."""
        if self._address.dialect is POSTGRES:
            await run_alone(self._address.target, statement)
        else:
            await self._engine.execute(statement)

    # ------------------------------------------------------------------ waking, and being the one

    async def listen(self, channel: str, callback: Callable[[], None]) -> Callable[[], None]:
        """Call `callback` at each `notify` of the channel, in any process; the answer undoes this.

        It is a hint: it may come twice, and late or once for many when the connection fails.
        """
        forget = self._wakes.add(channel, callback)
        if self._bridge is not None:
            await self._bridge.start()
        return forget

    async def notify(self, channel: str) -> None:
        """Wake those who listen to the channel, in every process."""
        if self.bridged:
            self.ring(channel)
        else:
            await self.fetch("SELECT pg_notify(?, ?)", (CHANNEL, channel))

    @property
    def bridged(self) -> bool:
        """Whether `ring` reaches everybody: on SQLite always, else once somebody listens here."""
        return self._bridge is None or self._bridge.running

    def ring(self, channel: str) -> None:
        """Wake those who listen here at once, and those elsewhere soon."""
        self._wakes.ring(channel)
        if self._bridge is not None:
            self._bridge.send(channel)

    async def lock(self, name: str, patience: float = 0.0) -> Duty | None:
        """Take a duty that only one instance may have, as soon as it is free; None when it is not
        within so many seconds.
        """
        return await self._duties.take(name, patience)


def _configuration(address: Address, models: Sequence[str]) -> dict[str, object]:
    name = address.dialect.name
    options = (
        {"dsn": address.target, "maxsize": 10}
        if address.dialect is POSTGRES
        else {"file_path": address.target}
    )
    return {
        "connections": {name: {"engine": f"storage.engines.{name}", "credentials": options}},
        "apps": {APP: {"models": list(models), "default_connection": name}},
    }


def _make_for_its_owner(file: Path) -> None:
    """An empty file that nobody else can read, unless it is there: customers' words go into it.

    SQLite gives what it writes beside it the same mode.
    """
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # What is wrong with the file itself SQLite says, which opens it next.
    with suppress(OSError):
        os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))


async def _connect_sqlite(address: Address, engine: Engine, reader: SqliteEngine | None) -> None:
    try:
        if address.file is not None:
            _make_for_its_owner(address.file)
        await engine.create_connection(with_db=True)
        # BEGIN IMMEDIATE and COMMIT: a file that cannot be written is found out now.
        await engine.execute_all(())
        if reader is not None:
            await reader.create_connection(with_db=True)
    except (sqlite3.Error, OperationalError) as error:
        raise CannotOpen(f"cannot open {address.words}: {error}") from error
    except OSError as error:
        raise CannotOpen(
            f"cannot make the folder of {address.words}: {error.strerror}; check its rights"
        ) from error


async def _connect_postgres(address: Address, engine: Engine) -> None:
    try:
        await engine.create_connection(with_db=True)
    except asyncpg.InvalidCatalogNameError as error:
        raise CannotOpen(f"{address.words} does not exist; make it with createdb") from error
    except (asyncpg.PostgresError, asyncpg.InterfaceError, ValueError) as error:
        raise CannotOpen(f"cannot open {address.words}: {error}") from error
    except OSError as error:
        reason = error.strerror or str(error) or "no answer in time"
        raise CannotOpen(
            f"cannot reach {address.words}: {reason}; check that it runs, and the address"
        ) from error
