"""The three kinds of error that cross a port; everything else is a defect and ends at a boundary.

Refused           the words are shown to a person (a subclass here: UserError)
TemporaryError    try again later
PermanentError    stop, and tell an operator
"""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import Final

from bot.domain.refusals import Refused

__all__ = [
    "GONE",
    "OPEN_TO_ALL",
    "Fault",
    "NoAnswer",
    "PermanentError",
    "Refused",
    "TemporaryError",
    "UserError",
    "open_to_all",
]


class UserError(Refused):
    """A request that cannot be understood or carried out as it was typed."""


class TemporaryError(Exception):
    """The same try may succeed later: an outage, a limit, an overload.

    `retry_after` is the other side's own wish; `ambiguous` says that the effect may have happened.
    """

    def __init__(
        self,
        words: str,
        *,
        retry_after: timedelta | None = None,
        ambiguous: bool = False,
    ) -> None:
        super().__init__(words)
        self.words = words
        self.retry_after = retry_after
        self.ambiguous = ambiguous


class NoAnswer(TemporaryError):
    """The other side was there, and took too long to say anything."""


class Fault(StrEnum):
    """What a permanent error is about, and so what is to be done."""

    PAYLOAD = "payload"
    DESTINATION = "destination"
    CREDENTIAL = "credential"


# The code of a PermanentError about a posted message, or the thread it began, that was deleted.
GONE: Final = "gone"
# The code of a PermanentError about a place where nothing can be kept from its readers.
OPEN_TO_ALL: Final = "open_to_all"


class PermanentError(Exception):
    """The same try can never succeed; it is parked and a person is told."""

    def __init__(self, words: str, *, fault: Fault = Fault.PAYLOAD, code: str = "") -> None:
        super().__init__(words)
        self.words = words
        self.fault = fault
        self.code = code


def open_to_all(place: str) -> PermanentError:
    """Whoever reads the place would read what not everybody may know."""
    words = f"{place} can keep nothing from those who read it"
    return PermanentError(words, fault=Fault.DESTINATION, code=OPEN_TO_ALL)
