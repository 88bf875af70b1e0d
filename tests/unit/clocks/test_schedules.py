from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.schedules import (
    Every,
    Gap,
    Layer,
    Override,
    Restriction,
    Schedule,
    Shift,
    gaps,
    handoffs,
    next_change,
    parse_every,
    parse_handoff,
    parse_restriction,
    shift_at,
    shifts,
    who,
)

VECTORS = json.loads((Path(__file__).parents[2] / "fixtures" / "dst_vectors.json").read_text())
ZONES = [
    ZoneInfo(name)
    for name in (
        "America/New_York",
        "Asia/Beirut",
        "Africa/Cairo",
        "Europe/Berlin",
        "Australia/Lord_Howe",
    )
]
NEW_YORK, BERLIN = ZONES[0], ZONES[3]
MONDAY = date(2026, 3, 2)
HOUR = timedelta(hours=1)


def layer(
    people: str = "ana bob cem",
    handoff: str = "mon 09:00",
    every: str = "1w",
    start: date = MONDAY,
    restrict: Sequence[str] = (),
) -> Layer:
    weekday, clock = parse_handoff(handoff)
    return Layer(
        people=tuple(people.split()),
        handoff_time=clock,
        handoff_weekday=weekday,
        every=parse_every(every),
        start=start,
        restrict=tuple(map(parse_restriction, restrict)),
    )


def schedule(*layers: Layer, zone: ZoneInfo = NEW_YORK) -> Schedule:
    return Schedule(name="platform", timezone=zone, layers=layers)


def at(text: str, zone: tzinfo = NEW_YORK, *, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone, fold=fold).astimezone(UTC)


def override(person: str, start: datetime, end: datetime, name: str = "platform") -> Override:
    return Override(schedule=name, person=person, start=start, end=end)


def plan(found: Sequence[Shift], zone: tzinfo = NEW_YORK) -> list[str]:
    return [
        f"{s.start.astimezone(zone):%a %d %H:%M}-{s.end.astimezone(zone):%a %d %H:%M} {s.person}"
        for s in found
    ]


@pytest.mark.parametrize("vector", VECTORS, ids=lambda v: f"{v['tz']} {v['handoffs']}")
def test_handoffs_fall_on_the_vectors_instants(vector: dict[str, Any]) -> None:
    expected = [datetime.fromisoformat(instant["utc"]) for instant in vector["instants"]]
    first = datetime.fromisoformat(vector["instants"][0]["wall"]).date()
    found = {
        instant
        for clock in vector["handoffs"]
        for instant in handoffs(
            layer(handoff=clock, every="1d", start=first),
            ZoneInfo(vector["tz"]),
            expected[0],
            expected[-1] + HOUR / 60,
        )
    }
    assert sorted(found) == expected
    assert [(b - a) / HOUR for a, b in pairwise(sorted(found))] == vector["shift_hours"]


@pytest.mark.parametrize("vector", VECTORS, ids=lambda v: f"{v['tz']} {v['handoffs']}")
def test_shifts_last_the_vectors_hours(vector: dict[str, Any]) -> None:
    edges = [datetime.fromisoformat(instant["utc"]) for instant in vector["instants"]]
    first = datetime.fromisoformat(vector["instants"][0]["wall"]).date()
    layers = [layer(handoff=vector["handoffs"][0], every="1d", start=first)]
    if len(vector["handoffs"]) == 2:
        late, early = reversed(vector["handoffs"])
        layers.append(
            layer("dan", late, "1d", first - timedelta(days=7), restrict=[f"{late}-{early}"])
        )
    found = shifts(schedule(*layers, zone=ZoneInfo(vector["tz"])), [], edges[0], edges[-1])
    assert [(s.end - s.start) / HOUR for s in found] == vector["shift_hours"]


def test_a_twelve_hour_rotation_keeps_its_hours_across_dst() -> None:
    vector = next(v for v in VECTORS if v["handoffs"] == ["08:00", "20:00"])
    expected = [datetime.fromisoformat(instant["utc"]) for instant in vector["instants"]]
    rota = layer(handoff="08:00", every="12h", start=date(2026, 1, 1))
    assert list(handoffs(rota, NEW_YORK, expected[0], expected[-1] + HOUR)) == expected


