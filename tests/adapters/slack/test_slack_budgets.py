"""Budgets: who may call now, and when the others come again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from adapters.slack.api.budgets import Budgets, Window
from bot.clock import ManualClock
from bot.errors import TemporaryError

START = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(START)


@pytest.fixture
def budgets(clock: ManualClock) -> Budgets:
    return Budgets(clock)


def wait(refused: pytest.ExceptionInfo[TemporaryError]) -> timedelta:
    assert refused.value.retry_after is not None
    return refused.value.retry_after


def edits(budgets: Budgets, count: int, *, urgent: bool = False) -> int:
    """How many of so many edits were allowed."""
    allowed = 0
    for _ in range(count):
        try:
            budgets.edit(urgent=urgent)
        except TemporaryError:
            continue
        allowed += 1
    return allowed


def test_a_burst_of_posts_passes_and_then_one_a_second(
    budgets: Budgets, clock: ManualClock
) -> None:
    for _ in range(5):
        budgets.post("C1")
    with pytest.raises(TemporaryError) as refused:
        budgets.post("C1")
    clock.push(wait(refused))
    budgets.post("C1")


def test_channels_do_not_wait_for_each_other(budgets: Budgets) -> None:
    for channel in range(100):
        budgets.post(f"C{channel}")


def test_a_refused_post_is_not_ambiguous(budgets: Budgets) -> None:
    for _ in range(5):
        budgets.post("C1")
    with pytest.raises(TemporaryError) as refused:
        budgets.post("C1")
    assert not refused.value.ambiguous


def test_cards_are_edited_forty_times_a_minute(budgets: Budgets, clock: ManualClock) -> None:
    assert edits(budgets, 500) == 40
    clock.push(MINUTE)
    assert edits(budgets, 500) == 40


def test_no_minute_has_more_than_45_edits(budgets: Budgets, clock: ManualClock) -> None:
    times: list[datetime] = []
    for second in range(300):
        urgent = second % 7 == 0
        times += [clock.now()] * edits(budgets, 3, urgent=urgent)
        clock.push(timedelta(seconds=1))
    assert max(sum(at <= t < at + MINUTE for t in times) for at in times) == 45


def test_pages_have_room_where_cards_have_none(budgets: Budgets) -> None:
    edits(budgets, 500)
    assert edits(budgets, 10, urgent=True) == 5


def test_those_turned_away_get_turns_of_their_own() -> None:
    window = Window(MINUTE)
    waits = [window.take(START, 2) for _ in range(5)]
    assert waits == [timedelta(0), timedelta(0), MINUTE, MINUTE * 1.5, MINUTE * 2]


def test_a_clock_that_is_set_back_holds_nobody_up() -> None:
    window = Window(MINUTE)
    window.take(START + 60 * MINUTE, 1)
    assert window.take(START, 1) == timedelta(0)


def test_a_turn_is_never_further_away_than_two_windows() -> None:
    window = Window(MINUTE)
    assert max(window.take(START, 40) for _ in range(1000)) == MINUTE * 2


def test_a_pause_that_slack_asked_for_is_kept(budgets: Budgets, clock: ManualClock) -> None:
    budgets.pause("chat.update", timedelta(seconds=12))
    clock.push(timedelta(seconds=4))
    with pytest.raises(TemporaryError) as refused:
        budgets.check("chat.update")
    assert wait(refused) == timedelta(seconds=8)


def test_a_pause_ends_and_concerns_only_its_method(budgets: Budgets, clock: ManualClock) -> None:
    budgets.pause("chat.update", timedelta(seconds=12))
    budgets.check("chat.postMessage C1")
    clock.push(timedelta(seconds=12))
    budgets.check("chat.update")
