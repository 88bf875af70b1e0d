"""The inbox: the durable door for what machines bring."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """Something a machine brought; `source` is `mail`, `alert:<intake>` …, `key` tells a repeat."""

    source: str
    key: str
    raw: bytes
    meta: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxRow:
    """A leased row of the inbox."""

    id: int
    source: str
    raw: bytes
    meta: Mapping[str, str]
    received_at: datetime
    attempt: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerLine:
    """An inbox row as the ledger shows it: what came, and what became of it."""

    id: int
    source: str
    meta: Mapping[str, str]
    received_at: datetime
    state: str
    outcome: str
    detail: str
    item: str = ""
    size: int = 0


class Inbox(Protocol):
    """The durable door for what machines bring."""

    async def accept(self, arrival: Arrival) -> bool:
        """Store and commit; True when it is new, False when the key was there; after COMMIT.

        Many callers at once share one commit. TemporaryError when the store cannot take it.
        """
        ...

    async def lease(
        self, source: str, limit: int, lease: timedelta, now: datetime
    ) -> Sequence[InboxRow]:
        """Take up to `limit` rows of the source, oldest first; `alert` is every alert intake."""
        ...

    async def postpone(
        self, row: InboxRow, error: str, until: datetime, *, counts: bool = True
    ) -> None:
        """Give the row back for a later try, fenced by its attempt.

        A try that says nothing against what came, as when others are away, need not count.
        """
        ...

    async def quarantine(self, row: InboxRow, error: str) -> None:
        """Park the row, visible and replayable, fenced by its attempt."""
        ...

    async def find(self, words: str = "", state: str = "", limit: int = 50) -> Sequence[LedgerLine]:
        """Ledger lines, newest first, whose meta or detail holds every word; "" matches all."""
        ...

    async def line(self, id_: int) -> LedgerLine | None:
        """The ledger line of one row; None when there is no such row."""
        ...

    async def raw(self, id_: int) -> bytes | None:
        """What came, byte for byte; None when there is no such row."""
        ...

    async def replay(self, id_: int, *, infected: bool = False) -> bool:
        """Put a quarantined row back to work; False when it is not in quarantine.

        A row with the outcome `infected` only where that is said.
        """
        ...

    async def drop(self, id_: int, by: str) -> bool:
        """End a quarantined row without effect, naming who said so; one that is held stays it."""
        ...

    async def totals(self) -> Mapping[tuple[str, str], int]:
        """How many rows stand in each (state, outcome), for the balance and the metrics."""
        ...


class InboxFinish(Protocol):
    """The inbox as a unit of work sees it: rows end in the same transaction as their effect."""

    async def finish(
        self,
        row: InboxRow,
        outcome: str,
        *,
        detail: str = "",
        item: str = "",
        meta: Mapping[str, str] | None = None,
    ) -> bool:
        """End the row with its one visible outcome; False when the lease is lost: do not commit."""
        ...

    async def park(
        self,
        row: InboxRow,
        outcome: str,
        *,
        detail: str,
        item: str = "",
        meta: Mapping[str, str] | None = None,
    ) -> bool:
        """Quarantine the row for this reason, with what was made of it; False as above."""
        ...

    async def finish_all(
        self, rows: Sequence[InboxRow], outcome: str, details: Sequence[str]
    ) -> bool:
        """End rows with the same outcome and a detail each; False when a lease is lost."""
        ...
