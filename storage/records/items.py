"""Work items: what is searched for in columns, the rest of each in its `details` (JSON)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import fields, replace
from datetime import datetime
from itertools import chain
from typing import Final, TypeAlias

from bot.domain.work_items import (
    AnyItem,
    Incident,
    IncidentStatus,
    Kind,
    Priority,
    Severity,
    Ticket,
    TicketStatus,
    kind_of,
)
from bot.ports import ItemQuery
from storage.database import Connection
from storage.fields import from_us, to_us
from storage.records.search import every_word
from storage.sql import Row
from storage.statements import insert, marks, select, update
from storage.values import dump_fields, load_fields

Condition: TypeAlias = tuple[str, Sequence[object]]

_NEXT_NUMBER: Final = (
    "INSERT INTO counter (prefix, last) VALUES (?, 1)"
    " ON CONFLICT (prefix) DO UPDATE SET last = counter.last + 1 RETURNING last"
)
_BIRTH: Final = ("kind", "number", "prefix", "created_at")
_STATE: Final = (
    *("title", "status", "ended", "assignee", "resolved_at", "search", "details"),
    *("desk", "priority", "requester", "due_at", "asleep", "merged"),
    *("service", "severity", "group_key", "confidential"),
)
_COLUMNS: Final = ("id", *_BIRTH, *_STATE)

# What comes first when several things could be done; SQLite and PostgreSQL sort NULL differently.
_URGENT_FIRST: Final = (
    "asleep, due_at IS NULL, due_at, CASE priority WHEN 'urgent' THEN 0 WHEN 'high' THEN 1"
    " WHEN 'normal' THEN 2 ELSE 3 END, created_at, id"
)

_LET_IN: Final = f"{insert('insider', ('item', 'person'))} ON CONFLICT DO NOTHING"
_KNOWN_TO: Final = (
    "(NOT confidential OR EXISTS"
    " (SELECT 1 FROM insider WHERE insider.item = work_item.id AND insider.person = ?))"
)

_SHARED: Final = {"id", "number", "title", "status", "assignee", "created_at", "resolved_at"}
_TICKET_DETAILS: Final = tuple(
    field.name
    for field in fields(Ticket)
    if field.name not in {*_SHARED, "desk", "priority", "due_at"}
)
_INCIDENT_DETAILS: Final = tuple(
    field.name
    for field in fields(Incident)
    if field.name not in {*_SHARED, "service", "severity", "group", "confidential"}
)


class SqlItems:
    """Work items inside a unit of work; `lock` ends a SELECT whose row is to be held."""

    def __init__(self, connection: Connection, lock: str = "") -> None:
        self._connection = connection
        self._lock = lock

    async def get(self, number: str) -> AnyItem | None:
        """By the number people type, without case."""
        return await self._one("work_item WHERE number = ?", number.upper())

    async def by_id(self, id_: int) -> AnyItem | None:
        """By row."""
        return await self._one("work_item WHERE id = ?", id_)

    async def hold(self, numbers: Sequence[str] = (), ids: Sequence[int] = ()) -> None:
        """Lock several in the order of their rows; nothing where a transaction is alone anyway."""
        named = [number.upper() for number in numbers]
        if not self._lock or not (named or ids):
            return
        ways = [f"number IN {marks(len(named))}"] if named else []
        ways += [f"id IN {marks(len(ids))}"] if ids else []
        where = f"work_item WHERE {' OR '.join(ways)} ORDER BY id {self._lock}"
        await self._connection.fetch(select(("id",), where), (*named, *ids))

    async def _one(self, where: str, value: object) -> AnyItem | None:
        rows = await self._connection.fetch(select(_COLUMNS, f"{where} {self._lock}"), (value,))
        return _item(rows[0]) if rows else None

    async def add(self, item: AnyItem, prefix: str) -> AnyItem:
        """Store a new one; numbers are in upper case, and have no gaps."""
        prefix = prefix.upper()
        numbers = await self._connection.fetch(_NEXT_NUMBER, (prefix,))
        named = replace(item, number=f"{prefix}-{numbers[0]['last']}")
        birth = (kind_of(item).value, named.number, prefix, to_us(item.created_at))
        rows = await self._connection.fetch(
            f"{insert('work_item', (*_BIRTH, *_STATE))} RETURNING id", (*birth, *_state(named))
        )
        stored = replace(named, id=rows[0]["id"])
        await self._let_in(stored)
        return stored

    async def save(self, item: AnyItem) -> None:
        """Store the new state; LookupError when the item was never added."""
        if not await self._connection.execute(
            update("work_item", _STATE), (*_state(item), item.id)
        ):
            raise LookupError(f"work item {item.id} is not stored; add it first")
        await self._let_in(item)

    async def _let_in(self, item: AnyItem) -> None:
        """Write down who knows of a confidential incident, and who does no more."""
        if not isinstance(item, Incident) or not item.confidential:
            return
        left = f" AND person NOT IN {marks(len(item.insiders))}" if item.insiders else ""
        await self._connection.execute(
            f"DELETE FROM insider WHERE item = ?{left}", (item.id, *item.insiders)
        )
        if item.insiders:
            rows = [(item.id, person) for person in item.insiders]
            await self._connection.executemany(_LET_IN, rows)

    async def find(self, query: ItemQuery) -> Sequence[AnyItem]:
        """Those that match, in the order asked for, else by the time they were made."""
        where, values = _where(query)
        rows = await self._connection.fetch(
            select(_COLUMNS, f"{where} ORDER BY {_order(query)} LIMIT ?"), (*values, query.limit)
        )
        return [_item(row) for row in rows]

    async def count(self, query: ItemQuery) -> int:
        """How many match, whatever the limit."""
        where, values = _where(query)
        rows = await self._connection.fetch(select(("COUNT(*) AS matches",), where), values)
        return int(rows[0]["matches"])


# ---------------------------------------------------------------- what is wanted


def _where(query: ItemQuery) -> tuple[str, list[object]]:
    found = [
        *_equal("kind", query.kind and query.kind.value),
        *_among("desk", query.desks),
        *_among("status", query.statuses),
        *_equal("assignee", query.assignee),
        *_when("assignee IS NULL", query.unassigned),
        *_when("NOT ended", query.open_only),
        *_when("NOT asleep", query.awake),
        *_when("merged", query.merged is True),
        *_when("NOT merged", query.merged is False),
        *_equal("group_key", query.group),
        *_equal("service", query.service),
        *_known_to(query.known_to),
        *_from("created_at", query.created_from),
        *_from("resolved_at", query.resolved_from),
        every_word(query.words, ("search",)),
    ]
    conditions = " AND ".join(condition for condition, _ in found)
    return f"work_item WHERE {conditions}", list(chain.from_iterable(values for _, values in found))


def _order(query: ItemQuery) -> str:
    if query.urgent_first:
        return _URGENT_FIRST
    return "created_at DESC, id DESC" if query.newest_first else "created_at, id"


def _equal(column: str, value: str | None) -> Iterable[Condition]:
    return [(f"{column} = ?", (value,))] if value else ()


def _among(column: str, values: Sequence[str]) -> Iterable[Condition]:
    return [(f"{column} IN {marks(len(values))}", values)] if values else ()


def _known_to(person: str | None) -> Iterable[Condition]:
    return [(_KNOWN_TO, (person,))] if person is not None else ()


def _from(column: str, start: datetime | None) -> Iterable[Condition]:
    return [(f"{column} >= ?", (to_us(start),))] if start else ()


def _when(condition: str, wanted: bool) -> Iterable[Condition]:
    return [(condition, ())] if wanted else ()


# ---------------------------------------------------------------- an item and its row


def _state(item: AnyItem) -> tuple[object, ...]:
    """The values of `_STATE`."""
    people = item.participants if isinstance(item, Ticket) else ()
    return (
        item.title,
        item.status.value,
        item.ended,
        item.assignee,
        to_us(item.resolved_at) if item.resolved_at else None,
        "\n".join((item.number, item.title, *map(str, people))).lower(),
        *_own_state(item),
    )


def _own_state(item: AnyItem) -> tuple[object, ...]:
    match item:
        case Ticket():
            requester = next((p.address.lower() for p in item.participants), None)
            details = dump_fields(item, _TICKET_DETAILS)
            due_at = to_us(item.due_at) if item.due_at else None
            asleep = item.snoozed_until is not None
            ours = (item.desk, item.priority.value, requester, due_at, asleep)
            return (details, *ours, bool(item.merged_into), None, None, None, False)
        case Incident():
            details = dump_fields(item, _INCIDENT_DETAILS)
            own = (item.service or None, item.severity.value, item.group or None)
            return (details, None, None, None, None, False, False, *own, item.confidential)


def _item(row: Row) -> AnyItem:
    shared = {
        "id": row["id"],
        "number": row["number"],
        "title": row["title"],
        "assignee": row["assignee"],
        "created_at": from_us(row["created_at"]),
        "resolved_at": from_us(row["resolved_at"]) if row["resolved_at"] is not None else None,
    }
    if row["kind"] == Kind.TICKET:
        return Ticket(
            **shared,
            desk=row["desk"],
            status=TicketStatus(row["status"]),
            priority=Priority(row["priority"]),
            due_at=from_us(row["due_at"]) if row["due_at"] is not None else None,
            **load_fields(Ticket, row["details"]),
        )
    return Incident(
        **shared,
        service=row["service"] or "",
        status=IncidentStatus(row["status"]),
        severity=Severity(row["severity"]),
        group=row["group_key"] or "",
        confidential=bool(row["confidential"]),
        **load_fields(Incident, row["details"]),
    )
