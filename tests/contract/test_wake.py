"""Wakes reach those who listen, after the commit, in this process and in others."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest

from storage.database import Database
from tests.contract.databases import ON_POSTGRES, opened
from tests.contract.sample import MODELS, come


@pytest.fixture
async def neighbour(notes: Database, empty_url: str) -> AsyncIterator[Database]:
    """The same PostgreSQL database, opened by another instance."""
    async with opened(empty_url, MODELS) as it:
        yield it


async def test_a_wake_comes_after_the_commit(notes: Database) -> None:
    woken = asyncio.Event()
    await notes.listen("work", woken.set)
    woken.clear()
    async with notes.transaction() as transaction:
        await transaction.notify("work")
        assert not woken.is_set()

    await come(woken)


async def test_what_was_undone_wakes_nobody(notes: Database) -> None:
    woken, other = asyncio.Event(), asyncio.Event()
    await notes.listen("work", woken.set)
    await notes.listen("other", other.set)
    woken.clear()
    with contextlib.suppress(ZeroDivisionError):
        async with notes.transaction() as transaction:
            await transaction.notify("work")
            raise ZeroDivisionError
    await notes.notify("other")
    await come(other)

    assert not woken.is_set()


async def test_who_no_longer_listens_is_not_called(notes: Database) -> None:
    calls: list[str] = []
    forget = await notes.listen("work", lambda: calls.append("gone"))
    await notes.listen("work", lambda: calls.append("here"))
    forget()
    calls.clear()
    await notes.notify("work")

    assert calls == ["here"]


@ON_POSTGRES
async def test_another_instance_is_woken(notes: Database, neighbour: Database) -> None:
    woken = asyncio.Event()
    await notes.listen("work", woken.set)
    await neighbour.listen("other", lambda: None)
    woken.clear()
    async with neighbour.transaction() as transaction:
        await transaction.notify("work")

    await come(woken)


@ON_POSTGRES
async def test_an_instance_that_does_not_listen_wakes_too(
    notes: Database, neighbour: Database
) -> None:
    woken = asyncio.Event()
    await notes.listen("work", woken.set)
    woken.clear()
    async with neighbour.transaction() as transaction:
        await transaction.notify("work")
    await come(woken)
    woken.clear()
    await neighbour.notify("work")

    await come(woken)


@ON_POSTGRES
async def test_a_listener_comes_back_and_wakes_everybody(
    notes: Database, neighbour: Database
) -> None:
    woken = asyncio.Event()
    await notes.listen("work", woken.set)
    woken.clear()
    await neighbour.fetch(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE application_name = 'deskhand wake' AND datname = current_database()"
    )
    await come(woken)
    woken.clear()
    await neighbour.notify("work")

    await come(woken)
