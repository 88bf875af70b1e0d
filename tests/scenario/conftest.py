"""The scenario's world: sample people, a desk with clocks, an on-call rotation, two alert intakes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import pytest

from bot.config.loading import load
from bot.domain.directory import Directory
from storage.database import Database
from storage.migrate import migrate
from tests.scenario.world import World

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
        await migrate(database)
        yield World(database, directory)
    finally:
        await database.close()
