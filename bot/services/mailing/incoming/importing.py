"""Old mail from another system: kept as ended tickets, without a word to anybody.

No greeting, no thread, no clock, no rule: an import is silent. Who answers one of these mails later
opens its ticket again.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Final

from bot.domain.directory import Desk
from bot.domain.events import SYSTEM, Event, Imported, StatusChanged, TicketOpened, mail_actor
from bot.domain.mail import Address, InboundMail
from bot.domain.messages import Message, Voice
from bot.domain.tickets import MAX_PARTICIPANTS
from bot.domain.work_items import Participant, Ticket, TicketStatus
from bot.errors import PermanentError
from bot.ports import AuditRow, InboxRow, UnitOfWork
from bot.services.core import Core
from bot.services.leases import LostLease
from bot.services.mailing.incoming.intake import warnings
from bot.services.recording import open_item

MAX_TITLE: Final = 200
OUTCOME: Final = "imported"


def source_of(desk: str) -> str:
    """The inbox source of a desk's old mail."""
    return f"import:{desk}"


async def erased(core: Core, mail: InboundMail) -> bool:
    """Whether its ticket would be that of somebody who was erased, and shall not come back."""
    first = next(iter(_outside(core, mail)), None)
    if first is None:
        return False
    async with core.store.read() as work:
        return await work.erasures.marked(core.keys.marks(first.address))


async def take(core: Core, row: InboxRow, mail: InboundMail) -> Ticket:
    """Keep the mail on its ticket and commit.

    PermanentError when its desk is gone, LostLease when another worker has the row.
    """
    desk = core.directory.desks.get(row.source.partition(":")[2])
    if desk is None:
        raise PermanentError("the desk it was imported for is not configured")
    at = min(mail.date or row.received_at, row.received_at)
    async with core.store.work() as work:
        ticket = await _known(work, mail)
        if ticket is None:
            ticket = await _open(core, work, desk, mail, at)
        ticket = await _keep(core, work, desk, ticket, mail, at)
        meta = {"message_id": mail.message_id, "subject": mail.subject[:MAX_TITLE]}
        if not await work.inbox.finish(row, OUTCOME, item=ticket.number, meta=meta):
            raise LostLease(f"inbox row {row.id}")
    return ticket


async def _known(work: UnitOfWork, mail: InboundMail) -> Ticket | None:
    """The ticket that has the mail this one answers: by ids alone, as they were written then."""
    ids = (*mail.in_reply_to, *reversed(mail.references))
    known = await work.messages.items_of_mail_ids(ids) if ids else {}
    found = next((known[id_][-1] for id_ in ids if id_ in known), None)
    item = await work.items.by_id(found) if found is not None else None
    return item if isinstance(item, Ticket) else None


async def _open(
    core: Core, work: UnitOfWork, desk: Desk, mail: InboundMail, at: datetime
) -> Ticket:
    """A ticket that began and ended then."""
    first = next(iter(_outside(core, mail)), Address(address="", name="unknown sender"))
    requester = Participant(number=1, address=first.address, name=first.name, joined_at=at)
    draft = Ticket(
        title=mail.subject[:MAX_TITLE] or "(no subject)",
        desk=desk.key,
        status=TicketStatus.CLOSED,
        participants=(requester,),
        created_at=at,
        resolved_at=at,
    )
    ticket = await open_item(core, work, draft, desk.prefix, ())
    ended = StatusChanged(old=TicketStatus.NEW, new=TicketStatus.CLOSED, reason="an old mail")
    opened = TicketOpened(reason="an old mail", priority=ticket.priority)
    await work.timeline.append(ticket.id, SYSTEM, at, opened, ended)
    await _audit(work, ticket, at, opened)
    return ticket


async def _keep(
    core: Core, work: UnitOfWork, desk: Desk, ticket: Ticket, mail: InboundMail, at: datetime
) -> Ticket:
    """Add what it says, and who takes part; an ended ticket has ended with its last mail."""
    sender = mail.sender
    ours = sender is not None and core.directory.own_address(sender.address)
    voice = Voice.REPLY if ours else Voice.AUTOMATIC if mail.automatic else Voice.CUSTOMER
    address = sender.address if sender else "unknown"
    message = await work.messages.add(
        Message(
            item=ticket.id,
            at=at,
            voice=voice,
            author=SYSTEM if ours else mail_actor(address),
            author_name=(sender.name or sender.address) if sender else "unknown sender",
            text=mail.fresh_text or mail.text,
            full_text=mail.text,
            mail_id=mail.message_id,
            warnings=warnings(mail),
        ),
        mail.attachments,
    )
    ended_at = max(ticket.resolved_at, at) if ticket.resolved_at else None
    grown = replace(_with_people(core, ticket, mail, at), resolved_at=ended_at)
    await work.items.save(grown)
    await work.timeline.append(ticket.id, message.author, at, Imported(message=message.id))
    return grown


def _with_people(core: Core, ticket: Ticket, mail: InboundMail, at: datetime) -> Ticket:
    """The sender takes part if there is room; nobody is told, and no key was given to them."""
    if mail.automatic:
        return ticket
    people, person = ticket.participants, next(iter(_outside(core, mail)), None)
    if person is None or ticket.participant(person.address) or len(people) >= MAX_PARTICIPANTS:
        return ticket
    joined = Participant(
        number=ticket.next_number, address=person.address, name=person.name, joined_at=at
    )
    return replace(ticket, participants=(*people, joined))


def _outside(core: Core, mail: InboundMail) -> list[Address]:
    """Those who are not us: the sender, or whom we wrote to."""
    senders = (mail.sender,) if mail.sender is not None else ()
    return [a for a in (*senders, *mail.to) if not core.directory.own_address(a.address)]


async def _audit(work: UnitOfWork, ticket: Ticket, at: datetime, event: Event) -> None:
    await work.audit.record(
        AuditRow(
            at=at,
            actor=SYSTEM,
            action=type(event).__name__,
            subject=ticket.number,
            after=f"status={ticket.status}",
            source="import",
        )
    )
