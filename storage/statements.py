"""Statements made of the names of columns, so that names and values cannot fall out of step.

Tables and columns come from our own modules; what comes from outside is always a value, bound to a
`?`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import TypeVar

T = TypeVar("T")

#: How many values one statement takes at most in a list; PostgreSQL ends at 65,535 in all.
CHUNK = 500


@lru_cache
def select(columns: tuple[str, ...], rest: str) -> str:
    """SELECT the columns FROM `rest`: the table, and what restricts and orders it."""
    return " ".join(("SELECT", ", ".join(columns), "FROM", rest))


@lru_cache
def insert(table: str, columns: tuple[str, ...], rows: int = 1) -> str:
    """INSERT so many rows; their values come one row after the other."""
    values = ", ".join([marks(len(columns))] * rows)
    return " ".join(("INSERT INTO", table, "(", ", ".join(columns), ") VALUES", values))


@lru_cache
def update(table: str, columns: tuple[str, ...]) -> str:
    """UPDATE the columns of one row; the last value is its id."""
    changes = ", ".join(f"{column} = ?" for column in columns)
    return " ".join(("UPDATE", table, "SET", changes, "WHERE id = ?"))


def marks(count: int) -> str:
    """`(?, ?, ?)`: a list of so many values."""
    return f"({', '.join('?' * count)})"


def chunks(values: Sequence[T], size: int = CHUNK) -> Iterator[Sequence[T]]:
    """The values in order, at most `size` at a time."""
    for start in range(0, len(values), size):
        yield values[start : start + size]
