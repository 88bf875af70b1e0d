from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.domain.durations import (
    format_duration,
    parse_clock,
    parse_duration,
    parse_moment,
    parse_weekday,
    wall_instant,
)

VECTORS = json.loads((Path(__file__).parents[2] / "fixtures" / "dst_vectors.json").read_text())
INSTANTS = [(vector["tz"], instant) for vector in VECTORS for instant in vector["instants"]]
BERLIN = ZoneInfo("Europe/Berlin")
# A Wednesday, 13:30 in Berlin.
NOW = datetime(2026, 11, 18, 12, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("90s", timedelta(seconds=90)),
        ("15m", timedelta(minutes=15)),
        ("1h30m", timedelta(hours=1, minutes=30)),
        (" 1H 30 min ", timedelta(hours=1, minutes=30)),
        ("2d", timedelta(days=2)),
        ("1w2d", timedelta(days=9)),
        ("0s", timedelta(0)),
    ],
)
def test_a_duration_is_read(text: str, expected: timedelta) -> None:
    assert parse_duration(text) == expected


@pytest.mark.parametrize(
    "text", ["", " ", "5", "m", "1h30", "30m1h", "1h1h", "1m2min", "-5m", "1.5h", "5 minutes", "٣h"]
)
def test_what_is_no_duration_is_told_what_is(text: str) -> None:
    with pytest.raises(ValueError, match="not a duration; write 90s, 15m, 1h30m"):
        parse_duration(text)


@pytest.mark.parametrize("text", ["600w", "99999999w", "99999d"])
def test_a_duration_has_a_bound(text: str) -> None:
    with pytest.raises(ValueError, match="ten years"):
        parse_duration(text)


def test_a_long_text_is_cut_in_the_error() -> None:
    with pytest.raises(ValueError, match=r"^'x{39}…' is not a duration"):
        parse_duration("x" * 5000)


@pytest.mark.parametrize(
    ("duration", "expected"),
    [
        (timedelta(hours=1, minutes=30), "1 h 30 min"),
        (timedelta(hours=1, minutes=30, seconds=20), "1 h 30 min"),
        (timedelta(minutes=5), "5 min"),
        (timedelta(seconds=42.9), "42 s"),
        (timedelta(days=3), "3 d"),
        (timedelta(days=3, minutes=5), "3 d"),
        (timedelta(days=400, hours=2), "400 d 2 h"),
        (timedelta(0), "0 s"),
        (timedelta(minutes=-5), "-5 min"),
        (timedelta(milliseconds=-5), "0 s"),
    ],
)
def test_a_duration_is_written(duration: timedelta, expected: str) -> None:
    assert format_duration(duration) == expected


@given(st.timedeltas(timedelta(0), timedelta(days=3000)))
def test_what_is_written_can_be_read_and_loses_less_than_its_unit(duration: timedelta) -> None:
    again = parse_duration(format_duration(duration))
    assert timedelta(0) <= duration - again < max(duration / 2, timedelta(seconds=1))


@given(st.text("0123456789 :-tmonhdw", max_size=20) | st.text(max_size=60))
@example("99999999w")
@example("0001-01-01 00:00")
def test_no_text_breaks_the_readers(text: str) -> None:
    with suppress(ValueError):
        assert parse_duration(text) >= timedelta(0)
    with suppress(ValueError):
        assert parse_moment(text, NOW, BERLIN).tzinfo is UTC


@pytest.mark.parametrize(("text", "expected"), [("9:00", time(9)), (" 23:59 ", time(23, 59))])
def test_a_clock_time_is_read(text: str, expected: time) -> None:
    assert parse_clock(text) == expected


@pytest.mark.parametrize("text", ["24:00", "9", "9:5", "9:60", "09:00:00", "nine"])
def test_what_is_no_clock_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a time of day; write it as 09:00"):
        parse_clock(text)


