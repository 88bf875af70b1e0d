"""Clocks and deadlines: told once, also after downtime; snoozes, escalations, the report."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.cards import plain
from bot.domain import events as happened
from bot.domain.work_items import Priority, TicketStatus
from bot.services import reporting
from tests.scenario.desk import AUTOMATIC, EVE, MARIA, Desk, labels, told, words
from tests.scenario.world import MONDAY

HOUR = timedelta(hours=1)


async def lines(desk: Desk, number: str = "SUP-1") -> list[str]:
    """The lines of the thread that are nobody's words."""
    return [words(post) for post in await desk.posts(number) if not post.author]


def announced(desk: Desk, space: str = "support") -> list[str]:
    """What the channel heard besides cards."""
    return [p.card.fallback for p in desk.surface.channel(space) if not p.card.title]


# ---------------------------------------------------------------- due, at risk, missed


async def test_a_breach_is_told_once_in_the_thread_and_once_in_the_channel(desk: Desk) -> None:
    await desk.mail()
    for _ in range(8):
        await desk.after(minutes=15)
    missed = [line for line in await lines(desk) if line.startswith("🔴")]
    assert [line.partition(",")[0] for line in missed] == ["🔴 First reply is missed"]
    (line,) = announced(desk)
    assert line.startswith("SUP-1 🔴 First reply is missed")


async def test_the_assignee_is_warned_by_name(desk: Desk) -> None:
    await desk.mail()
    await desk.run("ana", "/ticket claim SUP-1")
    await desk.after(minutes=46)
    assert (await lines(desk))[-1].startswith("Ana ⏳ First reply is due ")


async def test_a_breach_escalates_and_the_page_says_why(desk: Desk) -> None:
    await desk.mail()
    await desk.after(minutes=61)
    (page,) = desk.surface.directs("carla")
    assert "SUP-1 needs help: Invoice shows wrong VAT" in words(page.card)
    assert "First reply is missed" in words(page.card)


async def test_a_claim_is_shown_on_the_page(desk: Desk) -> None:
    await desk.mail()
    await desk.after(minutes=61)
    (page,) = desk.surface.directs("carla")
    assert labels(page.card) == ["Take it"]
    await desk.run("ben", "/ticket claim SUP-1")
    assert labels(page.card) == []
    assert "Ben has it" in words(page.card)


async def test_a_breach_during_downtime_is_told_once_afterwards(desk: Desk) -> None:
    await desk.mail()
    desk.clock.push(timedelta(hours=30))
    later = Desk(desk.database, desk.core.directory, outside=desk)
    await later.settle()
    await later.after(hours=1)
    missed = [line.partition(",")[0] for line in await lines(later) if line.startswith("🔴")]
    assert missed == ["🔴 First reply is missed", "🔴 Resolution is missed"]
    assert await later.happened(happened.SlaAtRisk) == 0
    assert len(announced(later)) == 2


async def test_a_reply_in_time_stops_the_clock(desk: Desk) -> None:
    await desk.mail()
    await desk.after(minutes=30)
    await desk.replied()
    await desk.after(hours=3)
    assert await desk.happened(happened.SlaBreached) == 0


async def test_a_reply_that_was_taken_back_stops_nothing(desk: Desk) -> None:
    await desk.mail()
    await desk.run("ana", "/ticket reply SUP-1 Oops")
    await desk.run("ana", "/ticket undo SUP-1")
    await desk.after(minutes=61)
    assert await desk.happened(happened.SlaBreached) == 1


async def test_an_answer_of_the_customer_starts_the_next_clock(desk: Desk) -> None:
    await desk.mail()
    await desk.answer(await desk.replied(), "Not yet")
    assert (await desk.ticket()).due_at == desk.clock.now() + 2 * HOUR


async def test_a_higher_priority_moves_the_clock(desk: Desk) -> None:
    await desk.mail()
    assert (await desk.ticket()).due_at == MONDAY + HOUR
    await desk.run("ana", "/ticket priority SUP-1 urgent")
    assert (await desk.ticket()).due_at == MONDAY + timedelta(minutes=15)
    await desk.after(minutes=16)
    assert await desk.happened(happened.SlaBreached) == 1


