"""Mail servers that refuse our login: mail waits, and the desk whose mail it is learns of it."""

from __future__ import annotations

from datetime import datetime

from bot.domain.directory import Desk
from bot.domain.effects import NotifyByMail, SendMail, Tell
from bot.domain.work_items import Ticket
from bot.ports import UnitOfWork
from bot.services.core import Core


async def tell(
    core: Core, work: UnitOfWork, effect: SendMail | NotifyByMail, words: str, now: datetime
) -> None:
    """Say in the first channel of the sending desk, once a day, that its mail does not leave."""
    desk = await _sender(core, work, effect)
    if desk is not None and await _first_today(work, f"locked out:{desk.key}", now):
        wait = "Mail waits and is tried every five minutes, for five days."
        await _tell(work, desk, f"Mail of {desk.name} does not leave", f"{words}. {wait}")


async def tell_unfetched(
    core: Core, work: UnitOfWork, address: str, mailbox: str, words: str
) -> None:
    """Say in the first channel of the desk with this address, once a day, that a mailbox of its is
    not fetched.
    """
    desk, now = core.directory.desk_at(address), core.clock.now()
    if desk is not None and await _first_today(work, f"not fetched:{desk.key}:{mailbox}", now):
        wait = "Mail waits in the mailbox, which is tried every five minutes."
        text = f"{mailbox}: {words}. {wait}"
        await _tell(work, desk, f"Mail to {desk.name} is not fetched", text)


async def _first_today(work: UnitOfWork, what: str, now: datetime) -> bool:
    return await work.seen.once(f"{what}:{now:%Y-%m-%d}", now)


async def _tell(work: UnitOfWork, desk: Desk, title: str, text: str) -> None:
    ending = (
        " `deskhand doctor` tries the login and says what to mend. After a change of the"
        " configuration, start the service again."
    )
    for place in desk.channels[:1]:
        effect = Tell(surface=place.surface, space=place.id, title=f"⚠️ {title}", text=text + ending)
        await work.outbox.put(effect)


async def _sender(core: Core, work: UnitOfWork, effect: SendMail | NotifyByMail) -> Desk | None:
    if isinstance(effect, SendMail):
        return core.directory.desk_at(effect.mail.sender.address)
    ticket = await work.items.by_id(effect.item)
    return core.directory.desks.get(ticket.desk) if isinstance(ticket, Ticket) else None
