"""What a transition answers: the new state, and the events that tell how it came about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from bot.domain.events import Event
from bot.domain.work_items import Incident, Ticket

ItemT = TypeVar("ItemT", bound=Ticket | Incident)


@dataclass(frozen=True, slots=True)
class Change(Generic[ItemT]):
    """A work item after a transition, with its events; no events means that nothing changed."""

    item: ItemT
    events: tuple[Event, ...] = ()
