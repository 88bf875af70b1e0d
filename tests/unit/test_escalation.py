"""Escalation: steps, rounds, empty steps, the last resort, and that it never falls silent."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.escalation import (
    MINIMUM_WAIT,
    Advance,
    Call,
    Escalation,
    EscalationPolicy,
    Resolve,
    Step,
    Urgency,
    advance,
    hasten,
    start,
    stop,
)
from tests.unit.samples import MINUTE, NOW

ON_CALL = {"schedule:a": ("ana",), "schedule:b": ("ben",), "person:lead": ("lead",)}


def resolver(reach: Mapping[str, tuple[str, ...]]) -> Resolve:
    return lambda target: reach.get(target, ())


def policy(*targets: str, repeat: int = 1, catch_all: str = "person:lead") -> EscalationPolicy:
    steps = tuple(Step(targets=tuple(t.split()), after=5 * MINUTE) for t in targets)
    return EscalationPolicy(name="p", steps=steps, repeat=repeat, catch_all=catch_all)


def run(
    policy: EscalationPolicy, count: int, reach: Mapping[str, tuple[str, ...]] = ON_CALL
) -> list[Advance]:
    escalation, taken = start(policy, NOW), list[Advance]()
    for _ in range(count):
        assert escalation.due_at is not None
        taken.append(advance(escalation, resolver(reach), escalation.due_at))
        escalation = taken[-1].escalation
    return taken


def called(taken: list[Advance]) -> list[list[str]]:
    return [[call.person for call in one.calls] for one in taken]


def test_the_first_step_is_due_at_once_and_the_next_after_its_wait() -> None:
    escalation = start(policy("schedule:a"), NOW)
    taken = advance(escalation, resolver(ON_CALL), NOW)
    assert escalation.due_at == NOW
    assert taken.calls == (Call(person="ana", target="schedule:a", urgency=Urgency.HIGH),)
    assert taken.escalation.due_at == NOW + 5 * MINUTE
    assert taken.escalation.stepped_at == NOW


def test_steps_are_gone_through_again_and_then_comes_the_last_resort() -> None:
    taken = run(policy("schedule:a", "schedule:b"), 6)
    last = ["lead", "ben"]
    assert called(taken) == [["ana"], ["ben"], ["ana"], ["ben"], last, last]
    assert [(t.step, t.round) for t in taken] == [(1, 1), (2, 1), (1, 2), (2, 2), (0, 0), (0, 0)]
    assert taken[2].reason == "step 1 of 2, round 2"


def test_without_repeat_there_is_one_round() -> None:
    assert called(run(policy("schedule:a", repeat=0), 2)) == [["ana"], ["lead", "ana"]]


def test_an_empty_step_is_skipped_at_once_and_told() -> None:
    (taken,) = run(policy("schedule:nobody", "schedule:b"), 1)
    assert called([taken]) == [["ben"]]
    assert taken.skipped == ("step 1 is empty (schedule:nobody)",)
    assert taken.escalation.due_at == NOW + 5 * MINUTE


def test_a_policy_that_reaches_nobody_by_its_steps_goes_to_the_catch_all() -> None:
    (taken,) = run(policy("schedule:nobody", repeat=5), 1)
    assert called([taken]) == [["lead"]]
    assert taken.skipped == ("step 1 is empty (schedule:nobody)",)


def test_a_policy_without_steps_pages_the_catch_all_again_and_again() -> None:
    first, second = run(policy(), 2)
    assert called([first, second]) == [["lead"], ["lead"]]
    assert first.escalation.due_at == NOW + 5 * MINUTE


def test_when_nobody_is_left_it_says_so_and_tries_again() -> None:
    taken = run(policy("schedule:nobody", catch_all=""), 3)
    assert called(taken) == [[], [], []]
    assert taken[-1].skipped == ("the catch-all (none) reaches nobody",)


def test_the_last_resort_falls_back_on_any_step_that_reaches_somebody() -> None:
    taken = run(policy("schedule:a", "schedule:nobody", repeat=0, catch_all=""), 2)
    assert called(taken) == [["ana"], ["ana"]]


def test_who_comes_on_call_later_is_found_when_the_step_runs() -> None:
    silent = run(policy("schedule:a", catch_all=""), 1, {})[0]
    woken = advance(silent.escalation, resolver(ON_CALL), NOW + MINUTE)
    assert called([silent, woken]) == [[], ["ana"]]


def test_somebody_found_by_two_targets_is_called_once() -> None:
    reach = {"schedule:a": ("ana", "ben"), "person:ana": ("ana",)}
    (taken,) = run(policy("person:ana schedule:a"), 1, reach)
    assert [(c.person, c.target) for c in taken.calls] == [
        ("ana", "person:ana"),
        ("ben", "schedule:a"),
    ]


def test_a_wait_is_never_too_short_to_answer() -> None:
    hasty = EscalationPolicy(name="p", steps=(Step(targets=("schedule:a",), after=timedelta()),))
    (taken,) = run(hasty, 1)
    assert taken.escalation.due_at == NOW + MINUTE / 2


def test_a_stopped_escalation_keeps_its_place() -> None:
    moved = run(policy("schedule:a", "schedule:b"), 1)[0].escalation
    assert stop(moved).due_at is None
    assert stop(moved).position == 1


@pytest.mark.parametrize(
    ("stepped", "pressed_as_of", "moves"), [(None, 0, True), (5, 5, True), (5, 6, True), (5, 4, 0)]
)
def test_two_who_press_move_one_step(stepped: int | None, pressed_as_of: int, moves: bool) -> None:
    stepped_at = NOW + stepped * MINUTE if stepped is not None else None
    waiting = Escalation(
        policy=policy("schedule:a"), due_at=NOW + 9 * MINUTE, stepped_at=stepped_at
    )
    hastened = hasten(waiting, NOW + 7 * MINUTE, as_of=NOW + pressed_as_of * MINUTE)
    assert (hastened is not None) == moves
    assert hastened is None or hastened.due_at == NOW + 7 * MINUTE


def test_a_stopped_escalation_can_be_hastened() -> None:
    hastened = hasten(stop(start(policy("schedule:a"), NOW)), NOW + MINUTE, as_of=NOW)
    assert hastened is not None
    assert hastened.due_at == NOW + MINUTE


TARGETS = [f"schedule:{name}" for name in "abcd"]
POLICIES = st.builds(
    EscalationPolicy,
    name=st.just("p"),
    steps=st.lists(
        st.builds(
            Step,
            targets=st.lists(st.sampled_from(TARGETS), max_size=3).map(tuple),
            after=st.timedeltas(timedelta(0), timedelta(hours=9)),
            urgency=st.sampled_from(Urgency),
        ),
        max_size=4,
    ).map(tuple),
    repeat=st.integers(0, 9),
    catch_all=st.sampled_from(["", "person:lead", "person:gone"]),
)
REACHES = st.dictionaries(
    st.sampled_from([*TARGETS, "person:lead"]),
    st.lists(st.sampled_from(["ana", "ben"]), max_size=2, unique=True).map(tuple),
)


@given(POLICIES, st.lists(REACHES, min_size=1, max_size=50))
def test_it_is_never_silent(
    policy: EscalationPolicy, reaches: list[dict[str, tuple[str, ...]]]
) -> None:
    escalation = start(policy, NOW)
    for reach in reaches:
        now = escalation.due_at
        assert now is not None
        taken = advance(escalation, resolver(reach), now)
        targets = [policy.catch_all, *(t for step in policy.steps for t in step.targets)]
        reachable = {person for target in targets for person in reach.get(target, ())}
        assert bool(taken.calls) == bool(reachable)
        assert {call.person for call in taken.calls} <= reachable
        assert taken.calls or taken.skipped
        escalation = taken.escalation
        assert escalation.due_at is not None
        assert escalation.due_at >= now + MINIMUM_WAIT


@given(POLICIES)
def test_while_steps_are_left_none_is_left_out_or_repeated(policy: EscalationPolicy) -> None:
    everybody = dict.fromkeys(TARGETS, ("ana",))
    filled = [n for n, step in enumerate(policy.steps, start=1) if step.targets]
    rounds = [(step, turn) for turn in range(1, policy.repeat + 2) for step in filled]
    taken = run(policy, len(rounds), everybody)
    assert [(one.step, one.round) for one in taken] == rounds
