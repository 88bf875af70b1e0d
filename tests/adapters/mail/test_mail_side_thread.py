"""Calls that block, beside the loop."""

from __future__ import annotations

import asyncio
import threading

import pytest

from adapters.mail.receiving.side_thread import SideThread


async def test_calls_run_one_after_the_other_elsewhere() -> None:
    side = SideThread("side")
    here = threading.current_thread()
    first, second = await asyncio.gather(
        side.run(threading.current_thread), side.run(threading.current_thread)
    )
    assert first is second is not here
    side.stop()


async def test_what_a_call_raises_is_raised_here() -> None:
    side = SideThread("side")
    with pytest.raises(ZeroDivisionError):
        await side.run(lambda: 1 / 0)
    assert await side.run(lambda: 1) == 1
    side.stop()


async def test_a_caller_that_left_does_not_stop_the_thread() -> None:
    side, gate = SideThread("side"), threading.Event()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0):
            await side.run(gate.wait)
    gate.set()
    assert await side.run(lambda: 2) == 2
    side.stop()
