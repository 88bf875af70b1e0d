"""The timer pass: deadlines that have come are handled once, each in its own unit of work."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from bot.ports import Timer
from bot.services.core import Core
from bot.services.reminders import OnTimer

log = logging.getLogger(__name__)

LEASE: Final = timedelta(seconds=30)
AT_ONCE: Final = 50
RETRY: Final = timedelta(seconds=5)


class TimerPass:
    """Handles due timers by their kind."""

    def __init__(self, core: Core, handlers: Mapping[str, OnTimer]) -> None:
        self._core = core
        self._handlers = handlers

    async def run_once(self) -> int:
        """Handle what is due; the number of timers taken."""
        now = self._core.clock.now()
        due = await self._core.store.timers.lease(AT_ONCE, LEASE, now)
        for timer in due:
            await self._handle(timer)
        return len(due)

    async def _handle(self, timer: Timer) -> None:
        now = self._core.clock.now()
        try:
            async with self._core.store.work() as work:
                # Ended first: the handler may arm the same timer anew.
                if await work.timers.finish(timer):
                    await self._handlers[timer.kind](self._core, work, timer.subject, now)
            lag = max((now - timer.due_at).total_seconds(), 0.0)
            self._core.meter.observe("timer_lag_seconds", lag, kind=timer.kind)
        except Exception:  # the boundary of the engine's passes
            log.exception(
                "a timer could not be handled", extra={"kind": timer.kind, "subject": timer.subject}
            )
            await self._core.store.timers.postpone(timer, now + RETRY)
