"""A hosted mailbox that is let in by tokens: its mail, the end of the consent, and a new one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from bot.config.loading import load
from bot.config.settings import Settings
from bot.services import lockouts
from bot.wiring.mail import StoreNotes, mailboxes
from bot.wiring.signing_in import TokenSources
from tests.fakes.imap import FakeImap
from tests.fakes.oauth import FakeProvider
from tests.scenario.conftest import CONFIGURATION
from tests.scenario.desk import Desk

HOSTED = """
[[mail.imap]]
host = "127.0.0.1"
port = {port}
tls = "none"
username = "help@shop.example"
desk = "support"
[mail.imap.oauth]
token_url = "{url}/token"
client_id = "app-1"
client_secret = "{secret}"
scope = "{scope}"
refresh_token_file = "token"
"""
A, C = "a@b.example", "c@d.example"
MAIL = b"From: zoe@else.example\r\nMessage-ID: <1@else.example>\r\nSubject: Help\r\n\r\nHello.\r\n"


@dataclass
class Hosted:
    """A provider, its mail server, and the desk that fetches from it."""

    desk: Desk
    provider: FakeProvider
    server: FakeImap
    token: Path
    settings: Settings
    sources: TokenSources

    async def fetch(self, until: Callable[[], Awaitable[object]]) -> None:
        """Run the mailbox until it is so; then let everything happen that comes of it."""
        [mailbox] = mailboxes(self.settings, self.desk.core, self.desk.database, self.sources)
        await mailbox.start()
        async with asyncio.timeout(5):
            while not await until():  # noqa: ASYNC110 - the server runs in the same loop
                await asyncio.sleep(0.005)
        await mailbox.stop()
        await self.desk.settle()

    async def told(self) -> bool:
        await self.desk.settle()
        return bool(self.notices)

    @property
    def notices(self) -> list[str]:
        """What the desk's channel is told of the mailbox."""
        posts = self.desk.surface.channel("support")
        return [str(post.card) for post in posts if "is not fetched" in post.card.title]

    async def fetched(self) -> bool:
        return bool(self.server.seen_order)


@asynccontextmanager
async def hosting(desk: Desk, folder: Path) -> AsyncIterator[Hosted]:
    async with (
        FakeProvider(clock=desk.clock, rotates=True) as provider,
        FakeImap(takes=provider.takes) as server,
    ):
        path = folder / "deskhand.toml"
        more = HOSTED.format(
            port=server.port,
            url=provider.url,
            secret=provider.client_secret,
            scope=provider.scope,
        )
        path.write_text(CONFIGURATION.read_text(encoding="utf-8") + more, encoding="utf-8")
        settings = load(path, {}, date(2026, 3, 1))
        sources = TokenSources(settings, StoreNotes(desk.store, desk.clock), desk.clock)
        yield Hosted(desk, provider, server, folder / "token", settings, sources)


@pytest.fixture
async def hosted(desk: Desk, tmp_path: Path) -> AsyncIterator[Hosted]:
    async with hosting(desk, tmp_path) as made:
        yield made


async def test_mail_of_a_hosted_mailbox_becomes_a_ticket(hosted: Hosted) -> None:
    hosted.token.write_text(hosted.provider.let_in())
    hosted.server.put(MAIL)
    await hosted.fetch(hosted.fetched)
    assert (await hosted.desk.ticket()).requester.address == "zoe@else.example"


async def test_a_consent_that_ended_is_told_and_mended_without_a_restart(hosted: Hosted) -> None:
    hosted.server.put(MAIL)
    hosted.token.write_text("rt-old")
    await hosted.fetch(hosted.told)
    [notice] = hosted.notices
    assert "Mail to Shop Support is not fetched" in notice
    assert "invalid_grant" in notice
    assert "`deskhand mail authorize --imap 1`" in notice
    hosted.token.write_text(hosted.provider.let_in())
    await hosted.desk.after(minutes=1)
    await hosted.fetch(hosted.fetched)
    assert (await hosted.desk.ticket()).requester.address == "zoe@else.example"


async def test_a_mailbox_that_is_not_fetched_is_told_of_once_a_day(hosted: Hosted) -> None:
    core, address = hosted.desk.core, "support@shop.example"
    for hours, mailbox in ((0, A), (2, A), (0, C), (24, A)):
        await hosted.desk.after(hours=hours)
        async with core.store.work() as work:
            await lockouts.tell_unfetched(core, work, address, mailbox, "it says no")
    await hosted.desk.settle()
    assert [A in notice for notice in hosted.notices] == [True, False, True]


async def test_no_row_of_the_outbox_holds_a_secret(hosted: Hosted) -> None:
    hosted.token.write_text("rt-old-9Zq")
    await hosted.fetch(hosted.told)
    async with hosted.desk.database.transaction() as work:
        rows = str(await work.fetch("SELECT * FROM outbox"))
    assert "invalid_grant" in rows
    assert not [s for s in (*hosted.provider.secrets, "rt-old-9Zq") if s in rows]
