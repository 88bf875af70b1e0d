"""The shop's configuration, and desks in Discord."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date

import pytest

from bot.config.loading import load
from bot.domain.directory import Directory
from tests.adapters.discord.rig import Bench, bench
from tests.adapters.discord.world import DiscordDesk, desk_in_discord
from tests.fakes.discord_server import Person
from tests.scenario.conftest import CONFIGURATION

Setting = tuple[DiscordDesk, dict[str, Person]]


@pytest.fixture(scope="session")
def shop() -> Directory:
    """What the sample shop configured."""
    return load(CONFIGURATION, {}, date(2026, 3, 1)).directory()


@pytest.fixture
async def stage() -> AsyncIterator[Bench]:
    """A surface on a fake Discord."""
    async with bench() as made:
        yield made


@pytest.fixture
async def setting(shop: Directory) -> AsyncIterator[Setting]:
    """A desk in a text channel of Discord."""
    async with desk_in_discord(shop) as (desk, people):
        yield desk, dict(people)


@pytest.fixture
async def board(shop: Directory) -> AsyncIterator[Setting]:
    """A desk in a forum of Discord."""
    async with desk_in_discord(shop, forum=True) as (desk, people):
        yield desk, dict(people)
