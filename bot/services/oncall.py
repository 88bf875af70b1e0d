"""Who is on call: schedules with their overrides, and the targets of escalation steps."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.escalation import Resolve
from bot.domain.schedules import Override, Schedule, Shift, next_change, shift_at, who
from bot.ports import UnitOfWork
from bot.services.core import Core

HORIZON = timedelta(days=62)


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """Who has a schedule now, until when, and who comes next; None where nobody has it."""

    schedule: Schedule
    now: Shift | None
    next: Shift | None
    changes_at: datetime | None


async def overrides_of(
    work: UnitOfWork, schedules: Iterable[str], at: datetime
) -> Mapping[str, Sequence[Override]]:
    """The overrides that matter around the instant, by schedule."""
    return {name: await work.overrides.of(name, at, at + HORIZON) for name in schedules}


async def resolver(core: Core, work: UnitOfWork, at: datetime) -> Resolve:
    """A function from a target (`schedule:x`, `person:y`) to the people it means at the instant."""
    overrides = await overrides_of(work, core.directory.schedules, at)

    def resolve(target: str) -> tuple[str, ...]:
        kind, _, name = target.partition(":")
        if kind == "person":
            return (name,) if name in core.directory.people else ()
        schedule = core.directory.schedules.get(name) if kind == "schedule" else None
        person = who(schedule, overrides[name], at) if schedule is not None else None
        return (person,) if person is not None else ()

    return resolve


async def duties(core: Core, work: UnitOfWork, at: datetime) -> tuple[Duty, ...]:
    """The state of every schedule."""
    overrides = await overrides_of(work, core.directory.schedules, at)
    return tuple(
        _duty(schedule, overrides[name], at) for name, schedule in core.directory.schedules.items()
    )


def _duty(schedule: Schedule, overrides: Sequence[Override], at: datetime) -> Duty:
    now = shift_at(schedule, overrides, at)
    changes_at = now.end if now is not None else next_change(schedule, overrides, at)
    following = shift_at(schedule, overrides, changes_at) if changes_at is not None else None
    return Duty(schedule=schedule, now=now, next=following, changes_at=changes_at)
