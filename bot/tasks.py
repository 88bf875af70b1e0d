"""Background tasks that somebody keeps: started outside any transaction, watched, and stopped."""

from __future__ import annotations

import asyncio
import contextvars
import logging
from collections.abc import Coroutine
from typing import Any

log = logging.getLogger(__name__)


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


def _tell_death(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (failure := task.exception()) is not None:
        log.error("a task died", exc_info=failure, extra={"task": task.get_name()})
