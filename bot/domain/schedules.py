"""Schedules: who is on call when. Shifts are wall-clock rules, so they keep their hours across DST.

A handoff is the first instant at which clocks reach its wall time (`durations.wall_instant`), used
both as the end of one shift and the start of the next: no gap, no overlap. All instants are UTC.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from heapq import heappop, heappush
from itertools import count, pairwise, takewhile
from typing import Final, Literal, NamedTuple, get_args
from zoneinfo import ZoneInfo

from bot.domain.durations import parse_clock, parse_weekday, wall_instant

Unit = Literal["hours", "days", "weeks"]
Source = int | Literal["override"]

HORIZON: Final = timedelta(days=400)

_UNIT_OF: Final[dict[str, Unit]] = {"h": "hours", "d": "days", "w": "weeks"}
_EVERY: Final = re.compile(r"([0-9]{1,4})\s*([hdw])")
_DAY: Final = timedelta(days=1)
_INSTANT: Final = timedelta.resolution
_LONGEST_TURN: Final = timedelta(weeks=53)


@dataclass(frozen=True, slots=True, kw_only=True)
class Every:
    """How long a turn lasts by the wall clock: a count of hours, days or weeks, at most a year."""

    count: int
    unit: Unit

    def __post_init__(self) -> None:
        if self.unit not in get_args(Unit):
            raise ValueError(f"a turn is counted in hours, days or weeks, not in {self.unit!r}")
        if not timedelta(0) < self.turn <= _LONGEST_TURN:
            raise ValueError(f"a turn lasts 1 hour to 53 weeks, not {self.count} {self.unit}")

    @property
    def turn(self) -> timedelta:
        """The length of a turn by the wall clock; DST makes one last an hour more or less."""
        return timedelta(**{self.unit: self.count})


@dataclass(frozen=True, slots=True, kw_only=True)
class Restriction:
    """Hours in which a layer counts: on these weekdays (Monday is 0) from `opens` to `closes`.

    When `closes` is not after `opens` it is on the next day, so 00:00 to 00:00 is a whole day.
    """

    weekdays: frozenset[int]
    opens: time
    closes: time

    def __post_init__(self) -> None:
        if not self.weekdays or not self.weekdays <= set(range(7)):
            raise ValueError("a restriction needs weekdays from 0 (Monday) to 6 (Sunday)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """A rotation: its people take turns in order, the first from the first handoff on.

    The first handoff is on `start`, or on the first `handoff_weekday` from then on; before it the
    layer has nobody. `restrict` limits the layer to those hours (none: always).
    """

    people: tuple[str, ...]
    handoff_time: time
    handoff_weekday: int | None = None
    every: Every
    start: date
    restrict: tuple[Restriction, ...] = ()

    def __post_init__(self) -> None:
        if self.handoff_weekday is not None and self.handoff_weekday not in range(7):
            raise ValueError("handoff_weekday goes from 0 (Monday) to 6 (Sunday)")

    @property
    def first_handoff(self) -> datetime:
        """The naive wall time of the first handoff; every later one is whole turns after it."""
        weekday = self.start.weekday() if self.handoff_weekday is None else self.handoff_weekday
        ahead = timedelta(days=(weekday - self.start.weekday()) % 7)
        return datetime.combine(self.start + ahead, self.handoff_time)

    def person(self, turn: int) -> str:
        """Who has the turn (0 is the first)."""
        return self.people[turn % len(self.people)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """Layers by name and time zone; where several have somebody, the later layer wins."""

    name: str
    timezone: ZoneInfo
    layers: tuple[Layer, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """One person instead of whoever the layers say, from `start` to before `end` (aware)."""

    schedule: str
    person: str
    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if _utc(self.start) >= _utc(self.end):
            raise ValueError("an override must end after it starts")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """One person's unbroken time on call, `start` to before `end`; `source` is a layer's index."""

    person: str
    start: datetime
    end: datetime
    source: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A time in which nobody is on call, `start` to before `end`."""

    start: datetime
    end: datetime


def who(schedule: Schedule, overrides: Sequence[Override], at: datetime) -> str | None:
    """Who is on call at that instant; `overrides` in the order they were made, the latest wins."""
    found = _winner(schedule, overrides, _utc(at))
    return found.person if found else None


def shift_at(schedule: Schedule, overrides: Sequence[Override], at: datetime) -> Shift | None:
    """The whole shift that holds that instant, with what put the person on call just then.

    Looks at most HORIZON to either side, and cuts the shift there.
    """
    moment = _utc(at)
    winner = _winner(schedule, overrides, moment)
    if winner is None:
        return None
    found = winner
    for reach in (3 * _DAY, 40 * _DAY, HORIZON):
        start, end = moment - reach, moment + reach
        near = shifts(schedule, overrides, start, end)
        found = next(shift for shift in near if shift.start <= moment < shift.end)
        if start < found.start and found.end < end:
            break
    return replace(found, source=winner.source)


