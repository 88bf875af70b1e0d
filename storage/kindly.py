"""Failures of the database as the core hears of them."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, Final, ParamSpec, TypeVar

from tortoise.exceptions import BaseORMException

from bot.errors import TemporaryError
from storage.failures import ASYNCPG_ERRORS, retryable, storage_full

P = ParamSpec("P")
T = TypeVar("T")

#: What a statement raises; exceptions of the core have causes too, and must pass as they are.
FAILURES: Final = (BaseORMException, sqlite3.Error, *ASYNCPG_ERRORS)


def kindly(
    call: Callable[P, Coroutine[Any, Any, T]],
) -> Callable[P, Coroutine[Any, Any, T]]:
    """Let a call raise TemporaryError when the database is busy, away or full."""

    @wraps(call)
    async def told(*args: P.args, **kwargs: P.kwargs) -> T:
        with told_kindly():
            return await call(*args, **kwargs)

    return told


@contextmanager
def told_kindly() -> Iterator[None]:
    """Turn what is raised when the database is busy, away or full into TemporaryError."""
    try:
        yield
    except FAILURES as failure:
        if (words := passing(failure)) is None:
            raise
        raise TemporaryError(words) from failure


def passing(failure: Exception) -> str | None:
    """What to say about a failure that will pass; None when it will not pass by itself."""
    if storage_full(failure):
        return "the database is full; give it room"
    if retryable(failure):
        return "the database is busy or away; try again soon"
    return None
