"""`deskhand import mbox`: old mail into the database, message by message; what is there is kept.

A second run goes on where the first one stopped: a message is known by its content.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Final

from adapters.mail.receiving.arrival import fetched
from adapters.mail.receiving.mbox import messages
from adapters.mail.worker import WorkerReader
from adapters.memory.meter import MemoryMeter
from bot.clock import SystemClock
from bot.config.settings import Settings
from bot.domain.reply_keys import ReplyKeys
from bot.engine.parking import park
from bot.engine.scanning import Scanning
from bot.errors import PermanentError, TemporaryError
from bot.operate.queues import open_store
from bot.ports import Arrival, InboxRow, MailReader
from bot.services.core import Core
from bot.services.leases import LostLease
from bot.services.mailing.incoming import importing
from bot.wiring.mail import scanning

log = logging.getLogger(__name__)

AT_ONCE: Final = 50
# Ten mails of five seconds each, at the worst.
LEASED: Final = 10
LEASE: Final = timedelta(minutes=1)
BUSY: Final = timedelta(seconds=2)
MAX_WAITING: Final = 1000

Progress = Callable[[int], None]
"""Told how many bytes of the file are done."""


async def import_mbox(
    settings: Settings, secret: str, path: Path, desk: str, progress: Progress
) -> Counter[str]:
    """Bring a file over; how many were imported, known already, put into quarantine, or wait for
    another run, since one that was killed still holds them.

    NotAnMbox and OSError for a file that cannot be read, TemporaryError when the database is away.
    """
    reader = WorkerReader()
    async with open_store(settings) as store:
        core = Core(
            directory=settings.directory(),
            clock=SystemClock(),
            store=store,
            meter=MemoryMeter(),
            keys=ReplyKeys((secret.encode(),)),
        )
        await reader.start()
        try:
            scans = scanning(settings, core)
            return await MboxImport(core, reader, desk, scans).run(path, progress)
        finally:
            await reader.stop()


class MboxImport:
    """Takes one file over for one desk."""

    def __init__(
        self, core: Core, reader: MailReader, desk: str, scanning: Scanning | None = None
    ) -> None:
        self._core = core
        self._reader = reader
        self._scanning = scanning or Scanning(core)
        self._desk = core.directory.desks[desk]
        self.counts: Counter[str] = Counter()

    async def run(self, path: Path, progress: Progress) -> Counter[str]:
        """Store some messages, settle them, and so on; what an earlier run left comes first."""
        await self._settle()
        waiting = 0
        for at, raw in messages(path):
            if await self._core.store.inbox.accept(self._arrival(raw)):
                waiting += 1
            else:
                self.counts["known"] += 1
            if waiting >= AT_ONCE:
                await self._settle()
                waiting = 0
            progress(at)
        await self._settle()
        if waiting := await self._waiting():
            self.counts["waiting"] = waiting
        return self.counts

    def _arrival(self, raw: bytes) -> Arrival:
        item = fetched(raw, self._desk.sender, "import")
        key = sha256(item.raw).hexdigest()
        source = importing.source_of(self._desk.key)
        return Arrival(source=source, key=key, raw=item.raw, meta=item.meta)

    async def _settle(self) -> None:
        inbox, clock = self._core.store.inbox, self._core.clock
        while rows := await inbox.lease("import", LEASED, LEASE, clock.now()):
            for row in rows:
                if outcome := await self._one(row):
                    self.counts[outcome] += 1

    async def _waiting(self) -> int:
        """How many mails of this desk another run holds, which may have been killed."""
        source, inbox = importing.source_of(self._desk.key), self._core.store.inbox
        states = ("waiting", "leased")
        lines = [line for s in states for line in await inbox.find(state=s, limit=MAX_WAITING)]
        return sum(line.source == source for line in lines)

    async def _one(self, row: InboxRow) -> str:
        """What became of it; empty when it waits, or is another run's."""
        try:
            cautions = await self._scanning.check(row)
        except (PermanentError, TemporaryError) as error:
            await self._scanning.hold_back(row, error)
            return "quarantined" if isinstance(error, PermanentError) else ""
        try:
            mail = await self._reader.read(row.raw)
            if await importing.erased(self._core, mail):
                await self._drop(row)
                return "erased"
            mail = replace(mail, defects=(*cautions, *mail.defects))
            await importing.take(self._core, row, mail)
        except PermanentError as error:
            await park(self._core, row, error.words)
            return "quarantined"
        except TemporaryError as error:
            until = self._core.clock.now() + BUSY
            await self._core.store.inbox.postpone(row, error.words, until)
            return ""
        except LostLease:
            log.info("another import has the mail", extra={"inbox": row.id})
            return ""
        return importing.OUTCOME

    async def _drop(self, row: InboxRow) -> None:
        """Keep nothing of the mail of somebody who was erased but that it is known."""
        async with self._core.store.work() as work:
            await work.belongings.empty_letter(row.id)