def test_people_take_turns_from_the_first_handoff_on() -> None:
    found = shifts(schedule(layer()), [], at("2026-02-25"), at("2026-03-25"))
    assert plan(found) == [
        "Mon 02 09:00-Mon 09 09:00 ana",
        "Mon 09 09:00-Mon 16 09:00 bob",
        "Mon 16 09:00-Mon 23 09:00 cem",
        "Mon 23 09:00-Wed 25 00:00 ana",
    ]


def test_the_first_handoff_waits_for_its_weekday() -> None:
    assert layer(start=date(2026, 3, 3)).first_handoff.isoformat() == "2026-03-09T09:00:00"
    assert layer(handoff="09:00", start=date(2026, 3, 3)).first_handoff.day == 3


def test_before_the_first_handoff_nobody_is_on_call() -> None:
    rota = schedule(layer())
    assert who(rota, [], at("2026-03-02T08:59:59")) is None
    assert who(rota, [], at("2026-03-02T09:00")) == "ana"
    assert next_change(rota, [], at("2025-01-01")) == at("2026-03-02T09:00")


def test_the_second_of_two_equal_wall_times_belongs_to_the_next_shift() -> None:
    rota = schedule(layer(handoff="01:30", every="1d", start=date(2026, 10, 31)))
    first = at("2026-11-01T01:30")
    assert who(rota, [], first) == "bob"
    assert who(rota, [], first - timedelta.resolution) == "ana"
    assert who(rota, [], at("2026-11-01T01:30", fold=1)) == "bob"
    assert who(rota, [], at("2026-11-01T01:29", fold=1)) == "bob"
    assert handoffs(rota.layers[0], NEW_YORK, first, first + 24 * HOUR) == (first,)
    assert next_change(rota, [], at("2026-11-01T01:29", fold=1)) == at("2026-11-02T01:30")


def test_an_hour_that_does_not_exist_is_nobodys_turn() -> None:
    rota = schedule(layer(handoff="00:00", every="1h", start=date(2026, 3, 8)))
    found = shifts(rota, [], at("2026-03-08T00:00"), at("2026-03-08T05:00"))
    assert plan(found) == [
        "Sun 08 00:00-Sun 08 01:00 ana",
        "Sun 08 01:00-Sun 08 03:00 bob",
        "Sun 08 03:00-Sun 08 04:00 ana",
        "Sun 08 04:00-Sun 08 05:00 bob",
    ]
    edges = [shift.start for shift in found]
    assert list(handoffs(rota.layers[0], NEW_YORK, edges[0], edges[-1] + HOUR)) == edges


def test_a_later_layer_wins_in_its_hours() -> None:
    night = layer("dan", "22:00", "1d", restrict=["22:00-06:00"])
    found = shifts(schedule(layer(), night), [], at("2026-03-10T12:00"), at("2026-03-11T12:00"))
    assert plan(found) == [
        "Tue 10 12:00-Tue 10 22:00 bob",
        "Tue 10 22:00-Wed 11 06:00 dan",
        "Wed 11 06:00-Wed 11 12:00 bob",
    ]
    assert [shift.source for shift in found] == [0, 1, 0]


def test_overrides_win_and_the_latest_made_wins_most() -> None:
    made = [
        override("dan", at("2026-03-10T10:00"), at("2026-03-10T16:00")),
        override("eve", at("2026-03-10T12:00"), at("2026-03-10T14:00")),
        override("fay", at("2026-03-10T11:00"), at("2026-03-10T15:00"), name="another"),
    ]
    found = shifts(schedule(layer()), made, at("2026-03-10T09:00"), at("2026-03-10T17:00"))
    assert [(s.person, s.start.hour, s.source) for s in found] == [
        ("bob", 13, 0),
        ("dan", 14, "override"),
        ("eve", 16, "override"),
        ("dan", 18, "override"),
        ("bob", 20, 0),
    ]
    assert who(schedule(layer()), made, at("2026-03-10T13:00")) == "eve"


def test_neighbouring_turns_of_one_person_are_one_shift() -> None:
    made = [override("bob", at("2026-03-16T09:00"), at("2026-03-17T09:00"))]
    found = shift_at(schedule(layer()), made, at("2026-03-16T12:00"))
    assert found == Shift(
        person="bob",
        start=at("2026-03-09T09:00"),
        end=at("2026-03-17T09:00"),
        source="override",
    )


