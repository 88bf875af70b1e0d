"""Mail in: every raw message ends in exactly one visible outcome, in the transaction that ends its
inbox row.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Final

from bot.domain import tickets
from bot.domain.changes import Change
from bot.domain.directory import Desk
from bot.domain.events import (
    CustomerWrote,
    DeliveryChanged,
    Event,
    MachineWrote,
    StrangerWrote,
    TicketOpened,
    mail_actor,
)
from bot.domain.intake import (
    AutoReply,
    Bounced,
    Evidence,
    FollowUp,
    Held,
    NewTicket,
    Outcome,
    Quarantined,
    decide,
)
from bot.domain.mail import InboundMail
from bot.domain.messages import Delivery, Message, Voice
from bot.domain.reply_keys import ReplyKey, subaddress
from bot.domain.work_items import Participant, Ticket
from bot.errors import PermanentError
from bot.ports import InboxRow, UnitOfWork
from bot.services import correspondence
from bot.services.core import Core
from bot.services.leases import LostLease
from bot.services.recording import open_item, post_message, record, refresh_message

MAX_TITLE: Final = 200
_TAG: Final = re.compile(r"\[([A-Za-z]{1,10}-[0-9]{1,9})\]")

NAMES: Final[dict[type[Outcome], str]] = {
    NewTicket: "ticket",
    FollowUp: "follow_up",
    AutoReply: "automatic",
    Bounced: "bounce",
    Held: "held",
    Quarantined: "quarantined",
}


async def take(core: Core, row: InboxRow, mail: InboundMail) -> str:
    """Give a read mail its outcome and commit it; the name of the outcome.

    PermanentError when the mail belongs into quarantine, LostLease when another worker has the row.
    """
    now = core.clock.now()
    async with core.store.work() as work:
        desk = _desk_of(core, row, mail)
        evidence = await _evidence(core, work, row, mail)
        outcome = decide(_marked(core, mail), evidence, desk, now)
        if isinstance(outcome, Quarantined):
            raise PermanentError(outcome.reason)
        item = await _settle(core, work, mail, desk, outcome, now)
        name, reason = NAMES[type(outcome)], outcome.reason
        meta = {"message_id": mail.message_id, "subject": mail.subject[:MAX_TITLE]}
        done = await work.inbox.finish(
            row, name, detail=reason, item=item.number if item else "", meta=meta
        )
        if not done:
            raise LostLease(f"inbox row {row.id}")
    core.meter.count("mail_outcomes", desk=desk.key, outcome=name)
    return name


def _desk_of(core: Core, row: InboxRow, mail: InboundMail) -> Desk:
    """The desk of the envelope's recipients first, then of the headers (RFC 5321 before RFC 5322)."""
    for address in _recipients(row, mail):
        desk = core.directory.desk_at(subaddress(address)[0])
        if desk is not None:
            return desk
    raise PermanentError("no desk has any of this mail's recipient addresses")


def _recipients(row: InboxRow, mail: InboundMail) -> Iterable[str]:
    yield from filter(None, row.meta.get("rcpt", "").split(","))
    yield from mail.delivered_to
    yield from (a.address for a in (*mail.to, *mail.cc))


def _marked(core: Core, mail: InboundMail) -> InboundMail:
    """Say that it is a loop when our own signed Message-ID or a desk's own address comes back."""
    from_us = mail.sender is not None and core.directory.own_address(mail.sender.address)
    marks = tuple(mark for mark in mail.loop_marks if core.directory.own_address(mark))
    if from_us or core.keys.in_message_id(mail.message_id) is not None:
        marks = (*marks, "ourselves")
    return replace(mail, loop_marks=marks)


async def _evidence(core: Core, work: UnitOfWork, row: InboxRow, mail: InboundMail) -> Evidence:
    key = _first_key(core, (subaddress(a)[1] for a in _recipients(row, mail)))
    ids = (*mail.in_reply_to, *reversed(mail.references))
    own = next(filter(None, (core.keys.in_message_id(i) for i in ids)), None)
    if mail.bounce is not None and own is None:
        own = core.keys.in_message_id(mail.bounce.original_message_id)
    known = await work.messages.items_of_mail_ids(ids) if ids else {}
    known_item = next((known[i] for i in ids if i in known), None)
    tag = _TAG.search(mail.subject)
    return Evidence(
        key=key,
        by_key=await _ticket(work, key.ticket if key else None),
        by_own_id=await _ticket(work, own.ticket if own else None),
        by_known_id=await _ticket(work, known_item),
        by_subject=_as_ticket(await work.items.get(tag.group(1)) if tag else None),
    )


