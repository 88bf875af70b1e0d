"""The outbox pass: lease rows lane by lane, bring them about, write down what came of each."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Final

from bot.domain.backoff import MAIL_PATIENCE, MAIL_WARN_AFTER, MAX_SURPRISES, next_try
from bot.domain.effects import Parcel, Pool
from bot.errors import Fault, PermanentError, TemporaryError
from bot.services.core import Core
from bot.services.delivery.delivering import Delivering, Receipt, describe
from bot.services.leases import LostLease
from bot.services.mailing.outgoing.vetting import Unchecked
from bot.tasks import spawn, stop

log = logging.getLogger(__name__)

# After a kill nobody carries a row until its lease has run out; a long try renews it.
LEASE: Final = timedelta(seconds=30)
RENEW_EVERY: Final = timedelta(seconds=10)
TRY: Final = {
    Pool.PAGE: timedelta(seconds=25),
    Pool.CHAT: timedelta(seconds=45),
    Pool.MAIL: timedelta(minutes=6),
}
# Tries to write down what has happened; each waits for a busy database by itself.
SETTLING: Final = 3
# How long rows wait that the other side takes only with other credentials.
LOCKED_OUT: Final = timedelta(minutes=5)
AT_ONCE: Final = {Pool.PAGE: 16, Pool.CHAT: 16, Pool.MAIL: 4}


class OutboxPass:
    """Carries one pool's rows; several lanes at once, each lane in its order, none waits for
    another.
    """

    def __init__(
        self, core: Core, delivering: Delivering, pool: Pool, luck: Callable[[], float]
    ) -> None:
        self._core = core
        self._delivering = delivering
        self._pool = pool
        self._luck = luck
        self._flying: set[asyncio.Task[None]] = set()

    async def run_once(self) -> int:
        """Take off with what is due, as far as there is room; the number of rows taken."""
        room = AT_ONCE[self._pool] - len(self._flying)
        if not room:
            await asyncio.wait(self._flying, return_when=asyncio.FIRST_COMPLETED)
            return 1
        now = self._core.clock.now()
        parcels = await self._core.store.outbox.lease(self._pool, room, LEASE, now)
        for parcel in parcels:
            task = spawn(self._bring(parcel), f"outbox:{parcel.id}")
            self._flying.add(task)
            task.add_done_callback(self._flying.discard)
        return len(parcels)

    async def land(self, within: timedelta) -> bool:
        """Wait for what is in flight; False when some of it did not come back in time."""
        if self._flying:
            await asyncio.wait(set(self._flying), timeout=within.total_seconds())
        return not self._flying

    async def _bring(self, parcel: Parcel) -> None:
        try:
            receipt = await self._carry(parcel)
            if receipt is not None:
                await self._settle(parcel, receipt)
        except LostLease:
            log.info("another worker has the row", extra={"outbox": parcel.id})
        except TemporaryError as error:
            # The database is away: the lease runs out, and the row is given again as ambiguous.
            log.warning("a row stays leased", extra={**_facts(parcel), "why": error.words})
        except Exception as error:  # the boundary of the engine's passes
            log.exception("a row could not be carried", extra=_facts(parcel))
            await self._surprised(parcel, type(error).__name__)

    async def _carry(self, parcel: Parcel) -> Receipt | None:
        """Bring it about; None when it did not happen, and the row says what comes next."""
        holding = spawn(self._hold(parcel), f"lease:{parcel.id}")
        try:
            async with asyncio.timeout(TRY[self._pool].total_seconds()):
                return await self._delivering.carry(parcel)
        except TemporaryError as error:
            await self._later(parcel, error)
        except TimeoutError:
            await self._later(parcel, TemporaryError("no answer in time", ambiguous=True))
        except PermanentError as error:
            await self._refused(parcel, error)
        finally:
            await stop(holding)
        return None

    async def _hold(self, parcel: Parcel) -> None:
        """Renew the lease while the row is carried, so that nobody else takes it meanwhile."""
        held = True
        while held:
            await asyncio.sleep(RENEW_EVERY.total_seconds())
            held = await self._core.store.outbox.renew(parcel, LEASE)

    async def _settle(self, parcel: Parcel, receipt: Receipt) -> None:
        """Write down that it happened, if need be again and again: else it might happen twice."""
        for left in reversed(range(SETTLING)):
            try:
                await self._delivering.settle(parcel, receipt)
            except TemporaryError:
                if not left:
                    raise
            else:
                self._count("sent")
                return

    async def _refused(self, parcel: Parcel, error: PermanentError) -> None:
        """Give up, unless it is our credentials that are refused: then it waits for an operator.

        A page does not wait; its failure is told at once.
        """
        if error.fault is not Fault.CREDENTIAL or self._pool is Pool.PAGE:
            await self._give_up(parcel, error)
            return
        log.error("credentials are refused", extra={**_facts(parcel), "why": error.words})
        await self._delivering.warn_locked_out(parcel, error.words)
        await self._later(parcel, TemporaryError(error.words, retry_after=LOCKED_OUT))

    async def _later(self, parcel: Parcel, error: TemporaryError) -> None:
        if await self._delivering.withdraw(parcel, ambiguous=error.ambiguous):
            self._count("cancelled")
            return
        now = self._core.clock.now()
        if self._pool is Pool.MAIL and now - parcel.created_at > MAIL_PATIENCE:
            words = f"given up after {MAIL_PATIENCE.days} days: {error.words}"
            await self._give_up(parcel, PermanentError(words))
            return
        wait = error.retry_after or next_try(self._pool, parcel.attempt, self._luck())
        await self._core.store.outbox.retry(
            parcel, error.words, now + wait, ambiguous=error.ambiguous
        )
        self._count("retried")
        if now - parcel.created_at > MAIL_WARN_AFTER or isinstance(error, Unchecked):
            await self._delivering.warn_delayed(parcel, error.words)

    async def _surprised(self, parcel: Parcel, words: str) -> None:
        if parcel.attempt >= MAX_SURPRISES:
            await self._give_up(parcel, PermanentError(f"{words}, after {parcel.attempt} tries"))
        else:
            await self._later(parcel, TemporaryError(words, ambiguous=True))

    async def _give_up(self, parcel: Parcel, error: PermanentError) -> None:
        log.error("an outbox row is dead", extra={**_facts(parcel), "why": error.words})
        await self._delivering.give_up(parcel, error)
        self._count("dead")

    def _count(self, result: str) -> None:
        self._core.meter.count("deliveries", pool=self._pool, result=result)


def _facts(parcel: Parcel) -> dict[str, object]:
    return {"outbox": parcel.id, "effect": describe(parcel.effect), "attempt": parcel.attempt}
