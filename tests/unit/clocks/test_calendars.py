"""Calendars: golden due dates, and every minute compared with what the clock on the wall shows."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bot.domain.calendars import ALWAYS, HORIZON, Calendar, Span

BERLIN = ZoneInfo("Europe/Berlin")
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
WORKDAYS = range(5)
EVERY_DAY = range(7)


def weekly(
    hours: str,
    days: Iterable[int] = EVERY_DAY,
    zone: ZoneInfo = BERLIN,
    holidays: Iterable[date] = (),
) -> Calendar:
    spans = tuple(Span.parse(text) for text in hours.split())
    return Calendar(
        name="desk",
        timezone=zone,
        week=dict.fromkeys(days, spans),
        holidays=frozenset(holidays),
    )


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


OFFICE = weekly("09:00-17:00", WORKDAYS, holidays=(date(2026, 4, 3), date(2026, 4, 6)))
LUNCH = weekly("09:00-12:00 13:00-17:00", WORKDAYS)
NIGHT = weekly("22:00-06:00")


@pytest.mark.parametrize(
    ("calendar", "start", "hours", "due"),
    [
        (OFFICE, "2026-03-27T16:30+01:00", 1, "2026-03-30T09:30+02:00"),
        (OFFICE, "2026-04-02T16:30+02:00", 1, "2026-04-07T09:30+02:00"),
        (LUNCH, "2026-03-04T11:30+01:00", 1, "2026-03-04T13:30+01:00"),
        (NIGHT, "2026-03-28T23:00+01:00", 4, "2026-03-29T04:00+02:00"),
        (NIGHT, "2026-10-24T23:00+02:00", 4, "2026-10-25T02:00+01:00"),
    ],
    ids=["over a DST weekend", "over Easter", "over lunch", "short night", "long night"],
)
def test_golden_due_dates(calendar: Calendar, start: str, hours: int, due: str) -> None:
    assert calendar.due(at(start), hours * HOUR) == at(due)


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [
        ("2026-03-28T22:00+01:00", "2026-03-29T06:00+02:00", 7),
        ("2026-10-24T22:00+02:00", "2026-10-25T06:00+01:00", 9),
    ],
)
def test_golden_night_shifts_at_a_time_change(start: str, end: str, hours: int) -> None:
    assert NIGHT.elapsed(at(start), at(end)) == hours * HOUR


def test_hours_that_end_with_the_target_are_due_at_closing() -> None:
    assert OFFICE.due(at("2026-03-02T16:00+01:00"), HOUR) == at("2026-03-02T17:00+01:00")


def test_no_target_is_due_at_the_next_opening() -> None:
    assert OFFICE.due(at("2026-03-02T17:00+01:00"), timedelta()) == at("2026-03-03T09:00+01:00")


def test_time_is_exact_to_the_microsecond() -> None:
    start = at("2026-03-02T16:59:59.999999+01:00")
    assert OFFICE.elapsed(start, start + HOUR) == timedelta(microseconds=1)
    assert OFFICE.due(start, timedelta(microseconds=2)) == at("2026-03-03T09:00:00.000001+01:00")


def test_opening_is_open_and_closing_is_not() -> None:
    assert OFFICE.is_open(at("2026-03-02T09:00+01:00"))
    assert not OFFICE.is_open(at("2026-03-02T17:00+01:00"))


def test_always_is_open_around_the_clock() -> None:
    start = at("2026-03-27T16:30+01:00")
    assert ALWAYS.due(start, 100 * HOUR) == start + 100 * HOUR
    assert ALWAYS.elapsed(start, start + 100 * HOUR) == 100 * HOUR
    assert ALWAYS.is_open(start)


def test_a_holiday_takes_the_night_that_begins_on_it() -> None:
    calendar = weekly("22:00-06:00", holidays=[date(2026, 3, 3)])
    assert calendar.is_open(at("2026-03-03T05:00+01:00"))
    assert not calendar.is_open(at("2026-03-03T23:00+01:00"))
    assert not calendar.is_open(at("2026-03-04T05:00+01:00"))


def test_a_day_of_24_hours_has_23_when_the_clocks_go_forward() -> None:
    day = weekly("00:00-24:00", days=[6])
    assert day.elapsed(at("2026-03-28T00:00Z"), at("2026-03-30T00:00Z")) == 23 * HOUR


def test_hours_from_a_skipped_wall_time_begin_after_the_gap() -> None:
    early = weekly("02:30-04:00")
    assert early.elapsed(at("2026-03-29T00:00Z"), at("2026-03-29T12:00Z")) == HOUR


@pytest.mark.parametrize("night", ["22:00-06:00", "22:00-07:00", "21:00-07:00"])
def test_a_night_shift_that_meets_the_morning_counts_once(night: str) -> None:
    calendar = weekly(f"05:00-07:00 {night}")
    assert calendar.elapsed(at("2026-03-03T00:00+01:00"), at("2026-03-03T12:00+01:00")) == 7 * HOUR


def test_an_early_shift_within_the_night_shift_counts_once() -> None:
    calendar = weekly("04:00-05:00 22:00-07:00")
    assert calendar.elapsed(at("2026-03-03T00:00+01:00"), at("2026-03-03T12:00+01:00")) == 7 * HOUR


@pytest.mark.parametrize("hours", ["13:00-17:00 09:00-12:00", "09:00-12:00 12:00-16:00"])
def test_hours_may_touch_and_come_in_any_order(hours: str) -> None:
    start = at("2026-03-03T09:00+01:00")
    assert weekly(hours).due(start, HOUR) == start + HOUR
    assert weekly(hours).elapsed(start, start + 12 * HOUR) == 7 * HOUR


@pytest.mark.parametrize(
    "calendar",
    [weekly("", days=[]), weekly("09:00-10:00", days=[0], holidays=[date(2026, 3, 2)])],
)
def test_what_does_not_open_enough_is_never_due(calendar: Calendar) -> None:
    assert calendar.due(at("2026-03-02T08:00+01:00"), 100 * HOUR) is None


def test_the_horizon_bounds_the_search() -> None:
    start = at("2026-03-02T08:00Z")
    assert ALWAYS.due(start, HORIZON) == start + HORIZON
    assert ALWAYS.due(start, HORIZON + MINUTE) is None


def test_nothing_passes_backwards() -> None:
    assert OFFICE.elapsed(at("2026-03-03T12:00Z"), at("2026-03-02T12:00Z")) == timedelta()
    assert ALWAYS.elapsed(at("2026-03-03T12:00Z"), at("2026-03-02T12:00Z")) == timedelta()


@pytest.mark.parametrize("text", ["09:00-17:00", "22:00-06:00", "00:00-24:00"])
def test_hours_are_written_as_they_are_read(text: str) -> None:
    assert str(Span.parse(text)) == text


@pytest.mark.parametrize("text", ["", "9-17", "09:00", "25:00-26:00", "24:00-06:00", "09:00-24:01"])
def test_hours_that_cannot_be_read_are_quoted(text: str) -> None:
    with pytest.raises(ValueError, match=f"opening hours {text!r}"):
        Span.parse(text)


@pytest.mark.parametrize(
    "hours",
    ["09:00-13:00 12:00-17:00", "22:00-06:00 23:00-24:00", "00:00-24:00 09:00-10:00"],
)
def test_overlapping_hours_of_a_day_are_refused(hours: str) -> None:
    with pytest.raises(ValueError, match=r"calendar desk: .* overlaps .* on monday"):
        weekly(hours)


def test_hours_need_a_timezone() -> None:
    with pytest.raises(ValueError, match="need a timezone"):
        Calendar(
            name="x", timezone=None, week={0: (Span.parse("9:00-17:00"),)}, holidays=frozenset()
        )


def test_an_unknown_weekday_is_refused() -> None:
    with pytest.raises(ValueError, match="weekday 7"):
        weekly("09:00-17:00", days=[7])


def test_hours_with_a_zone_of_their_own_are_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        Span(opens=time(9, tzinfo=UTC), closes=time(17))


def test_times_without_a_zone_are_refused() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        OFFICE.is_open(datetime(2026, 3, 2, 12))  # noqa: DTZ001


def test_a_negative_target_is_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        ALWAYS.due(at("2026-03-02T08:00Z"), -HOUR)


# A brute-force calendar: every minute is looked up on the wall clock.

CHANGES = [
    ("Europe/Berlin", "2026-03-29"),
    ("Europe/Berlin", "2026-10-25"),
    ("America/New_York", "2026-03-08"),
    ("America/New_York", "2026-11-01"),
    ("America/St_Johns", "2026-03-08"),
    ("Australia/Lord_Howe", "2026-04-05"),
    ("Australia/Lord_Howe", "2026-10-04"),
    ("Asia/Beirut", "2026-03-29"),
    ("Asia/Beirut", "2026-10-25"),
    ("Asia/Kathmandu", "2026-05-01"),
]


def open_on_the_wall(calendar: Calendar, moment: datetime) -> bool:
    """By the wall clock; in an hour that comes twice, hours begin and end the first time."""
    local = moment.astimezone(calendar.timezone)
    while local.fold and (later := (moment + MINUTE).astimezone(calendar.timezone)).fold:
        moment, local = moment + MINUTE, later
    days = (local.date(), local.date() - timedelta(days=1))
    return any(
        _covers(span, day, local)
        for day in days
        if day not in calendar.holidays
        for span in calendar.week.get(day.weekday(), ())
    )


def _covers(span: Span, day: date, local: datetime) -> bool:
    opens, closes = (_minutes(clock) for clock in (span.opens, span.closes))
    closes += 24 * 60 if closes <= opens else 0
    return opens <= (local.date() - day).days * 24 * 60 + _minutes(local.time()) < closes


def _minutes(clock: time) -> int:
    return clock.hour * 60 + clock.minute


@st.composite
def hours_of_a_day(draw: st.DrawFn) -> tuple[Span, ...]:
    edges = draw(st.lists(st.integers(0, 95), max_size=6, unique=True).map(sorted))
    clocks = [time(edge // 4, edge % 4 * 15) for edge in edges]
    spans = [Span(opens=a, closes=b) for a, b in zip(clocks[::2], clocks[1::2], strict=False)]
    if len(clocks) % 2:
        # The odd one out goes through the night.
        closes = draw(st.integers(0, edges[-1]))
        spans.append(Span(opens=clocks[-1], closes=time(closes // 4, closes % 4 * 15)))
    return tuple(spans)


@st.composite
def calendars_and_starts(draw: st.DrawFn) -> tuple[Calendar, datetime]:
    zone, day = draw(st.sampled_from(CHANGES))
    change = date.fromisoformat(day)
    near = st.integers(-3, 3).map(lambda days: change + timedelta(days=days))
    calendar = Calendar(
        name="drawn",
        timezone=ZoneInfo(zone),
        week={weekday: draw(hours_of_a_day()) for weekday in EVERY_DAY},
        holidays=draw(st.frozensets(near, max_size=2)),
    )
    start = datetime.combine(change, time(), UTC) - timedelta(days=1)
    return calendar, start + draw(st.integers(0, 2 * 24 * 60)) * MINUTE


@settings(max_examples=60)
@given(calendars_and_starts(), st.integers(0, 36 * 60))
def test_elapsed_counts_the_open_minutes(drawn: tuple[Calendar, datetime], length: int) -> None:
    calendar, start = drawn
    count = sum(open_on_the_wall(calendar, start + n * MINUTE) for n in range(length))
    assert calendar.elapsed(start, start + length * MINUTE) == count * MINUTE


@settings(max_examples=60)
@given(calendars_and_starts(), st.integers(1, 600))
def test_due_is_where_counting_minutes_ends(drawn: tuple[Calendar, datetime], target: int) -> None:
    calendar, start = drawn
    moments = (start + n * MINUTE for n in range(36 * 60))
    counted = [moment for moment in moments if open_on_the_wall(calendar, moment)][:target]
    assume(counted)
    assert calendar.due(start, len(counted) * MINUTE) == counted[-1] + MINUTE


@settings(max_examples=100)
@given(calendars_and_starts(), st.integers(1, 7 * 24 * 60))
def test_spans_are_ordered_and_apart(drawn: tuple[Calendar, datetime], length: int) -> None:
    calendar, start = drawn
    end = start + length * MINUTE
    spans = list(calendar.spans(start, end))
    assert all(start <= opens < closes <= end for opens, closes in spans)
    assert all(first[1] <= second[0] for first, second in pairwise(spans))


@settings(max_examples=100)
@given(calendars_and_starts(), st.integers(1, 5000))
def test_due_and_elapsed_agree(drawn: tuple[Calendar, datetime], target: int) -> None:
    calendar, start = drawn
    due = calendar.due(start, target * MINUTE)
    reached = calendar.elapsed(start, due or start + HORIZON)
    assert (reached == target * MINUTE) if due else (reached < target * MINUTE)
