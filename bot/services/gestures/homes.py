"""Everybody's own first page: who is on call, what needs them, what is free, what burns, today."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, time
from itertools import islice
from typing import Final

from bot.cards import Action, Card, Home, Plain, Run, Runs, Shelf, Style, When, action_id
from bot.domain.people import Person, Right, Role, may
from bot.domain.work_items import AnyItem, Incident, Ticket
from bot.ports import ItemQuery, UnitOfWork
from bot.services import oncall, queues, reporting
from bot.services.core import Core
from bot.services.drawing.homes import (
    free_row,
    incident_row,
    needy_row,
    waiting_row,
)
from bot.services.gestures.standing import standing_of
from bot.services.people import zone_of

# So many rows on a shelf; the others are counted.
ROWS: Final = 8
# Of so many open tickets the person's own are parted into those that need them and the others.
LOOKED_AT: Final = 200
SHIFTS: Final = 3


async def home(core: Core, work: UnitOfWork, person: Person) -> Home:
    """The home of somebody who has a role."""
    now = core.clock.now()
    mine = await work.items.find(replace(queues.theirs(person), limit=LOOKED_AT))
    tickets = [item for item in mine if isinstance(item, Ticket)]
    shelves = [
        await _needy(core, work, tickets, now),
        await _free(core, work, person),
        _waiting([t for t in tickets if not _needs_us(t)]),
        await _burning(core, work, person),
        await _today(work, _midnight(person, now)),
    ]
    if queues.desks_of(core, person) == queues.NO_DESKS:
        del shelves[:3]
    return Home(
        title=f"{_greeting(person, now)} {person.name}",
        intro=await _duty(core, work, person, now),
        shelves=tuple(shelves),
        actions=_actions(core, person),
    )


def stranger(core: Core) -> Home:
    """The home of nobody: whom to ask."""
    people = core.directory.people.values()
    admins = [p.name for p in people if p.has(Role.ADMIN)] or [
        p.name for p in people if p.has(Role.LEAD)
    ]
    ask = f"Ask {', '.join(admins[:SHIFTS])}" if admins else "Ask whoever runs this service"
    words = f"You have no role here yet. {ask} to add you under [people] in the configuration."
    return Home(title=core.name, intro=(Plain(words),))


def away(person: Person) -> Home:
    """The home while the database does not answer."""
    words = "The database did not answer in time, so nothing is shown. Open this again in a moment."
    return Home(title=f"Hello {person.name}", intro=(Plain(words),))


# ---------------------------------------------------------------- shelves


async def _needy(core: Core, work: UnitOfWork, tickets: Sequence[Ticket], now: datetime) -> Shelf:
    needy = [ticket for ticket in tickets if _needs_us(ticket)]
    rows = [(t, await standing_of(core, work, t, now)) for t in needy[:ROWS]]
    rows.sort(key=lambda row: row[1].rank)
    return _shelf(
        "Needs you",
        len(needy),
        [needy_row(ticket, standing) for ticket, standing in rows],
        "/ticket mine",
        f"Nothing needs you.{_rest(len(tickets))}",
    )


def _rest(waiting: int) -> str:
    """What is there although nothing needs anybody."""
    if not waiting:
        return " Enjoy it, or look at what is unclaimed."
    return f" {waiting} of your tickets {'wait' if waiting > 1 else 'waits'} for somebody else."


async def _free(core: Core, work: UnitOfWork, person: Person) -> Shelf:
    found, total = await _some(work, queues.free_for(core, person))
    rows = [free_row(item) for item in found if isinstance(item, Ticket)]
    return _shelf("Unclaimed", total, rows, "/ticket queue", "Nothing unclaimed.")


def _waiting(tickets: Sequence[Ticket]) -> Shelf:
    rows = [waiting_row(ticket) for ticket in islice(tickets, ROWS)]
    empty = "None of your tickets waits for anybody."
    return _shelf("Waiting", len(tickets), rows, "/ticket mine", empty)


async def _burning(core: Core, work: UnitOfWork, person: Person) -> Shelf:
    found, total = await _some(work, queues.burning(person))
    rows = [
        incident_row(item, core.directory, may_answer=may(person, Right.ACKNOWLEDGE))
        for item in found
        if isinstance(item, Incident)
    ]
    return _shelf("Incidents", total, rows, "/incident list", "Nothing is burning.")


async def _today(work: UnitOfWork, since: datetime) -> Shelf:
    day = await reporting.today(work, since)
    merged = f" · {day.merged} merged" if day.merged else ""
    words = (
        f"{day.opened} in · {day.resolved} resolved{merged}"
        f" · median first reply {reporting.shown_median(day.first_reply)}"
    )
    return Shelf(title="Today", empty=words)


async def _some(work: UnitOfWork, query: ItemQuery) -> tuple[Sequence[AnyItem], int]:
    return await work.items.find(replace(query, limit=ROWS)), await work.items.count(query)


def _shelf(title: str, total: int, rows: Sequence[Card], line: str, empty: str) -> Shelf:
    hidden = total - len(rows)
    return Shelf(
        title=f"{title} ({total})" if total else title,
        cards=tuple(rows),
        more=f"and {hidden} more: {line}" if hidden > 0 else "",
        empty="" if rows else empty,
    )


def _needs_us(ticket: Ticket) -> bool:
    return ticket.status in queues.ON_US and ticket.snoozed_until is None


# ---------------------------------------------------------------- around them


async def _duty(core: Core, work: UnitOfWork, person: Person, now: datetime) -> Runs:
    """Who is on call now; the person's own shifts first."""
    duties = await oncall.duties(core, work, now)
    mine = sorted(duties, key=lambda duty: duty.now is None or duty.now.person != person.key)
    runs: list[Run] = []
    for duty in mine[:SHIFTS]:
        holder = core.directory.name_of(duty.now.person) if duty.now is not None else "⚠️ nobody"
        yours = duty.now is not None and duty.now.person == person.key
        runs.append(Plain(" · " if runs else "On call now: "))
        runs.append(Plain(f"{duty.schedule.name} {'you' if yours else holder}", bold=yours))
        if duty.changes_at is not None:
            runs += [Plain(" until "), When(duty.changes_at)]
    if len(duties) > SHIFTS:
        runs.append(Plain(f" · and {len(duties) - SHIFTS} more: /oncall now", dim=True))
    return tuple(runs)


def _greeting(person: Person, now: datetime) -> str:
    hour = now.astimezone(zone_of(person)).hour
    return "Good morning" if 4 <= hour < 12 else "Good afternoon" if 12 <= hour < 18 else "Hello"


def _midnight(person: Person, now: datetime) -> datetime:
    """When the person's day began."""
    zone = zone_of(person)
    return datetime.combine(now.astimezone(zone).date(), time(), zone)


def _actions(core: Core, person: Person) -> tuple[Action, ...]:
    opens = queues.desks_of(core, person, Right.TRIAGE) != queues.NO_DESKS
    wished = (
        (opens, Action(action_id("new", ""), "New ticket", Style.PRIMARY)),
        (may(person, Right.DECLARE), Action(action_id("declare", ""), "Declare incident")),
        (may(person, Right.ESCALATE), Action(action_id("page", ""), "Page on-call")),
        (True, Action(action_id("help", ""), "Help")),
    )
    return tuple(action for allowed, action in wished if allowed)
