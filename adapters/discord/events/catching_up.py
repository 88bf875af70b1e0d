"""What was said while the gateway was away: read over the REST API, thread by thread, in order."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from adapters.discord.api.patience import patiently
from adapters.discord.api.rest import Rest
from adapters.discord.api.routes import route
from bot.ports import Clock

Json = Mapping[str, Any]
Heard = Callable[[Json, bool], Awaitable[None]]
"""Takes a message, and whether it may have been heard before."""

_EPOCH: Final = datetime(2015, 1, 1, tzinfo=UTC)
LOOK_BACK: Final = timedelta(hours=24)
PAGE: Final = 100
MAX_PAGES: Final = 10
MANY: Final = 5000
AT_ONCE: Final = 4
"""So many threads are read at the same time: the limits are for what people wait for."""


class CatchingUp:
    """Remembers the last message of each thread, and reads what came after it.

    Threads it knows nothing of, as after a start, are read back for a day: what was heard before
    does nothing again.
    """

    def __init__(self, rest: Rest, clock: Clock, heard: Heard) -> None:
        self._rest = rest
        self._clock = clock
        self._heard = heard
        self._last: OrderedDict[str, int] = OrderedDict()
        self._ours: set[str] = set()
        self._turns = asyncio.Semaphore(AT_ONCE)

    def begin(self) -> None:
        """We listen from now on; what came before, another instance may have heard."""
        self._ours.clear()

    def saw(self, thread: str, message: str) -> None:
        """A message of the thread was heard."""
        last = max(int(message), self._last.pop(thread, 0))
        while len(self._last) >= MANY:
            self._ours.discard(self._last.popitem(last=False)[0])
        self._last[thread] = last
        self._ours.add(thread)

    def knows(self, thread: str, message: str) -> bool:
        """Whether the message was heard already."""
        return int(message) <= self._last.get(thread, 0)

    def missed(self, thread: str, newest: str) -> bool:
        """Whether the thread, whose newest message that is, holds something unheard."""
        return bool(newest) and int(newest) > self._last.get(thread, self._horizon())

    async def read(self, thread: str, guild: str) -> None:
        """Read what was missed; TemporaryError when Discord does not let us, even later."""
        async with self._turns:
            await self._read(thread, guild)

    async def _read(self, thread: str, guild: str) -> None:
        late = thread not in self._ours
        after = self._last.get(thread, self._horizon())
        for _ in range(MAX_PAGES):
            page = await self._page(thread, after)
            for message in sorted(page, key=lambda each: int(each["id"])):
                await self._heard({**message, "guild_id": guild}, late)
                self.saw(thread, str(message["id"]))
            if len(page) < PAGE:
                return
            after = self._last[thread]

    async def _page(self, thread: str, after: int) -> list[Json]:
        where = route("GET", "/channels/{channel}/messages", channel=thread)
        query = {"after": str(after), "limit": str(PAGE)}
        return list(await patiently(lambda: self._rest.ask(where, query=query)))

    def _horizon(self) -> int:
        """The id that a message of a day ago would have."""
        since = self._clock.now() - LOOK_BACK - _EPOCH
        return int(since / timedelta(milliseconds=1)) << 22
