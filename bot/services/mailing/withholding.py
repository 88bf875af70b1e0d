"""Mail that waits for somebody who is to get no more of it: it is not sent, and says why."""

from __future__ import annotations

from typing import Final

from bot.domain.effects import Parcel, SendMail
from bot.domain.messages import Delivery
from bot.ports import UnitOfWork
from bot.services.recording import refresh_message

_PERHAPS: Final = "; an earlier try may have arrived"


async def withhold(work: UnitOfWork, address: str, why: str, *, ticket: str = "") -> int:
    """Cancel what waits for the address (on one ticket, when its number is given); how much it was.

    Each message shows it. A mail that is being sent at this moment is left alone.
    """
    waiting = await work.outbox.cancel_mail(address, why, ticket=ticket)
    for parcel in waiting:
        await _show(work, parcel, why)
    return len(waiting)


async def _show(work: UnitOfWork, parcel: Parcel, why: str) -> None:
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