def shifts(
    schedule: Schedule, overrides: Sequence[Override], start: datetime, end: datetime
) -> tuple[Shift, ...]:
    """The final schedule in [start, end), in order and cut to it; where nobody is, nothing stands.

    Neighbouring turns of the same person are one shift, whose source is that of its first moment.
    """
    merged: list[Shift] = []
    for piece in _final(_claims(schedule, overrides, _utc(start), _utc(end))):
        if merged and merged[-1].person == piece.person and merged[-1].end == piece.start:
            merged[-1] = replace(merged[-1], end=piece.end)
        else:
            merged.append(piece)
    return tuple(merged)


def gaps(
    schedule: Schedule, overrides: Sequence[Override], start: datetime, end: datetime
) -> tuple[Gap, ...]:
    """The times in [start, end) when nobody is on call, in order."""
    filled = shifts(schedule, overrides, start, end)
    ends = [_utc(start), *(shift.end for shift in filled)]
    starts = [*(shift.start for shift in filled), _utc(end)]
    return tuple(Gap(start=a, end=b) for a, b in zip(ends, starts, strict=True) if a < b)


def next_change(
    schedule: Schedule, overrides: Sequence[Override], after: datetime
) -> datetime | None:
    """The next instant at which `who` may answer differently; None when it never will again.

    Until then the answer stays the same. It may also stay the same beyond, for instance where a
    handoff is covered by an override.
    """
    moment = _utc(after)
    edges = [edge for o in _of(schedule, overrides) for edge in (_utc(o.start), _utc(o.end))]
    for layer in schedule.layers:
        edges.extend(_next_edges(layer, schedule.timezone, moment))
    return min((edge for edge in edges if edge > moment), default=None)


def handoffs(
    layer: Layer, timezone: ZoneInfo, start: datetime, end: datetime
) -> tuple[datetime, ...]:
    """The layer's handoff instants in [start, end), in order, its restrictions left aside.

    Turns that a DST gap swallows whole have none of their own.
    """
    begin, finish = _utc(start), _utc(end)
    turns = count(max(_turn_at(layer, timezone, begin), 0))
    instants = (_handoff(layer, timezone, turn) for turn in turns)
    reached = takewhile(lambda instant: instant < finish, instants)
    return tuple(dict.fromkeys(instant for instant in reached if instant >= begin))


def parse_handoff(text: str) -> tuple[int | None, time]:
    """The weekday (Monday is 0; None: any) and time in `mon 09:00` or `09:00`, else ValueError."""
    try:
        match text.split():
            case [clock]:
                return None, parse_clock(clock)
            case [weekday, clock]:
                return parse_weekday(weekday), parse_clock(clock)
    except ValueError as error:
        raise ValueError(f"{error} (a handoff is written 'mon 09:00' or '09:00')") from None
    raise ValueError(f"{text!r} is not a handoff; write it as 'mon 09:00' or '09:00'")


def parse_every(text: str) -> Every:
    """The length of a turn in `1w`, `2d` or `12h`, else ValueError."""
    found = _EVERY.fullmatch(text.strip().lower())
    if found is None:
        raise ValueError(f"{text!r} is not the length of a turn; write it as 1w, 2d or 12h")
    return Every(count=int(found[1]), unit=_UNIT_OF[found[2]])


def parse_restriction(text: str) -> Restriction:
    """The hours in `mon-fri 09:00-17:00`, `sat,sun 00:00-24:00`, `22:00-06:00`, or ValueError."""
    try:
        match text.split():
            case [hours]:
                return _restriction("mon-sun", hours)
            case [days, hours]:
                return _restriction(days, hours)
    except ValueError as error:
        raise ValueError(f"{error} (hours are written 'mon-fri 09:00-17:00')") from None
    raise ValueError(f"{text!r} are not hours; write them as 'mon-fri 09:00-17:00'")


class _Claim(NamedTuple):
    """A person for a stretch of time, by a layer or an override; the highest rank has it.

    A tuple, because a year of hourly turns is sorted by the thousand.
    """

    start: datetime
    end: datetime
    rank: int
    person: str
    source: Source


def _claims(
    schedule: Schedule, overrides: Sequence[Override], start: datetime, end: datetime
) -> Iterator[_Claim]:
    """What layers and overrides claim of [start, end), cut to it; a later one has a higher rank."""
    for index, layer in enumerate(schedule.layers):
        for left, right in _windows(layer, schedule.timezone, start, end):
            for a, b, person in _turns(layer, schedule.timezone, max(left, start), min(right, end)):
                yield _Claim(a, b, index, person, index)
    for rank, override in enumerate(_of(schedule, overrides), len(schedule.layers)):
        left, right = max(_utc(override.start), start), min(_utc(override.end), end)
        if left < right:
            yield _Claim(left, right, rank, override.person, "override")


