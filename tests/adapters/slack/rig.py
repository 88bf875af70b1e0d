"""A workspace that speaks Slack's protocol, and our surface on it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from adapters.slack.api.budgets import Budgets
from adapters.slack.api.client import SlackClient
from adapters.slack.api.files import SlackFiles
from adapters.slack.drawing.workspace import Workspace
from adapters.slack.settings import SlackSettings
from adapters.slack.surface import SlackSurface
from bot.cards import Author, Block, Card, FileLink, Plain, Tone
from bot.clock import ManualClock
from bot.domain.mail import Attachment
from bot.domain.threads import Space, ThreadRef
from tests.adapters.slack.drawn import said
from tests.fakes.slack import FakeSlack

DESK = Space(surface="slack", id="CDESK")
POST = "chat.postMessage"
UPDATE = "chat.update"
GET_URL = "files.getUploadURLExternal"
NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
PDF = Attachment(name="invoice.pdf", content_type="application/pdf", content=b"%PDF-1.7")


@dataclass(slots=True)
class Rig:
    """A workspace, our surface on it, and the clock of both."""

    slack: FakeSlack
    surface: SlackSurface
    clock: ManualClock

    async def open(self, key: str = "k1") -> ThreadRef:
        root = await self.surface.open_thread(DESK, card("unclaimed"), key)
        return inside(root)

    def shown(self, ts: str, channel: str = "CDESK") -> str:
        message = self.slack.workspace.messages.get(channel, ts)
        assert message is not None
        return said(list(message.blocks))

    def posts(self) -> int:
        return len(self.slack.workspace.messages.of("CDESK"))


def inside(root: str) -> ThreadRef:
    return ThreadRef(surface="slack", space="CDESK", id=root)


def card(words: str) -> Card:
    return Card(title="Printer on fire", number="SUP-1", fallback=words, status=(Plain(words),))


def mail(text: str = "See the file.", *files: FileLink) -> Card:
    author = Author(name="Maria", via="by email")
    return Card(
        title="",
        number="SUP-1",
        fallback="Maria wrote",
        tone=Tone.CUSTOMER,
        author=author,
        blocks=(Block((Plain(text),)),),
        files=files,
    )


@asynccontextmanager
async def surface_at(api_url: str, token: str, clock: ManualClock) -> AsyncIterator[SlackSurface]:
    """A surface with its session open; the only stored file is number 7."""
    budgets = Budgets(clock)
    client = SlackClient(SlackSettings(bot_token=token, api_url=api_url), budgets)

    async def load(id_: int) -> Attachment | None:
        return PDF if id_ == 7 else None

    await client.start()
    try:
        yield SlackSurface(client, budgets, SlackFiles(client, load), Workspace(), clock)
    finally:
        await client.close()


@asynccontextmanager
async def connected() -> AsyncIterator[Rig]:
    """A desk channel with Ana in it, and our surface there."""
    clock = ManualClock(NOW)
    async with FakeSlack(clock, limits=True) as slack:
        slack.add_user("ana")
        slack.add_channel("desk", ["ana"])
        async with surface_at(slack.api_url, slack.bot_token, clock) as surface:
            yield Rig(slack, surface, clock)
