"""The scenario's world: people, a desk with clocks, an on-call rotation, two alert intakes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from bot.config.loading import load
from bot.domain.directory import Directory
from bot.services.viruses import VirusGuard
from storage.database import Database
from tests.scenario.desk import Desk
from tests.scenario.house import House, Monitor
from tests.scenario.world import LINKS, World
from tests.schema import migrated

CONFIGURATION = Path(__file__).with_name("shop.toml")


@pytest.fixture(scope="session")
def directory() -> Directory:
    """What the sample shop configured."""
    return load(CONFIGURATION, {}, date(2026, 3, 1)).directory()


@pytest.fixture
async def world(directory: Directory) -> AsyncIterator[World]:
    """A desk on a database of its own."""
    database = await Database.open("sqlite://:memory:")
    try:
        await migrated(database)
        yield World(database, directory)
    finally:
        await database.close()


Build = Callable[..., Awaitable[House]]


@pytest.fixture
async def build(directory: Directory) -> AsyncIterator[Build]:
    """Makes worlds on call, each on a database of its own, with changes to the configuration."""
    async with AsyncExitStack() as stack:

        async def make(**changes: Any) -> House:
            database = await Database.open("sqlite://:memory:")
            stack.push_async_callback(database.close)
            await migrated(database)
            return House(database, replace(directory, **changes))

        yield make


OpenDesk = Callable[..., Awaitable[Desk]]


@pytest.fixture
async def open_desk(directory: Directory) -> AsyncIterator[OpenDesk]:
    """Makes worlds of tickets, each on a database of its own, with changes to the configuration."""
    async with AsyncExitStack() as stack:

        async def make(
            also: Sequence[str] = (),
            links: str = LINKS,
            public_url: str = "",
            guard: VirusGuard | None = None,
            **changes: Any,
        ) -> Desk:
            database = await Database.open("sqlite://:memory:")
            stack.push_async_callback(database.close)
            await migrated(database)
            given = replace(directory, **changes)
            return Desk(database, given, also=also, links=links, public_url=public_url, guard=guard)

        yield make


@pytest.fixture
async def desk(open_desk: OpenDesk) -> Desk:
    """A world of tickets."""
    return await open_desk()


@pytest.fixture
async def house(build: Build) -> House:
    """A world on call."""
    return await build()


@pytest.fixture
def monitor(house: House) -> Monitor:
    """The monitoring of the world on call."""
    return Monitor(house)
