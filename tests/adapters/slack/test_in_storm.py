"""Five hundred alerts in a minute, a few at a time, so that each time the card changes."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from bot.config.loading import load
from tests.fakes.slack import FakeSlack
from tests.scenario.conftest import CONFIGURATION
from tests.scenario.house import Monitor, webhook
from tests.scenario.slack_shop import SlackShop, open_shop

MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)
STEPS = 100
AT_ONCE = 5


async def storm(shop: SlackShop) -> None:
    """A minute of alerts; in its middle another group begins, which is another incident."""
    monitor = Monitor(shop)
    for step in range(STEPS):
        name = "Other" if step == STEPS // 2 else "HighCPU"
        alerts = [monitor.alert(name, f"web-{step}-{n}") for n in range(AT_ONCE)]
        await shop.post(webhook(alerts, name), settle=False)
        await shop.after(seconds=60 / STEPS)


def most_edits(fake: FakeSlack) -> int:
    """In any minute."""
    at = [call.at for call in fake.calls("chat.update")]
    return max(sum(first <= other < first + MINUTE for other in at) for first in at)


def paged_at(fake: FakeSlack, number: str) -> datetime:
    """When Carla was paged for an incident."""
    (page,) = [m for m in fake.direct_messages("carla") if number in m.text]
    return datetime.fromtimestamp(float(page.ts), UTC)


async def test_a_storm_leaves_room_in_slacks_limits_and_delays_no_page() -> None:
    directory = load(CONFIGURATION, {}, date(2026, 3, 1)).directory()
    async with open_shop(directory, limits=True) as shop:
        fake, began = shop.fake, shop.clock.now()
        await storm(shop)
        # More would be wanted, or the limit would not be met at all.
        assert 30 < most_edits(fake) <= 45
        assert [call.method for call in fake.calls() if call.status == 429] == []
        assert paged_at(fake, "INC-1") - began <= SECOND
        assert paged_at(fake, "INC-2") - began <= MINUTE / 2 + SECOND
        await shop.minutes(2)
        assert most_edits(fake) <= 45
        assert "495" in str(fake.messages("incidents")[0].blocks)
