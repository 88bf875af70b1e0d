"""Mail in: every raw message ends in exactly one visible outcome, in the transaction that ends its
inbox row.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from bot.domain import tickets
from bot.domain.changes import Change
from bot.domain.directory import Desk
from bot.domain.effects import Tell
from bot.domain.events import (
    CustomerWrote,
    Event,
    MachineWrote,
    StrangerWrote,
    TeamWrote,
    TicketOpened,
    mail_actor,
)
from bot.domain.intake import (
    AutoReply,
    Bounced,
    Duplicate,
    FollowUp,
    ForReview,
    Held,
    NewTicket,
    Outcome,
    Quarantined,
    decide,
    one_of_many,
)
from bot.domain.mail import Bounce, Forwarded, InboundMail
from bot.domain.messages import Message, Voice
from bot.domain.work_items import Participant, Ticket
from bot.errors import PermanentError
from bot.ports import InboxRow, UnitOfWork
from bot.services.core import Core
from bot.services.leases import LostLease
from bot.services.mailing.incoming import copied, rereading, unreadable
from bot.services.mailing.incoming.evidence import desks_of, gather
from bot.services.mailing.incoming.origin import traced
from bot.services.mailing.outgoing import correspondence, given_ids, silence
from bot.services.mailing.returned import bounces, complaints, unreachable
from bot.services.recording import open_item, post_message, record

MAX_TITLE: Final = 200
DAY: Final = timedelta(days=1)
MANY_WORDS: Final = 40  # characters
MAX_WARNINGS: Final = 10

NAMES: Final[dict[type[Outcome], str]] = {
    NewTicket: "ticket",
    FollowUp: "follow_up",
    AutoReply: "automatic",
    Bounced: "bounce",
    Held: "held",
    ForReview: "review",
    Quarantined: "quarantined",
    Duplicate: "duplicate",
}


async def take(core: Core, row: InboxRow, read: InboundMail) -> str:
    """Give a read mail its outcome and commit it; the name of the outcome.

    PermanentError when the mail belongs into quarantine, LostLease when another worker has the row.
    """
    now = core.clock.now()
    mail = traced(core, row, read)
    async with core.store.work() as work:
        mail = await given_ids.as_ours(work, mail)
        desks = desks_of(core, row, mail)
        evidence = await gather(core, work, row, mail, desks[0], now)
        outcome = decide(mail, evidence, desks[0], now)
        outcome = await _unless_storm(work, mail, outcome, now)
        if isinstance(outcome, Quarantined):
            raise PermanentError(outcome.reason)
        before = await unreadable.shown(work, row)
        if before is not None:
            outcome = await rereading.instead(work, mail, outcome, before, now)
        item = await _settle(core, work, mail, desks, outcome, now)
        if before is not None:
            await rereading.replaced(core, work, before, item, now)
        name, reason = NAMES[type(outcome)], outcome.reason
        meta = {"message_id": mail.message_id, "subject": mail.subject[:MAX_TITLE]}
        done = await work.inbox.finish(
            row, name, detail=reason, item=item.number if item else "", meta=meta
        )
        if not done:
            raise LostLease(f"inbox row {row.id}")
    core.meter.count("mail_outcomes", desk=desks[0].key, outcome=name)
    return name


async def _unless_storm(
    work: UnitOfWork, mail: InboundMail, outcome: Outcome, now: datetime
) -> Outcome:
    """The outcome, but for machines that carry no mark and are known by how often they write."""
    if not isinstance(outcome, FollowUp):
        return outcome
    said, ticket = " ".join(mail.fresh_text.split()), outcome.ticket
    scope = f"words:{outcome.participant.address}:{sha256(said.encode()).hexdigest()}"
    # People do ask “Any news?” again and again.
    same_words = await work.seen.tally(scope, now, DAY) if len(said) >= MANY_WORDS else 1
    reopened = await work.seen.tally(f"reopened:{ticket.id}", now, DAY) if ticket.ended else 0
    return one_of_many(outcome, same_words=same_words, reopened=reopened)


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
            message = await _keep(core, work, ticket, mail, Voice.CUSTOMER, now)
            await copied.note(work, ticket, copied.strangers(core, ticket, mail), now)
            change = tickets.customer_wrote(ticket, message.id, reason, now)
            await record(core, work, ticket, change, message.author, now)
            return change.item
        case Held() | ForReview():
            return await _hold(core, work, mail, outcome, now)
        case AutoReply(ticket=Ticket() as ticket, reason=reason):
            return await _machine(core, work, ticket, mail, reason, now)
        case Bounced() if mail.bounce is not None:
            return await _returned(core, work, mail, mail.bounce, outcome, now)
        case Duplicate(ticket=ticket):
            return ticket
        case _:
            return None


async def _hold(
    core: Core, work: UnitOfWork, mail: InboundMail, outcome: Held | ForReview, now: datetime
) -> Ticket:
    """Show the mail on the ticket, for somebody of the team to say what becomes of it."""
    ticket, reason = outcome.ticket, outcome.reason
    event: Event
    if isinstance(outcome, ForReview):
        message = await _keep(
            core, work, ticket, _by_team(core, mail, outcome), Voice.UNCONFIRMED, now
        )
        event = TeamWrote(message=message.id, person=outcome.person, reason=reason)
    else:
        message = await _keep(core, work, ticket, mail, Voice.HELD, now)
        address = mail.sender.address if mail.sender else "unknown"
        event = StrangerWrote(message=message.id, address=address, reason=reason)
    await record(core, work, ticket, Change(ticket, (event,)), message.author, now)
    return ticket


def _by_team(core: Core, mail: InboundMail, outcome: ForReview) -> InboundMail:
    """The mail under the name that its person has here, not the one it gives itself."""
    name = core.directory.name_of(outcome.person)
    return replace(mail, sender=replace(mail.sender, name=name) if mail.sender else None)


async def _returned(
    core: Core,
    work: UnitOfWork,
    mail: InboundMail,
    bounce: Bounce,
    outcome: Bounced,
    now: datetime,
) -> Ticket | None:
    """Show on the ticket what came back of its mail; what was for the team touches no ticket."""
    if outcome.person:
        await unreachable.came_back(core, work, outcome.person, bounce, now)
        return None
    ticket = outcome.ticket
    if ticket is None:
        return None
    if bounce.complaint:
        await complaints.take(core, work, ticket, bounce, outcome.returned, now)
    else:
        await bounces.take(core, work, ticket, bounce, outcome.returned, now)
    return await _machine(core, work, ticket, mail, outcome.reason, now)


async def _open(
    core: Core,
    work: UnitOfWork,
    mail: InboundMail,
    desks: Sequence[Desk],
    outcome: NewTicket,
    now: datetime,
) -> Ticket:
    desk, forwarded = desks[0], outcome.on_behalf
    shown = _as_written(mail, forwarded) if forwarded else mail
    draft = _draft(shown, desk, now)
    ticket = await open_item(core, work, draft, desk.prefix, desk.channels)
    reason = f"{outcome.reason}, follows {outcome.follows}" if outcome.follows else outcome.reason
    others = copied.strangers(core, ticket, shown)
    await copied.note(work, ticket, others, now)
    also = f"{reason}; also to {', '.join(others)}" if others else reason
    opened = TicketOpened(reason=also, priority=ticket.priority)
    voice = Voice.AUTOMATIC if mail.automatic else Voice.CUSTOMER
    agent = mail.sender.address if forwarded and mail.sender else ""
    message = await _keep(core, work, ticket, shown, voice, now, forwarded_by=agent)
    wrote: Event = CustomerWrote(message=message.id, reason=reason)
    if mail.automatic:
        wrote = MachineWrote(message=message.id, reason=mail.automatic)
    await record(core, work, ticket, Change(ticket, (opened, wrote)), message.author, now)
    if forwarded and forwarded.comment:
        await _keep(core, work, ticket, _comment(mail, forwarded), Voice.NOTE, now)
    await _tell_others(work, ticket, desks)
    await _thank(core, work, ticket, message, wanted=outcome.greet and not mail.no_auto_answer)
    return ticket


async def _thank(
    core: Core, work: UnitOfWork, ticket: Ticket, message: Message, *, wanted: bool
) -> None:
    """Thank the requester where they may be mailed without anybody having written to them."""
    if not wanted:
        await silence.keep(work, ticket, message.at)
    elif ticket.requester.address:
        await correspondence.greet(core, work, ticket, message, message.at)


def _as_written(mail: InboundMail, original: Forwarded) -> InboundMail:
    """The mail as the customer wrote it, before an agent forwarded it."""
    return replace(
        mail,
        sender=original.sender,
        subject=original.subject or mail.subject,
        text=original.text,
        fresh_text=original.text,
        reply_to=(),
    )


def _comment(mail: InboundMail, original: Forwarded) -> InboundMail:
    """What the agent said of the mail they forwarded, alone."""
    said = original.comment
    alone = replace(mail, attachments=(), defects=(), message_id="", reply_to=())
    return replace(alone, text=said, fresh_text=said)


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
    core: Core,
    work: UnitOfWork,
    ticket: Ticket,
    mail: InboundMail,
    voice: Voice,
    now: datetime,
    *,
    forwarded_by: str = "",
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
            warnings=warnings(mail),
            forwarded_by=forwarded_by,
        ),
        mail.attachments,
    )
    await post_message(core, work, ticket, message)
    return message


def warnings(mail: InboundMail) -> tuple[str, ...]:
    """What people have to know of the mail before they trust it, the gravest first."""
    sender = mail.sender.address if mail.sender else ""
    answers = [a.address for a in mail.reply_to if a.address != sender][:1]
    told = (
        mail.sender_doubt,
        *(f"answers are wanted at {address}, not where it came from" for address in answers),
        *mail.defects,
    )
    return tuple(filter(None, told))[:MAX_WARNINGS]


async def _machine(
    core: Core, work: UnitOfWork, ticket: Ticket, mail: InboundMail, reason: str, now: datetime
) -> Ticket:
    message = await _keep(core, work, ticket, mail, Voice.AUTOMATIC, now)
    event = MachineWrote(message=message.id, reason=reason)
    await record(core, work, ticket, Change(ticket, (event,)), message.author, now)
    return ticket
