"""Escalation: who is paged at which step, and what comes when nobody answers; never silence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final


class Urgency(StrEnum):
    """`low` pages by the quiet contact methods only."""

    HIGH = "high"
    LOW = "low"


MINIMUM_WAIT: Final = timedelta(seconds=30)
DEFAULT_WAIT: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step: page these targets (`schedule:x`, `person:y`), then wait `after` for an answer."""

    targets: tuple[str, ...]
    after: timedelta
    urgency: Urgency = Urgency.HIGH


@dataclass(frozen=True, slots=True, kw_only=True)
class EscalationPolicy:
    """The steps, how often they are gone through again, and who is paged when they are used up."""

    name: str
    steps: tuple[Step, ...]
    repeat: int = 1
    catch_all: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalation:
    """Where an incident's escalation stands; the policy is a snapshot of the time it was triggered.

    `position` counts steps taken over all rounds; `due_at` is None once somebody acknowledged.
    """

    policy: EscalationPolicy
    position: int = 0
    due_at: datetime | None
    stepped_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A person to be paged, and the target through which the policy found them."""

    person: str
    target: str
    urgency: Urgency


@dataclass(frozen=True, slots=True, kw_only=True)
class Advance:
    """What one advance of an escalation does: whom it pages, and why, in words for the timeline."""

    escalation: Escalation
    step: int
    round: int
    calls: tuple[Call, ...]
    reason: str
    skipped: tuple[str, ...] = ()


Resolve = Callable[[str], tuple[str, ...]]


def start(policy: EscalationPolicy, now: datetime) -> Escalation:
    """An escalation whose first step is due at once."""
    return Escalation(policy=policy, due_at=now)


def stop(escalation: Escalation) -> Escalation:
    """Nobody is to be paged any more; the snapshot and the position are kept."""
    return replace(escalation, due_at=None)


def hasten(escalation: Escalation, now: datetime, *, as_of: datetime) -> Escalation | None:
    """Make the next step due now; None when it moved on after `as_of` already (two pressed)."""
    if escalation.stepped_at is not None and escalation.stepped_at > as_of:
        return None
    return replace(escalation, due_at=now)


def advance(escalation: Escalation, resolve: Resolve, now: datetime) -> Advance:
    """Take the next step that reaches somebody; empty steps are skipped at once.

    When the rounds are used up, or no step reaches anybody, the catch-all is paged together with
    the last step, again and again; should they reach nobody, the first step that does is paged.
    """
    policy, skipped = escalation.policy, list[str]()
    total = len(policy.steps) * (policy.repeat + 1)
    for position in range(escalation.position, total):
        step = policy.steps[position % len(policy.steps)]
        calls = _calls(step, resolve)
        if calls:
            told = tuple(dict.fromkeys(skipped))
            return _taken(escalation, position, step, calls, now, told)
        skipped.append(_empty(position % len(policy.steps), step))
    return _catch_all(escalation, total, resolve, now, tuple(dict.fromkeys(skipped)))


def _empty(index: int, step: Step) -> str:
    return f"step {index + 1} is empty ({', '.join(step.targets) or 'no targets'})"


def _calls(step: Step, resolve: Resolve) -> tuple[Call, ...]:
    found: dict[str, Call] = {}
    for target in step.targets:
        for person in resolve(target):
            found.setdefault(person, Call(person=person, target=target, urgency=step.urgency))
    return tuple(found.values())


def _taken(
    escalation: Escalation,
    position: int,
    step: Step,
    calls: tuple[Call, ...],
    now: datetime,
    skipped: tuple[str, ...],
) -> Advance:
    due_at = now + max(step.after, MINIMUM_WAIT)
    count = len(escalation.policy.steps)
    return Advance(
        escalation=replace(escalation, position=position + 1, due_at=due_at, stepped_at=now),
        step=position % count + 1,
        round=position // count + 1,
        calls=calls,
        reason=f"step {position % count + 1} of {count}, round {position // count + 1}",
        skipped=skipped,
    )


def _catch_all(
    escalation: Escalation, total: int, resolve: Resolve, now: datetime, skipped: tuple[str, ...]
) -> Advance:
    policy = escalation.policy
    last = policy.steps[-1] if policy.steps else Step(targets=(), after=DEFAULT_WAIT)
    step = replace(last, targets=tuple(filter(None, (policy.catch_all, *last.targets))))
    calls = _calls(step, resolve)
    if not calls:
        skipped = (*skipped, f"the catch-all {policy.catch_all or '(none)'} reaches nobody")
        calls = next(filter(None, (_calls(each, resolve) for each in policy.steps)), ())
    return Advance(
        escalation=replace(
            escalation,
            position=max(escalation.position, total) + 1,
            due_at=now + max(step.after, MINIMUM_WAIT),
            stepped_at=now,
        ),
        step=0,
        round=0,
        calls=calls,
        reason="every step was tried; paging the last resort until somebody answers",
        skipped=skipped,
    )
