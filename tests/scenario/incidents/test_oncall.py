"""Who is on call: now, next, taking a shift, gaps; and what a schedule says at its edges."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.commands.call import Reply
from bot.domain.schedules import Every, Layer, Schedule, parse_restriction
from tests.scenario.conftest import Build
from tests.scenario.house import House, words

WEEK = Every(count=1, unit="weeks")


def text(reply: Reply) -> str:
    """What a reply says."""
    assert reply.card is not None
    return words(reply.card)


def schedule(*people: str, hours: str = "") -> dict[str, Schedule]:
    """The schedule `platform` of some people, weekly from Monday 09:00 in Vienna."""
    layer = Layer(
        people=people,
        handoff_time=time(9),
        handoff_weekday=0,
        every=WEEK,
        start=date(2026, 2, 2),
        restrict=(parse_restriction(hours),) if hours else (),
    )
    made = Schedule(name="platform", timezone=ZoneInfo("Europe/Vienna"), layers=(layer,))
    return {"platform": made}


async def test_now_says_who_until_when_and_then_who(house: House) -> None:
    assert text(await house.run("ana", "/oncall now")) == (
        "On call now | platform: Carla until 2026-03-09 08:00 UTC · then Ben"
    )


async def test_next_says_who_comes_and_for_how_long(house: House) -> None:
    assert text(await house.run("ana", "/oncall next")) == (
        "Next on call | platform: Ben from 2026-03-09 08:00 UTC until 2026-03-16 08:00 UTC"
    )


async def test_the_handoff_is_at_nine_in_vienna_on_both_sides_of_the_time_change(
    house: House,
) -> None:
    house.clock.push(datetime(2026, 3, 25, 12, tzinfo=UTC) - house.clock.now())
    told = text(await house.run("ana", "/oncall next"))
    assert "from 2026-03-30 07:00 UTC until 2026-04-06 07:00 UTC" in told


async def test_a_gap_is_told_and_next_passes_over_it(build: Build) -> None:
    house = await build(schedules=schedule("carla", "ben", hours="mon-fri 09:00-17:00"))
    house.clock.push(timedelta(hours=12))
    assert "⚠️ nobody until 2026-03-03 08:00 UTC" in text(await house.run("ana", "/oncall now"))
    assert "Carla from 2026-03-03 08:00 UTC until 2026-03-03 16:00 UTC" in text(
        await house.run("ana", "/oncall next")
    )


async def test_over_the_weekend_next_is_who_begins_on_monday(build: Build) -> None:
    house = await build(schedules=schedule("carla", "ben", hours="mon-fri 09:00-17:00"))
    house.clock.push(timedelta(days=4, hours=2))
    assert (
        "Carla until 2026-03-06 16:00 UTC · ⚠️ then nobody until 2026-03-09 08:00 UTC (Ben)"
        in text(await house.run("ana", "/oncall now"))
    )
    assert "Ben from 2026-03-09 08:00 UTC" in text(await house.run("ana", "/oncall next"))


async def test_without_schedules_it_says_how_to_make_one(build: Build) -> None:
    house = await build(schedules={})
    assert "Add one under [schedules]" in text(await house.run("ana", "/oncall now"))


async def test_a_schedule_that_never_has_anybody_is_nobody(build: Build) -> None:
    empty = replace(schedule("carla")["platform"], layers=())
    house = await build(schedules={"platform": empty})
    assert text(await house.run("ana", "/oncall now")) == "On call now | platform: ⚠️ nobody"
    assert text(await house.run("ana", "/oncall next")) == "Next on call | platform: ⚠️ nobody"


async def test_who_is_alone_has_it_for_good(build: Build) -> None:
    house = await build(schedules=schedule("carla"))
    assert text(await house.run("ana", "/oncall now")) == "On call now | platform: Carla"


# ---------------------------------------------------------------- overrides


async def test_a_responder_takes_a_shift_and_gives_it_back_by_time(house: House) -> None:
    told = text(await house.run("ben", "/oncall override platform me 4h"))
    assert told == "Ben has platform until 2026-03-02 13:00 UTC."
    assert "Ben until 2026-03-02 13:00 UTC · then Carla" in text(
        await house.run("ana", "/oncall now")
    )
    house.clock.push(timedelta(hours=4))
    assert "Carla until" in text(await house.run("ana", "/oncall now"))


async def test_the_time_is_meant_by_the_clock_of_the_one_who_says_it(house: House) -> None:
    told = text(await house.run("ben", "/oncall override platform me 18:00"))
    assert told == "Ben has platform until 2026-03-02 17:00 UTC."


@pytest.mark.parametrize(
    ("person", "line", "why"),
    [
        ("ben", "/oncall override platform @carla 4h", "a lead puts others on it"),
        ("ana", "/oncall override platform me 4h", "it needs the right to override own"),
        ("ben", "/oncall override platform me 100d", "within 60 d"),
        ("ben", "/oncall override platform me yesterday", "is not a time"),
        ("ben", "/oncall override platfrom me 4h", "Did you mean `platform`?"),
        ("carla", "/oncall override platform @bem 4h", "Did you mean @ben?"),
        ("carla", "/oncall override platform @gus 4h", "Gus may not acknowledge a page"),
    ],
)
async def test_what_cannot_be_overridden(house: House, person: str, line: str, why: str) -> None:
    reply = await house.run(person, line)
    assert reply.refused
    assert why in text(reply)
    assert "Carla until" in text(await house.run("ana", "/oncall now"))


async def test_a_lead_puts_somebody_on_and_it_is_audited(house: House) -> None:
    await house.run("carla", "/oncall override platform @ben 2h")
    assert "Ben until" in text(await house.run("ana", "/oncall now"))
    async with house.store.read() as work:
        (row,) = await work.audit.find("schedule:platform")
    assert (row.actor, row.action) == ("person:carla", "OverrideAdded")


async def test_somebody_put_on_without_a_way_to_reach_them_is_refused(build: Build) -> None:
    people = dict((await build()).core.directory.people)
    people["gus"] = replace(people["gus"], contact=(), accounts={}, email="")
    house = await build(people=people)
    reply = await house.run("carla", "/oncall override platform @gus 2h")
    assert reply.refused
    assert "Gus has no way to be reached" in text(reply)
