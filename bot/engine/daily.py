"""The daily pass: it forgets what has been kept long enough, and tells the balance of the mail."""

from __future__ import annotations

import logging
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from bot.domain.effects import Tell
from bot.domain.ledger import balance
from bot.domain.retention import Retention
from bot.domain.threads import Space
from bot.ports.keeping import Keeping, Ledger
from bot.services.core import Core

log = logging.getLogger(__name__)

# Other writers wait for no more than this.
AT_ONCE: Final = 200
PAUSE: Final = timedelta(minutes=30)
TOLD_AT: Final = time(9)


class DailyPass:
    """Runs as often as it is asked, and works only when it is time."""

    def __init__(
        self, core: Core, ledger: Ledger, keeping: Keeping, retention: Retention, zone: ZoneInfo
    ) -> None:
        self._core = core
        self._ledger = ledger
        self._keeping = keeping
        self._retention = retention
        self._zone = zone
        self._next: datetime | None = None
        self._told: date | None = None

    async def run_once(self) -> int:
        """Tell what is due, forget a few rows; how many were forgotten."""
        now = self._core.clock.now()
        if self._next is not None and now < self._next:
            return 0
        await self._tell(now)
        forgotten = await self._forget(now)
        self._next = now if forgotten else now + PAUSE
        return forgotten

    async def _forget(self, now: datetime) -> int:
        keeping, kept = self._keeping, self._retention
        ways = (
            ("raw_mail", keeping.forget_raw, kept.raw_mail),
            ("quarantine", keeping.forget_quarantine, kept.quarantine),
            ("seen", keeping.forget_seen, kept.seen),
            ("sent", keeping.forget_sent, kept.sent),
            ("feed", keeping.forget_feed, kept.feed),
        )
        total = 0
        for name, forget, age in ways:
            count = await forget(now - age, AT_ONCE)
            self._core.meter.count("forgotten", count, what=name)
            total += count
        return total

    async def _tell(self, now: datetime) -> None:
        """Once a day, in each desk's first channel: yesterday's mail, if there was any."""
        local = now.astimezone(self._zone)
        if local.time() < TOLD_AT or self._told == local.date():
            return
        today = datetime.combine(local.date(), time(), self._zone)
        day = local.date() - timedelta(days=1)
        yesterday = datetime.combine(day, time(), self._zone)
        counted = balance(await self._ledger.counts("mail", yesterday, today))
        async with self._core.store.work() as work:
            first = await work.seen.once(f"ledger:{day}", now)
            title = f"Mail on {day:%a %d %b}"
            for place in self._places() if first and counted.received else ():
                await work.outbox.put(
                    Tell(surface=place.surface, space=place.id, title=title, text=counted.tell())
                )
        self._told = local.date()
        if not counted.balanced:
            log.error("the mail ledger does not balance", extra={"day": str(day)})

    def _places(self) -> list[Space]:
        firsts = (desk.channels[0] for desk in self._core.directory.desks.values() if desk.channels)
        return list(dict.fromkeys(firsts))
