"""Who is on call, and how they are reached: schedules, overrides, targets of escalations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bot.domain.escalation import Resolve, Urgency
from bot.domain.people import Person
from bot.domain.schedules import Override, Schedule, Shift, next_change, shift_at, shifts, who
from bot.ports import UnitOfWork
from bot.services.core import Core

HORIZON: Final = timedelta(days=62)
_LOUD: Final = ("push", "sms", "voice")


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """Who has a schedule now, until when, and who comes next; None where nobody has it.

    `changes_at` is None when whoever has it now has it for good; `next` may begin after a gap.
    """

    schedule: Schedule
    now: Shift | None
    next: Shift | None
    changes_at: datetime | None


async def resolver(core: Core, work: UnitOfWork, at: datetime) -> Resolve:
    """A function from a target (`schedule:x`, `person:y`) to those whom a page can reach then."""
    overrides = await _overrides(core, work, at)

    def resolve(target: str) -> tuple[str, ...]:
        kind, _, name = target.partition(":")
        key = name if kind == "person" else _on_call(core, overrides, name, at)
        person = core.directory.people.get(key)
        return (key,) if person is not None and contacts_of(person) else ()

    return resolve


def contacts_of(person: Person, urgency: Urgency = Urgency.HIGH) -> tuple[str, ...]:
    """The person's contact methods: as configured, else every chat account and mail.

    Low urgency leaves out those that ring, unless there is no other.
    """
    mail = ("mail",) if person.email else ()
    contacts = person.contact or (*person.accounts, *mail)
    quiet = tuple(c for c in contacts if c.partition(":")[0] not in _LOUD)
    return quiet if urgency is Urgency.LOW and quiet else contacts


async def duties(core: Core, work: UnitOfWork, at: datetime) -> tuple[Duty, ...]:
    """The state of every schedule."""
    overrides = await _overrides(core, work, at)
    return tuple(
        _duty(schedule, overrides[name], at) for name, schedule in core.directory.schedules.items()
    )


async def _overrides(
    core: Core, work: UnitOfWork, at: datetime
) -> Mapping[str, Sequence[Override]]:
    """The overrides that matter from that instant on, by schedule.

    One of somebody who has left the configuration must not hide whose turn it is.
    """
    return {
        name: [
            override
            for override in await work.overrides.of(name, at, at + HORIZON)
            if override.person in core.directory.people
        ]
        for name in core.directory.schedules
    }


def _on_call(
    core: Core, overrides: Mapping[str, Sequence[Override]], name: str, at: datetime
) -> str:
    schedule = core.directory.schedules.get(name)
    return (who(schedule, overrides[name], at) or "") if schedule is not None else ""


def _duty(schedule: Schedule, overrides: Sequence[Override], at: datetime) -> Duty:
    now, changes_at = shift_at(schedule, overrides, at), next_change(schedule, overrides, at)
    if now is not None and changes_at is not None:
        changes_at = now.end
    following = _following(schedule, overrides, changes_at) if changes_at is not None else None
    return Duty(schedule=schedule, now=now, next=following, changes_at=changes_at)


def _following(schedule: Schedule, overrides: Sequence[Override], at: datetime) -> Shift | None:
    """The first shift from that instant on, whole; a gap before it is passed over."""
    coming = shifts(schedule, overrides, at, at + HORIZON)
    return shift_at(schedule, overrides, coming[0].start) if coming else None
