"""What goes wrong with a database, told apart: try again, full, or cannot be opened at all."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterator

import asyncpg

_LOCKED = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_FULL = {errno.ENOSPC, errno.EDQUOT}

# Deadlocks and lost serialization (class 40), lost connections (08), a server that starts or stops,
# its limits, a lock that was not given, and a plan that a migration made stale.
_PASSING = (
    asyncpg.TransactionRollbackError,
    asyncpg.PostgresConnectionError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError,
    asyncpg.InsufficientResourcesError,
    asyncpg.LockNotAvailableError,
    asyncpg.QueryCanceledError,
    asyncpg.InvalidCachedStatementError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    # What a connection says that was cut off while it was idle.
    asyncpg.InternalClientError,
)

#: Whatever asyncpg raises.
ASYNCPG_ERRORS = (
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    OSError,
)


class CannotOpen(Exception):
    """The database cannot be opened; `words` say which one, why, and what to do."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words


def retryable(failure: BaseException) -> bool:
    """Whether the same transaction may succeed when it is tried again.

    True for locks, deadlocks, lost connections and a server that is away; the COMMIT of a lost
    connection may have succeeded.
    """
    return not storage_full(failure) and any(map(_passes, _causes(failure)))


def storage_full(failure: BaseException) -> bool:
    """Whether the disk (or the quota) of the database is full."""
    return any(map(_is_full, _causes(failure)))


def _causes(failure: BaseException) -> Iterator[BaseException]:
    """The failure, and what Tortoise wrapped in it."""
    cause: BaseException | None = failure
    while cause is not None:
        yield cause
        cause = cause.__cause__


def _passes(failure: BaseException) -> bool:
    if isinstance(failure, sqlite3.OperationalError):
        return _primary(failure) in _LOCKED
    return isinstance(failure, (*_PASSING, OSError)) or _lost(failure)


def _lost(failure: BaseException) -> bool:
    # asyncpg has no class of its own for a call on a connection that has gone.
    return isinstance(failure, asyncpg.InterfaceError) and any(
        words in str(failure) for words in ("connection is closed", "connection has been released")
    )


def _is_full(failure: BaseException) -> bool:
    if isinstance(failure, sqlite3.Error):
        return _primary(failure) == sqlite3.SQLITE_FULL
    return isinstance(failure, asyncpg.DiskFullError) or (
        isinstance(failure, OSError) and failure.errno in _FULL
    )


def _primary(failure: sqlite3.Error) -> int:
    """SQLite's primary result code; errors that Python makes itself have none."""
    return getattr(failure, "sqlite_errorcode", sqlite3.SQLITE_OK) & 0xFF
