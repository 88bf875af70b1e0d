"""The inbox passes: raw mail and alert bodies become facts, or are parked where an operator sees
them.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from bot.domain.mail import InboundMail
from bot.engine.parking import MAX_ATTEMPTS, MAX_WAITS, let_wait, park, put_back
from bot.engine.scanning import Scanning
from bot.errors import PermanentError, TemporaryError
from bot.ports import InboxRow, MailReader
from bot.services.alerts import alerting
from bot.services.alerts.alerting import ReadAlerts, Report
from bot.services.core import Core
from bot.services.leases import LostLease
from bot.services.mailing.incoming import intake, unreadable
from bot.services.mailing.outgoing import verifying

log = logging.getLogger(__name__)

LEASE: Final = timedelta(seconds=60)
MAILS_AT_ONCE: Final = 8
FEW_MAILS: Final = 2
# Each is in memory several times while it is read, and what was read comes back with its files.
MAIL_BYTES: Final = 8 * 1024 * 1024
ALERTS_AT_ONCE: Final = 120
FEW_ALERTS: Final = 25
ALERT_BYTES: Final = 4 * 1024 * 1024
ALERTS_FOLDED: Final = 1000
LARGE_ALERT: Final = 128 * 1024
BUSY: Final = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unread:
    """A mail that cannot be read: why, and what its header says if that can be read.

    `cautions` are what people have to know of it all the same.
    """

    why: str
    head: InboundMail | None
    cautions: Sequence[str] = ()


class MailPass:
    """Reads mails in the worker and settles them one by one, in the order they came.

    A batch is bounded by the bytes it leases: a flood of large mails does not fill the memory.
    What a virus scanner keeps back is not read.
    """

    def __init__(self, core: Core, reader: MailReader, scanning: Scanning | None = None) -> None:
        self._core = core
        self._reader = reader
        self._scanning = scanning or Scanning(core)
        self._room = FEW_MAILS

    async def run_once(self) -> int:
        """Take what waits; the number of rows taken."""
        now = self._core.clock.now()
        rows = await self._core.store.inbox.lease("mail", self._room, LEASE, now)
        self._room = _room_after(self._room, rows, range(FEW_MAILS, MAILS_AT_ONCE), MAIL_BYTES)
        mails = await asyncio.gather(*(self._checked(row) for row in rows))
        for row, found in zip(rows, mails, strict=True):
            if found is not None:
                await self._settle(row, found)
        return len(rows)

    async def _checked(self, row: InboxRow) -> InboundMail | Unread | None:
        """What the mail says if no virus is in it; None when it waits or is parked."""
        try:
            cautions = await self._scanning.check(row)
        except (PermanentError, TemporaryError) as error:
            await self._scanning.hold_back(row, error)
            return None
        found = await self._read(row)
        if isinstance(found, InboundMail):
            return replace(found, defects=(*cautions, *found.defects))
        return replace(found, cautions=cautions) if found is not None else None

    async def _read(self, row: InboxRow) -> InboundMail | Unread | None:
        """What the mail says, or that it cannot be read; None when it waits for another try."""
        try:
            return await self._reader.read(row.raw)
        except PermanentError as error:
            return await self._unread(row, error.words)
        except TemporaryError as error:
            await put_back(self._core, row, error.words, MAX_WAITS)
        except Exception as error:  # the boundary of the engine's passes
            log.exception("a mail could not be read", extra={"inbox": row.id})
            words = type(error).__name__
            if row.attempt >= MAX_ATTEMPTS:
                return await self._unread(row, f"{words}, after {row.attempt} tries")
            await put_back(self._core, row, words)
        return None

    async def _unread(self, row: InboxRow, why: str) -> Unread:
        """The mail as one that cannot be read; its header may be sound all the same."""
        try:
            head = await self._reader.read(unreadable.head_of(row.raw))
        except (PermanentError, TemporaryError):
            head = None
        except Exception:  # the boundary of the engine's passes
            log.exception("not even a header could be read", extra={"inbox": row.id})
            head = None
        return Unread(why=why, head=head)

    async def _outcome(self, row: InboxRow, found: InboundMail | Unread) -> str:
        if isinstance(found, Unread):
            return await unreadable.take(self._core, row, found.head, found.why, found.cautions)
        if await verifying.take(self._core, row, found):
            return "verification"
        return await intake.take(self._core, row, found)

    async def _settle(self, row: InboxRow, found: InboundMail | Unread) -> None:
        try:
            outcome = await self._outcome(row, found)
        except LostLease:
            log.info("another worker has the mail", extra={"inbox": row.id})
        except PermanentError as error:
            await park(self._core, row, error.words)
        except TemporaryError as error:
            # A database that is busy says nothing against the mail.
            await let_wait(self._core, row, error.words, BUSY)
        except Exception as error:  # the boundary of the engine's passes
            log.exception("a mail could not be settled", extra={"inbox": row.id})
            await put_back(self._core, row, type(error).__name__)
        else:
            log.info("mail settled", extra={"inbox": row.id, "outcome": outcome})


class AlertPass:
    """Reads alert bodies and folds them in batches; a batch that fails is taken apart.

    A batch is bounded by the bytes it leases and the alerts it folds: people's gestures wait for
    the same database.
    """

    def __init__(self, core: Core, readers: Mapping[str, ReadAlerts]) -> None:
        self._core = core
        self._readers = readers
        self._room = FEW_ALERTS

    async def run_once(self) -> int:
        """Take what waits; the number of rows taken."""
        now = self._core.clock.now()
        rows = await self._core.store.inbox.lease("alert", self._room, LEASE, now)
        self._room = _room_after(self._room, rows, range(FEW_ALERTS, ALERTS_AT_ONCE), ALERT_BYTES)
        reports, alerts = list[Report](), 0
        for row in rows:
            if (report := await self._read(row)) is not None:
                reports.append(report)
                alerts += len(report.alerts)
            if alerts >= ALERTS_FOLDED:
                await self._take(reports)
                reports, alerts = [], 0
        await self._take(reports)
        return len(rows)

    async def _take(self, reports: Sequence[Report]) -> None:
        if reports and not await self._fold(reports, alone=False):
            for report in reports:
                await self._fold([report], alone=True)

    async def _read(self, row: InboxRow) -> Report | None:
        try:
            if len(row.raw) > LARGE_ALERT:
                # Thousands of alerts take a while; meanwhile everything else goes on.
                return await asyncio.to_thread(alerting.read, self._core, row, self._readers)
            return alerting.read(self._core, row, self._readers)
        except PermanentError as error:
            await self._park(row, error.words)
        except Exception as error:  # the boundary of the engine's passes
            # A reader that stumbles over a body does so every time.
            log.exception("an alert body could not be read", extra={"inbox": row.id})
            await self._park(row, type(error).__name__)
        return None

    async def _park(self, row: InboxRow, words: str) -> None:
        await alerting.tell_parked(self._core, row, words)
        await park(self._core, row, words)

    async def _fold(self, reports: Sequence[Report], *, alone: bool) -> bool:
        try:
            await alerting.take(self._core, reports)
        except LostLease:
            log.info("another worker has the alerts")
            return alone
        except TemporaryError as error:
            await self._wait(reports, error)
        except Exception as error:  # the boundary of the engine's passes
            if alone:
                row = reports[0].row
                log.exception("an alert body could not be folded", extra={"inbox": row.id})
                await self._stumble(row, type(error).__name__)
            return alone
        return True

    async def _wait(self, reports: Sequence[Report], error: TemporaryError) -> None:
        """Give the rows back: a database that is busy says nothing against any of them."""
        for report in reports:
            await let_wait(self._core, report.row, error.words, BUSY)

    async def _stumble(self, row: InboxRow, words: str) -> None:
        if row.attempt >= MAX_ATTEMPTS:
            await alerting.tell_parked(self._core, row, words)
        await put_back(self._core, row, words)


def _room_after(room: int, rows: Sequence[InboxRow], bounds: range, many_bytes: int) -> int:
    """How many rows to lease next: few at first, more while they are small."""
    if not rows:
        return bounds.start
    if sum(len(row.raw) for row in rows) > many_bytes:
        return max(room // 2, 1)
    return min(room * 2, bounds.stop)
