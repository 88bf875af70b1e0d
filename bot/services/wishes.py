"""Which news each person gets by mail: as configured, until they say otherwise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from bot.domain.events import SYSTEM
from bot.domain.people import Mails, Person
from bot.ports import AuditRow, UnitOfWork


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


async def end(work: UnitOfWork, person: Person, why: str, now: datetime) -> None:
    """Send the person no more, until they want some again."""
    await choose(work, person, Mails.OFF, SYSTEM, now)
    await work.facts.put(_ended(person), why, now)


async def ended(work: UnitOfWork, person: Person) -> str:
    """Why the person's mails were ended; empty when they were not, or are on again."""
    return await work.facts.get(_ended(person))


async def wanted(work: UnitOfWork, person: Person) -> Mails:
    """Which news the person wants, whether they can have them or not."""
    return Mails(await work.facts.get(_name(person)) or person.mails)


def _name(person: Person) -> str:
    return f"mails:{person.key}"


def _ended(person: Person) -> str:
    return f"mails ended:{person.key}"
