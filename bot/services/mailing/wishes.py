"""Which news each person gets by mail: as configured, until they say otherwise, or mail to them
fails again and again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from bot.domain.effects import Tell
from bot.domain.events import SYSTEM
from bot.domain.mail import Bounce
from bot.domain.people import Mails, Person
from bot.ports import AuditRow, UnitOfWork
from bot.services.core import Core
from bot.services.hosting import operators_at
from bot.services.mailing import suppression

FAILURES: Final = 3
WITHIN: Final = timedelta(days=30)


async def mails_of(work: UnitOfWork, person: Person) -> Mails:
    """Which news the person gets; none without an address."""
    return (await mails_of_all(work, (person,)))[person.key]


async def mails_of_all(work: UnitOfWork, people: Sequence[Person]) -> Mapping[str, Mails]:
    """The same for several people, by their keys."""
    said = await work.facts.known([_name(person) for person in people])
    return {
        person.key: Mails(said.get(_name(person), person.mails)) if person.email else Mails.OFF
        for person in people
    }


async def choose(
    work: UnitOfWork, person: Person, mails: Mails, actor: str, now: datetime, *, source: str = ""
) -> None:
    """Send the person this from now on."""
    before = await mails_of(work, person)
    await work.facts.put(_name(person), mails, now)
    await work.facts.drop(_ended(person))
    await work.audit.record(
        AuditRow(
            at=now,
            actor=actor,
            action="MailsChosen",
            subject=person.key,
            before=before,
            after=mails,
            source=source,
        )
    )


async def hindered(work: UnitOfWork, person: Person, now: datetime) -> str:
    """Why the person gets no news though they want some; empty when nothing is in the way."""
    if why := await work.facts.get(_ended(person)):
        return f"mail to {person.email} came back, and was switched off: {why}"
    wanted = Mails(await work.facts.get(_name(person)) or person.mails)
    if wanted is Mails.OFF:
        return ""
    if not person.email:
        return "they have no address here"
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
    if await mails_of(work, person) is Mails.OFF:
        return
    await choose(work, person, Mails.OFF, SYSTEM, now)
    await work.facts.put(_ended(person), why, now)
    title = f"⚠️ {person.name} gets no more news by mail"
    fix = "When it is mended, they type `/ticket mails mine`."
    await _tell_operators(core, work, title, f"{person.email}: {why}. {fix}")


async def _tell_operators(core: Core, work: UnitOfWork, title: str, text: str) -> None:
    tell = Tell(surface="", space="", title=title, text=text)
    for place in operators_at(core.directory):
        await work.outbox.put(replace(tell, surface=place.surface, space=place.id))


def _name(person: Person) -> str:
    return f"mails:{person.key}"


def _ended(person: Person) -> str:
    return f"mails ended:{person.key}"
