"""Merged tickets are told apart wherever tickets are counted or listed."""

from __future__ import annotations

from datetime import timedelta

from bot.domain import events as happened
from bot.services import reporting
from tests.scenario.desk import Desk, line, told, words
from tests.scenario.tickets.test_merging import desk, merged

__all__ = ["desk"]


async def week(desk: Desk) -> reporting.Weekly:
    async with desk.store.read() as work:
        return await reporting.weekly(work, desk.clock.now())


async def test_a_merge_is_counted_as_such_and_resolves_nothing(desk: Desk) -> None:
    await desk.mail(subject="A third")
    await desk.run("ana", "/ticket resolve SUP-3")
    await merged(desk)
    found = await week(desk)
    assert (found.opened, found.resolved, found.merged, found.backlog) == (3, 1, 1, 1)
    assert found.by_day[-1][1:] == (3, 1)
    assert reporting.figures(found)["tickets_merged"] == 1
    card = reporting.card_of(found)
    assert card.fallback.endswith("3 new, 1 resolved, 1 merged, 0 SLA missed")
    assert "New / resolved: 3 / 1, 1 merged" in words(card)


async def test_what_was_resolved_before_it_was_merged_is_merged(desk: Desk) -> None:
    await desk.run("ana", "/ticket resolve SUP-2")
    assert (await week(desk)).resolved == 1
    await merged(desk)
    found = await week(desk)
    assert (found.resolved, found.merged) == (0, 1)


async def test_what_was_missed_on_it_counts_no_more(desk: Desk) -> None:
    await desk.after(hours=2)
    assert (await week(desk)).breaches == 2
    await merged(desk)
    assert (await week(desk)).breaches == 1


async def test_what_nobody_was_told_in_time_is_not_told_after_the_merge(desk: Desk) -> None:
    desk.clock.push(timedelta(hours=2))
    await desk.dispatcher.run(line("lea", "/ticket merge SUP-2 SUP-1 join"))
    await desk.after(hours=1)
    assert await desk.happened(happened.SlaBreached, "SUP-2") == 0
    assert await desk.happened(happened.SlaBreached, "SUP-1") >= 1


async def test_its_clocks_say_why_they_stopped(desk: Desk) -> None:
    await merged(desk)
    ledger = told(await desk.run("ana", "/ticket sla SUP-2"))
    assert "because another ticket goes on in its place" in ledger
    assert "resolved" not in ledger


async def test_the_first_page_and_the_lists_tell_it_apart(desk: Desk) -> None:
    await merged(desk)
    home = await desk.dispatcher.home("console", "lea")
    today = next(shelf.empty for shelf in home.shelves if shelf.title == "Today")
    assert today.startswith("2 in · 0 resolved · 1 merged · ")
    found = told(await desk.run("lea", "/ticket find same"))
    assert "🔀 Merged into SUP-1" in found
    assert "Closed" not in found
    assert "SUP-2" not in told(await desk.run("lea", "/ticket queue"))
