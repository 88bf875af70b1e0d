"""Domain values as JSON: a dataclass is an object of its fields, read back by their types.

Instants are microseconds since the epoch and durations microseconds, as everywhere in the database;
tuples are lists. Text is escaped to ASCII, so no character is beyond any database.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import fields, is_dataclass
from datetime import datetime, timedelta
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Any, TypeAlias, TypeVar, Union, get_args, get_origin, get_type_hints

from bot.errors import PermanentError
from storage.fields import from_us, to_us

T = TypeVar("T")
Reader: TypeAlias = Callable[[Any], Any]

_MICROSECOND = timedelta(microseconds=1)


def dump(value: object) -> str:
    """The value as JSON."""
    return json.dumps(value, default=_plain, separators=(",", ":"))


def dump_fields(value: object, names: Iterable[str]) -> str:
    """Some fields of a dataclass as JSON."""
    return dump({name: getattr(value, name) for name in names})


def load(kind: type[T], text: str) -> T:
    """Read what `dump` made of such a value; PermanentError when a newer version made it."""
    value: T = _reader(kind)(json.loads(text))
    return value


def load_fields(kind: type, text: str) -> dict[str, Any]:
    """Read what `dump_fields` made of such a dataclass; PermanentError when a newer version did."""
    return _read_fields(kind, json.loads(text))


def _plain(value: object) -> object:
    """What JSON has for a value that it does not know; text, numbers, tuples and enums it does."""
    match value:
        case datetime():
            return to_us(value)
        case timedelta():
            return value // _MICROSECOND
    if is_dataclass(value):
        return {field.name: getattr(value, field.name) for field in fields(value)}
    raise TypeError(f"{value!r} has no place in the database")


def _reader(kind: Any) -> Reader:
    """How a value of the type is made of its JSON."""
    if get_origin(kind) in (Union, UnionType):
        return _optional(_reader(_without_none(kind)))
    if get_origin(kind) is tuple:
        return _tuple_of(_reader(get_args(kind)[0]))
    if kind is datetime:
        return from_us
    if kind is timedelta:
        return lambda count: timedelta(microseconds=count)
    if isinstance(kind, type) and is_dataclass(kind):
        return _dataclass(kind)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind
    return _as_it_is


def _read_fields(kind: type, data: dict[str, Any]) -> dict[str, Any]:
    readers = _field_readers(kind)
    if strange := data.keys() - readers.keys():
        raise PermanentError(
            f"a stored {kind.__name__} has {', '.join(sorted(strange))}, unknown to this version;"
            " run the newer version that wrote it",
            code="newer",
        )
    return {name: readers[name](value) for name, value in data.items()}


@cache
def _field_readers(kind: Any) -> dict[str, Reader]:
    hints = get_type_hints(kind)
    return {field.name: _reader(hints[field.name]) for field in fields(kind)}


def _without_none(kind: Any) -> Any:
    (only,) = (part for part in get_args(kind) if part is not NoneType)
    return only


def _optional(reader: Reader) -> Reader:
    return lambda value: None if value is None else reader(value)


def _dataclass(kind: type) -> Reader:
    return lambda data: kind(**_read_fields(kind, data))


def _tuple_of(reader: Reader) -> Reader:
    return lambda values: tuple(map(reader, values))


def _as_it_is(value: Any) -> Any:
    return value
