"""What a process that died was at is taken by its successor at once."""

from __future__ import annotations

from datetime import timedelta

from bot.domain.effects import Pool, Tell
from bot.ports import Arrival
from storage.database import Database
from tests.contract.work import NOW, store_on

LEASE = timedelta(minutes=1)


async def test_what_was_leased_is_leased_again_after_a_takeover(database: Database) -> None:
    store = store_on(database)
    await store.inbox.accept(Arrival(source="mail", key="k", raw=b"k", meta={}))
    async with store.work() as work:
        await work.outbox.put(Tell(surface="console", space="ops", title="t", text="x"))
        await work.timers.arm("sla", "SUP-1", NOW)

    async def taken() -> list[int]:
        return [
            len(await store.inbox.lease("mail", 9, LEASE, NOW)),
            len(await store.outbox.lease(Pool.CHAT, 9, LEASE, NOW)),
            len(await store.timers.lease(9, LEASE, NOW)),
        ]

    assert await taken() == [1, 1, 1]
    assert await taken() == [0, 0, 0]
    await store.take_over()
    assert await taken() == [1, 1, 1]
