"""Undoing a merge, in one unit of work: the ticket goes on by itself, and nobody is mailed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.domain import unmerging
from bot.domain.events import TicketTakenIn, TimelineEntry, person_actor
from bot.domain.messages import Message, Voice
from bot.domain.people import Person
from bot.domain.work_items import Ticket
from bot.ports import UnitOfWork
from bot.services import reminders
from bot.services.core import Core
from bot.services.merging import carry
from bot.services.recording import record, refresh_message


@dataclass(frozen=True, slots=True, kw_only=True)
class Parted:
    """How the ticket stands that came out again, who left the other one, and how many messages of
    theirs went along.
    """

    ticket: Ticket
    left: tuple[str, ...]
    went_along: int


async def unmerge(
    core: Core,
    work: UnitOfWork,
    ticket: Ticket,
    home: Ticket,
    by: Person,
    now: datetime,
    *,
    source: str = "",
) -> Parted:
    """Undo the latest merge of the ticket, for which `home` goes on; Refused when that went on
    elsewhere itself, or a reply is just leaving it.

    What those who leave wrote there and nobody answered is said on their ticket too, and is owed an
    answer there; all else that was said stays where it was said.
    """
    said, entries = await work.messages.of(home.id), await work.timeline.of(home.id)
    unmerging.check(ticket, home, said, now)
    found, actor = unmerging.brought(ticket.number, entries), person_actor(by.key)
    leaving = unmerging.leavers(home, found, await _others(work, ticket, home, entries))
    going = unmerging.goes_back(home, leaving, found, said)
    answered, own = unmerging.answered_at(ticket, found), await work.timeline.of(ticket.id)
    back = unmerging.come_back(ticket, own, answered, now)
    await record(core, work, ticket, back, actor, now, source=source)
    settled = unmerging.is_settled(home, going, found, said)
    given = unmerging.give_back(home, ticket, leaving, found, now, settled=settled)
    await record(core, work, home, given, actor, now, source=source)
    for each in (back.item, given.item):
        if each.snoozed_until is not None:
            await work.timers.arm(reminders.WAKE, str(each.id), each.snoozed_until)
    await _keep_as_notes(work, ticket, (m for m in said if m.id in found.carried))
    parted = back.item
    for message in going:
        parted = await carry(core, work, home, parted, message, now)
    return Parted(ticket=parted, left=leaving, went_along=len(going))


async def _others(
    work: UnitOfWork, ticket: Ticket, home: Ticket, entries: Sequence[TimelineEntry]
) -> Sequence[Ticket]:
    """The tickets for which `home` goes on as well."""
    taken = {e.event.number for e in entries if isinstance(e.event, TicketTakenIn)}
    items = [await work.items.get(number) for number in sorted(taken - {ticket.number})]
    return [i for i in items if isinstance(i, Ticket) and i.merged_into == home.number]


async def _keep_as_notes(work: UnitOfWork, ticket: Ticket, carried: Iterable[Message]) -> None:
    """What the merge had brought stays for the team to read: it is said on the other ticket.

    It gives its Message-ID up, by which answers to it find that one.
    """
    warning = f"{ticket.number}, where this was said, is a ticket of its own again"
    for message in carried:
        warnings = (*message.warnings, warning)
        note = replace(message, voice=Voice.NOTE, mail_id="", warnings=warnings)
        await work.messages.save(note)
        await refresh_message(work, note)