def _final(claims: Iterable[_Claim]) -> Iterator[Shift]:
    """The highest claim of every moment, in order, in n log n for n claims."""
    waiting = sorted(claims, reverse=True)
    edges = sorted({edge for claim in waiting for edge in (claim.start, claim.end)})
    active: list[tuple[int, datetime, _Claim]] = []
    for left, right in pairwise(edges):
        while waiting and waiting[-1].start <= left:
            claim = waiting.pop()
            heappush(active, (-claim.rank, claim.end, claim))
        while active and active[0][1] <= left:
            heappop(active)
        if active:
            top = active[0][2]
            yield Shift(person=top.person, start=left, end=right, source=top.source)


def _winner(schedule: Schedule, overrides: Sequence[Override], at: datetime) -> Shift | None:
    return next(_final(_claims(schedule, overrides, at, at + _INSTANT)), None)


def _windows(
    layer: Layer, timezone: ZoneInfo, start: datetime, end: datetime
) -> Iterator[tuple[datetime, datetime]]:
    """The stretches, whole, in which the layer counts and that touch [start, end)."""
    if not layer.restrict:
        yield start, end
        return
    # A day more on either side: overnight hours belong to the day before, and where a time change
    # sets the clock back over midnight the next day's hours have begun already.
    day = start.astimezone(timezone).date() - _DAY
    last = end.astimezone(timezone).date() + _DAY
    while day <= last:
        for hours in layer.restrict:
            if day.weekday() in hours.weekdays:
                left, right = _open(hours, day, timezone)
                if left < right and left < end and start < right:
                    yield left, right
        day += _DAY


def _open(hours: Restriction, day: date, timezone: ZoneInfo) -> tuple[datetime, datetime]:
    closing_day = day if hours.closes > hours.opens else day + _DAY
    opens = wall_instant(datetime.combine(day, hours.opens), timezone)
    return opens, wall_instant(datetime.combine(closing_day, hours.closes), timezone)


def _turns(
    layer: Layer, timezone: ZoneInfo, start: datetime, end: datetime
) -> Iterator[tuple[datetime, datetime, str]]:
    """Who has the turn in [start, end), cut to it, the restrictions left aside."""
    if not layer.people:
        return
    turn = max(_turn_at(layer, timezone, start), 0)
    left = _handoff(layer, timezone, turn)
    while left < end:
        right = end if _alone(layer) else _handoff(layer, timezone, turn + 1)
        first, last = max(left, start), min(right, end)
        if first < last:
            yield first, last, layer.person(turn)
        left, turn = right, turn + 1


def _turn_at(layer: Layer, timezone: ZoneInfo, at: datetime) -> int:
    """The number of the turn at that instant, negative before the first handoff."""
    local = at.astimezone(timezone).replace(tzinfo=None)
    turn = (local - layer.first_handoff) // layer.every.turn
    # Clocks set back may show an earlier time again, after a handoff at a later one.
    while _handoff(layer, timezone, turn + 1) <= at:
        turn += 1
    return turn


def _handoff(layer: Layer, timezone: ZoneInfo, turn: int) -> datetime:
    return wall_instant(layer.first_handoff + turn * layer.every.turn, timezone)


def _next_edges(layer: Layer, timezone: ZoneInfo, after: datetime) -> Iterator[datetime]:
    """Instants, the earliest after `after` among them, at which the layer may change its person."""
    if not layer.people:
        return
    turn = max(_turn_at(layer, timezone, after) + 1, 0)
    if turn == 0 or not _alone(layer):
        yield _handoff(layer, timezone, turn)
    # A fortnight and more: the one weekday of a restriction may be missing from the calendar once.
    if layer.restrict:
        for window in _windows(layer, timezone, after, after + 16 * _DAY):
            yield from window


def _alone(layer: Layer) -> bool:
    return len(set(layer.people)) == 1


def _of(schedule: Schedule, overrides: Sequence[Override]) -> list[Override]:
    return [override for override in overrides if override.schedule == schedule.name]


def _utc(moment: datetime) -> datetime:
    """Compared in UTC only: two times of one zone compare by wall clock, which DST makes wrong."""
    if moment.tzinfo is None:
        raise ValueError(f"{moment} needs a time zone")
    return moment.astimezone(UTC)


def _restriction(days: str, hours: str) -> Restriction:
    opens, dash, closes = hours.partition("-")
    if not dash:
        raise ValueError(f"{hours!r} has no closing time")
    return Restriction(
        weekdays=frozenset(day for part in days.split(",") for day in _weekdays(part)),
        opens=parse_clock(opens),
        closes=time.min if closes == "24:00" else parse_clock(closes),
    )


def _weekdays(text: str) -> Iterator[int]:
    """The days of `mon` or of `fri-mon`, over the end of the week if need be."""
    first, _, last = text.partition("-")
    begin = parse_weekday(first)
    length = (parse_weekday(last) - begin) % 7 if last else 0
    return ((begin + ahead) % 7 for ahead in range(length + 1))
