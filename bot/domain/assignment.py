"""Taking, giving back and handing over a work item: the same for tickets and incidents."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bot.domain.changes import Change, ItemT
from bot.domain.events import Assigned, Claimed, Released, TakenOver
from bot.domain.refusals import Refused


def claim(item: ItemT, by: str, now: datetime, *, take_over: bool = False) -> Change[ItemT]:
    """Take a work item that nobody has; the loser of a race is told who has it, and since when.

    `take_over` lets somebody with that right take it from its assignee.
    """
    if item.assignee == by:
        return Change(item)
    if item.assignee is None:
        return Change(replace(item, assignee=by, assigned_at=now), (Claimed(),))
    if take_over:
        event = TakenOver(previous=item.assignee)
        return Change(replace(item, assignee=by, assigned_at=now), (event,))
    raise Taken(item.assignee, item.assigned_at, item.number)


def release(item: ItemT, by: str, *, for_others: bool = False) -> Change[ItemT]:
    """Give it back to the queue; only the assignee, or somebody who may take over, can."""
    if item.assignee is None:
        raise Refused(f"Nobody has {item.number}, so there is nothing to release.", code="free")
    if item.assignee != by and not for_others:
        raise Taken(item.assignee, item.assigned_at, item.number)
    event = Released(previous=item.assignee)
    return Change(replace(item, assignee=None, assigned_at=None), (event,))


def assign(item: ItemT, to: str, by: str, now: datetime, *, take_over: bool) -> Change[ItemT]:
    """Hand it to somebody: one's own, a free one, or (with that right) anybody's."""
    if to == by:
        return claim(item, by, now, take_over=take_over)
    if item.assignee == to:
        return Change(item)
    if item.assignee not in (None, by) and not take_over:
        raise Taken(item.assignee or "", item.assigned_at, item.number)
    event = Assigned(assignee=to, previous=item.assignee or "")
    return Change(replace(item, assignee=to, assigned_at=now), (event,))


class Taken(Refused):
    """Somebody else has the work item; `holder` is a person's key, `since` when they took it."""

    def __init__(self, holder: str, since: datetime | None, number: str = "") -> None:
        super().__init__(f"{holder} has it.", code="taken")
        self.number = number
        self.holder = holder
        self.since = since
