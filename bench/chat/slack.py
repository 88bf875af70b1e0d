"""Slack: a workspace on the real protocol, and Bolt as it comes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from multiprocessing.connection import Connection
from typing import Final

from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bench.chat.platform import ACKNOWLEDGE, PATIENCE, Scene, Site
from tests.fakes.slack import APP_TOKEN, BOT_TOKEN, FakeSlack, words

_LINES: Final = ("/ticket queue", "/ticket note SUP-1 Note {}.")


class _Workspace:
    """The fake, with Ana in two channels."""

    def __init__(self, fake: FakeSlack) -> None:
        self._fake = fake
        self._typed = self._read = 0
        self._person = fake.add_user("ana").id
        self._support = fake.add_channel("support", ["ana"]).id
        self._incidents = fake.add_channel("incidents", ["ana"]).id

    @property
    def site(self) -> Site:
        """Where it is."""
        return Site(
            api_url=self._fake.api_url,
            person=self._person,
            support=self._support,
            incidents=self._incidents,
        )

    async def until_bot(self) -> None:
        """Wait for the first connection."""
        await self._fake.until(lambda: self._fake.sockets.count, PATIENCE)

    async def types(self, number: int) -> float:
        """Type into #support; from the envelope's departure to its acknowledgement's arrival."""
        self._typed += 1
        seen = await self._fake.types("ana", "support", _LINES[number % 2].format(number))
        return seen.ack.delay if seen.ack.ok else ACKNOWLEDGE

    async def answers(self) -> list[str]:
        """What Ana alone was shown."""
        whispers = self._fake.whispers
        await self._fake.until(lambda: len(whispers("ana")) >= self._typed, PATIENCE)
        new = whispers("ana")[self._read :]
        self._read += len(new)
        return [words(message) for message in new]

    @property
    def edits(self) -> int:
        """Calls of chat.update."""
        return len(self._fake.calls("chat.update"))

    @property
    def paged_at(self) -> float | None:
        """The `ts` of the first direct message."""
        return next((float(m.ts) for m in self._fake.direct_messages("ana")), None)


@asynccontextmanager
async def workspace() -> AsyncIterator[Scene]:
    """A workspace with an app that connects by Socket Mode."""
    fake = FakeSlack()
    scene = _Workspace(fake)
    async with fake:
        yield scene


def section(site: Site, person: str) -> str:
    """The configuration of the service for the workspace, and of one person there."""
    return f"""
[slack]
bot_token = "{BOT_TOKEN}"
app_token = "{APP_TOKEN}"
api_url = "{site.api_url.rstrip("/")}"

[people.{person}]
slack = "{site.person}"
roles = ["lead:support", "responder"]
contact = ["slack"]
"""


async def null(api_url: str, ready: Connection) -> None:
    """Bolt in Socket Mode with a listener that acknowledges and does nothing, for ever."""
    app = AsyncApp(client=AsyncWebClient(BOT_TOKEN, base_url=api_url))

    async def done(ack: AsyncAck) -> None:
        await ack("Done.")

    app.command("/ticket")(done)
    await AsyncSocketModeHandler(app, APP_TOKEN).connect_async()  # type: ignore[no-untyped-call]
    ready.send(0)
    await asyncio.Event().wait()
