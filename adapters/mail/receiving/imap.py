"""Fetching a hosted mailbox: each message is stored first and marked as read after that.

A connection that ends is made anew, later and later; a message that fails is tried again and holds
up no other one. Of several instances that share a database one fetches.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date, timedelta
from typing import Final, Protocol

from adapters.mail.notes import Notes
from adapters.mail.receiving.arrival import fetched
from adapters.mail.receiving.imap_mailbox import (
    ImapMailbox,
    ImapSettings,
    Refusal,
    open_mailbox,
)
from adapters.mail.receiving.imap_place import MAX_MISSED, Place, load_place
from adapters.mail.receiving.imap_stub import stub
from adapters.mail.receiving.reception import Accepting
from adapters.mail.receiving.side_thread import SideThread
from bot.errors import Fault, PermanentError, TemporaryError
from bot.ports import Clock, Meter
from bot.tasks import spawn, stop

log = logging.getLogger(__name__)

AT_ONCE: Final = 100
# How far back is looked when the server numbered the folder anew.
_OVERLAP: Final = timedelta(days=2)
_REFUSED: Final = b"\0"
# Sizes of messages that are no more, or that the server will not tell.
_GONE: Final = -1
_UNKNOWN: Final = -2


class Held(Protocol):
    """A duty that this instance alone has."""

    async def held(self) -> bool:
        """Whether it still has it."""
        ...

    async def release(self) -> None:
        """Let another instance have it."""
        ...


class Surroundings(Protocol):
    """What a fetcher needs of the service."""

    @property
    def inbox(self) -> Accepting:
        """Where messages are stored."""
        ...

    @property
    def notes(self) -> Notes:
        """Where its place is kept."""
        ...

    @property
    def clock(self) -> Clock:
        """The present day."""
        ...

    @property
    def meter(self) -> Meter:
        """What counts."""
        ...

    @property
    def duty(self) -> Callable[[str], Awaitable[Held | None]]:
        """Takes a duty by its name; None while another instance has it."""
        ...

    @property
    def locked_out(self) -> Callable[[str, str, str], Awaitable[None]]:
        """Learns for which desk's address which account does not let us in, and why."""
        ...


