"""Starting in order and stopping in reverse: each step has a name and a deadline, a failed start
rolls back.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

log = logging.getLogger(__name__)

Step = Callable[[], Awaitable[object]]

STOP_SECONDS = 10.0


class Lifecycle:
    """What was started, to be stopped last in, first out."""

    def __init__(self) -> None:
        self._stops: list[tuple[str, Step]] = []

    async def start(self, name: str, start: Step, stop: Step) -> None:
        """Run a start step; when it fails, the caller stops what began before."""
        log.debug("starting", extra={"step": name})
        await start()
        self._stops.append((name, stop))

    def on_stop(self, name: str, stop: Step) -> None:
        """Something that needs only an end."""
        self._stops.append((name, stop))

    def on_release(self, name: str, release: Callable[[], None]) -> None:
        """Something whose end takes no time."""

        async def stop() -> None:
            release()

        self._stops.append((name, stop))

    async def stop(self) -> None:
        """Run the stop steps in reverse; one that fails or hangs is named and does not hold up the
        rest.
        """
        while self._stops:
            name, stop = self._stops.pop()
            log.debug("stopping", extra={"step": name})
            try:
                async with asyncio.timeout(STOP_SECONDS):
                    await stop()
            except Exception:  # every step must get its turn
                log.exception("a step did not stop cleanly", extra={"step": name})