def test_a_shift_is_found_whole() -> None:
    rota = schedule(layer(every="2w"))
    found = shift_at(rota, [], at("2026-03-29T12:00"))
    assert found == Shift(
        person="bob", start=at("2026-03-16T09:00"), end=at("2026-03-30T09:00"), source=0
    )
    assert shift_at(rota, [], at("2026-03-01T12:00")) is None


def test_a_shift_without_end_is_cut_at_the_horizon() -> None:
    moment = at("2026-03-29T12:00", UTC)
    found = shift_at(schedule(layer("ana", every="1h")), [], moment)
    assert found is not None
    assert (found.start, found.end) == (at("2026-03-02T09:00"), moment + timedelta(days=400))


def test_office_hours_leave_gaps() -> None:
    office = schedule(layer(restrict=["mon-fri 09:00-17:00"]))
    friday, monday = at("2026-03-06T12:00"), at("2026-03-09T12:00")
    assert plan(shifts(office, [], friday, monday)) == [
        "Fri 06 12:00-Fri 06 17:00 ana",
        "Mon 09 09:00-Mon 09 12:00 bob",
    ]
    assert gaps(office, [], friday, monday) == (
        Gap(start=at("2026-03-06T17:00"), end=at("2026-03-09T09:00")),
    )


def test_hours_from_midnight_to_midnight_are_the_whole_day() -> None:
    sundays = schedule(layer("ana", restrict=["sun 00:00-24:00"]))
    found = shifts(sundays, [], at("2026-03-06"), at("2026-03-12"))
    assert plan(found) == ["Sun 08 00:00-Mon 09 00:00 ana"]
    assert found[0].end - found[0].start == 23 * HOUR


def test_hours_that_began_stay_open_when_the_clocks_go_back_over_midnight() -> None:
    # In 2010 Newfoundland's clocks went from 00:01 on Sunday back to 23:01 on Saturday.
    zone = ZoneInfo("America/St_Johns")
    sundays = schedule(
        layer("ana", start=date(2010, 1, 1), restrict=["sun 00:00-02:00"]), zone=zone
    )
    again = at("2010-11-06T23:30", zone, fold=1)
    assert who(sundays, [], again) == "ana"
    assert who(sundays, [], again - HOUR) is None


def test_without_layers_everything_is_a_gap() -> None:
    start, end = at("2026-03-06"), at("2026-03-07")
    for empty in (schedule(), schedule(layer(""))):
        assert gaps(empty, [], start, end) == (Gap(start=start, end=end),)
        assert next_change(empty, [], start) is None


def test_a_window_turned_round_holds_nothing() -> None:
    made = [override("dan", at("2026-03-01"), at("2026-03-30"))]
    office = schedule(layer(), layer(restrict=["00:00-24:00"]))
    assert shifts(office, made, at("2026-03-09"), at("2026-03-05")) == ()
    assert gaps(office, made, at("2026-03-09"), at("2026-03-05")) == ()


def test_the_next_change_sees_handoffs_hours_and_overrides() -> None:
    made = [override("dan", at("2026-03-10T10:00"), at("2026-03-10T16:00"))]
    rota = schedule(layer(), layer("eve", restrict=["sat 10:00-12:00"]))
    seen = [at("2026-03-10T09:00")]
    while len(seen) < 6:
        found = next_change(rota, made, seen[-1])
        assert found is not None
        seen.append(found)
    assert [f"{edge.astimezone(NEW_YORK):%a %H:%M}" for edge in seen[1:]] == [
        "Tue 10:00",
        "Tue 16:00",
        "Sat 10:00",
        "Sat 12:00",
        "Mon 09:00",
    ]


def test_one_person_alone_never_changes() -> None:
    assert next_change(schedule(layer("ana ana")), [], at("2026-03-10")) is None


class CountingZone(ZoneInfo):
    """A time zone that counts how often it is asked."""

    asked = 0

    def utcoffset(self, moment: datetime | None, /) -> timedelta | None:
        type(self).asked += 1
        return super().utcoffset(moment)


@pytest.mark.parametrize(("every", "handoffs_ahead"), [("1w", 58), ("1h", 9600)])
def test_looking_far_ahead_asks_the_zone_a_few_times_a_handoff(
    every: str, handoffs_ahead: int
) -> None:
    zone = CountingZone.no_cache("America/New_York")
    CountingZone.asked = 0
    rota = schedule(layer(every=every), zone=zone)
    shifts(rota, [], at("2026-03-10"), at("2026-03-10") + timedelta(days=400))
    assert handoffs_ahead < CountingZone.asked < 4 * handoffs_ahead + 40


