"""SLA clocks: golden traces, and the rules one by one."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.domain.calendars import ALWAYS, Calendar
from bot.domain.sla import (
    Metric,
    SlaPolicy,
    Speaker,
    Spoke,
    WarnAt,
    clocks,
    due_events,
    next_due,
    worst,
)
from tests.unit.clocks.sla_traces import (
    CREATED,
    HOUR,
    OFFICE,
    agent,
    at,
    customer,
    one,
    only,
    policy,
    priority,
    status,
)

# Golden vectors: one trace, seven metrics, in calendar time and in office hours.

TRACE = [
    customer("09:00"),
    agent("09:20", public=False),
    agent("10:00"),
    status("10:00", "pending"),
    customer("13:00"),
    status("13:00", "open"),
    customer("13:30"),
    agent("14:00"),
    status("14:00", "on_hold"),
    agent("16:00"),
    status("16:00", "open"),
    status("16:30", "resolved"),
    customer("3 08:30"),
    status("3 08:30", "open"),
    agent("3 09:15"),
    status("3 09:15", "resolved"),
]
GOLDEN = {
    Metric.FIRST_REPLY: (["1:00:00"], ["1:00:00"]),
    Metric.NEXT_REPLY: (["1:00:00", "0:45:00"], ["1:00:00", "0:15:00"]),
    Metric.PERIODIC_UPDATE: (["4:00:00", "2:00:00", "0:30:00"],) * 2,
    Metric.PAUSABLE_UPDATE: (["1:00:00", "2:00:00", "0:30:00"],) * 2,
    Metric.REQUESTER_WAIT: (["5:15:00"], ["4:45:00"]),
    Metric.AGENT_WORK: (["3:15:00"], ["2:45:00"]),
    Metric.RESOLUTION: (["8:15:00"], ["7:45:00"]),
}


@pytest.mark.parametrize(("column", "hours"), [(0, ALWAYS), (1, OFFICE)], ids=["always", "office"])
@pytest.mark.parametrize("metric", Metric)
def test_golden_elapsed(metric: Metric, column: int, hours: Calendar) -> None:
    found = only(metric, clocks(TRACE, policy(hours=hours), at("3 09:15")))
    assert [str(clock.elapsed) for clock in found] == GOLDEN[metric][column]


def test_golden_clocks_have_all_stopped() -> None:
    found = clocks(TRACE, policy(), at("3 09:15"))
    replies = [clock.stopped_by for clock in found if clock.metric.endswith("reply")]
    assert replies == ["reply"] * 3
    assert not any(clock.running for clock in found)


def test_clocks_come_in_order_and_are_numbered() -> None:
    found = clocks(TRACE, policy(), at("3 09:15"))
    assert [clock.started_at for clock in found] == sorted(clock.started_at for clock in found)
    assert [clock.cycle for clock in only(Metric.PERIODIC_UPDATE, found)] == [0, 1, 2]


# What starts and stops a clock.


def test_before_its_creation_a_ticket_has_no_clocks() -> None:
    assert clocks(CREATED, policy(), at("08:59")) == ()
    assert clocks((), policy(), at("09:00")) == ()


def test_entries_after_until_are_not_known() -> None:
    trace = [*CREATED, agent("10:00")]
    assert clocks(trace, policy(), at("09:59")) == clocks(CREATED, policy(), at("09:59"))


def test_resolving_without_a_word_ends_the_first_reply() -> None:
    clock = one([*CREATED, status("09:30", "resolved")], policy(Metric.FIRST_REPLY), "12:00")
    assert (clock.stopped_at, clock.stopped_by) == (at("09:30"), "resolved")


def test_who_writes_again_after_that_waits_for_the_next_reply() -> None:
    trace = [*CREATED, status("09:30", "resolved"), customer("10:00"), status("10:00", "open")]
    clock = one(trace, policy(Metric.NEXT_REPLY), "10:20")
    assert (clock.started_at, clock.elapsed) == (at("10:00"), timedelta(minutes=20))


def test_a_note_changes_nothing() -> None:
    noted = [*CREATED, agent("09:30", public=False)]
    assert clocks(noted, policy(), at("12:00")) == clocks(CREATED, policy(), at("12:00"))


def test_closing_counts_as_resolving() -> None:
    closed = [*CREATED, status("09:30", "closed")]
    resolved = [*CREATED, status("09:30", "resolved"), status("10:00", "closed")]
    ends = [
        [(c.metric, c.stopped_at, c.elapsed, c.due_at) for c in clocks(t, policy(), at("12:00"))]
        for t in (closed, resolved)
    ]
    assert ends[0] == ends[1]


@pytest.mark.parametrize("turned", [False, True])
def test_reply_and_resolve_is_a_reply_in_either_order(turned: bool) -> None:
    done = [agent("10:00"), status("10:00", "resolved")]
    found = clocks([*CREATED, *(done[::-1] if turned else done)], policy(), at("12:00"))
    assert found[0].stopped_by == "reply"
    assert only(Metric.PERIODIC_UPDATE, found) == []


def test_a_farewell_on_a_resolved_ticket_promises_no_update() -> None:
    trace = [*CREATED, status("10:00", "resolved"), agent("10:05")]
    assert only(Metric.PERIODIC_UPDATE, clocks(trace, policy(), at("12:00"))) == []


def test_reopening_goes_on_with_the_same_clock() -> None:
    trace = [*CREATED, status("09:30", "resolved"), status("12:00", "open")]
    clock = one(trace, policy(), "12:10")
    assert clock.running
    assert clock.elapsed == timedelta(minutes=40)
    assert clock.due_at == at("12:30")


# Due times and breaches.


def test_due_is_projected_in_the_policys_hours() -> None:
    late = [customer("16:30"), priority("16:30", "normal")]
    assert one(late, policy(hours=OFFICE), "16:40").due_at == at("3 09:30")


def test_a_pause_moves_the_due_time_by_its_length() -> None:
    trace = [*CREATED, status("09:20", "pending"), status("11:00", "open")]
    assert one(trace, policy(Metric.REQUESTER_WAIT), "11:10").due_at == at("11:40")


def test_a_paused_clock_is_not_due() -> None:
    paused = one([*CREATED, status("09:20", "pending")], policy(Metric.REQUESTER_WAIT), "15:00")
    assert (paused.running, paused.due_at, paused.stopped_at) == (False, None, None)
    assert due_events([paused], policy(Metric.REQUESTER_WAIT, WarnAt(fraction=0.1))) == ()


def test_a_paused_clock_keeps_its_breach() -> None:
    promised = policy(Metric.REQUESTER_WAIT)
    paused = one([*CREATED, status("11:00", "pending")], promised, "15:00")
    assert paused.due_at == paused.breached_at == at("10:00")
    assert [due.at for due in due_events([paused], promised)] == [at("10:00")]


def test_a_clock_is_breached_at_its_due_instant() -> None:
    assert one(CREATED, policy(), "09:59").breached_at is None
    assert one(CREATED, policy(), "10:00").breached_at == at("10:00")


def test_an_answer_at_the_due_instant_is_in_time() -> None:
    clock = one([*CREATED, agent("10:00")], policy(Metric.FIRST_REPLY), "12:00")
    assert (clock.due_at, clock.breached_at) == (at("10:00"), None)


def test_an_answer_a_microsecond_later_is_late() -> None:
    late = Spoke(at=at("10:00") + timedelta.resolution, by=Speaker.AGENT, public=True)
    clock = one([*CREATED, late], policy(Metric.FIRST_REPLY), "12:00")
    assert clock.breached_at == at("10:00")
    assert clock.elapsed - HOUR == timedelta.resolution


def test_an_answer_after_hours_is_late_when_it_was_due_at_closing() -> None:
    trace = [customer("16:00"), priority("16:00", "normal"), agent("20:00")]
    clock = one(trace, policy(Metric.FIRST_REPLY, hours=OFFICE), "21:00")
    assert (clock.elapsed, clock.breached_at) == (HOUR, at("17:00"))


def test_a_pause_after_hours_is_late_when_it_was_due_at_closing() -> None:
    trace = [customer("16:00"), priority("16:00", "normal"), status("20:00", "pending")]
    clock = one(trace, policy(Metric.REQUESTER_WAIT, hours=OFFICE), "21:00")
    assert clock.breached_at == at("17:00")


def test_a_change_at_closing_does_not_move_what_is_due_then() -> None:
    trace = [customer("16:00"), priority("16:00", "normal"), status("17:00", "open")]
    clock = one(trace, policy(hours=OFFICE), "16:30")
    assert one(trace, policy(hours=OFFICE), "18:00").due_at == clock.due_at == at("17:00")


def test_active_are_the_stretches_between_pauses() -> None:
    trace = [*CREATED, status("09:10", "open"), status("09:20", "pending"), status("11:00", "open")]
    clock = one([*trace, status("11:00", "on_hold")], policy(Metric.REQUESTER_WAIT), "12:00")
    assert clock.active == ((at("09:00"), at("09:20")), (at("11:00"), None))


def test_what_was_before_the_start_is_not_active() -> None:
    trace = [*CREATED, status("09:10", "pending"), status("09:20", "open"), agent("09:30")]
    assert one(trace, policy(Metric.PAUSABLE_UPDATE), "12:00").active == ((at("09:30"), None),)
    trace = [*CREATED, agent("09:30"), status("09:30", "pending")]
    assert one(trace, policy(Metric.PAUSABLE_UPDATE), "12:00").active == ()


def test_a_pause_at_the_due_instant_is_in_time_until_it_ends() -> None:
    trace = [*CREATED, status("10:00", "pending"), status("14:00", "open")]
    promised = policy(Metric.REQUESTER_WAIT)
    assert one(trace, promised, "13:59").breached_at is None
    assert one(trace, promised, "14:00").breached_at == at("14:00")


def test_a_breach_between_two_looks_is_recorded() -> None:
    trace = [*CREATED, agent("09:30"), customer("10:00"), agent("11:30")]
    assert one(trace, policy(Metric.NEXT_REPLY), "15:00").breached_at == at("11:00")


def test_without_a_target_a_clock_is_never_due() -> None:
    clock = one([customer("09:00")], policy(Metric.FIRST_REPLY), "15:00")
    assert (clock.target, clock.due_at, clock.elapsed) == (None, None, 6 * HOUR)


# The priority in force.

RAISED = [*CREATED, priority("11:00", "urgent")]


def test_a_running_clock_has_todays_target() -> None:
    clock = one(RAISED, policy(normal=8, urgent=3), "11:30")
    assert (clock.target, clock.target_since, clock.due_at) == (3 * HOUR, at("11:00"), at("12:00"))


def test_a_stopped_clock_has_the_target_of_that_time() -> None:
    trace = [*CREATED, agent("09:30"), priority("11:00", "urgent")]
    clock = one(trace, policy(Metric.FIRST_REPLY, normal=8, urgent=0.25), "12:00")
    assert (clock.priority, clock.target, clock.breached_at) == ("normal", 8 * HOUR, None)


def test_a_priority_set_as_the_clock_stops_comes_too_late() -> None:
    trace = [*CREATED, agent("11:00"), priority("11:00", "low")]
    clock = one(trace, policy(Metric.FIRST_REPLY, low=8), "12:00")
    assert (clock.target, clock.breached_at) == (HOUR, at("10:00"))


def test_a_raised_priority_is_never_due_before_it_was_raised() -> None:
    assert one(RAISED, policy(normal=8, urgent=1), "11:00").breached_at == at("11:00")


def test_raised_at_night_it_is_due_when_the_desk_opens() -> None:
    trace = [*CREATED, priority("20:00", "urgent")]
    clock = one(trace, policy(hours=OFFICE, normal=20, urgent=1), "22:00")
    assert (clock.due_at, clock.breached_at) == (at("3 09:00"), None)


def test_a_priority_lowered_in_time_prevents_the_breach() -> None:
    clock = one([*CREATED, priority("09:30", "low")], policy(low=8), "12:00")
    assert (clock.due_at, clock.breached_at) == (at("17:00"), None)


def test_a_lowered_priority_does_not_unmake_a_breach() -> None:
    clock = one([*CREATED, priority("11:00", "low")], policy(low=8), "12:00")
    assert (clock.target, clock.breached_at, clock.due_at) == (8 * HOUR, at("10:00"), at("10:00"))


# What comes due.

HALF, QUARTER_HOUR = WarnAt(fraction=0.5), WarnAt(before=timedelta(minutes=15))


def test_warnings_and_breach_come_in_order_with_their_keys() -> None:
    promised = policy(Metric.RESOLUTION, HALF, QUARTER_HOUR)
    due = due_events(clocks(CREATED, promised, at("09:00")), promised)
    assert [(d.at, d.key) for d in due] == [
        (at("09:30"), "resolution/0/at_risk/0"),
        (at("09:45"), "resolution/0/at_risk/1"),
        (at("10:00"), "resolution/0/breached"),
    ]


def test_a_warning_counts_in_office_hours() -> None:
    promised = policy(Metric.RESOLUTION, WarnAt(before=timedelta(minutes=40)), hours=OFFICE)
    late = [customer("16:30"), priority("16:30", "normal")]
    assert due_events(clocks(late, promised, at("16:30")), promised)[0].at == at("16:50")


def test_a_target_too_short_for_a_warning_has_none() -> None:
    promised = policy(Metric.RESOLUTION, QUARTER_HOUR, normal=0.25)
    assert len(due_events(clocks(CREATED, promised, at("09:00")), promised)) == 1


def test_what_is_due_on_several_clocks_comes_in_order() -> None:
    targets = {Metric.FIRST_REPLY: HOUR, Metric.RESOLUTION: 4 * HOUR}
    promised = SlaPolicy(name="x", calendar=ALWAYS, targets={"normal": targets}, warn=(HALF,))
    due = due_events(clocks(CREATED, promised, at("09:00")), promised)
    assert [d.at for d in due] == [at("09:30"), at("10:00"), at("11:00"), at("13:00")]


def test_a_raised_priority_warns_no_sooner_than_it_was_raised() -> None:
    promised = policy(Metric.RESOLUTION, HALF, normal=8, urgent=3)
    assert [d.at for d in due_events(clocks(RAISED, promised, at("11:00")), promised)] == [
        at("11:00"),
        at("12:00"),
    ]


def test_what_is_due_at_opening_does_not_warn_at_opening() -> None:
    promised = policy(Metric.RESOLUTION, HALF, hours=OFFICE, normal=20, urgent=1)
    found = clocks([*CREATED, priority("20:00", "urgent")], promised, at("22:00"))
    assert [d.key for d in due_events(found, promised)] == ["resolution/0/breached"]


def test_a_clock_stopped_in_time_gives_nothing() -> None:
    promised = policy(Metric.FIRST_REPLY, HALF)
    assert due_events(clocks([*CREATED, agent("09:50")], promised, at("12:00")), promised) == ()


def test_next_due_leaves_out_what_was_seen() -> None:
    promised = policy(Metric.RESOLUTION, HALF)
    found = clocks(CREATED, promised, at("09:35"))
    assert next_due(found, promised, at("09:30"), {"resolution/0/at_risk/0"}) == at("10:00")


def test_a_breached_clock_warns_no_more() -> None:
    promised = policy(Metric.RESOLUTION, HALF)
    due = due_events(clocks(CREATED, promised, at("10:00")), promised)
    assert [d.key for d in due] == ["resolution/0/breached"]


def test_next_due_is_at_once_for_what_is_overdue() -> None:
    found = clocks(CREATED, policy(), at("12:00"))
    assert next_due(found, policy(), at("12:00"), ()) == at("12:00")
    assert next_due(found, policy(), at("12:00"), {"resolution/0/breached"}) is None


def test_a_raised_priority_warns_once() -> None:
    promised = policy(Metric.RESOLUTION, HALF, normal=2, urgent=6)
    found = clocks([*CREATED, priority("10:30", "urgent")], promised, at("10:45"))
    assert next_due(found, promised, at("10:45"), ()) == at("12:00")
    assert next_due(found, promised, at("10:45"), {"resolution/0/at_risk/0"}) == at("15:00")


def test_the_worst_clock_is_due_first() -> None:
    targets = {Metric.FIRST_REPLY: 2 * HOUR, Metric.AGENT_WORK: HOUR, Metric.RESOLUTION: 4 * HOUR}
    promised = SlaPolicy(name="x", calendar=ALWAYS, targets={"normal": targets})
    clock = worst(clocks([*CREATED, status("09:30", "on_hold")], promised, at("09:40")))
    assert clock is not None
    assert clock.metric is Metric.FIRST_REPLY


def test_of_paused_clocks_the_one_with_least_time_left_is_worst() -> None:
    targets = {Metric.REQUESTER_WAIT: 3 * HOUR, Metric.AGENT_WORK: 2 * HOUR}
    promised = SlaPolicy(name="x", calendar=ALWAYS, targets={"normal": targets})
    clock = worst(clocks([*CREATED, status("09:30", "pending")], promised, at("12:00")))
    assert clock is not None
    assert clock.metric is Metric.AGENT_WORK


def test_nothing_presses_on_a_resolved_ticket() -> None:
    assert worst(clocks([*CREATED, status("09:30", "resolved")], policy(), at("12:00"))) is None


# What is refused.


@pytest.mark.parametrize("before", [None, timedelta(), timedelta(minutes=-1)])
@pytest.mark.parametrize("fraction", [None, 0.0, 1.0, 1.5])
def test_a_warning_that_cannot_be_meant_is_refused(
    fraction: float | None, before: timedelta | None
) -> None:
    with pytest.raises(ValueError, match="a warning"):
        WarnAt(fraction=fraction, before=before)


def test_an_unknown_status_is_refused() -> None:
    with pytest.raises(ValueError, match="'solved' is not one of new, open, pending"):
        status("09:00", "solved")


def test_a_target_must_be_positive() -> None:
    with pytest.raises(ValueError, match=r"normal\.resolution must be positive"):
        policy(normal=0)


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        clocks(CREATED, policy(), at("09:00").replace(tzinfo=None))
