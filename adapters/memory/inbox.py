"""An inbox in memory: durable for as long as the process lives, which is enough to try a door."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from adapters.memory.script import Script
from bot.domain.ledger import HELD, INFECTED
from bot.ports import Arrival, Clock, InboxRow, LedgerLine

_WAITING, _LEASED, _DONE, _QUARANTINED = "waiting", "leased", "done", "quarantined"


@dataclass(slots=True, kw_only=True)
class _Row:
    id: int
    arrival: Arrival
    received_at: datetime
    due_at: datetime
    meta: dict[str, str]
    state: str = _WAITING
    attempt: int = 0
    outcome: str = ""
    detail: str = ""
    item: str = ""


@dataclass(slots=True)
class MemoryInbox:
    """Inbox and InboxFinish in memory; `arrivals` are all that came, repeats left out."""

    clock: Clock
    script: Script = field(default_factory=Script)
    _rows: dict[int, _Row] = field(default_factory=dict)
    _keys: set[tuple[str, str]] = field(default_factory=set)

    @property
    def arrivals(self) -> tuple[Arrival, ...]:
        """What was accepted, in order."""
        return tuple(row.arrival for row in self._rows.values())

    async def accept(self, arrival: Arrival) -> bool:
        """Keep it, unless source and key were there."""
        with self.script.step():
            key = arrival.source, arrival.key
            if key in self._keys:
                return False
            self._keys.add(key)
            id_, now = len(self._rows) + 1, self.clock.now()
            self._rows[id_] = _Row(
                id=id_, arrival=arrival, received_at=now, due_at=now, meta=dict(arrival.meta)
            )
            return True

    async def lease(
        self, source: str, limit: int, lease: timedelta, now: datetime
    ) -> Sequence[InboxRow]:
        """Take rows that are due, oldest first; those whose lease ran out, too."""
        due = [row for row in self._rows.values() if _is_due(row, source, now)][:limit]
        for row in due:
            row.state, row.due_at, row.attempt = _LEASED, now + lease, row.attempt + 1
        return tuple(_leased(row) for row in due)

    async def postpone(
        self, row: InboxRow, error: str, until: datetime, *, counts: bool = True
    ) -> None:
        """Give the row back for later; the try counts or not."""
        if (held := self._held(row)) is not None:
            held.state, held.detail, held.due_at = _WAITING, error, until
            held.attempt -= 0 if counts else 1

    async def quarantine(self, row: InboxRow, error: str) -> None:
        """Park the row."""
        await self.park(row, "quarantined", detail=error)

    async def finish(
        self,
        row: InboxRow,
        outcome: str,
        *,
        detail: str = "",
        item: str = "",
        meta: Mapping[str, str] | None = None,
    ) -> bool:
        """End the row; False when the lease was lost."""
        return self._end(row, _DONE, outcome, detail, item, meta or {})

    async def park(
        self,
        row: InboxRow,
        outcome: str,
        *,
        detail: str,
        item: str = "",
        meta: Mapping[str, str] | None = None,
    ) -> bool:
        """Quarantine the row with its outcome; False when the lease was lost."""
        return self._end(row, _QUARANTINED, outcome, detail, item, meta or {})

    def _end(
        self,
        row: InboxRow,
        state: str,
        outcome: str,
        detail: str,
        item: str,
        meta: Mapping[str, str],
    ) -> bool:
        held = self._held(row)
        if held is None:
            return False
        held.state, held.outcome, held.detail, held.item = state, outcome, detail, item
        held.meta |= meta
        return True

    async def finish_all(
        self, rows: Sequence[InboxRow], outcome: str, details: Sequence[str]
    ) -> bool:
        """End rows; False when one of the leases was lost."""
        pairs = zip(rows, details, strict=True)
        return all([await self.finish(row, outcome, detail=detail) for row, detail in pairs])

    async def find(self, words: str = "", state: str = "", limit: int = 50) -> Sequence[LedgerLine]:
        """Ledger lines, newest first."""
        newest_first = sorted(self._rows.values(), key=lambda row: -row.id)
        found = [row for row in newest_first if state in ("", row.state) and _has(row, words)]
        return tuple(_line(row) for row in found[:limit])

    async def line(self, id_: int) -> LedgerLine | None:
        """The ledger line of one row."""
        row = self._rows.get(id_)
        return _line(row) if row else None

    async def raw(self, id_: int) -> bytes | None:
        """What came."""
        row = self._rows.get(id_)
        return row.arrival.raw if row else None

    async def replay(self, id_: int, *, infected: bool = False) -> bool:
        """Let a quarantined row wait again; an infected one only where that is said."""
        row = self._parked(id_)
        if row is not None and row.outcome == INFECTED and not infected:
            return False
        if row is not None:
            row.state, row.outcome, row.due_at = _WAITING, "", self.clock.now()
        return row is not None

    async def drop(self, id_: int, by: str) -> bool:
        """End a quarantined row without effect."""
        row = self._parked(id_)
        if row is not None:
            row.outcome = HELD if row.outcome == HELD else "dropped"
            row.state, row.detail = _DONE, f"dropped by {by}"
        return row is not None

    async def totals(self) -> Mapping[tuple[str, str], int]:
        """Rows by state and outcome."""
        return Counter((row.state, row.outcome) for row in self._rows.values())

    def _held(self, row: InboxRow) -> _Row | None:
        """The row, unless its lease was lost to a later attempt."""
        held = self._rows[row.id]
        return held if held.state == _LEASED and held.attempt == row.attempt else None

    def _parked(self, id_: int) -> _Row | None:
        row = self._rows.get(id_)
        return row if row is not None and row.state == _QUARANTINED else None


def _is_due(row: _Row, source: str, now: datetime) -> bool:
    family = row.arrival.source.partition(":")[0]
    return family == source and row.state in (_WAITING, _LEASED) and row.due_at <= now


def _leased(row: _Row) -> InboxRow:
    return InboxRow(
        id=row.id,
        source=row.arrival.source,
        raw=row.arrival.raw,
        meta=dict(row.meta),
        received_at=row.received_at,
        attempt=row.attempt,
    )


def _has(row: _Row, words: str) -> bool:
    text = " ".join((*row.meta.values(), row.detail)).lower()
    return all(word in text for word in words.lower().split())


def _line(row: _Row) -> LedgerLine:
    return LedgerLine(
        id=row.id,
        source=row.arrival.source,
        meta=dict(row.meta),
        received_at=row.received_at,
        state=row.state,
        outcome=row.outcome,
        detail=row.detail,
        item=row.item,
        size=len(row.arrival.raw),
    )