async def test_a_priority_that_promises_nothing_ends_the_wait(desk: Desk) -> None:
    await desk.mail()
    await desk.run("ana", "/ticket priority SUP-1 low")
    await desk.after(days=2)
    assert (await desk.ticket()).due_at is None
    assert await desk.happened(happened.SlaBreached) == 0


async def test_a_missed_clock_is_red_on_the_card(desk: Desk) -> None:
    await desk.mail()
    await desk.after(minutes=61)
    assert "First reply missed: 🔴 was due" in words(await desk.card())


async def test_a_desk_without_promises_has_no_clocks(desk: Desk) -> None:
    await desk.mail(to="billing@shop.example")
    await desk.after(days=30)
    assert await desk.happened(happened.SlaBreached, "BIL-1") == 0
    assert (await desk.ticket("BIL-1")).due_at is None


# ---------------------------------------------------------------- sleep


async def test_a_snooze_ends_by_time(desk: Desk) -> None:
    await desk.mail()
    reply = await desk.run("ana", "/ticket snooze SUP-1 3h")
    assert told(reply) == "SUP-1 sleeps until Mon 02 Mar 13:00."
    await desk.after(hours=2)
    assert (await desk.ticket()).snoozed_until == MONDAY + 3 * HOUR
    await desk.after(hours=1)
    assert (await desk.ticket()).snoozed_until is None
    assert (await lines(desk))[-1] == "💤 It is awake again: its time has come"


async def test_the_customers_mail_wakes_it(desk: Desk) -> None:
    await desk.mail()
    await desk.run("ana", "/ticket snooze SUP-1 3h")
    await desk.mail("Hello?", subject="Re: [SUP-1]")
    assert (await desk.ticket()).snoozed_until is None
    await desk.after(hours=4)
    assert await desk.happened(happened.Woken) == 1


@pytest.mark.parametrize("kind", AUTOMATIC)
async def test_a_machine_wakes_nobody(desk: Desk, kind: str) -> None:
    await desk.mail()
    await desk.run("ana", "/ticket snooze SUP-1 3h")
    await desk.mail("Away", subject="Re: [SUP-1]", **AUTOMATIC[kind])
    assert (await desk.ticket()).snoozed_until is not None


async def test_a_stranger_wakes_nobody(desk: Desk) -> None:
    await desk.mail()
    await desk.run("ana", "/ticket snooze SUP-1 3h")
    await desk.answer(desk.mailbox.mails()[0], "Hi", sender=EVE)
    assert (await desk.ticket()).snoozed_until is not None


async def test_a_later_snooze_replaces_the_former(desk: Desk) -> None:
    await desk.mail()
    await desk.run("ana", "/ticket snooze SUP-1 1h")
    await desk.run("ana", "/ticket snooze SUP-1 5h")
    await desk.after(hours=2)
    assert (await desk.ticket()).snoozed_until == MONDAY + 5 * HOUR


@pytest.mark.parametrize("moment", ["yesterday", "2026-01-01 10:00", "soon"])
async def test_a_moment_that_cannot_be(desk: Desk, moment: str) -> None:
    await desk.mail()
    reply = await desk.run("ana", f"/ticket snooze SUP-1 {moment}")
    assert reply.refused
    assert "tomorrow 09:00" in told(reply)


async def test_a_sleep_into_another_year_names_the_year(desk: Desk) -> None:
    await desk.mail()
    reply = await desk.run("ana", "/ticket snooze SUP-1 2027-01-04 09:00")
    assert told(reply) == "SUP-1 sleeps until Mon 04 Jan 2027 09:00."


# ---------------------------------------------------------------- escalation by hand


async def test_escalating_pages_the_desks_first_step(desk: Desk) -> None:
    await desk.mail()
    reply = await desk.run("ana", "/ticket escalate SUP-1 needs a decision")
    assert told(reply) == "Escalated SUP-1: paging Carla."
    assert "needs a decision" in words(desk.surface.directs("carla")[0].card)


