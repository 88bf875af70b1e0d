"""What the tests of the outbox put in, and take out again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.domain.effects import Effect, Parcel, Pool, PostLine, UpdateCard
from bot.ports import Outbox, Store
from tests.contract.work import NOW

LEASE = timedelta(seconds=60)
AT_ONCE = timedelta()

CARD = UpdateCard(thread=1)


def line(entry: int, thread: int = 1) -> PostLine:
    """A line of a thread: what keeps its order there."""
    return PostLine(thread=thread, entry=entry)


async def put(store: Store, *effects: Effect, not_before: datetime | None = None) -> list[int]:
    """Put effects in, in one unit of work; their rows."""
    async with store.work() as work:
        return [await work.outbox.put(effect, not_before=not_before) for effect in effects]


async def leased(
    outbox: Outbox,
    *,
    pool: Pool = Pool.CHAT,
    limit: int = 10,
    lease: timedelta = LEASE,
    now: datetime = NOW,
) -> Sequence[Parcel]:
    """What is leased at this moment."""
    return await outbox.lease(pool, limit, lease, now)


def effects(parcels: Sequence[Parcel]) -> list[Effect]:
    """What is to be done."""
    return [parcel.effect for parcel in parcels]


async def sent(store: Store, parcel: Parcel, external_id: str = "") -> bool:
    """End a row as sent."""
    async with store.work() as work:
        return await work.outbox.sent(parcel, external_id)


async def dead(store: Store, parcel: Parcel, error: str = "gone") -> bool:
    """Park a row."""
    async with store.work() as work:
        return await work.outbox.dead(parcel, error)


async def cancel(store: Store, key: str) -> bool:
    """Cancel a row by its key."""
    async with store.work() as work:
        return await work.outbox.cancel(key, "ana")
