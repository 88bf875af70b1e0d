"""Mail that waits for somebody who is to get no more of it: it is not sent, and says why."""

from __future__ import annotations

from typing import Final

from bot.domain.effects import Parcel, ParcelState, SendMail
from bot.domain.mail import OutboundMail
from bot.domain.messages import Delivery
from bot.domain.work_items import Ticket
from bot.ports import Store, UnitOfWork
from bot.services.core import Core
from bot.services.recording import refresh_message

#: Why a mail is not tried again that was being sent when its reader left.
LEFT: Final = "they take part no more"
_PERHAPS: Final = "; an earlier try may have arrived"


async def withhold(work: UnitOfWork, address: str, why: str, *, ticket: str = "") -> int:
    """Cancel what waits for the address (on one ticket, when its number is given); how much it was.

    Each message shows it. A mail that is being sent at this moment is left alone.
    """
    waiting = await work.outbox.cancel_mail(address, why, ticket=ticket)
    for parcel in waiting:
        await show(work, parcel, why)
    return len(waiting)


async def drop(store: Store, row: int, by: str) -> bool:
    """An operator cancels a row of the outbox that is dead or waits; False when it is neither.

    The message of a mail that waited says so.
    """
    async with store.read() as work:
        parcel = await work.outbox.row(row)
    if not await store.outbox.drop(row, by):
        return False
    if parcel is not None and parcel.state is ParcelState.WAITING:
        async with store.work() as work:
            await show(work, parcel, f"an operator ({by}) cancelled it")
    return True


async def gone(core: Core, work: UnitOfWork, mail: OutboundMail) -> bool:
    """Whether the mail is for somebody who left its ticket since it was written.

    Who is written to under another address still takes part.
    """
    key = core.keys.in_message_id(mail.message_id)
    ticket = await work.items.by_id(key.ticket) if key is not None else None
    if key is None or not isinstance(ticket, Ticket):
        return False
    return key.participant not in {person.number for person in ticket.participants}


async def show(work: UnitOfWork, parcel: Parcel, why: str) -> None:
    """Say on the message that the mail is not sent, and why."""
    effect = parcel.effect
    if not isinstance(effect, SendMail) or not effect.message:
        return
    message = await work.messages.get(effect.message)
    if message is None:
        return
    detail = why + _PERHAPS if parcel.ambiguous else why
    to = effect.mail.recipient.address
    withheld = message.with_copies(Delivery.CANCELLED, detail, to=to)
    await work.messages.save(withheld)
    await refresh_message(work, withheld)
