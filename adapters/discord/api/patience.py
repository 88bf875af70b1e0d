"""Trying again where nobody else will: what came by the gateway comes only once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Final, TypeVar

from bot.errors import TemporaryError

T = TypeVar("T")

TRIES: Final = 4
FIRST: Final = timedelta(seconds=1)
LONGEST: Final = timedelta(seconds=30)


async def patiently(attempt: Callable[[], Awaitable[T]]) -> T:
    """What the attempt gives, within a few tries; TemporaryError when the last one fails, too."""
    wait = FIRST
    for _ in range(TRIES - 1):
        try:
            return await attempt()
        except TemporaryError as error:
            told = wait if error.retry_after is None else error.retry_after
            await asyncio.sleep(min(told, LONGEST).total_seconds())
            wait = min(wait * 2, LONGEST)
    return await attempt()
