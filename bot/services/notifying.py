"""News of a ticket on its way to those of the team who want them by mail: who gets one, and when.

What they say is drawn when they leave, so several things within two minutes make one mail.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from bot.domain.effects import NotifyByMail
from bot.domain.events import TimelineEntry
from bot.domain.notifications import NEWS, dump_ration, load_ration, news_for, take_one
from bot.domain.people import Mails, Person
from bot.domain.work_items import AnyItem, Ticket
from bot.ports import UnitOfWork
from bot.services import wishes
from bot.services.core import Core

WAIT: Final = timedelta(minutes=2)


async def tell(
    core: Core, work: UnitOfWork, item: AnyItem, entries: Sequence[TimelineEntry], now: datetime
) -> None:
    """Queue a mail to everybody to whom one of these entries is news, and who wants such news."""
    if not isinstance(item, Ticket) or not any(isinstance(e.event, NEWS) for e in entries):
        return
    people = core.directory.people.values()
    likely = [p for p in people if news_for(p, Mails.DESK, item, entries)]
    if not likely:
        return
    wanted = await wishes.mails_of_all(work, likely)
    for person in likely:
        news = news_for(person, wanted[person.key], item, entries)
        if news:
            await _queue(core, work, person, item, news[0], now)


async def _queue(
    core: Core,
    work: UnitOfWork,
    person: Person,
    ticket: Ticket,
    first: TimelineEntry,
    now: datetime,
) -> None:
    news = NotifyByMail(person=person.key, item=ticket.id, since=first.id)
    if await work.outbox.waits(news):
        return
    name = f"news sent:{person.key}"
    portion = take_one(load_ration(await work.facts.get(name)), now)
    if not portion.granted:
        core.meter.count("notifications_withheld")
        return
    await work.facts.put(name, dump_ration(portion.ration), now)
    told = replace(news, pauses_until=portion.pauses_until)
    await work.outbox.put(told, not_before=now + WAIT)
