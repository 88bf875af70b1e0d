from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from adapters.scheduler.ticker import Ticker


class Ticks:
    """A callback that counts, and can be waited for."""

    def __init__(self, *failures: Exception) -> None:
        self.count = 0
        self.failures = list(failures)
        self._happened = asyncio.Event()

    def __call__(self) -> None:
        self.count += 1
        self._happened.set()
        if self.failures:
            raise self.failures.pop(0)

    async def wait(self, count: int) -> None:
        while self.count < count:
            self._happened.clear()
            await self._happened.wait()


async def test_it_ticks_on_the_loop_until_it_is_stopped() -> None:
    ticker, ticks, places = Ticker(), Ticks(), []
    ticker.every(0.01, "wake", ticks)
    ticker.every(0.01, "where", lambda: places.append(asyncio.current_task()))
    await ticker.start()
    await ticks.wait(3)
    await ticker.stop()
    assert all(places)


async def test_two_ticks_do_not_wait_for_each_other() -> None:
    ticker, often, rarely = Ticker(), Ticks(), Ticks()
    ticker.every(0.01, "often", often)
    ticker.every(60, "rarely", rarely)
    await ticker.start()
    await often.wait(2)
    await ticker.stop()
    assert rarely.count == 0


async def test_a_blocked_loop_makes_one_late_tick_not_many_and_not_none() -> None:
    ticker, ticks, loop = Ticker(), Ticks(), asyncio.get_running_loop()
    ticker.every(0.02, "wake", ticks)
    await ticker.start()
    blocked_until = loop.time() + 0.2
    while loop.time() < blocked_until:
        pass
    await ticks.wait(1)
    await ticker.stop()
    assert ticks.count == 1


async def test_a_clock_set_back_does_not_silence_it(caplog: pytest.LogCaptureFixture) -> None:
    ticker, ticks = Ticker(), Ticks()
    ticker.every(0.01, "wake", ticks)
    await ticker.start()
    ticker._scheduler.modify_job("wake", next_run_time=datetime(2100, 1, 1, tzinfo=UTC))
    await ticks.wait(2)
    await ticker.stop()
    assert "begun anew" in caplog.text


async def test_a_callback_that_fails_is_logged_and_tried_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    ticker, ticks = Ticker(), Ticks(LookupError("gone"))
    ticker.every(0.01, "wake", ticks)
    await ticker.start()
    await ticks.wait(2)
    await ticker.stop()
    assert "wake" in caplog.text


async def test_an_age_counts_from_the_last_good_tick(caplog: pytest.LogCaptureFixture) -> None:
    ticker, good, bad = Ticker(), Ticks(), Ticks(*[LookupError()] * 1000)
    ticker.every(0.01, "good", good)
    ticker.every(0.01, "bad", bad)
    await ticker.start()
    await good.wait(5)
    await bad.wait(5)
    assert ticker.age("good") < ticker.age("bad") < timedelta(seconds=60)
    await ticker.stop()


async def test_names_are_unique_and_known() -> None:
    ticker = Ticker()
    ticker.every(1, "wake", Ticks())
    with pytest.raises(ValueError, match="already a tick called wake"):
        ticker.every(1, "wake", Ticks())
    with pytest.raises(KeyError):
        ticker.age("sleep")


async def test_stopping_what_never_ran_does_nothing() -> None:
    await Ticker().stop()
