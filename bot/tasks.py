"""Background tasks that somebody keeps: started outside any transaction, watched, and stopped."""

from __future__ import annotations

import asyncio
import contextvars
import logging
from collections.abc import Coroutine
from typing import Any, Generic, TypeVar

log = logging.getLogger(__name__)

T = TypeVar("T")


def spawn(coroutine: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
    """Start a task in a fresh context, so that it cannot join the caller's transaction.

    A failure that ends it is logged; the caller keeps the task until it is stopped.
    """
    task = asyncio.get_running_loop().create_task(
        coroutine, name=name, context=contextvars.Context()
    )
    task.add_done_callback(_tell_death)
    return task


async def stop(task: asyncio.Task[None]) -> None:
    """Cancel the task and wait until it has ended; its own failure was already logged."""
    task.cancel()
    await asyncio.wait([task])


class Promise(Generic[T]):
    """A result that is being worked out; who waits for it meets its failure."""

    def __init__(self, work: Coroutine[Any, Any, T], name: str) -> None:
        self._result: list[T] = []
        self._work = work
        self._task = spawn(self._finish(), name)

    async def _finish(self) -> None:
        self._result.append(await self._work)

    @property
    def over(self) -> bool:
        """Whether it came to an end, good or bad."""
        return self._task.done()

    async def soon(self, seconds: float | None = None) -> T | None:
        """The result when it is there in time, else None; it is worked on either way.

        Without a time limit None says that it failed.
        """
        await asyncio.wait({self._task}, timeout=seconds)
        return self._result[0] if self._result else None

    async def kept(self) -> T:
        """The result."""
        await self._task
        return self._result[0]

    async def give_up(self) -> None:
        """Work on it no more."""
        await stop(self._task)
        # What was never begun is not left behind unawaited.
        self._work.close()


def _tell_death(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (failure := task.exception()) is not None:
        log.error("a task died", exc_info=failure, extra={"task": task.get_name()})
