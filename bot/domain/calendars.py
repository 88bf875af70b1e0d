"""Working hours: when a calendar is open, and how much open time passes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Final, Self
from zoneinfo import ZoneInfo

from bot.domain.durations import WEEKDAYS, wall_instant

HORIZON: Final = timedelta(days=400)
"""How far ahead `Calendar.due` looks before it says that the calendar does not open enough."""

_DAY: Final = timedelta(days=1)
_HOURS: Final = re.compile(r"\s*([0-9]{1,2}):([0-9]{2})\s*-\s*([0-9]{1,2}):([0-9]{2})\s*")


def as_utc(at: datetime) -> datetime:
    """The same instant in UTC; ValueError for a time without a zone, which names no instant."""
    if at.tzinfo is None:
        raise ValueError(f"{at.isoformat()} has no time zone: give an aware datetime")
    return at.astimezone(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Opening hours that begin on one local day; `closes` not after `opens` is the next day's."""

    opens: time
    closes: time

    def __post_init__(self) -> None:
        """Refuse times with a zone of their own: the calendar's zone is the only one."""
        if self.opens.tzinfo is not None or self.closes.tzinfo is not None:
            raise ValueError(f"opening hours {self}: the zone belongs to the calendar")

    def __str__(self) -> str:
        """The way it is written in the configuration: `09:00-17:00`."""
        return (
            f"{self.opens:%H:%M}-{'24:00' if self.closes == time.min else f'{self.closes:%H:%M}'}"
        )

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `09:00-17:00`, `22:00-06:00` or `00:00-24:00`; ValueError says what was expected."""
        found = _HOURS.fullmatch(text)
        if found is None:
            raise ValueError(f"opening hours {text!r}: write them like 09:00-17:00")
        from_hour, from_minute, to_hour, to_minute = map(int, found.groups())
        to_hour = 0 if (to_hour, to_minute) == (24, 0) else to_hour
        try:
            return cls(opens=time(from_hour, from_minute), closes=time(to_hour, to_minute))
        except ValueError as error:
            raise ValueError(f"opening hours {text!r}: {error}") from error

    def on(self, day: date, timezone: ZoneInfo) -> tuple[datetime, datetime]:
        """Its two ends in UTC when it begins on that local day (see `durations.wall_instant`)."""
        last = day + _DAY if self.closes <= self.opens else day
        opens = wall_instant(datetime.combine(day, self.opens), timezone)
        return opens, wall_instant(datetime.combine(last, self.closes), timezone)


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """Weekly hours (Monday is 0) in one zone; a holiday removes those that begin on that local day.

    Without a timezone it is always open, and has neither hours nor holidays.
    """

    name: str
    timezone: ZoneInfo | None
    week: Mapping[int, tuple[Span, ...]] = field(hash=False)
    holidays: frozenset[date]

    def __post_init__(self) -> None:
        """Refuse hours without a zone, unknown weekdays and overlapping hours."""
        if self.timezone is None and (self.week or self.holidays):
            raise ValueError(f"calendar {self.name}: hours and holidays need a timezone")
        for weekday, hours in self.week.items():
            if weekday not in range(7):
                raise ValueError(f"calendar {self.name}: weekday {weekday} is not one of 0 to 6")
            self._refuse_overlaps(weekday, hours)

    def spans(self, start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
        """The open times within [start, end) in UTC: in order, never overlapping, not empty."""
        start, end = as_utc(start), as_utc(end)
        if self.timezone is None:
            openings: Iterable[tuple[datetime, datetime]] = [(start, end)]
        else:
            openings = _disjoint(self._openings(start, end, self.timezone))
        for opens, closes in openings:
            first, last = max(opens, start), min(closes, end)
            if first < last:
                yield first, last

    def elapsed(self, start: datetime, end: datetime) -> timedelta:
        """How much open time lies in [start, end); zero when end is not after start."""
        return sum((closes - opens for opens, closes in self.spans(start, end)), timedelta())

    def due(self, start: datetime, target: timedelta) -> datetime | None:
        """The first instant (UTC) at which `target` of open time has passed since `start`.

        A target of zero is the next open instant. None when the calendar does not open enough
        within `HORIZON`; ValueError for a negative target.
        """
        if target < timedelta():
            raise ValueError(f"a target cannot be negative: {target}")
        start, left = as_utc(start), target
        for opens, closes in self.spans(start, start + HORIZON):
            if closes - opens >= left:
                return opens + left
            left -= closes - opens
        return None

    def is_open(self, at: datetime) -> bool:
        """Whether the instant lies in open time; a closing time no longer does."""
        return any(True for _ in self.spans(at, at + timedelta.resolution))

    def _openings(
        self, start: datetime, end: datetime, timezone: ZoneInfo
    ) -> Iterator[tuple[datetime, datetime]]:
        # From the day before, because its hours may run past midnight.
        day = start.astimezone(timezone).date() - _DAY
        last = end.astimezone(timezone).date()
        while day <= last:
            if day not in self.holidays:
                hours = self.week.get(day.weekday(), ())
                yield from sorted(span.on(day, timezone) for span in hours)
            day += _DAY

    def _refuse_overlaps(self, weekday: int, hours: tuple[Span, ...]) -> None:
        for first, second in pairwise(sorted(hours, key=lambda span: span.opens)):
            # Hours that pass midnight reach over every later beginning of that day.
            if first.closes <= first.opens or second.opens < first.closes:
                raise ValueError(
                    f"calendar {self.name}: {first} overlaps {second} on {WEEKDAYS[weekday]};"
                    " join them or move one"
                )


ALWAYS: Final = Calendar(name="always", timezone=None, week={}, holidays=frozenset())
"""Open around the clock, every day."""


def _disjoint(
    openings: Iterable[tuple[datetime, datetime]],
) -> Iterator[tuple[datetime, datetime]]:
    """Join what overlaps, as a night shift may the next morning's, so that no minute counts twice.

    Hours that only touch stay apart: joining them would walk a whole year of all-day hours at once.
    """
    held: tuple[datetime, datetime] | None = None
    for opens, closes in openings:
        if held is not None and opens < held[1]:
            held = held[0], max(held[1], closes)
            continue
        if held is not None:
            yield held
        held = opens, closes
    if held is not None:
        yield held
