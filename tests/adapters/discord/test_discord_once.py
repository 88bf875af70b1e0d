"""Whatever gets lost on the way: each ticket one card, one thread, and each line once."""

from __future__ import annotations

import asyncio
import random
from collections import Counter

import pytest

from bot.domain.directory import Directory
from bot.domain.effects import ParcelState
from tests.adapters.discord.rig import Bench
from tests.adapters.discord.test_discord_surface import HANG_ON, POST, card
from tests.adapters.discord.world import DiscordDesk, desk_in_discord
from tests.fakes.discord_server import DROP, LATE_ERROR, RESET, error, too_many

BEGIN = "POST /channels/{channel_id}/threads"
EDIT = "PATCH /channels/{channel_id}/messages/{message_id}"
MISHAPS = (RESET, LATE_ERROR, DROP, error(500), error(503), too_many(0.01))


def stir(desk: DiscordDesk, dice: random.Random) -> None:
    """The next calls go wrong in all ways, some of them after they did their work."""
    for route in (POST, BEGIN, HANG_ON, EDIT):
        for _ in range(dice.randrange(4)):
            desk.discord.faults.next(route, dice.choice(MISHAPS))


async def calm(desk: DiscordDesk) -> None:
    """Let time pass until nothing waits any more."""
    for _ in range(60):
        await desk.after(seconds=61)
        if not await desk.store.outbox.find(ParcelState.WAITING):
            return
    raise AssertionError("the outbox did not drain")


@pytest.mark.parametrize("forum", [False, True], ids=["text", "forum"])
@pytest.mark.parametrize("seed", range(2))
async def test_nothing_is_posted_twice_or_never(shop: Directory, seed: int, forum: bool) -> None:
    dice = random.Random(seed)
    async with desk_in_discord(shop, forum=forum) as (desk, _):
        for count in range(3):
            stir(desk, dice)
            await desk.mail(f"mail {count}")
            await desk.run("ana", f"/ticket note SUP-{count + 1} note {count}")
        await calm(desk)
        threads = desk.discord.threads(desk.place)
        assert len(threads) == 3
        for number in range(1, 4):
            lines = Counter(await desk.lines(f"SUP-{number}"))
            assert set(lines.values()) == {1}
            assert len(lines) == 2
        assert not await desk.store.outbox.find(ParcelState.DEAD)


async def test_a_storm_never_meets_a_limit(stage: Bench) -> None:
    stage.discord.rates.limit(POST, 5, 0.05)
    stage.discord.rates.limit_everywhere(50, 1.0)
    posts = (stage.surface.post(stage.inside(""), card(), f"k{n}") for n in range(30))
    await asyncio.gather(*posts)
    assert stage.discord.rates.refused == 0
    assert len(stage.discord.messages(stage.support)) == 30
