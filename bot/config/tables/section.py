"""What every table of the configuration has in common, and the marks a field may carry.

A mark says what a value refers to. It is checked on what was written (`bot.config.references`), so
that a dangling name is found even where other values of the same table are wrong.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """A table: immutable, without unknown keys, its values never shown in an error."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, hide_input_in_errors=True, use_attribute_docstrings=True
    )


@dataclass(frozen=True, slots=True)
class Ref:
    """The value is a key of that section, or one of the built-in names."""

    section: str
    builtin: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class Target:
    """The value is somebody to page: `schedule:<key>` or `person:<key>`."""


@dataclass(frozen=True, slots=True)
class Channel:
    """The value is a channel on a chat surface, which must be configured."""


@dataclass(frozen=True, slots=True)
class Granted:
    """The value is a role, perhaps bound to a desk, which must exist."""


@dataclass(frozen=True, slots=True)
class Unique:
    """No two values with this mark may be equal, compared without case; `what` names them."""

    what: str


@dataclass(frozen=True, slots=True)
class Beside:
    """A path, relative to the configuration's folder; with `exists` a file must be there."""

    exists: bool = False
