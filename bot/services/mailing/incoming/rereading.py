"""Mail that could not be read when it came, and can now: it goes on where it was shown as it came,
never on a second ticket.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Final

from bot.domain import tickets
from bot.domain.events import SYSTEM
from bot.domain.intake import AutoReply, FollowUp, Held, NewTicket, Outcome
from bot.domain.mail import InboundMail
from bot.domain.messages import Message, Voice
from bot.domain.work_items import Participant, Ticket
from bot.ports import UnitOfWork
from bot.services.core import Core
from bot.services.mailing.incoming.unreadable import MAX_TITLE, NO_SUBJECT
from bot.services.merging import goes_on
from bot.services.recording import record, refresh_message

REASON: Final = "it could not be read before"


async def instead(
    work: UnitOfWork, mail: InboundMail, outcome: Outcome, placeholder: Message, now: datetime
) -> Outcome:
    """The outcome where the mail would open a ticket: the one that shows it already goes on."""
    found = await work.items.by_id(placeholder.item)
    ticket = await goes_on(work, found if isinstance(found, Ticket) else None)
    if not isinstance(outcome, NewTicket) or ticket is None:
        return outcome
    if mail.automatic:
        return AutoReply(ticket=ticket, reason=mail.automatic)
    if mail.sender is None or mail.sender_doubt:
        return Held(ticket=ticket, reason=outcome.reason)
    ticket = _with_requester(ticket, mail, now)
    person = ticket.participant(mail.sender.address)
    if person is None:
        reason = f"{mail.sender.address} is no participant of {ticket.number}"
        return Held(ticket=ticket, reason=reason)
    return FollowUp(ticket=ticket, participant=person, reason=REASON)


def _with_requester(ticket: Ticket, mail: InboundMail, now: datetime) -> Ticket:
    """The ticket with the sender as its requester, and their subject, while nobody is known."""
    if ticket.requester.address or mail.sender is None:
        return ticket
    number = ticket.requester.number
    name, address = mail.sender.name, mail.sender.address
    known = Participant(number=number, address=address, name=name, joined_at=now)
    others = tuple(p for p in ticket.participants[1:] if p.address != address)
    title = mail.subject[:MAX_TITLE] if ticket.title == NO_SUBJECT else ""
    return replace(ticket, title=title or ticket.title, participants=(known, *others))


async def replaced(
    core: Core, work: UnitOfWork, placeholder: Message, item: Ticket | None, now: datetime
) -> None:
    """Let what stood for the mail say where it is now; a ticket that was only for it is done."""
    where = f"on {item.number}" if item and item.id != placeholder.item else "below"
    words = f"It could be read later, and stands {where}." if item else "It is settled."
    voice = Voice.NOTE if placeholder.voice is Voice.HELD else placeholder.voice
    done = replace(placeholder, voice=voice, text=f"{placeholder.text}\n\n{words}")
    await work.messages.save(done)
    await refresh_message(work, done)
    home = await work.items.by_id(placeholder.item)
    if not isinstance(home, Ticket) or home.requester.address or home.ended:
        return
    if item is None or item.id != home.id:
        change = tickets.resolve(home, now, f"its mail is {where}" if item else "")
        await record(core, work, home, change, SYSTEM, now)
