"""Faults, rate limits and outages of the fake, as a caller meets them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import aiohttp
import discord
import pytest

from bot.clock import ManualClock
from tests.fakes.discord_server import (
    DROP,
    HANG,
    LATE_ERROR,
    LOST_ANSWER,
    RESET,
    UNSERVED,
    FakeDiscord,
    error,
    too_many,
)
from tests.fakes.discord_server.places import Channel
from tests.fakes.plain_discord import PlainBot, logged_in

CREATE = "POST /channels/{channel_id}/messages"


@pytest.fixture
async def server() -> AsyncIterator[FakeDiscord]:
    async with FakeDiscord() as fake:
        fake.text_channel("support")
        yield fake


@pytest.fixture
async def bot(server: FakeDiscord) -> AsyncIterator[PlainBot]:
    async with logged_in(server) as bot:
        yield bot


def place(server: FakeDiscord) -> Channel:
    return next(each for each in server.world.channels.values() if each.name == "support")


class Caller:
    """A bare HTTP caller with the bot's token."""

    def __init__(self, server: FakeDiscord) -> None:
        self._server = server

    async def posts(self, timeout: float = 5.0) -> aiohttp.ClientResponse:
        headers = {"Authorization": f"Bot {self._server.token}"}
        limit = aiohttp.ClientTimeout(total=timeout)
        url = f"{self._server.api_url}/channels/{place(self._server).id}/messages"
        async with (
            aiohttp.ClientSession(headers=headers, timeout=limit) as session,
            session.post(url, json={"content": "x"}) as answer,
        ):
            await answer.read()
            return answer


@pytest.fixture
def caller(server: FakeDiscord) -> Caller:
    return Caller(server)


@pytest.mark.parametrize("status", [500, 502, 503])
async def test_an_error_is_answered_and_nothing_done(
    server: FakeDiscord, caller: Caller, status: int
) -> None:
    server.faults.next(CREATE, error(status))
    assert (await caller.posts()).status == status
    assert server.messages(place(server)) == []
    assert (await caller.posts()).status == 200


async def test_a_late_error_hides_a_success(server: FakeDiscord, caller: Caller) -> None:
    server.faults.next(CREATE, LATE_ERROR)
    assert (await caller.posts()).status == 502
    assert len(server.messages(place(server))) == 1


@pytest.mark.parametrize(("fault", "done"), [(RESET, 1), (DROP, 0)])
async def test_a_cut_connection_is_one(
    server: FakeDiscord, caller: Caller, fault: Any, done: int
) -> None:
    server.faults.next(CREATE, fault)
    with pytest.raises(aiohttp.ClientError):
        await caller.posts()
    assert len(server.messages(place(server))) == done


@pytest.mark.parametrize(("fault", "done"), [(LOST_ANSWER, 1), (HANG, 0)])
async def test_a_call_can_hang(server: FakeDiscord, caller: Caller, fault: Any, done: int) -> None:
    server.faults.next(CREATE, fault)
    with pytest.raises(TimeoutError):
        await caller.posts(timeout=0.05)
    assert len(server.messages(place(server))) == done


async def test_what_hangs_is_cut_on_release(server: FakeDiscord, caller: Caller) -> None:
    server.faults.next(CREATE, HANG)

    async def release() -> None:
        await server.until(lambda: server.called(CREATE), "the call")
        server.faults.release()

    outcomes = await asyncio.gather(caller.posts(), release(), return_exceptions=True)
    assert isinstance(outcomes[0], aiohttp.ClientError)


async def test_a_planned_429_says_when(server: FakeDiscord, caller: Caller) -> None:
    server.faults.next(CREATE, too_many(1.5, everywhere=True))
    answer = await caller.posts()
    assert (answer.status, answer.headers["Retry-After"]) == (429, "2")
    assert server.calls[-1].answer["retry_after"] == 1.5
    assert answer.headers["X-RateLimit-Global"] == "true"


async def test_the_library_waits_for_its_bucket(server: FakeDiscord, bot: PlainBot) -> None:
    server.rates.limit(CREATE, 2, 0.2)
    channel = bot.get_partial_messageable(int(place(server).id))
    for number in range(5):
        await channel.send(str(number))
    assert [call.status for call in server.called(CREATE)] == [200] * 5
    assert server.rates.refused == 0


async def test_a_caller_without_manners_meets_429(server: FakeDiscord, caller: Caller) -> None:
    server.rates.limit(CREATE, 2, 60)
    answers = [await caller.posts() for _ in range(3)]
    assert [answer.status for answer in answers] == [200, 200, 429]
    assert answers[1].headers["X-RateLimit-Remaining"] == "0"
    assert float(answers[2].headers["Retry-After"]) > 50


async def test_the_global_limit_counts_all_routes(server: FakeDiscord, caller: Caller) -> None:
    server.rates.limit_everywhere(3, 60)
    answers = [await caller.posts() for _ in range(4)]
    assert [answer.status for answer in answers] == [200, 200, 200, 429]
    assert (server.calls[-1].answer["global"], server.rates.refused) == (True, 1)


async def test_too_many_invalid_calls_are_banned(server: FakeDiscord, caller: Caller) -> None:
    server.rates.ban_after = 3
    server.faults.revoked = True
    statuses = [(await caller.posts()).status for _ in range(4)]
    banned = await caller.posts()
    assert (statuses, banned.status) == ([401, 401, 401, 429], 429)
    assert "Via" not in banned.headers
    assert isinstance(server.clock, ManualClock)
    server.faults.revoked = False
    server.clock.push(timedelta(minutes=10))
    assert (await caller.posts()).status == 200


async def test_an_outage_cuts_everything_until_it_is_over(
    server: FakeDiscord, bot: PlainBot, caller: Caller
) -> None:
    server.go_down()
    with pytest.raises(aiohttp.ClientError):
        await caller.posts()
    assert server.gateway.connected == 0
    server.come_back()
    assert (await caller.posts()).status == 200


async def test_every_call_leaves_a_record(server: FakeDiscord, caller: Caller) -> None:
    await caller.posts()
    [call] = server.called(CREATE)
    assert (call.body, call.status, call.at) == ({"content": "x"}, 200, server.clock.now())
    assert call.path == {"channel_id": place(server).id}


async def test_what_is_not_served_is_told(server: FakeDiscord, bot: PlainBot) -> None:
    with pytest.raises(discord.NotFound):
        await bot.fetch_invite("abc")
    assert len(server.called(UNSERVED)) == 1
