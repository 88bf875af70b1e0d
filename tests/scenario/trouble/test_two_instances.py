"""Two instances on one PostgreSQL: what both do at once has one outcome."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from bot.domain import events as happened
from bot.domain.directory import Directory
from bot.engine.inbox import AlertPass
from tests.contract.databases import PostgresServer, opened, postgres
from tests.scenario.house import House, Monitor, labels, webhook

__all__ = ["postgres"]

pytestmark = pytest.mark.postgres
Pair = tuple[House, House]


@pytest.fixture
async def pair(postgres: PostgresServer, directory: Directory) -> AsyncIterator[Pair]:
    """Two instances in the same outside world."""
    async with postgres.fresh(migrated=True) as url, opened(url) as one, opened(url) as two:
        first = House(one, directory)
        yield first, House(two, directory, outside=first)


async def fold_at_once(pair: Pair) -> None:
    """Both work through the alerts that wait, until none does."""
    passes = [each for house in pair for each in house.passes if isinstance(each, AlertPass)]
    busy = True
    while busy:
        busy = any(await asyncio.gather(*(each.run_once() for each in passes)))


async def test_one_group_is_one_incident_though_both_fold_its_alerts(pair: Pair) -> None:
    here, there = pair
    alert = Monitor(here).alert
    for number in range(60):
        body = webhook([alert("HighCPU", f"web-{number}")], "HighCPU")
        await here.post(body, settle=False)
    await fold_at_once(pair)
    await here.after(seconds=2)
    await there.after(seconds=2)
    assert len(await here.incidents()) == 1
    assert len(await here.alerts()) == 60
    assert len(here.paged("carla")) == 1


async def test_a_step_is_taken_once_though_both_look(pair: Pair) -> None:
    here, there = pair
    await Monitor(here).fire("web-1")
    for _ in range(12):
        here.clock.push(timedelta(seconds=30))
        await asyncio.gather(here.settle(), there.settle())
    assert (len(here.paged("carla")), len(here.paged("ben"))) == (1, 1)


async def test_an_answer_at_one_stops_the_other(pair: Pair) -> None:
    here, there = pair
    await Monitor(here).fire("web-1")
    await asyncio.gather(here.press("carla", "dk1:ack:INC-1"), there.press("ben", "dk1:ack:INC-1"))
    await there.minutes(10)
    assert await there.happened(happened.Acknowledged, "INC-1") == 1
    assert labels(here.paged("carla")[0]) == []
    assert there.paged("ben") == []
