"""Who is busy answering what just now: a hint that this process remembers, never a lock."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

# So many signs are remembered; the oldest make room.
MOST: Final = 1000


class Doing(StrEnum):
    """What somebody does."""

    REPLYING = "replying"
    TYPING = "typing"


# Not every platform tells that a form was closed, and none that somebody stopped typing.
_LASTS: Final = {Doing.REPLYING: timedelta(minutes=15), Doing.TYPING: timedelta(seconds=15)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign:
    """Somebody was seen at it, since then."""

    person: str
    doing: Doing
    since: datetime


@dataclass(frozen=True, slots=True)
class _Stay:
    since: datetime
    last: datetime


class Presence:
    """Signs of people at work, by the work item's row."""

    def __init__(self) -> None:
        self._signs: OrderedDict[tuple[int, str, Doing], _Stay] = OrderedDict()

    def enter(self, item: int, person: str, doing: Doing, now: datetime) -> None:
        """Somebody begins, or is still at it."""
        key = (item, person, doing)
        stay = self._signs.pop(key, None)
        goes_on = stay is not None and now - stay.last < _LASTS[doing]
        self._signs[key] = _Stay(stay.since if stay and goes_on else now, now)
        while len(self._signs) > MOST:
            self._signs.popitem(last=False)

    def leave(self, item: int, person: str) -> None:
        """Somebody is done."""
        for doing in Doing:
            self._signs.pop((item, person, doing), None)

    def others(self, item: int, person: str, now: datetime) -> Sequence[Sign]:
        """Everybody else at it, with what says most about them."""
        found: dict[str, Sign] = {}
        for (where, who, doing), stay in self._signs.items():
            here = where == item and who != person and now - stay.last < _LASTS[doing]
            if here and (who not in found or doing is Doing.REPLYING):
                found[who] = Sign(person=who, doing=doing, since=stay.since)
        return tuple(found.values())
