"""The inbox's door: arrivals that come together share one commit, and go before those who take
rows out.
"""

from __future__ import annotations

import asyncio
import contextvars
import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from typing import Final

from tortoise.exceptions import IntegrityError

from bot.errors import TemporaryError
from bot.ports import Arrival
from storage.database import Database
from storage.kindly import FAILURES, passing
from storage.sql import Values
from storage.text import storable

log = logging.getLogger(__name__)

TOPIC: Final = "inbox"
# One commit takes at most so many arrivals, and about so many bytes.
BATCH: Final = 256
BATCH_BYTES: Final = 16 * 1024 * 1024
# While things arrive without a pause of so many seconds, who takes rows out rests so many times as
# long as it worked, and at most so many seconds: senders wait for their answer, nobody for a batch.
PAUSE: Final = 0.02
REST: Final = 9
LONGEST_REST: Final = 0.5


@dataclass(slots=True)
class _Waiting:
    """A caller of `accept`, and what it waits for."""

    arrival: Arrival
    answer: asyncio.Future[bool]


class Door:
    """Stores what arrives, many arrivals in one commit."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._queue: list[_Waiting] = []
        self._writer: asyncio.Task[None] | None = None
        self._came_at = 0.0
        self._left_at: dict[str, float] = {}

    async def accept(self, arrival: Arrival) -> bool:
        """Store and commit; True when it is new. TemporaryError when it could not be committed."""
        loop = asyncio.get_running_loop()
        waiting = _Waiting(arrival, loop.create_future())
        self._queue.append(waiting)
        self._came_at = loop.time()
        if not self._busy:
            # Kept here, and in a fresh context: it must not join the caller's transaction.
            self._writer = loop.create_task(
                self._write(), name="storage.queues.inbox", context=contextvars.Context()
            )
        return await waiting.answer

    async def stand_back(self, kind: str) -> None:
        """Rest after the work since the last call for that kind, as long as others arrive."""
        now = asyncio.get_running_loop().time
        worked = now() - self._left_at.get(kind, now())
        until = now() + min(REST * worked, LONGEST_REST)
        # A pause is that nothing happens: there is no event to wait for.
        while now() < until and (self._busy or now() - self._came_at < PAUSE):  # noqa: ASYNC110
            await asyncio.sleep(PAUSE)
        self._left_at[kind] = now()

    @property
    def _busy(self) -> bool:
        return self._writer is not None and not self._writer.done()

    async def _write(self) -> None:
        await self._gather()
        while batch := self._next_batch():
            try:
                news = await self._store([_values(waiting.arrival) for waiting in batch])
            except Exception as failure:  # noqa: BLE001 - told to every caller, who decides
                _refuse(batch, failure)
                continue
            for waiting, new in zip(batch, news, strict=True):
                if not waiting.answer.done():
                    waiting.answer.set_result(new)
            await self._wake()
            await self._gather()

    async def _gather(self) -> None:
        """Wait while the loop reads more from other connections: all of it shares one commit."""
        waiting = 0
        while waiting < len(self._queue) < BATCH:
            waiting = len(self._queue)
            await asyncio.sleep(0)

    def _next_batch(self) -> list[_Waiting]:
        size, end = 0, 0
        while end < min(len(self._queue), BATCH) and (end == 0 or size < BATCH_BYTES):
            size += len(self._queue[end].arrival.raw)
            end += 1
        batch, self._queue = self._queue[:end], self._queue[end:]
        return batch

    async def _store(self, rows: Sequence[Values]) -> Sequence[bool]:
        """Commit the rows together; which of them are new."""
        clock = self._database.sql_now_us
        try:
            # One statement: between two, SQLite's thread waits for the loop, and the loop for it.
            await self._database.execute(_insert(clock, len(rows)), [*chain.from_iterable(rows)])
        except IntegrityError:
            unless_known = f"{_insert(clock, 1)} ON CONFLICT (source, key) DO NOTHING"
            counts = await self._database.execute_all([(unless_known, row) for row in rows])
            return [count > 0 for count in counts]
        return [True] * len(rows)

    async def _wake(self) -> None:
        try:
            await self._database.notify(TOPIC)
        except FAILURES as failure:
            # A hint: the rows are safe, and whoever waits for them also polls.
            log.warning("nobody could be told of arrivals: %s", failure)


@lru_cache(maxsize=BATCH)
def _insert(clock: str, rows: int) -> str:
    columns = "kind, source, key, raw, size, meta, search, received_at"
    values = ", ".join([f"(?, ?, ?, ?, ?, ?, ?, {clock})"] * rows)
    return f"INSERT INTO inbox ({columns}) VALUES {values}"


def _values(arrival: Arrival) -> Values:
    meta, search = kept(arrival.meta)
    kind = arrival.source.partition(":")[0]
    return kind, arrival.source, arrival.key, arrival.raw, len(arrival.raw), meta, search


def kept(meta: Mapping[str, str]) -> tuple[str, str]:
    """How meta is stored: as JSON, and as the text that is searched."""
    clean = {storable(name): storable(value) for name, value in meta.items()}
    written = json.dumps(clean, ensure_ascii=False, separators=(",", ":"))
    return written, "\n".join(clean.values()).lower()


def _refuse(batch: Sequence[_Waiting], failure: Exception) -> None:
    words = passing(failure)
    if words is None:
        log.error("arrivals could not be stored", exc_info=failure)
        words = "the database refuses what arrives; its log says why"
    for waiting in batch:
        if not waiting.answer.done():
            error = TemporaryError(words)
            error.__cause__ = failure
            waiting.answer.set_exception(error)
