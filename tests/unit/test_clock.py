"""The clocks of the product: aware, in UTC, and pushed forward only."""

from __future__ import annotations

from datetime import UTC, timedelta

import pytest

from bot.clock import DemoClock, ManualClock, SystemClock
from tests.unit.samples import MINUTE, NOW


@pytest.mark.parametrize("clock", [SystemClock(), DemoClock()])
def test_a_clock_shows_aware_instants_that_do_not_go_back(clock: SystemClock | DemoClock) -> None:
    first, second = clock.now(), clock.now()
    assert first.tzinfo is UTC
    assert first <= second


def test_the_demonstrations_clock_is_pushed_forward() -> None:
    clock, before = DemoClock(), SystemClock().now()
    clock.push(timedelta(hours=3))
    clock.push(timedelta(hours=1))
    assert clock.ahead == timedelta(hours=4)
    assert clock.now() >= before + timedelta(hours=4)


def test_the_demonstrations_clock_never_goes_back() -> None:
    clock = DemoClock()
    with pytest.raises(ValueError, match="only pushed forward"):
        clock.push(-MINUTE)
    assert clock.ahead == timedelta(0)


def test_a_manual_clock_stands_still_until_it_is_pushed() -> None:
    clock = ManualClock(NOW)
    assert clock.now() == clock.now() == NOW
    clock.push(MINUTE)
    assert clock.now() == NOW + MINUTE
