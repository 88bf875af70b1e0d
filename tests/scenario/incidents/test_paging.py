"""Paging: steps and rounds until somebody answers, by every way there is; an answer stops it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from bot.domain import events as happened
from bot.domain.directory import Directory
from bot.domain.effects import ParcelState, Pool
from bot.domain.escalation import EscalationPolicy, Step, Urgency
from bot.domain.paging import Page, PageState
from bot.domain.schedules import Override
from bot.engine.inbox import AlertPass
from bot.errors import Fault, PermanentError, TemporaryError
from tests.scenario.conftest import Build
from tests.scenario.house import House, Monitor, labels, words

AWAY = TemporaryError("the platform is away")
GONE = PermanentError("account_inactive", fault=Fault.DESTINATION)
SLACK = timedelta(seconds=30)


def policy(*targets: str, repeat: int = 1, catch_all: str = "") -> dict[str, EscalationPolicy]:
    """The policy `platform`, made of steps with one target each, five minutes apart."""
    steps = tuple(Step(targets=(target,), after=timedelta(minutes=5)) for target in targets)
    made = EscalationPolicy(name="platform", steps=steps, repeat=repeat, catch_all=catch_all)
    return {"platform": made}


def instants(pages: list[Page]) -> list[datetime]:
    """When people were paged, each instant once."""
    return sorted({page.created_at for page in pages})


def longest_gap(times: list[datetime]) -> timedelta:
    """The longest time without a page."""
    return max(later - earlier for earlier, later in pairwise(times))


# ---------------------------------------------------------------- nobody answers


async def test_steps_and_rounds_and_then_the_last_resort(house: House, monitor: Monitor) -> None:
    await monitor.fire("web-1")
    await house.minutes(46)
    reasons = [(page.person, page.reason) for page in await house.pages() if page.contact != "mail"]
    last = "every step was tried; paging the last resort until somebody answers"
    assert reasons == [
        ("carla", "on call for platform, step 1 of 2"),
        ("ben", "step 2 of 2"),
        ("carla", "on call for platform, step 1 of 2, round 2"),
        ("ben", "step 2 of 2, round 2"),
        ("carla", last),
        ("ben", last),
        ("carla", last),
        ("ben", last),
    ]


async def test_for_half_a_day_the_gap_between_pages_is_never_larger_than_a_step(
    house: House, monitor: Monitor
) -> None:
    await monitor.fire("web-1")
    await house.minutes(12 * 60)
    times = [*instants(await house.pages()), house.clock.now()]
    assert longest_gap(times) <= timedelta(minutes=10) + SLACK
    assert len(times) > 70


async def test_pages_go_on_across_restarts(house: House, monitor: Monitor) -> None:
    await monitor.fire("web-1")
    for _ in range(12):
        house = await restarted(house)
        await house.minutes(5)
    assert longest_gap(instants(await house.pages())) <= timedelta(minutes=10) + SLACK


async def restarted(house: House) -> House:
    """Another process on the same database; what the first one held is let go by time."""
    for table in ("timer", "inbox", "outbox"):
        await house.database.execute(f"UPDATE {table} SET lease_until = 0", ())
    return House(house.database, house.core.directory, outside=house)


async def test_a_timer_held_by_a_process_that_died_is_handled_once(
    house: House, monitor: Monitor
) -> None:
    await monitor.fire("web-1")
    house.clock.push(timedelta(minutes=5))
    held = await house.store.timers.lease(10, timedelta(seconds=30), house.clock.now())
    assert [timer.subject for timer in held] == ["1"]
    await house.settle()
    assert len(instants(await house.pages())) == 1
    again = await restarted(house)
    await again.settle()
    await house.settle()
    assert len(instants(await house.pages())) == 2


async def test_a_timer_that_cannot_be_handled_does_not_hold_up_the_others(
    house: House, monitor: Monitor
) -> None:
    async with house.store.work() as work:
        await work.timers.arm("escalation", "no number", house.clock.now())
    await monitor.fire("web-1")
    await house.minutes(6)
    assert len(house.paged("ben")) == 1


async def test_each_step_is_one_direct_message_and_a_mail_where_there_is_an_address(
    house: House, monitor: Monitor
) -> None:
    await monitor.fire("web-1")
    await house.minutes(6)
    assert (len(house.paged("carla")), len(house.paged("ben"))) == (1, 1)
    (mail,) = house.mailbox.mails()
    assert (mail.recipient.address, mail.automatic) == ("ben@shop.example", "auto-generated")
    assert mail.subject == "🚨 Page: 🔴 SEV1 INC-1 HighCPU on web-1"
    assert "unless acknowledged: `/incident ack INC-1`" in mail.text


async def test_a_page_says_what_burns_why_it_is_me_and_what_comes_next(
    house: House, monitor: Monitor
) -> None:
    await monitor.fire("web-1")
    (page,) = house.paged("carla")
    told = words(page)
    assert "SEV1 INC-1 HighCPU on web-1" in told
    assert "Why you: on call for platform, step 1 of 2." in told
    assert "🔥 HighCPU on web-1" in told
    assert "Affected: Checkout" in told
    assert "Goes to the next step at 2026-03-02 09:05 UTC" in told
    assert labels(page) == ["Acknowledge", "I can't: escalate now"]
    assert "schedule:" not in told


# ---------------------------------------------------------------- nobody there


async def test_an_empty_step_is_skipped_at_once_and_told_once_an_hour(build: Build) -> None:
    night = replace((await build()).core.directory.schedules["platform"], layers=())
    house = await build(schedules={"platform": night})
    await Monitor(house).fire("web-1")
    assert len(house.paged("ben")) == 1
    await house.minutes(30)
    (notice,) = house.told()
    assert "step 1 is empty (schedule:platform)" in notice


async def test_when_no_step_reaches_anybody_the_catch_all_does(build: Build) -> None:
    house = await build(escalations=policy("schedule:nobody", catch_all="person:carla"))
    await Monitor(house).fire("web-1")
    await house.minutes(11)
    assert len(house.paged("carla")) == 3


async def test_when_nobody_at_all_can_be_paged_the_channel_hears_it_every_hour(
    build: Build,
) -> None:
    house = await build(escalations=policy("schedule:nobody"))
    await Monitor(house).fire("web-1")
    await house.minutes(150)
    assert [notice.count("nobody is paged") for notice in house.told()] == [1, 1, 1]


async def test_somebody_without_any_contact_is_like_nobody(build: Build) -> None:
    people = dict((await build()).core.directory.people)
    people["carla"] = replace(people["carla"], contact=(), accounts={}, email="")
    house = await build(people=people)
    await Monitor(house).fire("web-1")
    assert len(house.paged("ben")) == 1
    assert len(house.told()) == 1


async def test_an_override_of_somebody_who_left_does_not_hide_the_rotation(
    house: House, monitor: Monitor
) -> None:
    async with house.store.work() as work:
        start = house.clock.now()
        gone = Override(
            schedule="platform", person="zoe", start=start, end=start + timedelta(hours=4)
        )
        await work.overrides.add(gone)
    await monitor.fire("web-1")
    assert len(house.paged("carla")) == 1


# ---------------------------------------------------------------- the way is blocked


async def test_a_page_that_fails_for_good_is_told_and_the_next_one_goes_at_once(
    house: House, monitor: Monitor
) -> None:
    house.surface.script.then(GONE)
    await monitor.fire("web-1")
    await house.minutes(1)
    assert (house.paged("carla"), len(house.paged("ben"))) == ([], 1)
    assert await house.heard("the page to Carla by console failed: account_inactive") == 1
    assert await house.heard("no page reaches Carla") == 1


async def test_where_every_page_fails_the_pace_stays_that_of_the_policy(
    house: House, monitor: Monitor
) -> None:
    await monitor.fire("web-1", settle=False)
    house.surface.script.outage(GONE)
    house.mailbox.script.outage(GONE)
    await house.minutes(60)
    assert len(instants(await house.pages())) == 9
    house.surface.script.outage(None)
    await house.minutes(10)
    assert house.paged("carla")


async def test_one_way_that_works_is_enough(build: Build) -> None:
    people = dict((await build()).core.directory.people)
    people["ben"] = replace(people["ben"], contact=("sms:+43660123456", "mail"))
    house = await build(escalations=policy("person:ben", "person:carla"), people=people)
    await Monitor(house).fire("web-1")
    await house.minutes(4)
    assert await house.heard("Ben cannot be reached by sms:+43660123456") == 1
    assert len(house.mailbox.mails("ben@shop.example")) == 1
    assert house.paged("carla") == []


async def test_low_urgency_does_not_ring(build: Build) -> None:
    people = dict((await build()).core.directory.people)
    people["ben"] = replace(people["ben"], contact=("voice:+43660123456", "mail"))
    step = Step(targets=("person:ben",), after=timedelta(minutes=5), urgency=Urgency.LOW)
    quiet = EscalationPolicy(name="platform", steps=(step,))
    house = await build(people=people, escalations={"platform": quiet})
    await Monitor(house).fire("web-1")
    assert [page.contact for page in await house.pages()] == ["mail"]


async def test_while_a_platform_is_away_pages_go_on_by_the_other_ways(
    house: House, monitor: Monitor
) -> None:
    house.surface.script.outage(AWAY)
    await monitor.fire("web-1")
    await house.minutes(30)
    assert len(house.mailbox.mails("ben@shop.example")) == 3
    assert house.paged("ben") == house.paged("carla") == []


async def test_a_platform_that_comes_back_brings_one_page_and_one_card(
    house: House, monitor: Monitor
) -> None:
    house.surface.script.outage(AWAY)
    await monitor.fire("web-1")
    await house.minutes(30)
    house.surface.script.outage(None)
    await house.minutes(2)
    assert (len(house.paged("carla")), len(house.paged("ben"))) == (1, 1)
    assert (await house.card()).number == "INC-1"
    assert await house.heard("paging Carla") == await house.heard("paging Ben") == 3


# ---------------------------------------------------------------- somebody answers


@pytest.mark.parametrize("line", ["/incident ack INC-1", "/oncall ack INC-1", "/oncall ack"])
async def test_an_answer_by_any_command_stops_the_paging(
    house: House, monitor: Monitor, line: str
) -> None:
    await monitor.fire("web-1")
    reply = await house.run("carla", line)
    assert reply.card is not None
    assert words(reply.card) == "INC-1 is yours; nobody else is paged."
    await house.minutes(60)
    assert len(house.paged("carla")) == 1
    assert house.paged("ben") == []


async def test_the_button_redraws_every_page_that_was_sent(house: House, monitor: Monitor) -> None:
    await monitor.fire("web-1")
    await house.minutes(7)
    await house.press("ben", "dk1:ack:INC-1")
    ended = "INC-1 HighCPU on web-1 | ✅ Acknowledged by Ben at 2026-03-02 09:07 UTC, after 7 min"
    assert [words(page) for page in house.paged("carla") + house.paged("ben")] == [ended, ended]
    assert labels(house.paged("carla")[0]) == []
    assert house.paged("carla")[0].fallback.startswith("INC-1: ✅ Acknowledged by Ben")


async def test_an_answer_cancels_the_pages_that_were_not_sent_yet(
    house: House, monitor: Monitor
) -> None:
    house.surface.script.outage(AWAY)
    await monitor.fire("web-1")
    house.surface.script.outage(None)
    await house.run("ben", "/incident ack INC-1")
    await house.minutes(5)
    assert house.paged("carla") == []
    assert [(p.state, p.detail) for p in await house.pages()] == [(PageState.CANCELLED, "Ben")]


async def test_a_page_on_its_way_while_somebody_answers_is_not_tried_again(
    house: House, monitor: Monitor
) -> None:
    await monitor.fire("web-1", settle=False)
    (alerts,) = (each for each in house.passes if isinstance(each, AlertPass))
    await alerts.run_once()
    now = house.clock.now()
    (flying,) = await house.store.outbox.lease(Pool.PAGE, 1, timedelta(minutes=1), now)
    await house.press("ben", "dk1:ack:INC-1")
    assert await house.store.outbox.retry(flying, "no answer", now, ambiguous=True)
    await house.settle()
    assert house.paged("carla") == []
    assert [(p.state, p.sent_at) for p in await house.pages()] == [(PageState.CANCELLED, None)]


async def test_a_page_that_its_person_deleted_is_not_drawn_any_more(
    house: House, monitor: Monitor
) -> None:
    await monitor.fire("web-1")
    (page,) = house.surface.directs("carla")
    house.surface.forget(page.id)
    await house.press("ben", "dk1:ack:INC-1")
    assert await house.store.outbox.find(ParcelState.DEAD) == []


async def test_somebody_without_the_right_is_refused_and_paging_goes_on(
    house: House, monitor: Monitor
) -> None:
    await monitor.fire("web-1")
    for person in ("ana", "gus", "stranger"):
        assert (await house.press(person, "dk1:ack:INC-1")).refused
    await house.minutes(6)
    assert len(house.paged("ben")) == 1


async def test_the_second_is_told_who_was_first_and_since_when(
    house: House, monitor: Monitor
) -> None:
    await monitor.fire("web-1")
    await house.minutes(1)
    await house.press("carla", "dk1:ack:INC-1")
    reply = await house.press("ben", "dk1:ack:INC-1")
    assert reply.card is not None
    assert words(reply.card) == "Carla has INC-1 since 2026-03-02 09:01 UTC."
    assert await house.happened(happened.Acknowledged, "INC-1") == 1


async def test_what_somebody_had_who_left_the_configuration_can_be_acknowledged(
    house: House, monitor: Monitor, directory: Directory
) -> None:
    await monitor.fire("web-1")
    await house.run("carla", "/incident ack INC-1")
    others = {key: each for key, each in directory.people.items() if key != "carla"}
    after = House(house.database, replace(directory, people=others), outside=house)
    assert "INC-1 is yours" in str(await after.run("ben", "/incident ack INC-1"))
    assert (await after.incident()).acknowledged_by == "ben"


async def test_without_a_page_of_mine_oncall_ack_asks_which_one(
    house: House, monitor: Monitor
) -> None:
    await monitor.fire("web-1")
    reply = await house.run("ben", "/oncall ack")
    assert reply.refused
    assert reply.card is not None
    assert words(reply.card).startswith("No page waits for you.")


async def test_with_two_pages_of_mine_oncall_ack_asks_which_one(
    house: House, monitor: Monitor
) -> None:
    await monitor.fire("web-1")
    await monitor.fire("web-1", name="Disk")
    reply = await house.run("carla", "/oncall ack")
    assert reply.card is not None
    assert "You are paged for INC-2, INC-1." in words(reply.card)


# ---------------------------------------------------------------- somebody cannot


async def test_i_cannot_pages_the_next_one_at_once(house: House, monitor: Monitor) -> None:
    await monitor.fire("web-1")
    reply = await house.press("carla", "dk1:escalate:INC-1")
    assert reply.card is not None
    assert "Escalated INC-1: paging Ben. The step after this comes" in words(reply.card)
    assert len(house.paged("ben")) == 1


async def test_two_who_press_at_once_move_one_step(house: House, monitor: Monitor) -> None:
    await monitor.fire("web-1")
    await house.press("carla", "dk1:escalate:INC-1")
    second = await house.press("ben", "dk1:escalate:INC-1")
    assert second.refused
    assert second.card is not None
    assert "Carla escalated INC-1 a moment ago." in words(second.card)
    assert (await house.incident()).escalation.position == 2  # type: ignore[union-attr]


async def test_escalate_works_on_what_is_acknowledged_and_asks_for_an_answer_again(
    house: House, monitor: Monitor
) -> None:
    await monitor.fire("web-1")
    await house.press("carla", "dk1:ack:INC-1")
    await house.run("carla", "/incident escalate INC-1 I need the DBA")
    assert "paging goes on without you" in words(house.paged("carla")[0])
    await house.minutes(11)
    assert len(house.paged("carla")) == 2
    await house.press("ben", "dk1:ack:INC-1")
    assert (await house.incident()).acknowledged_by == "ben"
    assert "Acknowledged by Ben" in words(house.paged("carla")[0])


async def test_escalating_without_a_policy_says_how_to_page_instead(house: House) -> None:
    await house.generic(title="Backup failed")
    reply = await house.run("ben", "/incident escalate INC-1")
    assert reply.refused
    assert reply.card is not None
    assert "`/page @name INC-1`" in words(reply.card)


# ---------------------------------------------------------------- who has it by then


async def test_at_the_handoff_the_next_step_pages_the_new_one(build: Build) -> None:
    house = await build(escalations=policy("schedule:platform", repeat=20))
    handoff = datetime(2026, 3, 9, 8, 0, tzinfo=UTC)
    house.clock.push(handoff - timedelta(minutes=7) - house.clock.now())
    await Monitor(house).fire("web-1")
    await house.minutes(14)
    people = [page.person for page in await house.pages() if page.contact == "console"]
    assert people == ["carla", "carla", "ben"]


async def test_a_shift_taken_meanwhile_counts_from_the_next_step_on(build: Build) -> None:
    house = await build(escalations=policy("schedule:platform", repeat=20))
    await Monitor(house).fire("web-1")
    await house.run("ben", "/oncall override platform me 4h")
    await house.minutes(6)
    assert (len(house.paged("carla")), len(house.paged("ben"))) == (1, 1)


async def test_the_policy_is_the_one_of_the_beginning(house: House, directory: Directory) -> None:
    await Monitor(house).fire("web-1")
    changed = replace(directory, escalations=policy("person:carla"))
    after = House(house.database, changed, outside=house)
    await after.minutes(6)
    assert len(house.paged("ben")) == 1


# ---------------------------------------------------------------- paging by name


async def test_a_policy_that_is_configured_no_more_is_told_by_its_steps(
    house: House, monitor: Monitor, directory: Directory
) -> None:
    await monitor.fire("web-1")
    after = House(house.database, replace(directory, escalations={}), outside=house)
    await after.minutes(5)
    assert "system: paging Ben (step 2 of 2)" in await after.story()


async def test_paging_a_person_declares_what_repeats_until_they_answer(house: House) -> None:
    reply = await house.run("ana", "/page @ben the import is stuck")
    assert reply.card is not None
    assert words(reply.card) == ("Paging Ben for INC-1, again and again until somebody answers.")
    (page,) = house.paged("ben")
    assert "SEV3 INC-1 the import is stuck" in page.title
    assert "Why you: Ana asks: the import is stuck." in words(page)
    await house.minutes(16)
    assert len(house.paged("ben")) == 4
    await house.run("ben", "/oncall ack")
    await house.minutes(30)
    assert len(house.paged("ben")) == 4


async def test_paging_a_schedule_reaches_who_has_it(house: House) -> None:
    reply = await house.run("ana", "/page schedule:platform the shop is slow")
    assert reply.card is not None
    assert "Paging Carla for INC-1" in words(reply.card)
    assert "Why you: on call for platform, Ana asks: the shop is slow." in words(
        house.paged("carla")[0]
    )


async def test_paging_a_policy_goes_through_its_steps(house: House) -> None:
    await house.run("ana", "/page policy:platform all is on fire")
    await house.minutes(6)
    assert (len(house.paged("carla")), len(house.paged("ben"))) == (1, 1)


async def test_paging_for_an_incident_that_somebody_has_is_one_page_they_answer_for_themselves(
    house: House, monitor: Monitor
) -> None:
    await monitor.fire("web-1")
    await house.press("carla", "dk1:ack:INC-1")
    await house.run("carla", "/page @ben INC-1 please look at the database")
    (page,) = house.paged("ben")
    assert "Why you: Carla asks: please look at the database." in words(page)
    await house.press("ben", "dk1:ack:INC-1")
    assert labels(house.paged("ben")[0]) == []
    assert (await house.incident()).acknowledged_by == "carla"
    assert (await house.story())[-1] == "person:ben: acknowledged"
    assert len(await house.incidents()) == 1


async def test_paging_for_an_incident_without_policy_repeats_until_answered(house: House) -> None:
    await house.generic(title="Backup failed")
    await house.run("ana", "/page @ben INC-1 please look")
    await house.minutes(6)
    assert len(house.paged("ben")) == 2
    assert len(await house.incidents()) == 1


async def test_in_a_thread_the_page_is_for_its_incident(house: House, monitor: Monitor) -> None:
    await monitor.fire("web-1")
    reply = await house.say("carla", "INC-1", "!page @ben follow-up needed")
    assert reply is not None
    assert reply.card is not None
    assert words(reply.card) == "Paging Ben for INC-1."


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("/page @bem help", "Did you mean @ben?"),
        ("/page schedule:platfrom help", "Did you mean schedule:platform?"),
        ("/page policy:platforn help", "Did you mean policy:platform?"),
        ("/page @gus help", "Gus may not acknowledge a page"),
        ("/page @ana help", "Page somebody with the role responder"),
        ("/page @ben INC-99 help", "There is no INC-99."),
    ],
)
async def test_a_page_that_nobody_could_answer_is_refused(
    house: House, line: str, hint: str
) -> None:
    reply = await house.run("ana", line)
    assert reply.refused
    assert reply.card is not None
    assert hint in words(reply.card)
    assert await house.incidents() == []


async def test_paging_an_empty_schedule_is_refused(build: Build) -> None:
    platform = replace((await build()).core.directory.schedules["platform"], layers=())
    house = await build(schedules={"platform": platform})
    reply = await house.run("ana", "/page schedule:platform help")
    assert reply.refused
    assert await house.incidents() == []


async def test_a_page_without_words_opens_a_form_that_pages(house: House) -> None:
    form = (await house.run("ana", "/page")).form
    assert form is not None
    assert [field.name for field in form.fields] == ["who", "reason"]
    await house.press("ana", form.id, who="@ben", reason="first line\nsecond line")
    assert (await house.incident()).title == "first line second line"


async def test_a_page_without_a_reason_says_what_is_missing(house: House) -> None:
    reply = await house.run("ana", "/page @ben")
    assert reply.refused
    assert reply.card is not None
    assert "`/page` also needs: reason." in words(reply.card)


async def test_a_page_out_of_a_ticket_names_it(house: House) -> None:
    await house.mail()
    await house.say("ana", "SUP-1", "!page @ben cannot reproduce this")
    assert (await house.incident()).title == "cannot reproduce this (SUP-1)"
