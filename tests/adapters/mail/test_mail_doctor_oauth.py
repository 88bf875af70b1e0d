"""What the doctor says of accounts that are let in by tokens."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.clock import SystemClock
from bot.config.loading import load
from bot.config.settings import Settings
from bot.operate.examining.findings import Finding, Mark
from bot.operate.examining.mail import examine_mail
from storage.database import Database
from tests.adapters.mail.oauth_rig import provider
from tests.fakes.imap import FakeImap
from tests.fakes.oauth import FakeProvider
from tests.fakes.token_smarthost import TokenSmarthost
from tests.schema import migrated

PARTS = ("sign-in", "mail out", "mailbox")
CONFIGURATION = """
[mail.outbound]
host = "127.0.0.1"
port = {smtp}
tls = "none"
username = "help@shop.example"
oauth = {oauth}
[[mail.imap]]
host = "127.0.0.1"
port = {imap}
tls = "none"
username = "help@shop.example"
oauth = {oauth}
desk = "support"
[people.ana]
roles = ["agent"]
[desks.support]
key = "SUP"
addresses = ["help@shop.example"]
channels = ["console:support"]
"""


@pytest.fixture
async def fake() -> AsyncIterator[FakeProvider]:
    async with provider(rotates=True) as made:
        made.clock.push(SystemClock().now() - made.clock.now())
        yield made


@pytest.fixture
async def smtp(fake: FakeProvider) -> AsyncIterator[TokenSmarthost]:
    async with TokenSmarthost(fake.takes) as made:
        yield made


@pytest.fixture
async def imap(fake: FakeProvider) -> AsyncIterator[FakeImap]:
    async with FakeImap(takes=fake.takes) as made:
        yield made


def oauth(fake: FakeProvider) -> str:
    return (
        f'{{ token_url = "{fake.url}/token", client_id = "app-1", scope = "{fake.scope}",'
        f' client_secret = "{fake.client_secret}", refresh_token_file = "token" }}'
    )


def configured(folder: Path, fake: FakeProvider, smtp: int, imap: int) -> Settings:
    path = folder / "deskhand.toml"
    path.write_text(CONFIGURATION.format(oauth=oauth(fake), smtp=smtp, imap=imap))
    return load(path, {}, SystemClock().now().date())


async def findings(settings: Settings) -> list[Finding]:
    return [finding async for finding in examine_mail(settings) if finding.part in PARTS]


async def with_database(settings: Settings) -> Settings:
    database = await Database.open(settings.database_url)
    await migrated(database)
    await database.close()
    return settings


async def test_it_gets_one_token_and_tries_it_everywhere(
    tmp_path: Path, fake: FakeProvider, smtp: TokenSmarthost, imap: FakeImap
) -> None:
    (tmp_path / "token").write_text(fake.let_in())
    settings = await with_database(configured(tmp_path, fake, smtp.port, imap.port))
    # The second time it goes on with the refresh token that came with the first.
    for times in (1, 2):
        found = await findings(settings)
        assert [f.part for f in found] == ["sign-in", "mail out", "mailbox"]
        assert {f.mark for f in found} == {Mark.FINE}
        assert found[0].words == "mail.outbound: 127.0.0.1 gives a token"
        assert (len(fake.journal), smtp.logins, imap.logins) == (times, *[[True] * times] * 2)


async def test_without_a_refresh_token_it_names_the_command(
    tmp_path: Path, fake: FakeProvider, smtp: TokenSmarthost, imap: FakeImap
) -> None:
    settings = await with_database(configured(tmp_path, fake, smtp.port, imap.port))
    [found] = await findings(settings)
    assert (found.mark, found.part) == (Mark.WRONG, "sign-in")
    assert "no refresh token in" in found.words
    assert found.fix == "Make one: `deskhand mail authorize --outbound`."
    assert (smtp.logins, imap.logins) == ([], [])


async def test_without_a_database_no_token_is_used_up(
    tmp_path: Path, fake: FakeProvider, smtp: TokenSmarthost, imap: FakeImap
) -> None:
    (tmp_path / "token").write_text(fake.let_in())
    [found] = await findings(configured(tmp_path, fake, smtp.port, imap.port))
    assert found.words.endswith("not tried: the database cannot be opened")
    assert fake.journal == []


async def test_a_server_that_refuses_a_sound_token_is_to_be_opened_at_the_provider(
    tmp_path: Path, fake: FakeProvider, smtp: TokenSmarthost, imap: FakeImap
) -> None:
    (tmp_path / "token").write_text(fake.let_in())
    settings = await with_database(configured(tmp_path, fake, smtp.port, imap.port))
    fake.user = "somebody@else.example"
    sign_in, out, box = await findings(settings)
    assert [sign_in.mark, out.mark, box.mark] == [Mark.FINE, Mark.WRONG, Mark.WRONG]
    assert "see mail.outbound.username, and at the provider that SMTP is" in out.fix
    assert "see mail.imap[0].username, and at the provider that IMAP is" in box.fix
