"""Pages: one row for every try to reach a person by a contact method, from queued to answered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class PageState(StrEnum):
    """What became of a page."""

    QUEUED = "queued"
    SENT = "sent"
    FAILED = "failed"
    ANSWERED = "answered"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page about a work item, by one contact method of one person.

    `contact` is a chat surface's name or `mail`, `ref` the posted message that can be edited.
    """

    id: int = 0
    item: int
    person: str
    contact: str
    reason: str
    state: PageState = PageState.QUEUED
    created_at: datetime
    sent_at: datetime | None = None
    ref: str = ""
    detail: str = ""
