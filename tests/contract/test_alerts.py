"""Alerts: every field there and back, in bulk, and nobody's report lost."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from bot.domain.alerts import Alert, AlertCount, AlertStatus
from bot.domain.work_items import Severity
from bot.errors import TemporaryError
from storage.database import Database
from storage.store import SqlStore
from tests.contract.work import FULL_INCIDENT, MINUTE, NOW, opened_item, store_on


def alert(fingerprint: str = "f1", **fields: Any) -> Alert:
    """A firing alert of Prometheus."""
    plain = {"intake": "prom", "group": "g", "status": AlertStatus.FIRING, "title": "CPU"}
    times = {"starts_at": NOW, "first_seen_at": NOW, "last_seen_at": NOW}
    given = {**plain, **times, "severity": Severity.SEV2, "fingerprint": fingerprint, **fields}
    return Alert(**given)


async def test_an_alert_comes_back_as_it_was(database: Database) -> None:
    store = store_on(database)
    full = alert(
        status=AlertStatus.RESOLVED,
        description="100 %\x00",
        labels={"pod": "a", "zone": "ö"},
        last_seen_at=NOW + MINUTE,
        resolved_at=NOW + 2 * MINUTE,
        count=12,
        url="https://x",
        runbook="https://y",
        incident=await opened_item(store, FULL_INCIDENT),
    )
    async with store.work() as work:
        (bare, added) = await work.alerts.save_all([alert("f0"), full])
        known = await work.alerts.known("prom", ["f1", "f0", "f2"])

    assert added == replace(full, id=added.id)
    assert known == {"f0": bare, "f1": added}


async def test_new_and_changed_ones_are_saved_together(database: Database) -> None:
    async with store_on(database).work() as work:
        old = await work.alerts.save_all([alert(f"f{n:04}") for n in range(600)])
        changed = [replace(one, count=2, labels={"a": "b"}) for one in old]
        mixed = [one for pair in zip(changed, map(alert, "abc"), strict=False) for one in pair]
        stored = await work.alerts.save_all([*mixed, *changed[3:]])
        known = await work.alerts.known("prom", [one.fingerprint for one in stored])

    assert [one.fingerprint for one in stored[:4]] == ["f0000", "a", "f0001", "b"]
    assert all(one.id for one in stored)
    assert known == {one.fingerprint: one for one in stored}


async def test_intakes_do_not_share_fingerprints(database: Database) -> None:
    async with store_on(database).work() as work:
        one, other = await work.alerts.save_all([alert(), alert(intake="grafana")])

        assert await work.alerts.known("grafana", ["f1"]) == {"f1": other}
        assert await work.alerts.known("sentry", ["f1"]) == {}
        assert await work.alerts.known("prom", []) == {}
        assert one.id != other.id


async def test_the_alerts_of_an_incident(database: Database) -> None:
    store = store_on(database)
    item = await opened_item(store, FULL_INCIDENT)
    async with store.work() as work:
        saved = await work.alerts.save_all(
            [
                alert("a", incident=item),
                alert("b", incident=item, status=AlertStatus.RESOLVED),
                alert("c"),
            ]
        )

        assert await work.alerts.of(item, 5) == saved[:2]
        assert await work.alerts.of(item, 1) == saved[:1]
        assert await work.alerts.of(item, 5, firing=True) == saved[:1]
        assert await work.alerts.count(item) == AlertCount(total=2, firing=1)
        assert await work.alerts.count(item + 1) == AlertCount(total=0, firing=0)
        assert await work.alerts.save_all([]) == []


async def count_up(store: SqlStore) -> None:
    async with store.work() as work:
        known = await work.alerts.known("prom", ["f1"])
        (one,) = known.values() or [alert(count=0)]
        await work.alerts.save_all([replace(one, count=one.count + 1)])


async def test_no_report_is_lost(database: Database) -> None:
    store = store_on(database)
    await count_up(store)
    await asyncio.gather(*(count_up(store) for _ in range(6)))

    async with store.read() as work:
        assert (await work.alerts.known("prom", ["f1"]))["f1"].count == 7


async def test_a_fingerprint_that_somebody_just_stored_is_tried_again(database: Database) -> None:
    store = store_on(database)
    await count_up(store)
    with pytest.raises(TemporaryError, match="somebody else"):
        async with store.work() as work:
            await work.alerts.save_all([alert("f0"), alert("f1")])

    async with store.read() as work:
        assert list(await work.alerts.known("prom", ["f0", "f1"])) == ["f1"]