@pytest.mark.parametrize("naive", [datetime(2026, 3, 1), datetime(2026, 3, 1, fold=1)])  # noqa: DTZ001
def test_times_without_a_zone_are_refused(naive: datetime) -> None:
    with pytest.raises(ValueError, match="needs a time zone"):
        who(schedule(), [], naive)
    with pytest.raises(ValueError, match="needs a time zone"):
        override("dan", naive, at("2026-03-10"))


def test_values_that_make_no_sense_are_refused() -> None:
    with pytest.raises(ValueError, match="must end after it starts"):
        override("dan", at("2026-03-10"), at("2026-03-10"))
    with pytest.raises(ValueError, match="needs weekdays"):
        Restriction(weekdays=frozenset(), opens=time(9), closes=time(17))
    with pytest.raises(ValueError, match="handoff_weekday"):
        Layer(
            people=(),
            handoff_time=time(9),
            handoff_weekday=7,
            every=Every(count=1, unit="weeks"),
            start=MONDAY,
        )


@pytest.mark.parametrize(
    ("text", "expected"), [("mon 09:00", (0, time(9))), ("Sunday 17:30", (6, time(17, 30)))]
)
def test_a_handoff_is_read(text: str, expected: tuple[int, time]) -> None:
    assert parse_handoff(text) == expected
    assert parse_handoff(text.split()[1]) == (None, expected[1])


@pytest.mark.parametrize("text", ["", "mon", "09:00 mon", "mon 9", "mon tue 09:00"])
def test_what_is_no_handoff_is_told_how_to_write_one(text: str) -> None:
    with pytest.raises(ValueError, match=r"writ(e it as|ten) 'mon 09:00' or '09:00'"):
        parse_handoff(text)


def test_the_length_of_a_turn_is_read() -> None:
    assert parse_every("1w") == Every(count=1, unit="weeks")
    assert parse_every(" 2 D ") == Every(count=2, unit="days")
    assert parse_every("12h").turn == timedelta(hours=12)


@pytest.mark.parametrize("text", ["", "1", "w", "1m", "1w2d", "-1w", "0h", "54w", "9999h"])
def test_what_is_no_length_of_a_turn_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not the length of a turn|lasts 1 hour to 53 weeks"):
        parse_every(text)


@pytest.mark.parametrize(
    ("text", "weekdays", "opens", "closes"),
    [
        ("mon-fri 09:00-17:00", {0, 1, 2, 3, 4}, time(9), time(17)),
        ("sat,sun 00:00-24:00", {5, 6}, time(0), time(0)),
        ("fri-mon,wed 22:00-06:00", {4, 5, 6, 0, 2}, time(22), time(6)),
        ("09:00-17:00", set(range(7)), time(9), time(17)),
    ],
)
def test_hours_are_read(text: str, weekdays: set[int], opens: time, closes: time) -> None:
    expected = Restriction(weekdays=frozenset(weekdays), opens=opens, closes=closes)
    assert parse_restriction(text) == expected


@pytest.mark.parametrize("text", ["", "mon-fri", "mon 9-17", "xyz 09:00-17:00", "mon- fri 9:00"])
def test_what_are_no_hours_is_told_how_to_write_them(text: str) -> None:
    with pytest.raises(ValueError, match="'mon-fri 09:00-17:00'"):
        parse_restriction(text)


# What must hold for any schedule, around any time change.

TURNS = st.sampled_from(["1h", "5h", "8h", "12h", "1d", "3d", "1w"])
CLOCKS = st.times().map(lambda clock: f"{clock:%H:%M}")
PEOPLE = st.sampled_from(["ana bob", "ana bob cem dan", "ana ana bob"])
STARTS = st.dates(date(2026, 1, 1), date(2026, 2, 1))
MOMENTS = st.datetimes(datetime(2026, 2, 15), datetime(2027, 11, 15), timezones=st.just(UTC))  # noqa: DTZ001
HOURS = st.lists(
    st.tuples(st.sampled_from(["mon-fri", "sat,sun", "sun", "fri-mon"]), CLOCKS, CLOCKS).map(
        lambda drawn: f"{drawn[0]} {drawn[1]}-{drawn[2]}"
    ),
    max_size=2,
)
FREE = st.builds(layer, PEOPLE, CLOCKS, TURNS, STARTS)
LAYERS = st.builds(layer, PEOPLE, CLOCKS, TURNS, STARTS, HOURS)
OVERRIDES = st.builds(
    lambda person, start, hours: override(person, start, start + hours * HOUR),
    st.sampled_from(["ana", "zoe"]),
    MOMENTS,
    st.integers(1, 4000),
)
SCHEDULES = st.builds(
    lambda layers, zone: schedule(*layers, zone=zone),
    st.lists(LAYERS, max_size=3),
    st.sampled_from(ZONES),
)
CHANGES = [
    *(datetime(2026, month, day, tzinfo=UTC) for month, day in ((3, 8), (3, 29), (4, 5), (4, 24))),
    *(datetime(2026, month, day, tzinfo=UTC) for month, day in ((10, 4), (10, 25), (11, 1))),
]


