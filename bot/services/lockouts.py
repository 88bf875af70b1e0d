"""A smarthost that refuses our login: mail waits, and the desk whose mail it is learns of it."""

from __future__ import annotations

from datetime import datetime

from bot.domain.effects import Tell
from bot.domain.mail import OutboundMail
from bot.ports import UnitOfWork
from bot.services.core import Core


async def tell(core: Core, work: UnitOfWork, mail: OutboundMail, words: str, now: datetime) -> None:
    """Say in the first channel of the sending desk, once a day, that its mail does not leave."""
    desk = core.directory.desk_at(mail.sender.address)
    if desk is None or not await work.seen.once(f"locked out:{desk.key}:{now:%Y-%m-%d}", now):
        return
    text = (
        f"{words}. Mail waits and is tried every five minutes, for five days. `deskhand doctor`"
        " tries the login; correct username and password, then start the service again."
    )
    for place in desk.channels[:1]:
        title = f"⚠️ Mail of {desk.name} does not leave"
        await work.outbox.put(Tell(surface=place.surface, space=place.id, title=title, text=text))
