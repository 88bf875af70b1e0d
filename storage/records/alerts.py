"""Alerts by intake and fingerprint: a storm of a thousand is a handful of statements."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, replace
from typing import Final, TypeAlias

from bot.domain.alerts import Alert, AlertCount, AlertStatus
from bot.domain.work_items import Severity
from bot.errors import TemporaryError
from storage.database import Connection
from storage.fields import from_us, to_us
from storage.sql import Row
from storage.statements import chunks, insert, marks, select, update
from storage.values import dump_fields, load_fields

Key: TypeAlias = tuple[str, str]

_IDENTITY: Final = ("intake", "fingerprint")
_STATE: Final = (
    *("group_key", "status", "title", "severity", "count", "incident", "details"),
    *("starts_at", "first_seen_at", "last_seen_at", "resolved_at"),
)
_COLUMNS: Final = ("id", *_IDENTITY, *_STATE)
_DETAILS: Final = tuple(
    field.name for field in fields(Alert) if field.name not in {*_COLUMNS, "group"}
)


class SqlAlerts:
    """Alerts inside a unit of work; `lock` ends a SELECT whose rows are to be held."""

    def __init__(self, connection: Connection, lock: str = "") -> None:
        self._connection = connection
        self._lock = lock

    async def known(self, intake: str, fingerprints: Sequence[str]) -> Mapping[str, Alert]:
        """Those of the fingerprints that are known; inside a unit of work they are locked."""
        found: dict[str, Alert] = {}
        # Everybody locks in the same order, so that nobody waits in a circle.
        for some in chunks(sorted(set(fingerprints))):
            where = f"alert WHERE intake = ? AND fingerprint IN {marks(len(some))}"
            alerts = await self._fetch(f"{where} ORDER BY fingerprint {self._lock}", intake, *some)
            found |= {alert.fingerprint: alert for alert in alerts}
        return found

    async def save_all(self, alerts: Sequence[Alert]) -> Sequence[Alert]:
        """Store new and changed alerts, each fingerprint at most once.

        TemporaryError when another unit of work has just stored one of the new ones.
        """
        fresh = sorted((alert for alert in alerts if not alert.id), key=_key)
        ids = await self._insert(fresh)
        changed = [(*_state(alert), alert.id) for alert in alerts if alert.id]
        if changed:
            await self._connection.executemany(update("alert", _STATE), changed)
        return [alert if alert.id else replace(alert, id=ids[_key(alert)]) for alert in alerts]

    async def _insert(self, fresh: Sequence[Alert]) -> dict[Key, int]:
        ids: dict[Key, int] = {}
        for some in chunks(fresh):
            values: list[object] = []
            for alert in some:
                values += (*_key(alert), *_state(alert))
            rows = await self._connection.fetch(
                f"{insert('alert', (*_IDENTITY, *_STATE), len(some))}"
                " ON CONFLICT DO NOTHING RETURNING id, intake, fingerprint",
                values,
            )
            ids |= {(row["intake"], row["fingerprint"]): row["id"] for row in rows}
        if len(ids) < len(fresh):
            raise TemporaryError("the same alert was stored by somebody else just now; try again")
        return ids

    async def of(self, incident: int, limit: int, *, firing: bool = False) -> Sequence[Alert]:
        """The first `limit` alerts of the incident, or of those that fire, as they were first
        seen.
        """
        states = (AlertStatus.FIRING,) if firing else tuple(AlertStatus)
        return await self._fetch(
            f"alert WHERE incident = ? AND status IN {marks(len(states))} ORDER BY id LIMIT ?",
            *(incident, *(state.value for state in states), limit),
        )

    async def count(self, incident: int) -> AlertCount:
        """How many alerts the incident has."""
        rows = await self._connection.fetch(
            select(("status", "COUNT(*) AS alerts"), "alert WHERE incident = ? GROUP BY status"),
            (incident,),
        )
        counted = {row["status"]: int(row["alerts"]) for row in rows}
        firing = counted.get(AlertStatus.FIRING.value, 0)
        return AlertCount(total=sum(counted.values()), firing=firing)

    async def _fetch(self, where: str, *values: object) -> list[Alert]:
        return [
            _alert(row) for row in await self._connection.fetch(select(_COLUMNS, where), values)
        ]


def _key(alert: Alert) -> Key:
    return alert.intake, alert.fingerprint


def _state(alert: Alert) -> Iterable[object]:
    """The values of `_STATE`."""
    return (
        alert.group,
        alert.status.value,
        alert.title,
        alert.severity.value,
        alert.count,
        alert.incident,
        dump_fields(alert, _DETAILS),
        to_us(alert.starts_at),
        to_us(alert.first_seen_at),
        to_us(alert.last_seen_at),
        to_us(alert.resolved_at) if alert.resolved_at else None,
    )


def _alert(row: Row) -> Alert:
    return Alert(
        id=row["id"],
        intake=row["intake"],
        fingerprint=row["fingerprint"],
        group=row["group_key"],
        status=AlertStatus(row["status"]),
        title=row["title"],
        severity=Severity(row["severity"]),
        count=row["count"],
        incident=row["incident"],
        starts_at=from_us(row["starts_at"]),
        first_seen_at=from_us(row["first_seen_at"]),
        last_seen_at=from_us(row["last_seen_at"]),
        resolved_at=from_us(row["resolved_at"]) if row["resolved_at"] is not None else None,
        **load_fields(Alert, row["details"]),
    )
