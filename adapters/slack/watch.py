"""A watch over the bot's token: who we are, and whether Slack still takes us."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress

from adapters.slack.api.client import SlackClient
from adapters.slack.events.payloads import text
from adapters.slack.events.sockets import Rhythm
from adapters.slack.gestures.people import People
from bot.errors import PermanentError, TemporaryError
from bot.tasks import spawn, stop

log = logging.getLogger(__name__)


class Watch:
    """Asks `auth.test` at the start and now and then; `refused` is told why Slack takes us no more.

    Nothing waits for it: what fails meanwhile is told by each call itself.
    """

    def __init__(
        self,
        client: SlackClient,
        people: People,
        rhythm: Rhythm,
        refused: Callable[[str], Awaitable[None]],
    ) -> None:
        self._client = client
        self._people = people
        self._rhythm = rhythm
        self._refused = refused
        self._due = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self.trouble = ""

    def start(self) -> None:
        """Begin, with a first look at once."""
        self._task = spawn(self._keep(), "slack:watch")

    async def stop(self) -> None:
        """End."""
        if self._task is not None:
            await stop(self._task)

    def look(self) -> None:
        """Something about the token has changed: look now."""
        self._due.set()

    async def _keep(self) -> None:
        failures = 0
        while True:
            self._due.clear()
            wait = await self._ask(failures)
            failures = failures + 1 if self.trouble else 0
            with suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await self._due.wait()

    async def _ask(self, failures: int) -> float:
        """Look once; how many seconds until the next time."""
        try:
            answer = await self._client.call("auth.test")
        except TemporaryError as error:
            self.trouble = error.words
            return min(self._rhythm.most, self._rhythm.retry * 2.0 ** min(failures, 10))
        except PermanentError as error:
            self.trouble = error.words
            await self._refused(error.words)
            return self._rhythm.refused
        if self.trouble:
            log.info("Slack takes the token")
        self.trouble = ""
        self._people.introduce(text(answer, "user_id"), text(answer, "url"))
        return self._rhythm.watch
