"""Feedback reports (RFC 5965): a recipient called a mail of ours spam, and gets no more for now."""

from __future__ import annotations

from datetime import datetime

from bot.domain.changes import Change
from bot.domain.events import SYSTEM, DeliveryChanged
from bot.domain.mail import Bounce
from bot.domain.reply_keys import ReplyKey
from bot.domain.work_items import Ticket
from bot.ports import UnitOfWork
from bot.services.core import Core
from bot.services.mailing.outgoing import suppression, withholding
from bot.services.mailing.returned import bounces
from bot.services.recording import record


async def take(
    core: Core,
    work: UnitOfWork,
    ticket: Ticket,
    complaint: Bounce,
    returned: ReplyKey | None,
    now: datetime,
) -> None:
    """Send the complainer nothing more for a while, nor what waits on any ticket; nothing when the
    report cannot be tied.

    Only what we signed ties it, a Message-ID or the return path that it came to (`returned`):
    anybody can send a report about anybody.
    """
    key, serial = bounces.tie(core, complaint, returned)
    if key is None or key.ticket != ticket.id:
        return
    person = next((p for p in ticket.participants if p.number == key.participant), None)
    if person is None:
        return
    detail = f"they called it spam ({complaint.diagnostic})"
    await suppression.stop(work, person.address, detail, now)
    await withholding.withhold(work, person.address, "they called a mail of ours spam")
    event = DeliveryChanged(
        message=serial,
        recipient=person.address,
        state="complained of",
        detail=detail,
    )
    await record(core, work, ticket, Change(ticket, (event,)), SYSTEM, now)
