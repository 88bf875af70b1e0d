"""Merging tickets: what one still owed its customer goes on in the other, in one unit of work."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from bot.domain import merging, tickets
from bot.domain.drafts import Draft
from bot.domain.events import person_actor
from bot.domain.mail import Attachment
from bot.domain.messages import NOWHERE, Message
from bot.domain.people import Person
from bot.domain.work_items import Participant, Ticket
from bot.ports import UnitOfWork
from bot.services.core import Core
from bot.services.recording import post_message, record

MAX_CHAIN: Final = 50


async def chain(work: UnitOfWork, ticket: Ticket) -> Sequence[Ticket]:
    """The ticket, and those that went on for it, one after the other."""
    found = [ticket]
    while found[-1].merged_into and len(found) < MAX_CHAIN:
        following = await work.items.get(found[-1].merged_into)
        if not isinstance(following, Ticket):
            break
        found.append(following)
    return found


async def goes_on(work: UnitOfWork, ticket: Ticket | None) -> Ticket | None:
    """The ticket that goes on for this one after all merges: mostly itself.

    None when it was merged into one that is gone.
    """
    if ticket is None:
        return None
    last = (await chain(work, ticket))[-1]
    return None if last.merged_into else last


async def merge(
    core: Core,
    work: UnitOfWork,
    ticket: Ticket,
    into: Ticket,
    joining: Sequence[Participant],
    by: Person,
    now: datetime,
    *,
    source: str = "",
) -> None:
    """End the ticket in favour of the other one; nobody is mailed.

    What its customer wrote and nobody answered is shown there too, and is owed an answer there;
    replies that were begun go on there as well.
    """
    said, actor = await work.messages.of(ticket.id), person_actor(by.key)
    merged = merging.merge(ticket, into, now)
    await record(core, work, ticket, merged, actor, now, source=source)
    taken = merging.take_in(into, ticket, joining, now)
    await record(core, work, into, taken, actor, now, source=source)
    home = taken.item
    for message in merging.unanswered(ticket, said):
        home = await carry(core, work, ticket, home, message, now)
    for draft in await work.drafts.on(ticket.id):
        await _hand_on(work, draft, home)


async def _hand_on(work: UnitOfWork, draft: Draft, home: Ticket) -> None:
    """Let a reply that was begun go on there, before what its writer had begun there already."""
    there = await work.drafts.of(draft.person, home.id)
    text = "\n\n".join((draft.text, there.text)) if there is not None else draft.text
    await work.drafts.keep(replace(there or draft, item=home.id, text=text))
    await work.drafts.drop(draft.person, draft.item)


async def carry(
    core: Core, work: UnitOfWork, ticket: Ticket, home: Ticket, message: Message, now: datetime
) -> Ticket:
    """Let an unanswered message be said on the ticket that goes on as well; how that is then."""
    alone = replace(message, attachments=(), said=NOWHERE, forwarded_by="")
    copy = replace(alone, id=0, item=home.id, at=now)
    carried = await work.messages.add(copy, await _files(work, message))
    await post_message(core, work, home, carried)
    wrote = tickets.customer_wrote(home, carried.id, merging.carried_from(ticket.number), now)
    await record(core, work, home, wrote, carried.author, now)
    return wrote.item


async def _files(work: UnitOfWork, message: Message) -> Sequence[Attachment]:
    found = [await work.messages.file(reference.id) for reference in message.attachments]
    return [file for file in found if file is not None]
