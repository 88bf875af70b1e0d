"""The live stream (server-sent events): new and edited lines, for those who may read them.

Event ids are the feed's revisions, so that a page which comes back gets exactly what it missed.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final

from aiohttp import web

from adapters.console.guard import HEADERS, Guard, Refusal
from adapters.console.lines import line_json
from adapters.console.spaces import may_read
from bot.domain.people import Person
from bot.errors import TemporaryError
from bot.ports import ConsoleFeed, FeedLine

log = logging.getLogger(__name__)

MAX_STREAMS: Final = 200
# A page that missed more than this reads its channel anew instead of being told line by line.
MAX_BEHIND: Final = 1000
_BATCH: Final = 200

Facts = Callable[[], Mapping[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """How often, in seconds, a stream looks for other instances' lines and says that it lives."""

    poll: float = 2.0
    heartbeat: float = 15.0


@dataclass(slots=True, eq=False)
class _Page:
    """One open page: where it stands, and which facts it was told."""

    request: web.Request
    response: web.StreamResponse
    revision: int
    written_at: float
    facts: dict[str, Any] = field(default_factory=dict)
    woken: asyncio.Event = field(default_factory=asyncio.Event)


class Stream:
    """All open pages: `wake` makes them look at once, `close` ends them.

    `facts` are named values besides the lines; a page is told each when it changes.
    """

    def __init__(
        self, feed: ConsoleFeed, guard: Guard, facts: Facts, rhythm: Rhythm | None = None
    ) -> None:
        self._feed = feed
        self._guard = guard
        self._facts = facts
        self._rhythm = rhythm or Rhythm()
        self._pages: set[_Page] = set()
        self._closed = False

    @property
    def open_pages(self) -> int:
        """How many pages listen."""
        return len(self._pages)

    def wake(self) -> None:
        """Look for new lines now."""
        for page in self._pages:
            page.woken.set()

    def close(self) -> None:
        """End all streams, and take no more."""
        self._closed = True
        self.wake()

    async def serve(self, request: web.Request, person: Person) -> web.StreamResponse:
        """GET /console/events: lines after `Last-Event-ID`, or after `?since=`, or from now on."""
        if self._closed or len(self._pages) >= MAX_STREAMS:
            raise Refusal(503, "Too many pages are open.", "Close some, then load this one again.")
        newest = await self._feed.revision()
        response = web.StreamResponse(headers={**HEADERS, "Content-Type": "text/event-stream"})
        await response.prepare(request)
        since = _position(request, newest)
        page = _Page(request, response, since, self._now())
        self._pages.add(page)
        try:
            await self._begin(page, newest)
            await self._follow(page)
        except ConnectionError:
            log.debug("a page went away", extra={"person": person.key})
        finally:
            self._pages.discard(page)
        return response

    async def _begin(self, page: _Page, newest: int) -> None:
        await self._write(page, "retry: 2000\n\n")
        if not 0 <= newest - page.revision <= MAX_BEHIND:
            page.revision = newest
            await self._write(page, f"id: {newest}\nevent: reset\ndata: {{}}\n\n")

    async def _follow(self, page: _Page) -> None:
        while not self._closed and _connected(page.request):
            person = self._guard.person(page.request)
            if person is None:
                return
            page.woken.clear()
            with suppress(TemporaryError):
                await self._tell_lines(page, person)
            await self._tell_facts(page)
            await self._show_life(page)
            with suppress(TimeoutError):
                async with asyncio.timeout(self._rhythm.poll):
                    await page.woken.wait()

    async def _tell_lines(self, page: _Page, person: Person) -> None:
        lines = await self._feed.changes(page.revision, _BATCH)
        if not lines:
            return
        directory = self._guard.directory
        told = [line for line in lines if may_read(directory, person, line.space)]
        page.revision = lines[-1].revision
        # An id without data moves the page's position past lines that are not for it.
        await self._write(page, "".join(map(_line_event, told)) + f"id: {page.revision}\n\n")
        if len(lines) == _BATCH:
            page.woken.set()

    async def _tell_facts(self, page: _Page) -> None:
        facts = dict(self._facts())
        changed = {name: value for name, value in facts.items() if page.facts.get(name) != value}
        page.facts = facts
        if changed:
            await self._write(page, f"event: facts\ndata: {json.dumps(changed)}\n\n")

    async def _show_life(self, page: _Page) -> None:
        if self._now() - page.written_at >= self._rhythm.heartbeat:
            await self._write(page, ": alive\n\n")

    async def _write(self, page: _Page, text: str) -> None:
        page.written_at = self._now()
        await page.response.write(text.encode())

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()


def _line_event(line: FeedLine) -> str:
    return f"id: {line.revision}\nevent: line\ndata: {json.dumps(line_json(line))}\n\n"


def _position(request: web.Request, newest: int) -> int:
    said = request.headers.get("Last-Event-ID") or request.query.get("since", "")
    return int(said) if said.isdecimal() else newest


def _connected(request: web.Request) -> bool:
    return request.transport is not None and not request.transport.is_closing()
