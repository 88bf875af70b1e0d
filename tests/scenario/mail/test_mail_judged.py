"""Z1, S5: what a configured server found out about a mail is believed from its door to the ticket,
and from nobody else.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path

import aiosmtplib
import pytest

from bot.config.loading import load
from bot.config.settings import Settings
from bot.wiring.mail import StoreNotes, mail_intake, mailboxes
from bot.wiring.signing_in import TokenSources
from tests.fakes.imap import FakeImap
from tests.scenario.conftest import CONFIGURATION
from tests.scenario.desk import Desk

ZOE, ANA = "zoe@else.example", "ana@shop.example"
INTAKE = """
[mail.intake]
listen = "127.0.0.1:0"
trusted_relays = ["{relay}"]
judges = ["MX.shop.example"]
"""
IMAP = """
[[mail.imap]]
host = "127.0.0.1"
port = {port}
tls = "none"
username = "desk"
password = "pw"
desk = "support"
"""
FORWARD = (
    "{verdict}From: Ana <ana@shop.example>\r\nTo: support@shop.example\r\n"
    "Message-ID: <f1@shop.example>\r\nSubject: Fwd: My bill\r\n\r\nPlease help her.\r\n\r\n"
    "---------- Forwarded message ---------\r\nFrom: Zoe <zoe@else.example>\r\n"
    "Date: Mon, 2 Mar 2026 09:58\r\nSubject: My bill\r\nTo: <ana@shop.example>\r\n\r\n"
    "It is wrong.\r\n"
)
OURS = "Authentication-Results: mx.shop.example; dmarc=pass header.from=shop.example\r\n"
THEIRS = OURS.replace("mx.shop", "mx.evil")
FAILED = OURS.replace("pass", "fail")
Configure = Callable[[str], Settings]


@pytest.fixture
def configure(tmp_path: Path) -> Configure:
    """The shop's settings, with more of them."""

    def settings(more: str) -> Settings:
        path = tmp_path / "deskhand.toml"
        shop = CONFIGURATION.read_text(encoding="utf-8")
        path.write_text(shop + more, encoding="utf-8")
        return load(path, {}, date(2026, 3, 1))

    return settings


@asynccontextmanager
async def door(desk: Desk, settings: Settings) -> AsyncIterator[int]:
    """The desk's mail server as the service wires it; its port."""
    directory = settings.directory()
    intake = mail_intake(settings.mail.intake, directory, desk.store.inbox, desk.meter)
    await intake.start()
    try:
        yield intake.address[1]
    finally:
        await intake.stop()


async def sent(desk: Desk, settings: Settings, verdict: str) -> str:
    """Somebody hands Ana's forward to the mail server; the ticket's requester."""
    async with (
        door(desk, settings) as port,
        aiosmtplib.SMTP(hostname="127.0.0.1", port=port, start_tls=False) as client,
    ):
        mail = FORWARD.format(verdict=verdict).encode()
        await client.sendmail(ANA, ["support@shop.example"], mail)
    await desk.settle()
    return (await desk.ticket()).requester.address


async def test_s5_a_relays_word_restores_the_customer(desk: Desk, configure: Configure) -> None:
    settings = configure(INTAKE.format(relay="127.0.0.1"))
    assert await sent(desk, settings, OURS) == ZOE
    first, comment = await desk.messages()
    assert (first.text, comment.text) == ("It is wrong.", "Please help her.")


@pytest.mark.parametrize(
    ("relay", "verdict"),
    [
        ("192.0.2.25", OURS),
        ("127.0.0.1", THEIRS),
        ("127.0.0.1", FAILED + OURS),
        ("127.0.0.1", ""),
    ],
    ids=["a stranger says it", "a foreign judge", "below our own", "nobody says it"],
)
async def test_z1_a_forgers_word_is_worth_nothing(
    desk: Desk, configure: Configure, relay: str, verdict: str
) -> None:
    assert await sent(desk, configure(INTAKE.format(relay=relay)), verdict) == ANA


@pytest.mark.parametrize(
    ("judges", "requester"), [('judges = ["mx.shop.example"]', ZOE), ("", ANA)]
)
async def test_s5_a_mailbox_has_judges_of_its_own(
    desk: Desk, configure: Configure, judges: str, requester: str
) -> None:
    async with FakeImap() as server:
        settings = configure(
            INTAKE.format(relay="127.0.0.1") + IMAP.format(port=server.port) + judges
        )
        server.put(FORWARD.format(verdict=OURS).encode())
        sources = TokenSources(settings, StoreNotes(desk.store, desk.clock), desk.clock)
        [mailbox] = mailboxes(settings, desk.core, desk.database, sources)
        await mailbox.start()
        async with asyncio.timeout(5):
            await server.idling.wait()
        await mailbox.stop()
    await desk.settle()
    assert (await desk.ticket()).requester.address == requester
