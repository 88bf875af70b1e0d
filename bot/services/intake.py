"""Mail in: every raw message ends in exactly one visible outcome, in the transaction that ends its
inbox row.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from bot.domain import tickets
from bot.domain.changes import Change
from bot.domain.directory import Desk
from bot.domain.effects import Tell
from bot.domain.events import (
    SYSTEM,
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
    Duplicate,
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
    Duplicate: "duplicate",
}


async def take(core: Core, row: InboxRow, read: InboundMail) -> str:
    """Give a read mail its outcome and commit it; the name of the outcome.

    PermanentError when the mail belongs into quarantine, LostLease when another worker has the row.
    """
    now = core.clock.now()
    mail = _marked(core, row, read)
    async with core.store.work() as work:
        desks = _desks_of(core, row, mail)
        evidence = await _evidence(core, work, row, mail)
        outcome = decide(mail, evidence, desks[0], now)
        if isinstance(outcome, Quarantined):
            raise PermanentError(outcome.reason)
        item = await _settle(core, work, mail, desks, outcome, now)
        name, reason = NAMES[type(outcome)], outcome.reason
        meta = {"message_id": mail.message_id, "subject": mail.subject[:MAX_TITLE]}
        done = await work.inbox.finish(
            row, name, detail=reason, item=item.number if item else "", meta=meta
        )
        if not done:
            raise LostLease(f"inbox row {row.id}")
    core.meter.count("mail_outcomes", desk=desks[0].key, outcome=name)
    return name


def _desks_of(core: Core, row: InboxRow, mail: InboundMail) -> Sequence[Desk]:
    """The desks the mail was sent to, the one it belongs to first.

    That is the one whose address carries a reply key; else the envelope's recipients come before
    the headers' (RFC 5321 before RFC 5322). PermanentError when there is none.
    """
    split = [subaddress(address) for address in _recipients(row, mail)]
    split.sort(key=lambda parts: core.keys.check(parts[1]) is None)
    found = filter(None, (core.directory.desk_at(bare) for bare, _ in split))
    desks = tuple({desk.key: desk for desk in found}.values())
    if not desks:
        raise PermanentError("no desk has any of this mail's recipient addresses")
    return desks


def _recipients(row: InboxRow, mail: InboundMail) -> Iterable[str]:
    yield from filter(None, row.meta.get("rcpt", "").split(","))
    yield from mail.delivered_to
    yield from (a.address for a in (*mail.to, *mail.cc))


def _marked(core: Core, row: InboxRow, mail: InboundMail) -> InboundMail:
    """With what only we can tell: that our own signed Message-ID or a desk's own address came back
    in a loop, and that a machine wrote it, since its envelope has no sender (RFC 3834).
    """
    from_us = mail.sender is not None and core.directory.own_address(mail.sender.address)
    marks = tuple(mark for mark in mail.loop_marks if core.directory.own_address(mark))
    if from_us or core.keys.in_message_id(mail.message_id) is not None:
        marks = (*marks, "ourselves")
    bare = row.meta.get("mail_from", "-") in ("", "<>")
    automatic = mail.automatic or ("the null sender" if bare else "")
    return replace(mail, loop_marks=marks, automatic=automatic)


async def _evidence(core: Core, work: UnitOfWork, row: InboxRow, mail: InboundMail) -> Evidence:
    key = _first_key(core, (subaddress(a)[1] for a in _recipients(row, mail)))
    ids = (*mail.in_reply_to, *reversed(mail.references))
    own = next(filter(None, (core.keys.in_message_id(i) for i in ids)), None)
    if mail.bounce is not None and own is None:
        own = core.keys.in_message_id(mail.bounce.original_message_id)
    known = await work.messages.items_of_mail_ids(ids) if ids else {}
    known_item = next((known[i] for i in ids if i in known), None)
    tags = _TAG.findall(mail.subject)
    return Evidence(
        key=key,
        by_key=await _ticket(work, key.ticket if key else None),
        by_own_id=await _ticket(work, own.ticket if own else None),
        by_known_id=await _ticket(work, known_item),
        by_subject=_as_ticket(await work.items.get(tags[-1]) if tags else None),
        same=await _same(work, mail),
    )


async def _same(work: UnitOfWork, mail: InboundMail) -> Ticket | None:
    """The ticket that has this very mail; an id alone proves nothing, anybody can write it."""
    if not mail.message_id or mail.sender is None:
        return None
    known = await work.messages.items_of_mail_ids((mail.message_id,))
    ticket = await _ticket(work, known.get(mail.message_id))
    messages = await work.messages.of(ticket.id) if ticket is not None else ()
    told = (mail.message_id, mail_actor(mail.sender.address), mail.text)
    return ticket if told in {(m.mail_id, m.author, m.full_text) for m in messages} else None


def _first_key(core: Core, candidates: Iterable[str]) -> ReplyKey | None:
    return next(filter(None, (core.keys.check(c) for c in candidates if c)), None)


async def _ticket(work: UnitOfWork, id_: int | None) -> Ticket | None:
    return _as_ticket(await work.items.by_id(id_)) if id_ is not None else None


def _as_ticket(item: object) -> Ticket | None:
    return item if isinstance(item, Ticket) else None


async def _settle(
    core: Core,
    work: UnitOfWork,
    mail: InboundMail,
    desks: Sequence[Desk],
    outcome: Outcome,
    now: datetime,
) -> Ticket | None:
    match outcome:
        case NewTicket():
            return await _open(core, work, mail, desks, outcome, now)
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
        case Duplicate(ticket=ticket):
            return ticket
        case _:
            return None


async def _open(
    core: Core,
    work: UnitOfWork,
    mail: InboundMail,
    desks: Sequence[Desk],
    outcome: NewTicket,
    now: datetime,
) -> Ticket:
    desk, draft = desks[0], _draft(mail, desks[0], now)
    ticket = await open_item(core, work, draft, desk.prefix, desk.channels)
    reason = f"{outcome.reason}, follows {outcome.follows}" if outcome.follows else outcome.reason
    opened = TicketOpened(reason=reason, priority=ticket.priority)
    voice = Voice.AUTOMATIC if mail.automatic else Voice.CUSTOMER
    message = await _keep(work, ticket, mail, voice, now)
    wrote: Event = CustomerWrote(message=message.id, reason=reason)
    if mail.automatic:
        wrote = MachineWrote(message=message.id, reason=mail.automatic)
    await record(core, work, ticket, Change(ticket, (opened, wrote)), message.author, now)
    await _tell_others(work, ticket, desks)
    if outcome.greet and not mail.no_auto_answer and ticket.requester.address:
        await correspondence.greet(core, work, ticket, message, now)
    return ticket


def _draft(mail: InboundMail, desk: Desk, now: datetime) -> Ticket:
    sender = mail.sender
    requester = Participant(
        number=1,
        address=sender.address if sender else "",
        name=sender.name if sender else "unknown sender",
        joined_at=now,
    )
    title = mail.subject[:MAX_TITLE] or "(no subject)"
    return Ticket(title=title, desk=desk.key, participants=(requester,), created_at=now)


async def _tell_others(work: UnitOfWork, ticket: Ticket, desks: Sequence[Desk]) -> None:
    """Let the other desks a mail was sent to know who has it; the ticket itself stays on one."""
    owner = desks[0]
    for other in desks[1:]:
        text = f"It was sent to {other.name}, too. {owner.name} has it as {ticket.number}."
        for place in other.channels:
            if place not in owner.channels:
                title = f"{ticket.number} {ticket.title}"
                await work.outbox.put(
                    Tell(surface=place.surface, space=place.id, title=title, text=text)
                )


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
    """Show a permanent delivery failure on the very message it is about.

    Whose copy came back is told by the key in its Message-ID: the address may be one that the mail
    was forwarded to.
    """
    bounce = mail.bounce
    key = core.keys.in_message_id(bounce.original_message_id) if bounce else None
    if bounce is None or not bounce.permanent or key is None or key.ticket != ticket.id:
        return
    person = next((p for p in ticket.participants if p.number == key.participant), None)
    serial = correspondence.message_of(bounce.original_message_id)
    message = await work.messages.get(serial) if serial else None
    if person is None or (message is not None and message.item != ticket.id):
        return
    detail = f"{bounce.status} {bounce.diagnostic}".strip()[:300]
    if message is not None:
        bounced = message.with_copies(Delivery.BOUNCED, detail, to=person.address)
        await work.messages.save(bounced)
        await refresh_message(work, bounced)
    event = DeliveryChanged(
        message=serial, recipient=person.address, state="bounced", detail=detail
    )
    await record(core, work, ticket, Change(ticket, (event,)), SYSTEM, now)