@pytest.mark.parametrize("zone", ZONES, ids=str)
@given(rota=FREE, change=st.sampled_from(CHANGES), days=st.integers(2, 20))
@settings(max_examples=40)
def test_a_free_layer_has_neither_gap_nor_overlap(
    zone: ZoneInfo, rota: Layer, change: datetime, days: int
) -> None:
    start, end = change - timedelta(days=days), change + timedelta(days=days)
    found = shifts(schedule(rota, zone=zone), [], start, end)
    assert (found[0].start, found[-1].end) == (start, end)
    assert all(a.end == b.start and a.person != b.person for a, b in pairwise(found))
    assert all(shift.start < shift.end for shift in found)


@given(rota=FREE, zone=st.sampled_from(ZONES), start=MOMENTS)
def test_handoffs_show_the_same_minute_unless_the_clocks_skip_it(
    rota: Layer, zone: ZoneInfo, start: datetime
) -> None:
    found = handoffs(rota, zone, start, start + timedelta(days=21))
    assert list(found) == sorted(set(found))
    skipped = [f for f in found if f.astimezone(zone).minute != rota.handoff_time.minute]
    assert all(
        f.astimezone(zone).utcoffset() != (f - HOUR / 60).astimezone(zone).utcoffset()
        for f in skipped
    )


@given(SCHEDULES, st.lists(OVERRIDES, max_size=4), MOMENTS, st.lists(st.floats(0, 1), max_size=8))
def test_who_agrees_with_the_shifts(
    rota: Schedule, made: list[Override], start: datetime, places: list[float]
) -> None:
    end = start + timedelta(days=15)
    found = shifts(rota, made, start, end)
    edges = [edge for s in found for edge in (s.start, s.end - timedelta.resolution, s.end)]
    for moment in [*(start + place * (end - start) for place in places), *edges]:
        if moment < end:
            on_call = [s.person for s in found if s.start <= moment < s.end]
            person = who(rota, made, moment)
            assert on_call == ([person] if person else [])


@given(SCHEDULES, st.lists(OVERRIDES, max_size=4), MOMENTS)
def test_shifts_and_gaps_fill_the_window(
    rota: Schedule, made: list[Override], start: datetime
) -> None:
    end = start + timedelta(days=15)
    parts: list[Shift | Gap] = [*shifts(rota, made, start, end), *gaps(rota, made, start, end)]
    parts.sort(key=lambda part: part.start)
    assert [part.end for part in parts[:-1]] == [part.start for part in parts[1:]]
    assert (parts[0].start, parts[-1].end) == (start, end)


@given(SCHEDULES, st.lists(OVERRIDES, max_size=4), MOMENTS)
def test_nothing_changes_before_the_next_change(
    rota: Schedule, made: list[Override], after: datetime
) -> None:
    change = next_change(rota, made, after)
    until = min(change or after + timedelta(days=20), after + timedelta(days=20))
    assert until > after
    found = {s.person for s in shifts(rota, made, after, until)}
    assert len(found) + len(gaps(rota, made, after, until)) == 1


@given(SCHEDULES, st.lists(OVERRIDES, max_size=4), MOMENTS)
def test_the_shift_at_a_moment_is_one_of_the_shifts(
    rota: Schedule, made: list[Override], moment: datetime
) -> None:
    found = shift_at(rota, made, moment)
    assert (found.person if found else None) == who(rota, made, moment)
    if found is not None:
        whole = shifts(rota, made, found.start - HOUR, found.end + HOUR)
        assert (found.person, found.start, found.end) in [(s.person, s.start, s.end) for s in whole]
