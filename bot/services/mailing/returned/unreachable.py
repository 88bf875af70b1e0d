"""People of the team whose mailbox takes no mail: operators are told, and in the end none is sent.

No ticket has to do with it.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from bot.domain.effects import Tell
from bot.domain.mail import Bounce
from bot.domain.people import Mails, Person
from bot.ports import UnitOfWork
from bot.services import wishes
from bot.services.core import Core
from bot.services.hosting import operators_at
from bot.services.mailing.outgoing import suppression

FAILURES: Final = 3
WITHIN: Final = timedelta(days=30)


async def hindered(work: UnitOfWork, person: Person, now: datetime) -> str:
    """Why the person gets no news though they want some; empty when nothing is in the way."""
    if why := await wishes.ended(work, person):
        return f"mail to {person.email} came back, and was switched off: {why}"
    if await wishes.wanted(work, person) is Mails.OFF:
        return ""
    if not person.email:
        return "no address is configured"
    why = await suppression.stopped(work, person.email, now)
    return f"nothing is sent to {person.email} just now: {why}" if why else ""


async def came_back(core: Core, work: UnitOfWork, key: str, bounce: Bounce, now: datetime) -> None:
    """A mail to the person came back, or was called spam: that counts, and may end their mails."""
    person = core.directory.people.get(key)
    if person is None:
        return
    if bounce.complaint:
        await _stop(core, work, person, "their mailbox calls it spam", now)
    elif bounce.permanent:
        why = f"{bounce.status} {bounce.diagnostic}".strip()
        await failed(core, work, person, bounce.status, why, now)


async def failed(
    core: Core, work: UnitOfWork, person: Person, status: str, why: str, now: datetime
) -> None:
    """A mail to the person failed for good: operators learn of the first, the third ends them.

    What lies with the mail itself or with a policy, by its enhanced status, does not count.
    """
    if not suppression.lasting(status):
        return
    times = await work.seen.tally(f"news failed:{person.key}", now, WITHIN)
    if times >= FAILURES:
        await _stop(core, work, person, f"{why} ({times} times in {WITHIN.days} days)", now)
    elif times == 1:
        title = f"⚠️ Mail to {person.name} does not arrive"
        fix = "Their news of tickets goes there; see [people] email. The third failure ends it."
        await _tell_operators(core, work, title, f"{person.email}: {why}. {fix}")


async def _stop(core: Core, work: UnitOfWork, person: Person, why: str, now: datetime) -> None:
    if await wishes.mails_of(work, person) is Mails.OFF:
        return
    await wishes.end(work, person, why, now)
    title = f"⚠️ {person.name} gets no more news by mail"
    fix = "When it is mended, they type `/ticket mails mine`."
    await _tell_operators(core, work, title, f"{person.email}: {why}. {fix}")


async def _tell_operators(core: Core, work: UnitOfWork, title: str, text: str) -> None:
    tell = Tell(surface="", space="", title=title, text=text)
    for place in operators_at(core.directory):
        await work.outbox.put(replace(tell, surface=place.surface, space=place.id))
