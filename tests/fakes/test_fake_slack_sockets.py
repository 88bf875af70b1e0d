"""Socket Mode: envelopes, acknowledgements, reconnections, and events that come again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest

from bot.clock import ManualClock
from tests.fakes.slack import FakeSlack
from tests.fakes.slack.trial import CARD, FORM, by_socket, trial


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(datetime(2026, 11, 21, 15, 38, tzinfo=UTC))


@pytest.fixture
async def slack(clock: ManualClock) -> AsyncIterator[FakeSlack]:
    async with FakeSlack(clock, patience=0.3) as fake:
        fake.add_user("ana")
        fake.add_channel("support", ["ana"])
        yield fake


async def test_nobody_there(slack: FakeSlack) -> None:
    seen = await slack.types("ana", "support", "/ticket claim")
    assert seen.error == "dispatch_failed"


async def test_connections_share_the_load(slack: FakeSlack) -> None:
    async with by_socket(slack, connections=2):
        for number in range(4):
            await slack.types("ana", "support", f"/ticket {number}")
    connections = [ack.connection for ack in slack.record.acks]
    assert sorted(connections) == [1, 1, 2, 2]


async def test_a_connection_is_refreshed(slack: FakeSlack) -> None:
    async with by_socket(slack):
        await slack.sockets.warn()
        await slack.until(lambda: slack.sockets.opened == 2)
        await slack.sockets.refresh()
        await slack.until(lambda: slack.sockets.opened == 3 and slack.sockets.count == 1)
        assert (await slack.types("ana", "support", "/ticket claim")).ack.ok


async def test_a_broken_connection_comes_again(slack: FakeSlack) -> None:
    async with by_socket(slack):
        slack.sockets.drop()
        await slack.until(lambda: slack.sockets.count == 1)
        assert (await slack.types("ana", "support", "/ticket claim")).ack.ok


async def test_pings_are_answered_on_both_sides(slack: FakeSlack) -> None:
    async with by_socket(slack):
        await slack.sockets.ping()
        await slack.until(lambda: slack.sockets.pongs and slack.sockets.pings)


async def test_a_silent_connection_times_out(slack: FakeSlack) -> None:
    async with by_socket(slack):
        slack.sockets.silent = True
        seen = await slack.types("ana", "support", "/ticket claim")
    assert seen.error == "operation_timeout"


async def test_an_event_comes_when_the_app_is_back(slack: FakeSlack) -> None:
    said = await slack.says("ana", "support", "anybody?")
    assert len(slack.events.pending) == 1
    async with by_socket(slack) as app:
        await slack.until(lambda: app.heard)
    assert app.heard == [("message", said.text)]
    assert slack.record.acks[-1].attempt == 1


async def test_an_event_is_given_up_after_three_retries(
    slack: FakeSlack, clock: ManualClock
) -> None:
    await slack.says("ana", "support", "anybody?")
    for minutes in (0, 1, 5):
        clock.push(timedelta(minutes=minutes, seconds=-1 if minutes else 0))
        await slack.events.retry_due()
        clock.push(timedelta(seconds=1))
        await slack.events.retry_due()
    assert [ack.attempt for ack in slack.record.acks] == [0, 1, 2, 3]
    assert (slack.events.pending, len(slack.events.lost)) == ([], 1)


async def test_an_event_comes_twice_with_one_id(slack: FakeSlack) -> None:
    async with by_socket(slack) as app:
        slack.events.copies = 2
        await slack.says("ana", "support", "once")
        assert app.heard == [("message", "once")] * 2
        slack.events.again(slack.events.sent[0])
        await slack.events.settled()
    assert len({event["event_id"] for event in slack.events.sent}) == 1
    assert len(slack.record.acks) == 3


async def test_events_come_out_of_order(slack: FakeSlack) -> None:
    async with by_socket(slack) as app:
        with slack.events.held() as held:
            said = await slack.says("ana", "support", "one")
            await slack.edits(said, "two")
            held.reverse()
        await slack.events.settled()
    assert app.heard == [("message_changed", "two"), ("message", "one")]


async def test_the_apps_own_posts_come_as_events(slack: FakeSlack) -> None:
    async with by_socket(slack) as app:
        await app.client.chat_postMessage(channel="CSUPPORT", text="x", blocks=CARD)
        await slack.events.settled()
    event = slack.events.sent[-1]["event"]
    assert (event["bot_id"], event["text"]) == ("B0DESKHAND", "x")
    assert app.heard == []


async def test_an_outage_breaks_connections_and_refuses_new_ones(slack: FakeSlack) -> None:
    async with by_socket(slack):
        await slack.goes_down()
        await slack.until(lambda: slack.calls("apps.connections.open")[1:])
        assert slack.sockets.count == 0
        slack.comes_back()
        await slack.until(lambda: slack.sockets.count)


async def test_a_trigger_dies_while_the_app_dallies(slack: FakeSlack, clock: ManualClock) -> None:
    client = trial(slack).client
    async with by_socket(slack):
        seen = await slack.types("ana", "support", "/ticket claim")
    clock.push(timedelta(seconds=4))
    with pytest.raises(Exception, match="expired_trigger_id"):
        await client.views_open(trigger_id=seen.trigger_id, view=FORM)
    assert seen.opened() is None


async def test_the_eleventh_connection_is_sent_away(slack: FakeSlack) -> None:
    client = trial(slack).client
    async with aiohttp.ClientSession() as session, AsyncExitStack() as sockets:
        first = []
        for _ in range(11):
            opened = await client.apps_connections_open(app_token=slack.app_token)
            socket = await sockets.enter_async_context(session.ws_connect(opened["url"]))
            first.append(await socket.receive_json())
    assert [message["type"] for message in first] == ["hello"] * 10 + ["disconnect"]
    assert first[-1]["reason"] == "too_many_websockets"


async def test_a_late_acknowledgement_is_recorded(slack: FakeSlack) -> None:
    client = trial(slack).client
    opened = await client.apps_connections_open(app_token=slack.app_token)
    async with aiohttp.ClientSession() as session, session.ws_connect(opened["url"]) as socket:
        await socket.receive_json()
        seen = await slack.types("ana", "support", "/ticket claim")
        envelope = await socket.receive_json()
        await socket.send_json({"envelope_id": envelope["envelope_id"], "payload": {"text": "x"}})
        await slack.until(lambda: slack.record.acks[1:])
    assert seen.error == "operation_timeout"
    assert [ack.error for ack in slack.record.acks] == ["operation_timeout", "late"]
    assert slack.whispers("ana") == []