def _first_key(core: Core, candidates: Iterable[str]) -> ReplyKey | None:
    return next(filter(None, (core.keys.check(c) for c in candidates if c)), None)


async def _ticket(work: UnitOfWork, id_: int | None) -> Ticket | None:
    return _as_ticket(await work.items.by_id(id_)) if id_ is not None else None


def _as_ticket(item: object) -> Ticket | None:
    return item if isinstance(item, Ticket) else None


async def _settle(
    core: Core, work: UnitOfWork, mail: InboundMail, desk: Desk, outcome: Outcome, now: datetime
) -> Ticket | None:
    match outcome:
        case NewTicket():
            return await _open(core, work, mail, desk, outcome, now)
        case FollowUp(ticket=ticket, reason=reason):
            message = await _keep(work, ticket, mail, Voice.CUSTOMER, now)
            change = tickets.customer_wrote(ticket, message.id, reason, now)
            await record(core, work, ticket, change, message.author, now)
            return change.item
        case Held(ticket=ticket, reason=reason):
            message = await _keep(work, ticket, mail, Voice.HELD, now)
            address = mail.sender.address if mail.sender else "unknown"
            event = StrangerWrote(message=message.id, address=address, reason=reason)
            await record(core, work, ticket, Change(ticket, (event,)), message.author, now)
            return ticket
        case AutoReply(ticket=Ticket() as ticket, reason=reason):
            return await _machine(core, work, ticket, mail, reason, now)
        case Bounced(ticket=Ticket() as ticket, reason=reason):
            await _bounce(core, work, ticket, mail, now)
            return await _machine(core, work, ticket, mail, reason, now)
        case _:
            return None


async def _open(
    core: Core, work: UnitOfWork, mail: InboundMail, desk: Desk, outcome: NewTicket, now: datetime
) -> Ticket:
    requester = Participant(
        number=1,
        address=mail.sender.address if mail.sender else "",
        name=mail.sender.name if mail.sender else "unknown sender",
        joined_at=now,
    )
    draft = Ticket(
        title=mail.subject[:MAX_TITLE] or "(no subject)",
        desk=desk.key,
        participants=(requester,),
        created_at=now,
    )
    ticket = await open_item(core, work, draft, desk.prefix, desk.channels)
    message = await _keep(work, ticket, mail, Voice.CUSTOMER, now)
    reason = f"{outcome.reason}, follows {outcome.follows}" if outcome.follows else outcome.reason
    events: tuple[Event, ...] = (
        TicketOpened(reason=reason, priority=ticket.priority),
        CustomerWrote(message=message.id, reason=reason),
    )
    await record(core, work, ticket, Change(ticket, events), message.author, now)
    if outcome.greet and not mail.no_auto_answer and requester.address:
        await correspondence.greet(core, work, ticket, message, now)
    return ticket


async def _keep(
    work: UnitOfWork, ticket: Ticket, mail: InboundMail, voice: Voice, now: datetime
) -> Message:
    """Store what the mail says with its files, and show it in the threads."""
    sender = mail.sender
    message = await work.messages.add(
        Message(
            item=ticket.id,
            at=now,
            voice=voice,
            author=mail_actor(sender.address if sender else "unknown"),
            author_name=(sender.name or sender.address) if sender else "unknown sender",
            text=mail.fresh_text or mail.text,
            full_text=mail.text,
            mail_id=mail.message_id,
        ),
        mail.attachments,
    )
    await post_message(work, message)
    return message


async def _machine(
    core: Core, work: UnitOfWork, ticket: Ticket, mail: InboundMail, reason: str, now: datetime
) -> Ticket:
    message = await _keep(work, ticket, mail, Voice.AUTOMATIC, now)
    event = MachineWrote(message=message.id, reason=reason)
    await record(core, work, ticket, Change(ticket, (event,)), message.author, now)
    return ticket


async def _bounce(
    core: Core, work: UnitOfWork, ticket: Ticket, mail: InboundMail, now: datetime
) -> None:
    """Show a permanent delivery failure on the very message it is about."""
    bounce = mail.bounce
    serial = correspondence.message_of(bounce.original_message_id) if bounce else 0
    message = await work.messages.get(serial) if serial else None
    if bounce is None or not bounce.permanent or message is None or message.item != ticket.id:
        return
    detail = f"{bounce.status} {bounce.diagnostic}".strip()[:300]
    bounced = replace(message, delivery=Delivery.BOUNCED, delivery_detail=detail)
    await work.messages.save(bounced)
    await refresh_message(work, bounced)
    event = DeliveryChanged(
        message=message.id, recipient=bounce.recipient, state="bounced", detail=detail
    )
    await record(core, work, ticket, Change(ticket, (event,)), mail_actor(bounce.recipient), now)
