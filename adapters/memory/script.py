"""Failures on order: what the next calls of a memory adapter shall run into."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from bot.errors import PermanentError, TemporaryError


@dataclass(frozen=True, slots=True)
class Mishap:
    """An error; `accepted` says that the effect happens first, and only its answer is lost."""

    error: TemporaryError | PermanentError
    accepted: bool = False


def lost_reply() -> Mishap:
    """The other side did it, and nobody here learned of it."""
    words = "the connection broke before the answer"
    return Mishap(TemporaryError(words, ambiguous=True), accepted=True)


class Script:
    """Mishaps for the next calls, one each; None lets a call pass."""

    def __init__(self) -> None:
        self._next: deque[Mishap | None] = deque()
        self._always: Mishap | None = None

    def then(self, *mishaps: Mishap | TemporaryError | PermanentError | None) -> None:
        """Add to what the next calls run into; a bare error happens before any effect."""
        for mishap in mishaps:
            self._next.append(Mishap(mishap) if isinstance(mishap, Exception) else mishap)

    def outage(self, error: TemporaryError | PermanentError | None) -> None:
        """Fail every call from now on, once the ordered mishaps are used up; None ends it."""
        self._always = None if error is None else Mishap(error)

    @contextmanager
    def step(self) -> Iterator[None]:
        """Around a call's effect: raise before it, after it, or not at all."""
        mishap = self._next.popleft() if self._next else self._always
        if mishap is not None and not mishap.accepted:
            raise mishap.error
        yield
        if mishap is not None:
            raise mishap.error
