"""Turns within lanes: by place, then by arrival; lanes never wait for each other."""

from __future__ import annotations

import asyncio
import random

from adapters.slack.events.lanes import Lanes
from bot.tasks import spawn, stop


async def ordered(lanes: Lanes, places: list[str], lane: str = "t") -> list[str]:
    done: list[str] = []

    async def work(place: str) -> None:
        async with lanes.turn(lane, place):
            await asyncio.sleep(0)
            done.append(place)

    tasks = [spawn(work(place), place) for place in places]
    await asyncio.wait(tasks)
    return done


async def test_what_comes_out_of_order_is_done_in_order() -> None:
    places = [f"{n:03}" for n in range(50)]
    random.Random(7).shuffle(places)
    assert await ordered(Lanes(0.005), places) == sorted(places)


async def test_without_a_place_the_first_comes_first() -> None:
    done: list[int] = []

    async def work(number: int) -> None:
        async with lanes.turn("t"):
            done.append(number)

    lanes = Lanes(0.005)
    await asyncio.wait([spawn(work(number), "t") for number in range(5)])
    assert done == [0, 1, 2, 3, 4]


async def test_lanes_do_not_wait_for_each_other() -> None:
    lanes = Lanes(0.0)
    async with lanes.turn("one"), lanes.turn("two"), lanes.turn(""), lanes.turn(""):
        pass


async def test_who_gives_up_holds_up_nobody() -> None:
    lanes = Lanes(0.0)
    async with lanes.turn("t"):
        waiting = spawn(_enter(lanes), "waiting")
        await asyncio.sleep(0)
        await stop(waiting)
    assert await ordered(lanes, ["a"]) == ["a"]


async def _enter(lanes: Lanes) -> None:
    async with lanes.turn("t"):
        pass
