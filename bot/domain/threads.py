"""Where a work item is talked about: links into chat platforms, never state."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

_PERSON: Final = "@"


@dataclass(frozen=True, slots=True, kw_only=True)
class Space:
    """A channel (or a direct conversation, `@account`) on a chat surface."""

    surface: str
    id: str

    @property
    def direct(self) -> bool:
        """Whether only one person reads it."""
        return self.id.startswith(_PERSON)

    @property
    def account(self) -> str:
        """Whose direct conversation it is; empty for a channel."""
        return self.id.removeprefix(_PERSON) if self.direct else ""

    def __str__(self) -> str:
        return f"{self.surface}:{self.id}"


def conversation_with(surface: str, account: str) -> Space:
    """The direct conversation with an account."""
    return Space(surface=surface, id=f"{_PERSON}{account}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadRef:
    """A thread on a chat surface; platform ids are opaque text."""

    surface: str
    space: str
    id: str

    @property
    def place(self) -> Space:
        """The channel the thread hangs in."""
        return Space(surface=self.surface, id=self.space)

    def __str__(self) -> str:
        return f"{self.surface}:{self.space}:{self.id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadLink:
    """The binding of a work item to a thread; `ref` is None until the platform made the thread."""

    id: int = 0
    item: int
    place: Space
    ref: ThreadRef | None = None


def parse_space(text: str) -> Space:
    """Read `slack:C024BE91L` or `console:support`; ValueError says what is wrong."""
    surface, colon, id_ = text.partition(":")
    if not (surface and colon and id_):
        raise ValueError(f"{text!r} is no channel; write surface:id, for example console:support")
    return Space(surface=surface, id=id_)
