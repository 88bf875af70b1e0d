"""The console put together: one object that the service mounts, wakes and closes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web

from adapters.console.api import Api
from adapters.console.boot import Masthead
from adapters.console.demo import DemoApi, DemoControls, demo_facts
from adapters.console.dispatcher import Dispatcher
from adapters.console.guard import Guard
from adapters.console.pages import Pages
from adapters.console.sessions import PATH, Sessions
from adapters.console.stream import Rhythm, Stream
from bot.domain.directory import Directory
from bot.ports import ConsoleFeed


class Console:
    """Everything under /console of the service's one HTTP server.

    `public_url` is the service's address as people type it, for the same-origin check behind a
    proxy. With `demo` the demonstration's controls exist too.
    """

    def __init__(
        self,
        *,
        dispatcher: Dispatcher,
        feed: ConsoleFeed,
        directory: Directory,
        sessions: Sessions,
        masthead: Masthead,
        public_url: str = "",
        demo: DemoControls | None = None,
        rhythm: Rhythm | None = None,
    ) -> None:
        host = urlsplit(public_url).netloc
        self._guard = Guard(sessions=sessions, directory=directory, public_host=host)
        self._pages = Pages(sessions, self._guard)
        self._api = Api(dispatcher, feed, self._guard, masthead, demo)
        self._demo = DemoApi(demo, self._guard, sessions) if demo else None

        def facts() -> Mapping[str, Any]:
            return demo_facts(demo)

        self._stream = Stream(feed, self._guard, facts, rhythm)

    def routes(self) -> list[web.RouteDef]:
        """What to mount; paths begin with /console."""
        stream = web.get(f"{PATH}/events", self._guard.read(self._stream.serve), allow_head=False)
        demo = self._demo.routes() if self._demo else []
        return [*self._pages.routes(), *self._api.routes(), stream, *demo]

    def wake(self) -> None:
        """Tell open pages to look for new lines now; safe to call from any callback of the loop."""
        self._stream.wake()

    def close(self) -> None:
        """End the open streams, so that the server can stop; call it on shutdown."""
        self._stream.close()

    @property
    def open_pages(self) -> int:
        """How many pages listen, for the metrics."""
        return self._stream.open_pages
