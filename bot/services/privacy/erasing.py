"""The erasure of a person: small steps, each of which may come again, in any process.

A kill in the middle leaves the job as a row; whoever finds it abandoned goes on with it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from bot.domain.effects import Parcel
from bot.domain.erasure import Erasure, Gone, Stage
from bot.domain.scrubbing import AddressScrub
from bot.errors import PermanentError
from bot.ports import AuditRow, UnitOfWork
from bot.ports.privacy import Compacting, Letter, RowKey
from bot.services.core import Core
from bot.services.mailing.incoming import copied
from bot.services.privacy import tickets
from bot.services.privacy.redrawing import (
    redraw_entry,
    redraw_item,
    redraw_message,
    redraw_notices,
)
from bot.services.privacy.subjects import AT_ONCE

#: New mail may come in meanwhile; after so many rounds it is a new matter.
ROUNDS: Final = 5
TOUCH_EVERY: Final = timedelta(seconds=10)

Draw = Callable[[Parcel], Awaitable[object]]
"""Draws something of the console again, at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Something was done: what, and how many rows it changed."""

    what: str
    changed: int = 0


class Erasing:
    """Takes erasures to their end.

    `draw` brings the console's own lines up to date: they are in our database, and must be before
    it is compacted.
    """

    def __init__(self, core: Core, compacting: Compacting, draw: Draw) -> None:
        self._core = core
        self._compacting = compacting
        self._draw = draw

    async def begin(self, address: str, by: str) -> Erasure:
        """Note that the person is to be erased."""
        now = self._core.clock.now()
        mark = self._core.keys.marks(address)[0]
        erasure = Erasure(address=address, mark=mark, by=by, started_at=now, touched_at=now)
        async with self._core.store.work() as work:
            begun = await work.erasures.begin(erasure)
            await work.audit.record(
                AuditRow(at=now, actor=_actor(begun), action="ErasureBegun", subject=begun.name)
            )
        return begun

    async def unfinished(self) -> Erasure | None:
        """The oldest erasure that did not come to its end."""
        async with self._core.store.read() as work:
            return await work.erasures.unfinished()

    async def steps(self, erasure: Erasure) -> AsyncIterator[Step]:
        """Go on with it to its end; TemporaryError when the database is busy: then once more."""
        if erasure.stage is Stage.SWEEPING:
            await self._compacting.overwrite()
            async for step in self._sweep(erasure):
                erasure = await self._touch(erasure)
                yield step
            erasure = await self._save(erasure.swept(self._core.clock.now()))
        yield Step(what="console", changed=await self._redraw())
        await self._compacting.compact()
        yield Step(what="compacted")
        await self._save(erasure.done(self._core.clock.now()))

    async def _touch(self, erasure: Erasure) -> Erasure:
        now = self._core.clock.now()
        if now - erasure.touched_at < TOUCH_EVERY:
            return erasure
        return await self._save(replace(erasure, touched_at=now))

    async def _save(self, erasure: Erasure) -> Erasure:
        async with self._core.store.work() as work:
            await work.erasures.save(erasure)
        return erasure

    # ------------------------------------------------------------ sweeping

    async def _sweep(self, erasure: Erasure) -> AsyncIterator[Step]:
        """Round after round, until one finds nothing: the service goes on meanwhile."""
        gone = Gone(address=erasure.address, name=erasure.name)
        for _ in range(ROUNDS):
            found = 0
            for part in (self._mail, self._tickets, self._letters, self._raw, self._tables):
                async for step in part(gone, _actor(erasure)):
                    found += step.changed
                    yield step
            if not found:
                break

    async def _mail(self, gone: Gone, _: str) -> AsyncIterator[Step]:
        """First of all nothing more is sent to them."""
        async with self._core.store.work() as work:
            parcels = await work.belongings.mail_to(gone.scrub.spellings)
            dropped = await work.belongings.drop_parcels([parcel.id for parcel in parcels])
        yield Step(what="mail", changed=dropped)

    async def _tickets(self, gone: Gone, actor: str) -> AsyncIterator[Step]:
        async with self._core.store.read() as work:
            items = await work.belongings.items_of(gone.scrub.spellings)
        for item in items:
            now = self._core.clock.now()
            async with self._core.store.work() as work:
                changed = await tickets.forget(self._core, work, item, gone, actor, now)
            yield Step(what="tickets", changed=changed)

    async def _letters(self, gone: Gone, _: str) -> AsyncIterator[Step]:
        """Their mails as they came; those of others that only name them are swept with the rest."""
        async with self._core.store.read() as work:
            found = await work.belongings.letters(gone.scrub)
        for letter in found:
            if _sent_by(letter, gone.scrub):
                async with self._core.store.work() as work:
                    emptied = await work.belongings.empty_letter(letter.id)
                yield Step(what="mails", changed=int(emptied))

    async def _raw(self, gone: Gone, _: str) -> AsyncIterator[Step]:
        """Bytes of others that hold the address: what was read goes, what waits says less."""
        after = 0
        while True:
            async with self._core.store.read() as work:
                letters = await work.belongings.kept_letters(after, AT_ONCE)
            for letter in letters:
                yield Step(what="mails", changed=await self._letter(letter, gone.scrub))
            if len(letters) < AT_ONCE:
                break
            after = letters[-1].id

    async def _letter(self, letter: Letter, scrub: AddressScrub) -> int:
        raw = await self._core.store.inbox.raw(letter.id) or b""
        if not scrub.in_bytes(raw):
            return 0
        fresh = b"" if letter.ended else scrub.bytes_without(raw)
        async with self._core.store.work() as work:
            await work.belongings.change_letter(letter.id, fresh)
        return 1

    async def _tables(self, gone: Gone, _: str) -> AsyncIterator[Step]:
        """Every column that may name them."""
        async with self._core.store.read() as work:
            tables = work.sweep.tables
        for table in tables:
            after: RowKey | None = None
            while True:
                async with self._core.store.read() as work:
                    page = await work.sweep.find(table, gone.scrub, after, AT_ONCE)
                if page.keys:
                    changed = await self._scrub(table, page.keys, gone)
                    yield Step(what=table, changed=changed)
                if page.last is None:
                    break
                after = page.last

    async def _scrub(self, table: str, keys: tuple[RowKey, ...], gone: Gone) -> int:
        async with self._core.store.work() as work:
            if table == "fact":
                names = [str(key[0]) for key in keys]
                await copied.forget(work, names, gone.has, self._core.clock.now())
            changed = await work.sweep.scrub(table, keys, gone.scrub)
            if (again := _AGAIN.get(table)) is not None:
                for key in changed:
                    await again(work, int(str(key[0])))
        return len(keys)

    # ------------------------------------------------------------ the console

    async def _redraw(self) -> int:
        """What waits to be drawn again in our own channels is, before the file is compacted.

        It is drawn once more when its turn comes: that does no harm.
        """
        async with self._core.store.read() as work:
            waiting = await work.belongings.redraws(self._core.fallback)
        for parcel in waiting:
            try:
                await self._draw(parcel)
            except PermanentError:
                # The line is gone; the outbox will say so.
                continue
        return len(waiting)


def _actor(erasure: Erasure) -> str:
    return f"operator:{erasure.by}"


def _sent_by(letter: Letter, scrub: AddressScrub) -> bool:
    return scrub.concerns([letter.meta.get("from", ""), letter.meta.get("mail_from", "")])


async def _notice(work: UnitOfWork, row: int) -> None:
    await redraw_notices(work, [row])


_AGAIN: Final[Mapping[str, Callable[[UnitOfWork, int], Awaitable[None]]]] = {
    "work_item": redraw_item,
    "message": redraw_message,
    "timeline": redraw_entry,
    "outbox": _notice,
}
