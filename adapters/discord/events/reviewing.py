"""After a gap: what was edited and deleted meanwhile, which no event tells any more.

Discord tells of an edit or a deletion once, to the session of that moment. A lost session, or none
while the service was stopped, is a gap; a session that is resumed has none.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from adapters.discord.api.patience import patiently
from adapters.discord.api.rest import Rest
from adapters.discord.api.routes import route
from adapters.discord.gestures.hearing import Hearing
from adapters.discord.gestures.talk import stands_in
from bot.domain.threads import ThreadRef
from bot.errors import PermanentError, TemporaryError
from bot.ports import Clock

Json = Mapping[str, Any]
log = logging.getLogger(__name__)

MOST_THREADS: Final = 50
"""So many requests at most for one gap: those threads in which was talked last."""
PAGE: Final = 50
ACTIVE: Final = timedelta(hours=24)
"""People change what they have just said: a thread that was silent so long before is left alone."""
MARGIN: Final = timedelta(minutes=1)
"""What was heard is noted so often; an edit that is looked at twice changes nothing."""
_EPOCH: Final = datetime(2015, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """What outlives a session.

    `said_about` gives what we keep of what people said on a thread's work item, as addresses by
    ids; `heard_until` and `note_heard` when an instance last heard something.
    """

    said_about: Callable[[ThreadRef], Awaitable[Mapping[str, str]]]
    heard_until: Callable[[], Awaitable[datetime | None]]
    note_heard: Callable[[datetime], Awaitable[None]]


class Allowance:
    """So many threads are looked at in one gap, however many servers come up after it."""

    def __init__(self, most: int = MOST_THREADS) -> None:
        self._most = self._left = most

    def renew(self) -> None:
        """A new gap."""
        self._left = self._most

    def of(self, threads: Sequence[Json]) -> Sequence[Json]:
        """The first of them, as many as are left."""
        chosen = threads[: self._left]
        self._left -= len(chosen)
        return chosen


class Reviewing:
    """Compares threads with what we keep of them, as they were before the gap."""

    def __init__(self, rest: Rest, clock: Clock, hearing: Hearing, memory: Memory) -> None:
        self._rest = rest
        self._clock = clock
        self._hearing = hearing
        self._memory = memory
        self._heard: datetime | None = None
        self._noted: datetime | None = None
        self._before: datetime | None = None
        self._recalls = True
        self._recalling = asyncio.Lock()
        self._allowance = Allowance()

    # ------------------------------------------------------------ since when

    def begin(self) -> None:
        """A session begins: what came after the last that was heard is a gap."""
        self._allowance.renew()
        self._before, self._recalls = self._heard, True

    def heard(self) -> None:
        """Something came by the gateway."""
        self._heard = self._clock.now()

    async def since(self) -> datetime | None:
        """When the gap began: nobody, we nor another instance, heard anything later; None when
        nobody ever did.
        """
        async with self._recalling:
            if self._recalls:
                known = (self._before, await self._memory.heard_until())
                self._before = max(filter(None, known), default=None)
                self._recalls = False
        return self._before

    @property
    def due(self) -> bool:
        """Whether it is time to note that we hear."""
        if self._heard is None:
            return False
        return self._noted is None or self._heard - self._noted >= MARGIN

    async def note(self) -> None:
        """Note when we last heard something; a note that fails is made the next time."""
        if (heard := self._heard) is None:
            return
        with suppress(TemporaryError):
            await self.since()
            await self._memory.note_heard(heard)
            self._noted = heard

    # ------------------------------------------------------------ what changed

    def worth(self, threads: Sequence[Json], since: datetime) -> Sequence[Json]:
        """Those threads that are worth a look, the newest talk first."""
        return self._allowance.of(active(threads, since))

    async def look(self, thread: ThreadRef, guild: str, since: datetime) -> None:
        """Hand on what was edited and deleted in the thread; one request, or none."""
        said = await self._memory.said_about(thread)
        kept = [id_ for id_, url in said.items() if stands_in(url, thread.id)]
        if not kept:
            return
        try:
            newest = await self._newest(thread.id)
        except PermanentError as error:
            log.info("a thread could not be reviewed", extra={"why": error.words})
            return
        for id_, message in newest.items():
            if id_ in kept and _edited_at(message) >= since - MARGIN:
                await self._hearing.edited({**message, "guild_id": guild})
        for id_ in gone(kept, newest):
            await self._hearing.deleted(thread.id, id_)

    async def _newest(self, thread: str) -> dict[str, Json]:
        where = route("GET", "/channels/{channel}/messages", channel=thread)
        query = {"limit": str(PAGE)}
        page = await patiently(lambda: self._rest.ask(where, query=query))
        return {str(message["id"]): message for message in page}


def active(threads: Sequence[Json], since: datetime) -> list[Json]:
    """Those in which was talked not long before, the newest talk first."""

    def newest(thread: Json) -> int:
        return int(thread.get("last_message_id") or 0)

    horizon = int((since - ACTIVE - _EPOCH) / timedelta(milliseconds=1)) << 22
    return sorted((t for t in threads if newest(t) > horizon), key=newest, reverse=True)


def gone(kept: Iterable[str], newest: Mapping[str, Json]) -> list[str]:
    """What we keep and Discord has no more; nothing where Discord shows nothing at all.

    Without the right to read its history a thread looks empty, too.
    """
    if not newest:
        return []
    oldest = min(map(int, newest)) if len(newest) >= PAGE else 0
    return sorted((id_ for id_ in kept if id_ not in newest and int(id_) > oldest), key=int)


def _edited_at(message: Json) -> datetime:
    """When the message was edited last; long ago when it never was."""
    stamp = message.get("edited_timestamp")
    return datetime.fromisoformat(str(stamp)) if stamp else _EPOCH