class ImapFetcher:
    """Fetches one folder from `start` to `stop`; `state` says in words how it fares."""

    def __init__(self, settings: ImapSettings, around: Surroundings) -> None:
        self._settings = settings
        self._around = around
        self._thread = SideThread("imap")
        self._task: asyncio.Task[None] | None = None
        self._failures = 0
        self._turn = 0
        self.connected = False
        self.state = "not started"

    async def start(self) -> None:
        """Begin; the first connection is made in the background."""
        self._task = spawn(self._work(), "imap")

    async def stop(self) -> None:
        """End; a message that is stored but not yet marked is recognised the next time."""
        if self._task is not None:
            await stop(self._task)
        self._thread.stop()

    async def _work(self) -> None:
        while True:
            try:
                await self._in_turn()
            except TemporaryError as error:
                self._failed(error.words, logging.WARNING)
            except PermanentError as error:
                self._failed(error.words, logging.ERROR)
                await self._tell(error)
            except Exception:  # the boundary of a listener
                log.exception("fetching mail failed")
                self._failed("a defect, see the log", logging.ERROR)
            self.connected = False
            await asyncio.sleep(self._wait())

    def _failed(self, words: str, level: int) -> None:
        self._failures += 1
        self.state = words
        self._around.meter.count("imap_failures")
        log.log(level, "a mailbox is not fetched", extra={"why": words, "times": self._failures})

    async def _tell(self, error: PermanentError) -> None:
        """A login that is refused is mended by a person alone, and no customer would tell them."""
        if error.fault is Fault.CREDENTIAL:
            # When the database is away, the next failure is told.
            settings = self._settings
            with suppress(TemporaryError):
                await self._around.locked_out(settings.address, settings.username, error.words)

    def _wait(self) -> float:
        """Seconds until the next try."""
        settings = self._settings
        return min(settings.first_wait * 2.0 ** min(self._failures, 20), settings.longest_wait)

    async def _in_turn(self) -> None:
        """Fetch while the duty is ours; return at once while it is another instance's."""
        duty = await self._around.duty(self._key)
        if duty is None:
            self.state = "another instance fetches it"
            return
        try:
            await self._fetch(duty)
        finally:
            await duty.release()

    async def _fetch(self, duty: Held) -> None:
        box = await open_mailbox(self._settings, self._thread.run)
        try:
            while await duty.held():
                if not await self._round(box):
                    self.connected, self.state, self._failures = True, "connected", 0
                    await self._pause(box)
            self.state = "another instance has taken over"
        finally:
            box.cut()

    async def _pause(self, box: ImapMailbox) -> None:
        """Until the server announces something; else until it is time to look again."""
        if box.announces:
            await self._thread.run(lambda: box.wait(self._settings.poll))
        else:
            await asyncio.sleep(self._settings.poll)

    async def _round(self, box: ImapMailbox) -> int:
        """Take what is new, then what failed before; how many messages were new."""
        self._turn += 1
        place, fresh = await self._look(box)
        again = [uid for uid in place.again(self._turn) if uid not in fresh]
        for start in range(0, len(fresh), AT_ONCE):
            place = await self._take(box, place, fresh[start : start + AT_ONCE])
        await self._take(box, place, again[:AT_ONCE])
        return len(fresh)

    async def _look(self, box: ImapMailbox) -> tuple[Place, Sequence[int]]:
        """The place as it was kept, and the UIDs that are new since."""
        known = load_place(await self._around.notes.recall(self._key))
        if known is not None and known.validity == box.validity:
            return known, await self._thread.run(lambda: box.after(known.upto))
        return await self._first_look(box, known.day if known is not None else None)

    async def _first_look(self, box: ImapMailbox, day: date | None) -> tuple[Place, Sequence[int]]:
        """A folder seen for the first time: what nobody has read is new, all else is old.

        Where the server has numbered it anew, what came since that day is new as well: what is
        stored already is recognised by its content.
        """
        there = await self._thread.run(lambda: box.after(0))
        if day is None:
            fresh = await self._thread.run(box.unseen)
        else:
            log.warning("the server has numbered a mailbox anew")
            fresh = await self._thread.run(lambda: box.unseen_or_since(day - _OVERLAP))
        if len(fresh) > MAX_MISSED:
            extra = {"unread": len(fresh), "taken": MAX_MISSED}
            log.warning("of a very full mailbox only the newest mails are taken", extra=extra)
        place = Place(validity=box.validity, upto=there[-1] if there else 0)
        place = place.waiting(fresh[-MAX_MISSED:])
        await self._keep(place)
        return place, fresh[-MAX_MISSED:]

    async def _take(self, box: ImapMailbox, place: Place, uids: Sequence[int]) -> Place:
        """Store these messages one by one; the place is kept whatever becomes of them."""
        if not uids:
            return place
        place = place.waiting(uids)
        try:
            sizes = await self._sizes(box, uids)
            for uid in uids:
                before, place = place, place.failed(uid)
                raw = await self._raw(box, uid, sizes.get(uid, _GONE))
                if raw == _REFUSED:
                    continue
                # From here on nothing is the message's own fault.
                place = before
                if raw:
                    await self._store(raw)
                place = place.past(uid)
                if raw:
                    await self._mark(box, uid)
        finally:
            await self._keep(place)
        return place

    async def _sizes(self, box: ImapMailbox, uids: Sequence[int]) -> Mapping[int, int]:
        """How large they are; one by one where the server stumbles over one of them."""
        try:
            return await self._thread.run(lambda: box.sizes(uids))
        except Refusal as error:
            if len(uids) == 1:
                self._refused(uids[0], error)
                return {uids[0]: _UNKNOWN}
        found = dict[int, int]()
        for uid in uids:
            found |= await self._sizes(box, [uid])
        return found

    async def _raw(self, box: ImapMailbox, uid: int, size: int) -> bytes:
        """The message, or what stands in for one that is too large; empty when it is gone, or never
        was more than a number.
        """
        if size <= 0:
            return _REFUSED if size == _UNKNOWN else b""
        try:
            if size <= self._settings.max_message_bytes:
                return await self._thread.run(lambda: box.raw(uid)) or b""
            head = await self._thread.run(lambda: box.head(uid))
        except Refusal as error:
            self._refused(uid, error)
            return _REFUSED
        return stub(head, size, self._settings.folder) if head else b""

    def _refused(self, uid: int, error: Refusal) -> None:
        log.warning("a message could not be fetched", extra={"uid": uid, "why": error.words})
        self._around.meter.count("imap_mails", outcome="failed")

    async def _store(self, raw: bytes) -> None:
        """Commit the message."""
        settings = self._settings
        place = f"imap {settings.folder}"
        item = await asyncio.to_thread(fetched, raw, settings.address, place, settings.judges)
        fresh = await self._around.inbox.accept(item)
        self._around.meter.count("imap_mails", outcome="accepted" if fresh else "duplicate")

    async def _mark(self, box: ImapMailbox, uid: int) -> None:
        """Mark as read what is stored; a folder that may not be changed is fetched all the same."""
        try:
            await self._thread.run(lambda: box.mark_seen(uid))
        except Refusal as error:
            log.info("a message could not be marked as read", extra={"why": error.words})

    async def _keep(self, place: Place) -> None:
        today = replace(place, day=self._around.clock.now().date())
        await self._around.notes.note(self._key, today.dump())

    @property
    def _key(self) -> str:
        return f"imap:{self._settings.name}"
