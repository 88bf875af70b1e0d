"""Two instances on one PostgreSQL: one of them listens, and another one takes over at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from bot.clock import ManualClock
from bot.domain.directory import Directory
from tests.adapters.discord.world import DiscordDesk, moved_in
from tests.contract.databases import PostgresServer, opened, postgres
from tests.fakes.discord_server import IDENTIFY, FakeDiscord, Person
from tests.fakes.discord_server.bell import BOUND
from tests.scenario.world import MONDAY

__all__ = ["postgres"]

pytestmark = pytest.mark.postgres

AT_ONCE = 1.0
"""Seconds: far less than an instance waits for its turn at a time."""
HOLDER = (
    "SELECT pg_terminate_backend(pid) FROM pg_locks JOIN pg_stat_activity USING (pid)"
    " WHERE locktype = 'advisory' AND granted AND datname = current_database()"
)
WAITS = (
    "SELECT pid FROM pg_locks JOIN pg_stat_activity USING (pid)"
    " WHERE locktype = 'advisory' AND NOT granted AND datname = current_database()"
)


class Pair:
    """Two instances in the same Discord; `one` listens, `two` waits for its turn."""

    def __init__(self, one: DiscordDesk, two: DiscordDesk, ana: Person) -> None:
        self.one, self.two, self.ana = one, two, ana
        self.discord = one.discord

    async def start(self) -> None:
        """Let both start, and wait until each has its part."""
        await self.one.connect()
        await self.two.bot.start()
        await self.waits(self.two)

    async def waits(self, desk: DiscordDesk) -> None:
        """The instance knows that another one listens, and stands in the queue for its turn."""
        await self.discord.until(lambda: "another instance" in desk.bot.state, "it to wait")
        async with asyncio.timeout(BOUND):
            while not await self.one.database.fetch(WAITS):
                continue

    async def listens(self, desk: DiscordDesk) -> None:
        """The instance listens, soon, and it alone."""
        await self.discord.until(
            lambda: desk.bot.state == "connected", "the take-over", within=AT_ONCE
        )
        await self.discord.until(lambda: self.discord.gateway.connected == 1, "one session")
        await desk.quiet()

    async def says(self, words: str) -> None:
        """Ana says something in the ticket's thread."""
        await self.ana.says(await self.one.post_of(), words)

    async def notes(self) -> list[str]:
        """What the team said on the ticket."""
        return [message.text for message in (await self.one.messages())[1:]]


@pytest.fixture
async def pair(postgres: PostgresServer, shop: Directory) -> AsyncIterator[Pair]:
    async with (
        FakeDiscord(ManualClock(MONDAY)) as discord,
        postgres.fresh(migrated=True) as url,
        opened(url) as first,
        opened(url) as second,
    ):
        place = discord.text_channel("support")
        settled, people = moved_in(shop, discord, place)
        one = DiscordDesk(first, settled, discord, place)
        two = DiscordDesk(second, settled, discord, place, beside=one)
        discord.world.clock = discord.clock = one.clock
        made = Pair(one, two, people["ana"])
        try:
            await made.start()
            yield made
        finally:
            await one.leave()
            await two.leave()


async def test_exactly_one_listens(pair: Pair) -> None:
    await pair.one.mail()
    await pair.says("who hears me?")
    await pair.one.quiet()
    assert len(pair.discord.gateway.sent_by_client(IDENTIFY)) == 1
    assert await pair.notes() == ["who hears me?"]


async def test_a_clean_stop_hands_over_at_once(pair: Pair) -> None:
    await pair.one.mail()
    await pair.one.bot.stop()
    await pair.listens(pair.two)
    seen = await pair.ana.presses(await pair.one.card_of(), "Claim")
    assert "SUP-1 is yours" in seen.text


async def test_a_holder_that_dies_is_followed_and_nothing_is_lost_or_doubled(pair: Pair) -> None:
    await pair.one.mail()
    await pair.says("before")
    await pair.one.quiet()
    pair.discord.gateway.forget()
    await pair.two.database.fetch(HOLDER)
    await pair.says("between")
    await pair.says("!claim")
    await pair.listens(pair.two)
    await pair.says("after")
    await pair.two.quiet()
    assert await pair.notes() == ["before", "between", "after"]
    assert (await pair.one.ticket()).assignee == "ana"
    assert not pair.ana.inbox


async def test_a_holder_that_loses_its_database_listens_no_more(pair: Pair) -> None:
    await pair.two.database.fetch(HOLDER)
    await pair.listens(pair.two)
    await pair.waits(pair.one)
    assert pair.discord.gateway.connected == 1


async def test_the_duty_comes_back_when_the_other_one_stops(pair: Pair) -> None:
    await pair.two.database.fetch(HOLDER)
    await pair.listens(pair.two)
    await pair.waits(pair.one)
    await pair.two.bot.stop()
    await pair.listens(pair.one)
