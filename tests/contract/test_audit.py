"""The audit: newest first, by subject, for good."""

from __future__ import annotations

import pytest

from bot.ports import AuditRow
from storage.database import Database
from tests.contract.work import MINUTE, NOW, store_on

CLAIM = AuditRow(
    at=NOW,
    actor="person:ana",
    action="Claimed",
    subject="SUP-1",
    before="owner=-",
    after="owner=ana",
    source="slack:T1",
)
START = AuditRow(at=NOW + MINUTE, actor="system", action="started", subject="service")
RELEASE = AuditRow(at=NOW, actor="person:ana", action="Released", subject="SUP-1")


async def test_rows_are_found_newest_first(database: Database) -> None:
    async with store_on(database).work() as work:
        for row in (CLAIM, START, RELEASE):
            await work.audit.record(row)

        assert await work.audit.find() == [RELEASE, START, CLAIM]
        assert await work.audit.find("SUP-1") == [RELEASE, CLAIM]
        assert await work.audit.find("SUP-1", limit=1) == [RELEASE]
        assert await work.audit.find("SUP") == []


@pytest.mark.parametrize("change", ["UPDATE audit SET actor = 'y'", "DELETE FROM audit"])
async def test_a_record_is_not_rewritten(database: Database, change: str) -> None:
    store = store_on(database)
    async with store.work() as work:
        await work.audit.record(CLAIM)
    with pytest.raises(Exception, match="the audit is append-only"):
        await database.execute(change)

    async with store.read() as work:
        assert await work.audit.find() == [CLAIM]
