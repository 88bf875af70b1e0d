"""Walks what was written along the models: every table, list and value with its type and marks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from bot.config.problems import KeyPath
from bot.config.settings import Settings

Hint = Any
"""A type as written in an annotation; Python has no static type for these."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A value as it was written, at its place, with the type and the marks the models give it."""

    keys: KeyPath
    hint: Hint
    marks: tuple[object, ...]
    value: object

    @property
    def table(self) -> dict[str, object]:
        """The value itself when it is a table, else an empty one."""
        return self.value if isinstance(self.value, dict) else {}

    @property
    def fields(self) -> dict[str, FieldInfo]:
        """The fields of a table by the names they are written with; empty for anything else."""
        return fields_of(self.hint)

    @property
    def secrets(self) -> bool:
        """Whether it is a table of secrets by free names."""
        return origin(self.hint) is dict and is_secret(inside(self.hint))


def origin(hint: Hint) -> object:
    """What a generic type was made of: dict for `dict[str, int]`; None for a plain type."""
    return get_origin(hint)


def fields_of(hint: Hint) -> dict[str, FieldInfo]:
    """The fields of a model by the names they are written with; empty for other types."""
    if not (isinstance(hint, type) and issubclass(hint, BaseModel)):
        return {}
    return {field.alias or name: field for name, field in hint.model_fields.items()}


def bare(hint: Hint) -> tuple[Hint, tuple[object, ...]]:
    """A type without Annotated and without None, and the marks that were on it."""
    if origin(hint) is Annotated:
        inner, marks = bare(get_args(hint)[0])
        return inner, (*marks, *hint.__metadata__)
    if origin(hint) in (Union, UnionType):
        kinds = [kind for kind in get_args(hint) if kind is not NoneType]
        return bare(kinds[0]) if len(kinds) == 1 else (hint, ())
    return hint, ()


def inside(hint: Hint) -> Hint:
    """The type of the values in a `dict[…, …]`, or of the items in a `tuple[…, ...]`."""
    return get_args(hint)[1 if origin(hint) is dict else 0]


def is_secret(hint: Hint) -> bool:
    """Whether values of the type are secrets."""
    return bare(hint)[0] is SecretStr


def nodes(
    value: object, hint: Hint = Settings, keys: KeyPath = (), marks: tuple[object, ...] = ()
) -> Iterator[Node]:
    """The value and everything in it that the type knows, from the outside in."""
    hint, own = bare(hint)
    node = Node(keys=keys, hint=hint, marks=(*marks, *own), value=value)
    yield node
    for name, inner in node.table.items():
        if info := node.fields.get(name):
            yield from nodes(inner, info.annotation, (*keys, name), tuple(info.metadata))
        elif origin(hint) is dict:
            yield from nodes(inner, inside(hint), (*keys, name))
    if isinstance(value, list) and origin(hint) is tuple:
        for index, item in enumerate(value):
            yield from nodes(item, inside(hint), (*keys, index))


def field_at(keys: KeyPath) -> FieldInfo | None:
    """The field that a path names, whether or not it was written; None when there is none."""
    hint: Hint = Settings
    found: FieldInfo | None = None
    for key in keys:
        hint = bare(hint)[0]
        if origin(hint) in (dict, tuple):
            hint = inside(hint)
            continue
        found = fields_of(hint).get(str(key))
        if found is None:
            return None
        hint = found.annotation
    return found
