"""Waking those who wait for work: callbacks in this process, NOTIFY between processes.

A wake is a hint. Whoever waits also polls, so one that is lost costs a second and no more.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import logging
from collections import defaultdict
from collections.abc import Callable
from typing import Any

import asyncpg

from storage.failures import ASYNCPG_ERRORS

log = logging.getLogger(__name__)

#: The one channel of PostgreSQL that is used; its payload is our channel's name.
CHANNEL = "deskhand"

CONNECT_TIMEOUT = 10.0
ANSWER_TIMEOUT = 10.0
HEARTBEAT = 30.0
FIRST_DELAY, LAST_DELAY = 0.5, 10.0


class Wakes:
    """The callbacks of this process, by channel."""

    def __init__(self) -> None:
        self._callbacks: defaultdict[str, list[Callable[[], None]]] = defaultdict(list)

    def add(self, channel: str, callback: Callable[[], None]) -> Callable[[], None]:
        """Call `callback` at each ring, quickly and without raising; the answer undoes this."""
        self._callbacks[channel].append(callback)
        return lambda: self._callbacks[channel].remove(callback)

    def ring(self, channel: str) -> None:
        """Wake those of one channel."""
        for callback in tuple(self._callbacks[channel]):
            callback()

    def ring_all(self) -> None:
        """Wake everybody."""
        for channel in tuple(self._callbacks):
            self.ring(channel)


class Bridge:
    """Carries wakes to and from other processes, over a connection of its own that it keeps alive.

    Wakes that come while one is sent are sent as one. Once the connection is back after a failure,
    everybody is woken, since a wake may have been missed.
    """

    def __init__(self, dsn: str, wakes: Wakes) -> None:
        self._dsn = dsn
        self._wakes = wakes
        self._outgoing: set[str] = set()
        self._stir = asyncio.Event()
        self._settled = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @property
    def running(self) -> bool:
        """Whether `start` was called."""
        return self._task is not None

    async def start(self) -> None:
        """Begin; returns when it listens, or when the first try to connect has failed."""
        if self._task is None:
            # A fresh context, so that it cannot join the caller's transaction.
            self._task = asyncio.get_running_loop().create_task(
                self._run(), name="storage.wake", context=contextvars.Context()
            )
            self._task.add_done_callback(_tell_death)
        await self._settled.wait()

    async def stop(self) -> None:
        """End it and its connection."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    def send(self, channel: str) -> None:
        """Wake those of the channel in other processes, soon."""
        self._outgoing.add(channel)
        self._stir.set()

    async def _run(self) -> None:
        delay = FIRST_DELAY
        while True:
            self._settled.clear()
            try:
                await self._carry()
            except ASYNCPG_ERRORS as error:
                log.warning("no notifications from the database: %s", error)
            delay = FIRST_DELAY if self._settled.is_set() else min(2 * delay, LAST_DELAY)
            self._settled.set()
            await asyncio.sleep(delay)

    async def _carry(self) -> None:
        connection = await asyncpg.connect(
            self._dsn,
            timeout=CONNECT_TIMEOUT,
            command_timeout=ANSWER_TIMEOUT,
            server_settings={"application_name": "deskhand wake"},
        )
        try:
            connection.add_termination_listener(lambda _connection: self._stir.set())
            await connection.add_listener(CHANNEL, self._hear)
            self._settled.set()
            self._wakes.ring_all()
            while True:
                await self._flush(connection)
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(HEARTBEAT):
                        await self._stir.wait()
        finally:
            connection.terminate()

    async def _flush(self, connection: asyncpg.Connection) -> None:
        self._stir.clear()
        channels, self._outgoing = self._outgoing, set()
        # Without channels this still asks for an answer: a connection may be gone without a word.
        await connection.execute(
            "SELECT pg_notify($1, name) FROM unnest($2::text[]) AS name", CHANNEL, list(channels)
        )

    def _hear(self, connection: Any, sender: int, _channel: str, payload: object) -> None:
        # What this process sent has woken its own already.
        if sender != connection.get_server_pid():
            self._wakes.ring(str(payload))


def _tell_death(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (failure := task.exception()) is not None:
        log.error("a task died", exc_info=failure, extra={"task": task.get_name()})
