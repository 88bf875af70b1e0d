"""One way for every change: state, timeline, audit and what must be shown, in the caller's
transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from bot.domain import events as happened
from bot.domain.changes import Change, ItemT
from bot.domain.effects import (
    Announce,
    OpenThread,
    PostLine,
    PostMessage,
    UpdateCard,
    UpdateMessage,
    UpdatePage,
)
from bot.domain.events import Event, TimelineEntry
from bot.domain.messages import Message
from bot.domain.threads import Space
from bot.domain.work_items import AnyItem, Incident, Ticket
from bot.ports import AuditRow, UnitOfWork
from bot.services import clocks, insiders, notifying
from bot.services.core import Core

# What the thread is told by a line of its own; everything else shows on the card and in the
# history.
TOLD_IN_THREAD: Final = (
    happened.Claimed,
    happened.TakenOver,
    happened.Released,
    happened.Assigned,
    happened.StatusChanged,
    happened.Snoozed,
    happened.Woken,
    happened.TicketEscalated,
    happened.TicketMerged,
    happened.TicketTakenIn,
    happened.TicketUnmerged,
    happened.TicketGivenBack,
    happened.ParticipantAdded,
    happened.ParticipantLeft,
    happened.ParticipantMoved,
    happened.RequesterChanged,
    happened.MessagePinned,
    happened.DeliveryChanged,
    happened.SlaAtRisk,
    happened.SlaBreached,
    happened.Paged,
    happened.PageFailed,
    happened.StepSkipped,
    happened.PersonAdmitted,
    happened.PersonRemoved,
    happened.Acknowledged,
    happened.EscalationHastened,
    happened.SeverityChanged,
    happened.LeadChanged,
    happened.StatusUpdatePosted,
    happened.AlertsAttached,
)
# After these a ticket may not need the people any more who were called for help with it.
ANSWERS_A_CALL: Final = (
    happened.Claimed,
    happened.TakenOver,
    happened.Released,
    happened.Assigned,
    happened.StatusChanged,
    happened.TicketMerged,
    happened.TicketUnmerged,
)
# What the whole channel hears, never more than this; of a confidential incident it hears nothing.
TOLD_IN_CHANNEL: Final = (happened.SlaBreached, happened.StepSkipped)


async def open_item(
    core: Core,
    work: UnitOfWork,
    item: ItemT,
    prefix: str,
    places: Sequence[Space],
) -> ItemT:
    """Store a new work item with its number and ask for its threads; `record` tells of it."""
    added = await work.items.add(item, prefix)
    stored = replace(item, id=added.id, number=added.number)
    for place in dict.fromkeys(places):
        link = await work.threads.add(stored.id, place)
        await work.outbox.put(OpenThread(thread=link.id))
    return stored


async def record(
    core: Core,
    work: UnitOfWork,
    before: AnyItem,
    change: Change[ItemT],
    actor: str,
    now: datetime,
    *,
    source: str = "",
) -> Sequence[TimelineEntry]:
    """Save the change with its events, audit row, card updates, lines and clocks; nothing when
    nothing changed.
    """
    item: AnyItem = change.item
    entries = await work.timeline.append(item.id, actor, now, *change.events)
    if isinstance(item, Ticket) and entries:
        item = await clocks.arm(core, work, item, now)
    if entries or item != before:
        await work.items.save(item)
    if not entries:
        return ()
    await _audit(work, before, item, actor, now, change.events, source)
    await insiders.follow(core, work, before, item)
    await _show(core, work, item, entries)
    await notifying.tell(core, work, item, entries, now)
    for event in change.events:
        core.meter.count("timeline_events", kind=type(event).__name__)
    return entries


async def refresh_cards(work: UnitOfWork, item: int) -> None:
    """Ask for the item's cards to be drawn as it is now."""
    for link in await work.threads.of(item):
        await work.outbox.refresh(UpdateCard(thread=link.id))


async def post_message(core: Core, work: UnitOfWork, item: AnyItem, message: Message) -> None:
    """Show a message of the item in all its open threads but the one it was said in."""
    for link in insiders.open_to(core, item, await work.threads.of(item.id)):
        if link.ref is None or str(link.ref) != message.said.origin:
            await work.outbox.put(PostMessage(thread=link.id, message=message.id))


async def refresh_message(work: UnitOfWork, message: Message) -> None:
    """Ask for a posted message to be drawn again (its delivery changed)."""
    for link in await work.threads.of(message.item):
        await work.outbox.refresh(UpdateMessage(thread=link.id, message=message.id))


async def _show(
    core: Core, work: UnitOfWork, item: AnyItem, entries: Sequence[TimelineEntry]
) -> None:
    links = insiders.open_to(core, item, await work.threads.of(item.id))
    for link in links:
        await work.outbox.refresh(UpdateCard(thread=link.id))
    if isinstance(item, Ticket) and any(isinstance(e.event, ANSWERS_A_CALL) for e in entries):
        await _refresh_pages(work, item.id)
    for entry in entries:
        for link in links:
            if isinstance(entry.event, TOLD_IN_THREAD):
                mention = _mention(item, entry.event)
                await work.outbox.put(PostLine(thread=link.id, entry=entry.id, mention=mention))
            if isinstance(entry.event, TOLD_IN_CHANNEL) and not insiders.is_hidden(item):
                place = link.place
                await work.outbox.put(
                    Announce(surface=place.surface, space=place.id, entry=entry.id)
                )


async def _refresh_pages(work: UnitOfWork, item: int) -> None:
    """Show those who were called for help whether somebody has it."""
    for page in await work.pages.of(item):
        if page.ref:
            await work.outbox.refresh(UpdatePage(page=page.id))


def _mention(item: AnyItem, event: Event) -> str:
    """Who is pinged by a line: the one it was handed to; the assignee when a clock runs out, or a
    mail did not reach the customer.
    """
    match event:
        case happened.SlaAtRisk() | happened.SlaBreached() | happened.DeliveryChanged():
            return item.assignee or ""
        case happened.Assigned(assignee=assignee):
            return assignee
        case happened.PersonAdmitted(person=person):
            return person
        case _:
            return ""


async def _audit(
    work: UnitOfWork,
    before: AnyItem,
    after: AnyItem,
    actor: str,
    now: datetime,
    events: Sequence[Event],
    source: str,
) -> None:
    await work.audit.record(
        AuditRow(
            at=now,
            actor=actor,
            action=", ".join(type(event).__name__ for event in events),
            subject=after.number,
            before=_state(before),
            after=_state(after),
            source=source,
        )
    )


def _state(item: AnyItem) -> str:
    """The facts an auditor compares; no names or texts of customers."""
    owner = item.assignee or "-"
    if isinstance(item, Incident):
        acked = item.acknowledged_by or "-"
        known = f" insiders={','.join(item.insiders)}" if item.confidential else ""
        return f"status={item.status} severity={item.severity} lead={owner} acked={acked}{known}"
    return f"status={item.status} priority={item.priority} owner={owner} tags={','.join(item.tags)}"
