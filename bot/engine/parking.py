"""What becomes of an inbox row that cannot be worked through: it waits, or it is parked."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Final

from bot.ports import InboxRow
from bot.services.core import Core

log = logging.getLogger(__name__)

MAX_ATTEMPTS: Final = 5
# So often a mail waits for a reader that is busy or restarting, before it is held for the cause.
MAX_WAITS: Final = 20
LONGEST_WAIT: Final = timedelta(minutes=1)


async def park(core: Core, row: InboxRow, words: str) -> None:
    """Quarantine a row: kept whole, visible, replayable."""
    await core.store.inbox.quarantine(row, words)
    core.meter.count("quarantined", source=row.source.partition(":")[0])
    log.warning("quarantined", extra={"inbox": row.id, "source": row.source, "why": words})


async def put_back(core: Core, row: InboxRow, words: str, tries: int = MAX_ATTEMPTS) -> None:
    """Try later; after so many tries it is poison and goes into quarantine."""
    if row.attempt >= tries:
        await park(core, row, f"{words}, after {row.attempt} tries")
        return
    until = core.clock.now() + min(timedelta(seconds=2**row.attempt), LONGEST_WAIT)
    await core.store.inbox.postpone(row, words, until)


async def let_wait(core: Core, row: InboxRow, words: str, pause: timedelta) -> None:
    """Try later, as often as it takes: what is missing says nothing against the row."""
    await core.store.inbox.postpone(row, words, core.clock.now() + pause, counts=False)
