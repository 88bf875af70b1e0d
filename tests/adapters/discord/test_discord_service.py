"""The whole service with `[discord]` configured, alone and beside Slack and the console."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from adapters.memory.mailbox import MemoryMailbox
from bot.app import App, Edges
from bot.config.loading import load
from bot.config.settings import Settings
from bot.operate.examining.chat import examine_chat
from bot.ports import Arrival
from tests.fakes.discord_server import Channel, FakeDiscord, Message, Person
from tests.fakes.slack import APP_TOKEN, BOT_TOKEN, FakeSlack

CONFIGURATION = """
[service]
data_dir = "{folder}"
secret_key = "{secret}"
[http]
listen = "127.0.0.1:0"
[mail.intake]
enabled = false
[discord]
token = "{token}"
api_url = "{api}"
[slack]
bot_token = "{slack_bot}"
app_token = "{slack_app}"
api_url = "{slack_api}"
[people.ana]
name = "Ana"
discord = "{ana}"
roles = ["agent:support"]
[people.ben]
name = "Ben"
slack = "UBEN"
roles = ["agent:support"]
[desks.support]
key = "SUP"
addresses = ["support@shop.example"]
channels = ["console:support", "discord:{place}", "slack:CSUPPORT"]
"""
MAIL = (
    b"From: Maria <maria@acme.example>\r\nTo: support@shop.example\r\nSubject: Broken\r\n"
    b"Message-ID: <m1@acme.example>\r\n\r\nIt is broken.\r\n"
)
SECRET = "x7" * 20


@dataclass(kw_only=True)
class Service:
    """The running service, Discord's side and Slack's side."""

    app: App
    discord: FakeDiscord
    slack: FakeSlack
    place: Channel
    ana: Person

    @property
    def state(self) -> Mapping[str, str]:
        """How the platforms stand."""
        return {each.surface.name: each.state for each in self.app.platforms}

    async def mail(self) -> Message:
        """A mail arrives; its card in Discord."""
        meta = {"mail_from": "maria@acme.example", "rcpt": "support@shop.example"}
        await self.app.store.inbox.accept(Arrival(source="mail", key="m1", raw=MAIL, meta=meta))
        await self.discord.until(lambda: self.discord.threads(self.place), "the thread")
        await self.says_discord("It is broken.")
        await self.slack.until(lambda: self.slack.messages("support"))
        return self.discord.messages(self.place)[0]

    @property
    def thread(self) -> Channel:
        """The ticket's thread in Discord."""
        return self.discord.threads(self.place)[0]

    async def says_discord(self, words: str) -> None:
        """It stands in Discord's thread, sooner or later."""

        def said() -> bool:
            return any(words in each.text for each in self.discord.messages(self.thread))

        await self.discord.until(said, words)

    async def says_slack(self, words: str) -> None:
        """It stands in Slack's thread, sooner or later."""
        root = self.slack.last("support").ts
        await self.slack.until(lambda: words in str(self.slack.messages("support", root)))


def configured(
    folder: Path, discord: FakeDiscord, slack: FakeSlack, place: Channel, ana: Person
) -> Settings:
    text = CONFIGURATION.format(
        folder=folder,
        secret=SECRET,
        token=discord.token,
        api=discord.api_url,
        slack_bot=BOT_TOKEN,
        slack_app=APP_TOKEN,
        slack_api=slack.api_url.rstrip("/"),
        ana=ana.id,
        place=place.id,
    )
    path = folder / "deskhand.toml"
    path.write_text(text, encoding="utf-8")
    return load(path, {}, date(2026, 3, 1))


Run = Callable[..., AbstractAsyncContextManager[Service]]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    @asynccontextmanager
    async def serving(*, refused: bool = False) -> AsyncIterator[Service]:
        async with FakeDiscord() as discord, FakeSlack() as slack:
            slack.add_user("ben")
            slack.add_channel("support", ["ben"])
            place, ana = discord.text_channel("support"), discord.person("Ana")
            if refused:
                await discord.revoke_token()
            app = App(
                configured(tmp_path, discord, slack, place, ana),
                SECRET,
                Edges(sender=MemoryMailbox()),
            )
            await app.start()
            try:
                if not refused:
                    await discord.connected()
                yield Service(app=app, discord=discord, slack=slack, place=place, ana=ana)
            finally:
                await app.stop()

    return serving


async def test_a_claim_in_discord_shows_everywhere(run: Run) -> None:
    async with run() as service:
        seen = await service.ana.presses(await service.mail(), "Claim")
        assert "SUP-1 is yours" in seen.text
        await service.says_discord("claimed")
        await service.says_slack("claimed")
        assert service.state["discord"] == "connected"


async def test_a_refused_token_stops_nothing_else(run: Run) -> None:
    async with run(refused=True) as service:
        await service.discord.until(lambda: "refused" in service.state["discord"], "the state")
        meta = {"mail_from": "maria@acme.example", "rcpt": "support@shop.example"}
        await service.app.store.inbox.accept(Arrival(source="mail", key="m1", raw=MAIL, meta=meta))
        await service.slack.until(lambda: service.slack.messages("support"))
        assert await service.app.healthy()


async def test_the_doctor_looks_at_discord(tmp_path: Path) -> None:
    async with FakeDiscord() as discord, FakeSlack() as slack:
        slack.add_user("ben")
        slack.add_channel("support", ["ben"])
        place, ana = discord.text_channel("support"), discord.person("Ana")
        settings = configured(tmp_path, discord, slack, place, ana)
        found = {finding.part: finding async for finding in examine_chat(settings)}
    assert {found[part].mark for part in ("discord token", "discord intents", "discord ana")} == {
        "✓"
    }
