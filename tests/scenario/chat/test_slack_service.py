"""The whole service with `[slack]` configured: started, mounted, asked how it is, and stopped."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from adapters.memory.mailbox import MemoryMailbox
from bot.app import App, Edges
from bot.config.loading import load
from bot.config.settings import Settings
from bot.operate.examining.chat import examine_chat
from bot.ports import Arrival
from tests.fakes.slack import APP_TOKEN, BOT_TOKEN, SIGNING_SECRET, FakeSlack

CONFIGURATION = """
[service]
data_dir = "{folder}"
secret_key = "{secret}"
[http]
listen = "127.0.0.1:0"
[mail.intake]
enabled = false
[slack]
mode = "{mode}"
bot_token = "{bot}"
app_token = "{app}"
signing_secret = "{signing}"
api_url = "{api}"
[people.ana]
name = "Ana"
slack = "UANA"
roles = ["agent:support"]
[desks.support]
key = "SUP"
addresses = ["support@shop.example"]
channels = ["slack:CSUPPORT", "console:support"]
"""
MAIL = (
    b"From: Maria <maria@acme.example>\r\nTo: support@shop.example\r\nSubject: Broken\r\n"
    b"Message-ID: <m1@acme.example>\r\n\r\nIt is broken.\r\n"
)


@dataclass
class Service:
    """The running service, and Slack's side."""

    app: App
    fake: FakeSlack

    async def ready(self) -> dict[str, Any]:
        address = f"http://{self.app.http_address}/readyz"
        async with aiohttp.ClientSession() as session, session.get(address) as answer:
            assert answer.status == 200
            return dict((await answer.json())["parts"])

    async def mail(self) -> None:
        meta = {"mail_from": "maria@acme.example", "rcpt": "support@shop.example"}
        await self.app.store.inbox.accept(Arrival(source="mail", key="m1", raw=MAIL, meta=meta))
        await self.fake.until(lambda: self.fake.messages("support"))


def configured(folder: Path, fake: FakeSlack, mode: str) -> Settings:
    path = folder / "deskhand.toml"
    text = CONFIGURATION.format(
        folder=folder,
        mode=mode,
        bot=BOT_TOKEN,
        app=APP_TOKEN,
        signing=SIGNING_SECRET,
        api=fake.api_url.rstrip("/"),
        secret="x7" * 20,
    )
    path.write_text(text, encoding="utf-8")
    return load(path, {}, date(2026, 3, 1))


Run = Callable[..., AbstractAsyncContextManager[Service]]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    @asynccontextmanager
    async def serving(mode: Any = "socket", *, away: bool = False) -> AsyncIterator[Service]:
        async with FakeSlack(mode=mode) as fake:
            fake.add_user("ana")
            fake.add_channel("support", ["ana"])
            if away:
                await fake.goes_down()
            settings = configured(tmp_path, fake, mode)
            app = App(settings, "x7" * 20, Edges(sender=MemoryMailbox()))
            await app.start()
            fake.http.url = f"http://{app.http_address}/slack/events"
            try:
                yield Service(app, fake)
            finally:
                await app.stop()

    return serving


@pytest.mark.parametrize("mode", ["socket", "http"])
async def test_a_mail_becomes_a_card_that_ana_claims(run: Run, mode: str) -> None:
    async with run(mode) as service:
        await service.mail()
        card = service.fake.last("support")
        claimed = await (await service.fake.presses("ana", card, "Claim")).answer()
        assert "SUP-1 is yours" in claimed.text
        await service.fake.until(lambda: "Ana" in str(service.fake.message(card).blocks))
        state = (await service.ready())["slack"]["detail"]
        assert state == ("2 of 2 connections" if mode == "socket" else "listening for requests")


async def test_the_service_starts_and_works_while_slack_is_away(run: Run) -> None:
    async with run(away=True) as service:
        part = (await service.ready())["slack"]
        assert part["ok"] is True
        assert part["detail"].startswith("0 of 2 connections, away since")
        service.fake.comes_back()
        await service.mail()
        assert service.fake.last("support").text.startswith("SUP-1")


async def test_the_doctor_looks_at_slack(tmp_path: Path) -> None:
    async with FakeSlack() as fake:
        fake.add_user("ana")
        fake.add_channel("support", ["ana"], bot=False)
        settings = configured(tmp_path, fake, "socket")
        found = {finding.part: finding async for finding in examine_chat(settings)}
    assert found["slack token"].mark == "✓"
    assert found["slack CSUPPORT"].mark == "✗"
    assert found["slack CSUPPORT"].fix == "/invite @deskhand in #support"
