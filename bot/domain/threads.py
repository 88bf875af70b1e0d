"""Where a work item is talked about: links into chat platforms, never state."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Space:
    """A channel (or a direct conversation, `@account`) on a chat surface."""

    surface: str
    id: str

    def __str__(self) -> str:
        return f"{self.surface}:{self.id}"


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
