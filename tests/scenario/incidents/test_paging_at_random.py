"""Whatever happens in whatever order: nobody's silence ends the paging, and every answer does."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from random import Random

import pytest

from bot.domain.work_items import Incident
from bot.errors import Fault, PermanentError, TemporaryError
from tests.scenario.house import House, Monitor

STEP = timedelta(minutes=10)
SLACK = timedelta(seconds=30)
Event = Callable[[House, Monitor], Awaitable[object]]


async def nothing(_house: House, _monitor: Monitor) -> None:
    """Time passes."""


async def ben_acknowledges(house: House, _monitor: Monitor) -> None:
    await house.press("ben", "dk1:ack:INC-1")


async def carla_cannot(house: House, _monitor: Monitor) -> None:
    await house.press("carla", "dk1:escalate:INC-1")


async def ana_escalates(house: House, _monitor: Monitor) -> None:
    await house.run("ana", "/incident escalate INC-1 hello?")


async def more_alerts(house: House, monitor: Monitor) -> None:
    await monitor.fire(f"web-{house.clock.now():%H%M}", severity="warning")


async def the_chat_goes_away(house: House, _monitor: Monitor) -> None:
    house.surface.script.outage(TemporaryError("away"))


async def the_chat_refuses(house: House, _monitor: Monitor) -> None:
    house.surface.script.outage(PermanentError("no such account", fault=Fault.DESTINATION))


async def the_chat_comes_back(house: House, _monitor: Monitor) -> None:
    house.surface.script.outage(None)


async def a_shift_is_taken(house: House, _monitor: Monitor) -> None:
    await house.run("ben", "/oncall override platform me 1h")


EVENTS: list[Event] = [
    *(nothing, nothing, more_alerts, ben_acknowledges, carla_cannot, ana_escalates),
    *(the_chat_goes_away, the_chat_refuses, the_chat_comes_back, a_shift_is_taken),
]


@pytest.mark.parametrize("seed", range(5))
async def test_paging_goes_on_until_an_answer_and_no_longer(
    house: House, monitor: Monitor, seed: int
) -> None:
    luck = Random(seed)
    await monitor.fire("web-1")
    for _ in range(40):
        await luck.choice(EVENTS)(house, monitor)
        await house.minutes(luck.choice((1, 3, 6)))
        await check(house, await house.incident())


async def check(house: House, incident: Incident) -> None:
    """An unanswered incident was paged for lately; an answered one not since."""
    newest = max(page.created_at for page in await house.pages())
    if incident.acknowledged_at is None:
        assert house.clock.now() - newest <= STEP + SLACK
    else:
        assert newest <= incident.acknowledged_at
