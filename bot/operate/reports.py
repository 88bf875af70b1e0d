"""The weekly report, read straight from the database."""

from __future__ import annotations

from bot.clock import SystemClock
from bot.config.settings import Settings
from bot.operate.queues import open_store
from bot.services import reporting


async def weekly_figures(settings: Settings) -> dict[str, object]:
    """The figures of the last seven days."""
    async with open_store(settings) as store, store.read() as work:
        return reporting.figures(await reporting.weekly(work, SystemClock().now()))
