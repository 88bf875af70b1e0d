"""Durations, clock times and moments as people type them; when a wall time is reached."""

from __future__ import annotations

import re
from collections.abc import Container
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
LONGEST: Final = timedelta(days=3660)

_UNITS: Final = {
    "w": timedelta(weeks=1),
    "d": timedelta(days=1),
    "h": timedelta(hours=1),
    "min": timedelta(minutes=1),
    "m": timedelta(minutes=1),
    "s": timedelta(seconds=1),
}
_SHOWN: Final = (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1))
_PART: Final = re.compile(r"([0-9]{1,8})\s*(w|d|h|min|m|s)\s*")
_CLOCK: Final = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])")
_DATE: Final = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_DATE_T: Final = re.compile(rf"\s*({_DATE.pattern})t")
_DURATION_EXAMPLES: Final = "90s, 15m, 1h30m, 2d or 1w"
_MOMENT_EXAMPLES: Final = "3h, 18:00, tomorrow 09:00, mon 9:00 or 2026-12-24 18:00"


def parse_duration(text: str) -> timedelta:
    """The length that `1h30m`, `90s`, `2d`, `1w` or `1 h 30 min` names; a day is 24 hours.

    Raises ValueError unless the units fall from weeks to seconds, each once, within ten years.
    """
    total, smallest, at = timedelta(0), LONGEST, 0
    cleaned = text.strip().lower()
    for part in _PART.finditer(cleaned):
        unit = _UNITS[part[2]]
        if part.start() != at or unit >= smallest:
            break
        total, smallest, at = total + int(part[1]) * unit, unit, part.end()
        if total > LONGEST:
            raise ValueError(f"{_quoted(text)} is too long: ten years is the most")
    if not cleaned or at != len(cleaned):
        raise ValueError(
            f"{_quoted(text)} is not a duration; write {_DURATION_EXAMPLES}"
            " (whole numbers with w, d, h, m or s, the largest unit first)"
        )
    return total


def format_duration(duration: timedelta) -> str:
    """The two largest neighbouring units, the rest cut off: `1 h 30 min`, `42 s`, `-3 d`."""
    rest, parts = int(abs(duration).total_seconds()), list[str]()
    sign = "-" if duration < timedelta(0) and rest else ""
    for name, seconds in _SHOWN:
        count, left = divmod(rest, seconds)
        if count:
            parts.append(f"{count} {name}")
        elif parts:
            break
        rest = left
    return sign + (" ".join(parts[:2]) or "0 s")


def parse_clock(text: str) -> time:
    """The time of day in `9:00` or `18:30` (24 hours); ValueError for anything else."""
    found = _CLOCK.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"{_quoted(text)} is not a time of day; write it as 09:00 or 18:30")
    return time(int(found[1]), int(found[2]))


def parse_weekday(text: str) -> int:
    """The weekday (Monday is 0) that `mon` or `Monday` names; ValueError for anything else."""
    word = text.strip().lower()
    for number, name in enumerate(WEEKDAYS):
        if len(word) >= 3 and name.startswith(word):
            return number
    raise ValueError(f"{_quoted(text)} is not a weekday; write mon, tue, wed, thu, fri, sat or sun")


def parse_moment(text: str, now: datetime, timezone: ZoneInfo) -> datetime:
    """The instant (UTC) that a person in that time zone means.

    `now`, `3h` or `in 3h` counts from now; `18:00` and `mon 9:00` are the next such time; `today
    18:00`, `tomorrow 09:00` and `2026-12-24 18:00` name the day and may be past. Raises ValueError.
    """
    words = text.lower()
    if iso := _DATE_T.match(words):
        words = f"{iso[1]} {words[iso.end() :]}"
    match words.split():
        case ["now"]:
            return now.astimezone(UTC)
        case [clock] | ["at", clock] if ":" in clock:
            return _next(range(7), parse_clock(clock), now, timezone)
        case [day, clock] | [day, "at", clock] if ":" in clock:
            return _on_day(day, parse_clock(clock), now, timezone)
        case ["in", *length] | length:
            return _later(now, " ".join(length), text)


def wall_instant(wall: datetime, timezone: ZoneInfo) -> datetime:
    """The first instant (UTC) at which clocks in the zone reach the naive wall time.

    A wall time that occurs twice means its first occurrence; one that is skipped means the first
    instant after the gap. Later wall times therefore never map to earlier instants.
    """
    instant = wall.replace(tzinfo=timezone, fold=0).astimezone(UTC)
    if instant.astimezone(timezone).replace(tzinfo=None) == wall:
        return instant
    return _gap_end(wall.replace(tzinfo=timezone, fold=1), instant)


def _gap_end(before: datetime, after: datetime) -> datetime:
    """The second, between two instants on either side of a gap, at which the offset changes."""
    low, high = int(before.timestamp()), int(after.timestamp())
    zone, offset = before.tzinfo, after.astimezone(before.tzinfo).utcoffset()
    while high - low > 1:
        middle = (low + high) // 2
        changed = datetime.fromtimestamp(middle, zone).utcoffset() == offset
        low, high = (low, middle) if changed else (middle, high)
    return datetime.fromtimestamp(high, UTC)


def _later(now: datetime, length: str, text: str) -> datetime:
    try:
        return now.astimezone(UTC) + parse_duration(length)
    except (ValueError, OverflowError):
        raise ValueError(f"{_quoted(text)} is not a time; write {_MOMENT_EXAMPLES}") from None


def _on_day(day: str, clock: time, now: datetime, timezone: ZoneInfo) -> datetime:
    today = now.astimezone(timezone).date()
    if day in ("today", "tomorrow"):
        named = today + timedelta(days=day == "tomorrow")
        return wall_instant(datetime.combine(named, clock), timezone)
    if found := _DATE.fullmatch(day):
        return wall_instant(datetime.combine(_date(found), clock), timezone)
    try:
        weekday = parse_weekday(day)
    except ValueError:
        raise ValueError(f"{_quoted(day)} is not a day; write {_MOMENT_EXAMPLES}") from None
    return _next((weekday,), clock, now, timezone)


def _next(weekdays: Container[int], clock: time, now: datetime, timezone: ZoneInfo) -> datetime:
    """The first instant after now at which the clock shows that time on one of the weekdays."""
    today = now.astimezone(timezone).date()
    # A fortnight: today's may be past already, and next week's may be missing from the calendar.
    days = (today + timedelta(days=ahead) for ahead in range(15))
    instants = (
        wall_instant(datetime.combine(day, clock), timezone)
        for day in days
        if day.weekday() in weekdays
    )
    return next(instant for instant in instants if instant > now)


def _date(found: re.Match[str]) -> date:
    try:
        day = date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        raise ValueError(f"{found[0]} is not a date in the calendar") from None
    if not 1970 <= day.year < 2200:
        raise ValueError(f"{found[0]} is too far away; the years 1970 to 2199 can be named")
    return day


def _quoted(text: str) -> str:
    """Foreign text for an error message, cut short and on one line."""
    return repr(text if len(text) <= 40 else text[:39] + "…")
