"""A table and a model that only the tests of the database itself use."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime

import pytest
from tortoise import fields
from tortoise.models import Model

from storage.database import Database
from storage.fields import InstantField
from storage.migrate import migrate
from tests.contract.databases import opened

__all__ = ["ADD", "MIGRATIONS", "MODELS", "PATIENCE", "Note", "come", "halves", "notes"]

MODELS = [__name__]
MIGRATIONS = "tests.contract.sample_migrations"
ADD = "INSERT INTO sample_note (pair, half) VALUES (?, ?)"

#: Seconds after which a test that would hang fails instead.
PATIENCE = 20


class Note(Model):
    """A note that belongs to a pair: the two halves are written in one transaction."""

    id = fields.BigIntField(primary_key=True)
    pair = fields.IntField()
    half = fields.CharField(max_length=10)
    due_at: InstantField[datetime | None] = InstantField(null=True)

    class Meta:
        table = "sample_note"


@pytest.fixture
async def notes(empty_url: str) -> AsyncIterator[Database]:
    """An open database with the sample tables."""
    async with opened(empty_url, MODELS) as it:
        await migrate(it, MIGRATIONS)
        yield it


async def halves(database: Database) -> dict[int, int]:
    """How many notes each pair has."""
    async with asyncio.timeout(PATIENCE):
        rows = await database.fetch("SELECT pair, count(*) AS n FROM sample_note GROUP BY pair")
    return {row["pair"]: row["n"] for row in rows}


async def come(event: asyncio.Event) -> None:
    """Wait until it is set."""
    async with asyncio.timeout(PATIENCE):
        await event.wait()
