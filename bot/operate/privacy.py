"""`deskhand export person` and `deskhand erase person`: beside the running service, as all commands
that work on the queues.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import bot
from adapters.memory.meter import MemoryMeter
from bot.clock import SystemClock
from bot.config.settings import Settings
from bot.domain.effects import Pool
from bot.domain.erasure import Erasure, Gone
from bot.domain.reply_keys import ReplyKeys
from bot.errors import TemporaryError
from bot.operate.archives import Archive, open_archive
from bot.operate.queues import open_database
from bot.services.core import Core
from bot.services.privacy.erasing import Erasing, Step
from bot.services.privacy.exporting import Exporting
from bot.services.privacy.subjects import Known, look, subject_of
from bot.wiring.privacy import erasing
from storage.database import Database
from storage.store import SqlStore

#: So often a busy database is waited for before the rest is left to the service.
TRIES: Final = 20
PAUSE: Final = 1.0

Progress = Callable[[Step], None]
"""Told of each step."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """The core and its database, for one command."""

    core: Core
    database: Database

    @property
    def erasing(self) -> Erasing:
        """The erasures of this database."""
        return erasing(self.core, self.database)


@asynccontextmanager
async def open_office(settings: Settings, secret: str) -> AsyncIterator[Office]:
    """The service's database as its core sees it; CannotOpen when it is away or too old."""
    async with open_database(settings) as database:
        clock = SystemClock()
        core = Core(
            directory=settings.directory(),
            clock=clock,
            store=SqlStore(database, clock),
            meter=MemoryMeter(),
            keys=ReplyKeys((secret.encode(),)),
            name=settings.service.name,
            public_url=settings.public_url,
        )
        yield Office(core=core, database=database)


# ---------------------------------------------------------------- erasing


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """How an erasure went: the tombstone, rows changed by kind, and what waits to be redrawn.

    `held_up` says why the service has to go on with it; it is empty when all is done.
    """

    name: str
    changed: Counter[str]
    waiting: int
    held_up: str = ""

    @property
    def finished(self) -> bool:
        """Whether nothing is left of them but what waits to be redrawn."""
        return not self.held_up


async def preview(office: Office, word: str) -> Known:
    """What would go; UserError for an address that nothing is done for."""
    address = subject_of(office.core, word)
    return await look(office.core, Gone(address=address, name=""))


async def go_on(office: Office, progress: Progress) -> Erased | None:
    """Finish what was interrupted, all of it; how the last of it went, None when there is none."""
    job, last = office.erasing, None
    while (left := await job.unfinished()) is not None:
        last = await _finish(office, job, left, progress)
        if not last.finished:
            break
    return last


async def erase(office: Office, word: str, by: str, progress: Progress) -> Erased:
    """Erase them."""
    address, job = subject_of(office.core, word), office.erasing
    return await _finish(office, job, await job.begin(address, by), progress)


async def _finish(office: Office, job: Erasing, erasure: Erasure, progress: Progress) -> Erased:
    counts: Counter[str] = Counter()
    held_up, left = "", erasure
    for _ in range(TRIES):
        try:
            async for step in job.steps(left):
                counts[step.what] += step.changed
                progress(step)
            held_up = ""
            break
        except TemporaryError as error:
            held_up = error.words
        await asyncio.sleep(PAUSE)
        found = await job.unfinished()
        if found is None:
            # The service was quicker.
            held_up = ""
            break
        left = found if found.number == erasure.number else left
    depth = await office.core.store.outbox.depth()
    waiting = sum(rows for (pool, _), rows in depth.items() if pool is Pool.CHAT)
    return Erased(name=erasure.name, changed=counts, waiting=waiting, held_up=held_up)


# ---------------------------------------------------------------- exporting


async def export(
    office: Office, word: str, path: Path, by: str, *, notes: bool, progress: Callable[[int], None]
) -> dict[str, Any]:
    """Write a person's data, if there is any; the summary. UserError, InTheWay or OSError when it
    cannot be done.
    """
    address, now = subject_of(office.core, word), office.core.clock.now()
    exporting = Exporting(office.core, address, notes=notes)
    archive = open_archive(path, now)
    try:
        told = await _write(exporting, archive, progress)
        if not told["records"]:
            archive.drop()
            return {**told, "address": address}
        about = {
            "address": address,
            "made_at": now.isoformat(),
            "made_by": f"deskhand {bot.__version__}",
            "service": office.core.name,
            "mail_is_stopped": await exporting.standing(),
            **told,
        }
        archive.close(about)
    except BaseException:
        archive.drop()
        raise
    await exporting.record(by, told["tickets"])
    return {**about, "path": str(path)}


async def _write(
    exporting: Exporting, archive: Archive, progress: Callable[[int], None]
) -> dict[str, Any]:
    sheets: dict[str, list[dict[str, Any]]] = {}
    left_out = files = 0
    async for portion in exporting.portions():
        for name, content in portion.files.items():
            archive.write(name, content)
        for sheet, records in portion.records.items():
            sheets.setdefault(sheet, []).extend(records)
        left_out, files = left_out + portion.left_out, files + len(portion.files)
        progress(files)
    for sheet, records in sheets.items():
        archive.write_lines(f"{sheet}.jsonl", records)
    return {
        "tickets": [record["number"] for record in sheets.get("tickets", ())],
        "records": {sheet: len(records) for sheet, records in sheets.items()},
        "messages_of_others_left_out": left_out,
    }
