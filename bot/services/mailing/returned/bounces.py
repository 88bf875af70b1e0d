"""Delivery reports about mail of ours: shown on the very message, tied to it by a key of ours."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from bot.domain.changes import Change
from bot.domain.events import SYSTEM, DeliveryChanged
from bot.domain.mail import Bounce
from bot.domain.messages import Delivery
from bot.domain.reply_keys import ReplyKey
from bot.domain.work_items import Ticket
from bot.ports import UnitOfWork
from bot.services.core import Core
from bot.services.mailing.outgoing import correspondence, suppression
from bot.services.recording import record, refresh_message

MAX_DETAIL: Final = 300


async def take(
    core: Core,
    work: UnitOfWork,
    ticket: Ticket,
    bounce: Bounce,
    returned: ReplyKey | None,
    now: datetime,
) -> None:
    """Show on the message that a copy of it did not arrive; nothing when that cannot be tied.

    A server that still tries changes nothing: it tells nobody when it has got through.

    Whose copy it was is told by the return path the report came to (`returned`), else by the key in
    the Message-ID it quotes: the address it names may be one that the mail was forwarded to.
    """
    key, serial = tie(core, bounce, returned)
    if key is None or key.ticket != ticket.id or not bounce.permanent:
        return
    person = next((p for p in ticket.participants if p.number == key.participant), None)
    message = await work.messages.get(serial) if serial else None
    if person is None or (message is not None and message.item != ticket.id):
        return
    detail = f"{bounce.status} {bounce.diagnostic}".strip()[:MAX_DETAIL]
    await suppression.failed(work, person.address, bounce.status, detail, now)
    if message is not None:
        bounced = message.with_copies(Delivery.BOUNCED, detail, to=person.address)
        await work.messages.save(bounced)
        await refresh_message(work, bounced)
    event = DeliveryChanged(
        message=serial, recipient=person.address, state="bounced", detail=detail
    )
    await record(core, work, ticket, Change(ticket, (event,)), SYSTEM, now)


def tie(core: Core, bounce: Bounce, returned: ReplyKey | None) -> tuple[ReplyKey | None, int]:
    """The copy a report is about: its participant's key, and the row of its message (or 0)."""
    if returned is not None and returned.message is not None:
        return returned, returned.message
    quoted = core.keys.in_message_id(bounce.original_message_id)
    return quoted, correspondence.message_of(bounce.original_message_id)