@pytest.mark.parametrize(("text", "expected"), [("mon", 0), ("Tues", 1), ("SUNDAY", 6)])
def test_a_weekday_is_read(text: str, expected: int) -> None:
    assert parse_weekday(text) == expected


@pytest.mark.parametrize("text", ["", "m", "mo", "monda y", "mondays", "noday"])
def test_what_is_no_weekday_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a weekday; write mon, tue"):
        parse_weekday(text)


@pytest.mark.parametrize(
    ("text", "berlin"),
    [
        ("now", "2026-11-18 13:30"),
        ("3h", "2026-11-18 16:30"),
        ("in 1h 30m", "2026-11-18 15:00"),
        ("1d", "2026-11-19 13:30"),
        ("18:00", "2026-11-18 18:00"),
        ("at 18:00", "2026-11-18 18:00"),
        ("13:30", "2026-11-19 13:30"),
        ("9:00", "2026-11-19 09:00"),
        ("today 09:00", "2026-11-18 09:00"),
        ("Tomorrow at 09:00", "2026-11-19 09:00"),
        ("mon 9:00", "2026-11-23 09:00"),
        ("wed 9:00", "2026-11-25 09:00"),
        ("wednesday 14:00", "2026-11-18 14:00"),
        ("2026-12-24 18:00", "2026-12-24 18:00"),
        (" 2026-12-24T18:00", "2026-12-24 18:00"),
        ("2026-01-01 18:00", "2026-01-01 18:00"),
    ],
)
def test_a_moment_is_read_in_the_readers_zone(text: str, berlin: str) -> None:
    expected = datetime.fromisoformat(berlin).replace(tzinfo=BERLIN).astimezone(UTC)
    assert parse_moment(text, NOW, BERLIN) == expected
    assert parse_moment(text, NOW.astimezone(BERLIN), BERLIN).tzinfo is UTC


def test_a_day_of_time_is_24_hours_but_tomorrow_is_a_wall_clock_time() -> None:
    saturday = datetime(2026, 10, 24, 7, 0, tzinfo=UTC)
    assert parse_moment("1d", saturday, BERLIN) == datetime(2026, 10, 25, 7, 0, tzinfo=UTC)
    assert parse_moment("tomorrow 9:00", saturday, BERLIN) == datetime(
        2026, 10, 25, 8, 0, tzinfo=UTC
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("soon", "'soon' is not a time; write 3h, 18:00, tomorrow 09:00"),
        ("", "'' is not a time; write 3h"),
        ("tomorrow", "'tomorrow' is not a time; write 3h"),
        ("someday 9:00", "'someday' is not a day; write 3h"),
        ("25:00", "'25:00' is not a time of day"),
        ("2026-02-30 09:00", "2026-02-30 is not a date in the calendar"),
        ("0001-01-01 00:00", "0001-01-01 is too far away"),
        ("2026-12-24", "not a time; write 3h"),
    ],
)
def test_a_moment_that_is_none_is_answered_with_examples(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        parse_moment(text, NOW, BERLIN)


@pytest.mark.parametrize(("zone", "instant"), INSTANTS)
def test_a_wall_time_is_reached_at_its_first_instant(zone: str, instant: dict[str, str]) -> None:
    reached = wall_instant(datetime.fromisoformat(instant["wall"]), ZoneInfo(zone))
    assert reached == datetime.fromisoformat(instant["utc"])
    assert reached.astimezone(ZoneInfo(zone)).isoformat() == instant["shown"]


@given(
    st.sampled_from([vector["tz"] for vector in VECTORS]).map(ZoneInfo),
    st.datetimes(datetime(1975, 1, 1), datetime(2040, 1, 1)),  # noqa: DTZ001 - wall times
    st.timedeltas(timedelta(0), timedelta(days=2)),
)
def test_later_wall_times_are_never_reached_earlier(
    zone: ZoneInfo, wall: datetime, ahead: timedelta
) -> None:
    assert wall_instant(wall, zone) <= wall_instant(wall + ahead, zone)
