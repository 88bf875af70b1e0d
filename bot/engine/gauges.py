"""The gauge pass: what waits, what is late and what is parked, as numbers to alert on."""

from __future__ import annotations

from bot.domain.effects import ParcelState, Pool
from bot.domain.work_items import Kind, Severity
from bot.ports import ItemQuery
from bot.services.core import Core

_STATES = (ParcelState.WAITING, ParcelState.LEASED, ParcelState.DEAD)


class GaugePass:
    """Reads the queues and sets the gauges."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def run_once(self) -> int:
        """Set every gauge; there is never more to do."""
        await self._queues()
        await self._items()
        return 0

    async def _queues(self) -> None:
        store, meter, now = self._core.store, self._core.meter, self._core.clock.now()
        depth = await store.outbox.depth()
        for pool in Pool:
            for state in _STATES:
                rows = depth.get((pool, state), 0)
                meter.gauge("outbox_pending", rows, pool=pool, state=state)
            oldest = await store.outbox.oldest_waiting(pool)
            age = (now - oldest).total_seconds() if oldest is not None else 0.0
            meter.gauge("outbox_oldest_seconds", max(age, 0.0), pool=pool)
        totals = await store.inbox.totals()
        waiting = sum(n for (state, _), n in totals.items() if state in ("waiting", "leased"))
        parked = sum(n for (state, _), n in totals.items() if state == "quarantined")
        meter.gauge("inbox_pending", waiting)
        meter.gauge("quarantine", parked)
        meter.gauge("timer_overdue_seconds", (await store.timers.overdue(now)).total_seconds())

    async def _items(self) -> None:
        async with self._core.store.read() as work:
            for desk in self._core.directory.desks:
                query = ItemQuery(kind=Kind.TICKET, desks=(desk,), open_only=True)
                self._core.meter.gauge("tickets_open", await work.items.count(query), desk=desk)
            burning = await work.items.find(
                ItemQuery(kind=Kind.INCIDENT, open_only=True, limit=1000)
            )
        for severity in Severity:
            count = sum(getattr(item, "severity", None) is severity for item in burning)
            self._core.meter.gauge("incidents_open", count, severity=severity)
