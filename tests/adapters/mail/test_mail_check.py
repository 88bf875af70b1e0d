"""Starting the check of an address: what the smarthost says is told at once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from adapters.mail.sending.sender import SmtpSender, SmtpSenderSettings
from bot.clock import SystemClock
from bot.config.loading import load
from bot.config.settings import Settings
from bot.domain.directory import Desk
from bot.domain.verification import CheckFault
from bot.operate.examining.mail import examine_mail
from bot.operate.verify import begin
from bot.services.mailing.outgoing import verifying
from storage.database import Database
from storage.store import SqlStore
from tests.fakes.imap import FakeImap
from tests.fakes.smtp import FakeSmarthost
from tests.schema import migrated

TOKEN = "0123456789abcdef01234567"
DESK = Desk(
    key="support",
    prefix="SUP",
    name="Support",
    addresses=("support@desk.example",),
    sender="support@desk.example",
    channels=(),
)


@pytest.fixture
async def store() -> AsyncIterator[SqlStore]:
    database = await Database.open("sqlite://:memory:")
    await migrated(database)
    yield SqlStore(database, SystemClock())
    await database.close()


async def started(store: SqlStore, port: int, **settings: Any) -> CheckFault:
    """The fault of a check that was begun with such a smarthost, as it is kept."""
    given = {"tls": "none", "timeout": 1.0, **settings}
    sender = SmtpSender(SmtpSenderSettings(host="127.0.0.1", port=port, **given))
    check = await begin(store, DESK, sender, TOKEN, SystemClock())
    await sender.stop()
    async with store.read() as work:
        assert await verifying.standing(work, "support", check.started_at) is not None
        kept = await verifying.standing(work, "support", check.started_at)
    assert kept is not None
    assert (kept.state, kept.fault) == (check.state, check.fault)
    return check.fault


async def test_a_mail_leaves_through_the_desks_smarthost(store: SqlStore) -> None:
    async with FakeSmarthost() as host:
        assert await started(store, host.port) is CheckFault.NONE
        [taken] = host.journal
    assert taken.recipients == ("support+verify@desk.example",)
    assert f"[dkv:support:{TOKEN}]".encode() in taken.content
    assert b"Auto-Submitted: auto-generated" in taken.content


async def test_wrong_credentials_are_told(store: SqlStore) -> None:
    async with FakeSmarthost(users={"u": "right"}) as host:
        fault = await started(store, host.port, username="u", password="wrong")
    assert fault is CheckFault.CREDENTIALS


async def test_a_smarthost_that_is_away_is_told(store: SqlStore) -> None:
    assert await started(store, 1) is CheckFault.SMTP_HOST


async def test_a_smarthost_that_is_silent_is_told(store: SqlStore) -> None:
    async with FakeSmarthost() as host:
        host.silent.add("RCPT")
        assert await started(store, host.port, timeout=0.1) is CheckFault.TIMEOUT


async def test_a_failed_start_leaves_no_timer(store: SqlStore) -> None:
    await started(store, 1)
    assert (await store.timers.overdue(SystemClock().now())).total_seconds() == 0


def configured(folder: Path, smtp: int, imap: int, password: str = "pw") -> Settings:
    path = folder / "deskhand.toml"
    path.write_text(f"""
[mail.outbound]
host = "127.0.0.1"
port = {smtp}
tls = "none"
[[mail.imap]]
host = "127.0.0.1"
port = {imap}
tls = "none"
username = "desk"
password = "{password}"
desk = "support"
[people.ana]
email = "ana@desk.example"
roles = ["agent"]
[desks.support]
key = "SUP"
addresses = ["support@desk.example"]
channels = ["console:support"]
""")
    return load(path, {}, SystemClock().now().date())


async def findings(settings: Settings) -> list[str]:
    return [f"{f.mark} {f.part}: {f.words}" async for f in examine_mail(settings)]


async def test_the_doctor_tries_smarthosts_and_mailboxes(tmp_path: Path) -> None:
    async with FakeSmarthost() as smtp, FakeImap() as imap:
        imap.put(b"Subject: x\r\n\r\n")
        found = await findings(configured(tmp_path, smtp.port, imap.port))
        assert found[0].startswith("✓ mail out: fake.example")
        assert found[1] == f"✓ mailbox: 127.0.0.1:{imap.port} INBOX: 1 unread, announces new mail"
        assert not imap.seen_order


async def test_the_doctor_tells_what_a_mailbox_says(tmp_path: Path) -> None:
    async with FakeSmarthost() as smtp, FakeImap() as imap:
        found = await findings(configured(tmp_path, smtp.port, imap.port, "wrong"))
    assert "✗ mailbox" in found[1]
    assert "refused the login" in found[1]


async def test_the_doctor_warns_of_mail_on_the_teams_own_domain(tmp_path: Path) -> None:
    async with FakeSmarthost() as smtp, FakeImap() as imap:
        found = await findings(configured(tmp_path, smtp.port, imap.port))
    assert "! address: desk.example is the team's own domain, too" in found
