"""Nothing is read that the virus scanner has not seen, unless the operators said that it may be."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from bot.domain.effects import Tell
from bot.domain.ledger import INFECTED
from bot.engine.parking import MAX_WAITS, let_wait, park, put_back
from bot.errors import PermanentError, TemporaryError
from bot.ports import InboxRow, UnitOfWork, VirusScanner
from bot.services.core import Core
from bot.services.hosting import Host
from bot.services.mailing.incoming.evidence import desk_of_envelope
from bot.services.viruses import Infected, VirusGuard

log = logging.getLogger(__name__)

# So long mail waits for a scanner that is away before it is asked again.
AWAY: Final = timedelta(seconds=30)
# Under this name a row knows what was found in it. Only an operator's word brings it back to work.
FOUND: Final = "virus"


_THEN: Final = {
    "never": "Such mail lies in quarantine.",
    "later": "Mail waits; what cannot be checked again and again goes into quarantine.",
    "away": "All mail waits until the scanner is back.",
}


class Scanning:
    """What the scanner says of a mail decides whether it may be read; without one, all may."""

    def __init__(
        self, core: Core, scanner: VirusScanner | None = None, *, required: bool = True
    ) -> None:
        self._core = core
        self._guard = VirusGuard(scanner, self._count, required=required)

    async def check(self, row: InboxRow) -> Sequence[str]:
        """What people have to know of a mail that may be read.

        Infected when it may not; PermanentError when it cannot be scanned, TemporaryError when it
        cannot be now: both only where the scanner's word is required.
        """
        if known := row.meta.get(FOUND):
            return (f"a virus was found in this mail ({known}); an operator let it through",)
        unchecked = await self._guard.look(row.raw)
        return (f"this mail was not checked for viruses: {unchecked}",) if unchecked else ()

    def _count(self, result: str) -> None:
        self._core.meter.count("mail_scans", result=result)

    async def hold_back(self, row: InboxRow, error: PermanentError | TemporaryError) -> None:
        """Do with the row what follows from that error of `check`: it is parked, or waits.

        A scanner that is away says nothing against the mail, which waits as long as that lasts.
        """
        match error:
            case Infected():
                await self._quarantine(row, error)
            case PermanentError():
                await self._tell_operators(row, "never", error.words)
                await park(self._core, row, f"not checked for viruses: {error.words}")
            case _ if await self._guard.answers():
                await self._tell_operators(row, "later", error.words)
                await put_back(self._core, row, error.words, MAX_WAITS)
            case _:
                await self._tell_operators(row, "away", error.words)
                await let_wait(self._core, row, error.words, AWAY)

    async def _quarantine(self, row: InboxRow, error: Infected) -> None:
        """Park it, and say so in its desk's channel, once a day."""
        meta = {FOUND: error.signature}
        async with self._core.store.work() as work:
            if not await work.inbox.park(row, INFECTED, detail=error.words, meta=meta):
                return
            await self._tell_desk(work, row, error.signature)
        self._core.meter.count("quarantined", source=row.source.partition(":")[0])
        log.warning("quarantined", extra={"inbox": row.id, "why": error.words})

    async def _tell_desk(self, work: UnitOfWork, row: InboxRow, signature: str) -> None:
        desk, now = desk_of_envelope(self._core, row), self._core.clock.now()
        if desk is None or not await work.seen.once(f"infected:{desk.key}:{now:%Y-%m-%d}", now):
            return
        sender = row.meta.get("from") or row.meta.get("mail_from") or "nobody"
        text = (
            f"{signature} was found in a mail to {desk.name} that says it is from {sender}. It was"
            f" not read and lies in quarantine as {row.id}; nobody was told. Others like it are"
            " counted in the daily line of the mail."
        )
        title = "🦠 A mail with a virus was stopped"
        for place in desk.channels[:1]:
            tell = Tell(surface=place.surface, space=place.id, title=title, text=text)
            await work.outbox.put(tell)

    async def _tell_operators(self, row: InboxRow, kind: str, words: str) -> None:
        """Once a day for each kind of trouble, with what to do."""
        text = (
            f"{words[:1].upper()}{words[1:]}. {_THEN[kind]} (Row {row.id} of the inbox is the first"
            " of today.) `deskhand doctor` tries the scanner."
        )
        title = "⚠️ Mail could not be checked for viruses"
        await Host(self._core).tell(f"antivirus:{kind}", title, text)
