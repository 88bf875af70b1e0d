"""Waiting for a condition: rung at every change, bounded in real time, never a sleep."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

BOUND = 5.0
LOOK_AGAIN = 0.02
"""For what changes without a ring, such as a clock that a test moves."""


class Bell:
    """Everything that changes the world rings it; whoever waits looks again."""

    def __init__(self) -> None:
        self._waiting: list[asyncio.Future[None]] = []

    def ring(self) -> None:
        """Something has changed."""
        waiting, self._waiting = self._waiting, []
        for future in waiting:
            if not future.done():
                future.set_result(None)

    async def until(self, met: Callable[[], object], what: str, *, within: float = BOUND) -> None:
        """Return once `met()` is true; AssertionError naming `what` after so many real seconds."""
        try:
            async with asyncio.timeout(within):
                while not met():
                    future = asyncio.get_running_loop().create_future()
                    self._waiting.append(future)
                    await asyncio.wait([future], timeout=LOOK_AGAIN)
        except TimeoutError:
            raise AssertionError(f"waited {within} s in vain for {what}") from None