async def test_nobody_is_paged_for_an_ended_ticket(desk: Desk) -> None:
    await desk.mail()
    await desk.run("ana", "/ticket resolve SUP-1")
    reply = await desk.run("ana", "/ticket escalate SUP-1 needs a decision")
    assert told(reply).startswith("SUP-1 is resolved; nobody is paged for it.")
    assert not desk.surface.directs("carla")


async def test_two_who_escalate_at_once_page_once(desk: Desk) -> None:
    await desk.mail()
    await desk.run("ana", "/ticket escalate SUP-1 help")
    assert "a moment ago" in told(await desk.run("ben", "/ticket escalate SUP-1 help"))
    await desk.after(seconds=31)
    assert not (await desk.run("ben", "/ticket escalate SUP-1 help")).refused
    assert len(desk.surface.directs("carla")) == 2


async def test_a_desk_without_escalation_says_so(desk: Desk) -> None:
    await desk.mail(to="billing@shop.example")
    reply = await desk.run("carla", "/ticket escalate BIL-1 help")
    assert "pages nobody" in told(reply)
    assert "called nobody for help: help" in (await lines(desk, "BIL-1"))[-1]


# ---------------------------------------------------------------- the ledger of clocks


async def test_the_clocks_explain_themselves_in_the_readers_zone(desk: Desk) -> None:
    await desk.mail()
    reply = told(await desk.run("ana", "/ticket sla SUP-1"))
    assert "first reply: started Mon 02 Mar 10:00 because the ticket was created" in reply
    assert "due Mon 02 Mar 11:00" in reply


# ---------------------------------------------------------------- the week


async def test_the_report_counts_what_happened(desk: Desk) -> None:
    await desk.mail()
    await desk.mail(sender=EVE)
    await desk.after(minutes=30)
    await desk.replied("Done. --resolve")
    await desk.run("ana", "/ticket reply SUP-2 Oops")
    await desk.run("ana", "/ticket undo SUP-2")
    await desk.after(hours=2)
    async with desk.store.read() as work:
        week = await reporting.weekly(work, desk.clock.now())
    assert (week.opened, week.resolved, week.backlog, week.breaches) == (2, 1, 1, 1)
    assert week.first_reply == timedelta(minutes=30)
    assert week.by_day[-1] == (MONDAY.date(), 2, 1)


async def test_the_bars_of_the_week_add_up(desk: Desk) -> None:
    for day in range(9):
        await desk.mail(sender=f"c{day}@acme.example")
        await desk.after(days=1)
    async with desk.store.read() as work:
        week = await reporting.weekly(work, desk.clock.now())
    assert sum(new for _, new, _ in week.by_day) == week.opened == 6
    assert len(week.by_day) == 7


async def test_the_report_is_a_card_with_a_chart(desk: Desk) -> None:
    await desk.mail()
    reply = await desk.run("ana", "/ticket report")
    assert reply.card is not None
    assert reply.card.fallback == "Week to Mon 02 Mar: 1 new, 0 resolved, 0 SLA missed"
    assert "Mon 02  ▇ 1 new, 0 resolved" in plain(reply.card.blocks[0].runs)


async def test_bars_keep_their_measure_and_their_line(desk: Desk) -> None:
    async with desk.store.read() as work:
        week = await reporting.weekly(work, desk.clock.now())
    counts = (250, 50, 1, 0)
    days = tuple((MONDAY.date(), new, 3) for new in counts)
    chart = plain(reporting.card_of(replace(week, by_day=days)).blocks[0].runs)
    assert [line.count("▇") for line in chart.splitlines()] == [10, 2, 1, 0]
    assert chart.splitlines()[1][8:] == "▇▇         50 new, 3 resolved"


async def test_statuses_and_priorities_are_told_in_the_log(desk: Desk) -> None:
    await desk.mail()
    await desk.run("ana", "/ticket priority SUP-1 high")
    await desk.run("ana", "/ticket status SUP-1 on_hold")
    ticket = await desk.ticket()
    assert (ticket.priority, ticket.status) == (Priority.HIGH, TicketStatus.ON_HOLD)
    log = told(await desk.run("ana", "/ticket log SUP-1"))
    assert "Ana: priority normal → high" in log
    assert "Ana: status new → on hold" in log
    assert MARIA in log
