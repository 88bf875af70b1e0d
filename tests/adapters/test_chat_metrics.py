"""What is counted of Slack and Discord: requests by how they ended, limits, acknowledgements."""

from __future__ import annotations

import pytest

from adapters.discord.api.rest import Rest
from adapters.discord.api.routes import route
from adapters.memory.meter import MemoryMeter
from adapters.slack.api.budgets import Budgets
from adapters.slack.api.client import SlackClient
from adapters.slack.settings import SlackSettings
from bot.clock import ManualClock
from bot.domain.directory import Directory
from bot.errors import PermanentError, TemporaryError
from bot.ports.tally import Tally
from tests.adapters.discord.conftest import shop
from tests.adapters.discord.rig import bench
from tests.adapters.discord.world import desk_in_discord
from tests.adapters.slack.front import front
from tests.adapters.slack.rig import NOW
from tests.fakes import discord_server as discord_fakes
from tests.fakes.slack import FakeSlack, failing, limited, saying

__all__ = ["shop"]


@pytest.mark.parametrize(
    ("error", "result"),
    [
        (TemporaryError("away"), "failed"),
        (TemporaryError("no answer", ambiguous=True), "unknown"),
        (PermanentError("no such channel"), "refused"),
        (RuntimeError("a defect"), "failed"),
    ],
)
def test_a_request_counts_by_how_it_ended(error: Exception, result: str) -> None:
    meter = MemoryMeter()
    with pytest.raises(type(error)), Tally("slack", meter).request("auth.test"):
        raise error
    assert meter.counted("chat_requests", method="auth.test", result=result) == 1
    assert meter.counted("chat_requests") == 1


async def test_calls_of_slack_are_counted_by_method() -> None:
    meter, clock = MemoryMeter(), ManualClock(NOW)
    async with FakeSlack(clock) as slack:
        settings = SlackSettings(bot_token=slack.bot_token, api_url=slack.api_url)
        client = SlackClient(settings, Budgets(clock), Tally("slack", meter))
        await client.start()
        slack.faults.then("auth.test", failing(503))
        slack.faults.then("auth.test", saying("invalid_auth"))
        for _ in range(3):
            await _quietly(client.call("auth.test"))
        await client.close()
    for result in ("failed", "refused", "ok"):
        asked = {"surface": "slack", "method": "auth.test", "result": result}
        assert meter.counted("chat_requests", **asked) == 1


async def test_a_limit_of_slacks_is_counted_and_what_waits_for_it_is_not() -> None:
    meter, clock = MemoryMeter(), ManualClock(NOW)
    async with FakeSlack(clock) as slack:
        settings = SlackSettings(bot_token=slack.bot_token, api_url=slack.api_url)
        client = SlackClient(settings, Budgets(clock), Tally("slack", meter))
        await client.start()
        slack.faults.then("auth.test", limited(30))
        for _ in range(2):
            await _quietly(client.call("auth.test"))
        await client.close()
    assert meter.counted("chat_rate_limited", surface="slack") == 1
    assert meter.counted("chat_requests") == 1


async def test_requests_to_discord_are_counted_by_route() -> None:
    meter = MemoryMeter()
    async with bench() as stage:
        rest = Rest(stage.settings, Tally("discord", meter))
        stage.discord.faults.next("GET /users/@me", discord_fakes.too_many(30))
        for number in ("1", stage.support.id):
            await _quietly(rest.ask(route("GET", "/channels/{channel}", channel=number)))
        await _quietly(rest.ask(route("GET", "/users/@me")))
        await rest.close()
    asked = {"surface": "discord", "method": "GET /channels/{channel}"}
    assert meter.counted("chat_requests", result="refused", **asked) == 1
    assert meter.counted("chat_requests", result="ok", **asked) == 1
    assert meter.counted("chat_rate_limited", surface="discord") == 1


async def test_a_gesture_in_slack_is_timed_and_an_event_is_not() -> None:
    meter = MemoryMeter()
    async with front(meter=meter) as there:
        await (await there.claims()).answer()
        await there.fake.says("ana", "desk", "@deskhand hello")
        await there.until(lambda: there.core.talks)
    (seconds,) = meter.observed("chat_ack_seconds", surface="slack")
    assert 0 <= seconds < 3


async def test_a_gesture_in_discord_is_timed(shop: Directory) -> None:
    async with desk_in_discord(shop) as (desk, people):
        await desk.mail()
        await people["ana"].types(await desk.post_of(), "/ticket claim")
        await desk.quiet()
        (seconds,) = desk.meter.observed("chat_ack_seconds", surface="discord")
        assert 0 <= seconds < 3
        assert desk.meter.counted("chat_requests", surface="discord", result="ok") > 1


async def _quietly(asking: object) -> None:
    """Ask; that it fails is what the test wants."""
    try:
        await asking  # type: ignore[misc]
    except (TemporaryError, PermanentError):
        return
