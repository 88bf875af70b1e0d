"""Two people merge the same two tickets, or undo that, at once: one does, the other is told."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from bot.commands.call import Invocation, Reply
from bot.domain.directory import Directory
from bot.ports import ItemQuery
from storage.database import Database
from tests.contract.databases import database, kind, postgres
from tests.scenario.desk import Desk, line, told
from tests.scenario.tickets.test_merging import LEAD

__all__ = ["database", "kind", "postgres"]


@pytest.fixture
async def desk(database: Database, directory: Directory) -> Desk:
    """A desk with a lead, and two tickets of Maria's."""
    desk = Desk(database, replace(directory, people={**directory.people, "lea": LEAD}))
    await desk.mail()
    await desk.mail(subject="Again")
    return desk


async def at_once(desk: Desk, *gestures: Invocation) -> list[Reply]:
    """Both press Enter at the same moment; the replies, that of the winner first."""
    # Connections of their own for both: who has to wait for one is late.
    await asyncio.gather(*(_connect(desk) for _ in gestures))
    replies = await asyncio.gather(*map(desk.dispatcher.run, gestures))
    await desk.settle()
    return sorted(replies, key=lambda reply: reply.refused)


async def _connect(desk: Desk) -> None:
    async with desk.store.work() as work:
        await work.items.count(ItemQuery())


async def judge(desk: Desk, won: Reply, lost: Reply) -> None:
    """Exactly one ticket went into the other, and both people know which."""
    merged = {(t.number, t.merged_into) for t in await desk.tickets()}
    assert merged in ({("SUP-1", ""), ("SUP-2", "SUP-1")}, {("SUP-1", "SUP-2"), ("SUP-2", "")})
    [(gone, home)] = [each for each in merged if each[1]]
    assert (won.refused, lost.refused) == (False, True)
    assert told(won) == f"{gone} is merged into {home}, which goes on in its place."
    assert f"{gone} was merged into {home} itself; that would be a circle." in told(lost)


async def test_two_opposite_merges_have_one_winner(desk: Desk) -> None:
    one, other = (line("lea", f"/ticket merge {typed}") for typed in ("SUP-1 SUP-2", "SUP-2 SUP-1"))
    await judge(desk, *await at_once(desk, one, other))


async def test_so_they_have_in_the_threads_of_the_tickets(desk: Desk) -> None:
    first, second = await desk.thread_of("SUP-1"), await desk.thread_of("SUP-2")
    one = replace(line("lea", "/ticket merge #sup-2"), thread=first)
    other = replace(line("lea", "/ticket merge SUP-1"), thread=second)
    await judge(desk, *await at_once(desk, one, other))


async def test_the_same_merge_twice_happens_once(desk: Desk) -> None:
    twice = [line("lea", "/ticket merge SUP-2 SUP-1")] * 2
    won, lost = await at_once(desk, *twice)
    assert (won.refused, lost.refused) == (False, True)
    assert "SUP-2 was merged into SUP-1, which goes on in its place." in told(lost)


async def test_of_two_who_undo_it_one_does(desk: Desk) -> None:
    await desk.run("lea", "/ticket merge SUP-2 SUP-1")
    twice = [line("lea", "/ticket unmerge SUP-2")] * 2
    won, lost = await at_once(desk, *twice)
    assert (won.refused, lost.refused) == (False, True)
    assert "SUP-2 is merged into no other ticket" in told(lost)


async def test_undone_while_the_other_is_merged_on(desk: Desk) -> None:
    await desk.mail(subject="A third")
    await desk.run("lea", "/ticket merge SUP-2 SUP-1")
    undo, on = (line("lea", f"/ticket {typed}") for typed in ("unmerge SUP-2", "merge SUP-1 SUP-3"))
    replies = await at_once(desk, undo, on)
    gone = {t.number: t.merged_into for t in await desk.tickets()}
    assert gone["SUP-1"] == "SUP-3"
    # Whoever undoes it later than that is told to begin with the later merge.
    assert gone["SUP-2"] == ("SUP-1" if replies[1].refused else "")
