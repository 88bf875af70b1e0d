"""`deskhand mail authorize`: which account, what is shown, and where the token ends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.cli import app
from tests.adapters.mail.oauth_rig import provider
from tests.fakes.oauth import FakeProvider

DESK = """
[people.ana]
roles = ["agent"]
[desks.support]
key = "SUP"
addresses = ["help@shop.example"]
channels = ["console:support"]
[mail.outbound]
host = "localhost"
username = "help@shop.example"
"""
IMAP = """
[[mail.imap]]
host = "localhost"
username = "{user}"
desk = "support"
"""


@pytest.fixture
async def fake() -> AsyncIterator[FakeProvider]:
    async with provider(interval=0, agrees=True) as made:
        yield made


def oauth(fake: FakeProvider, **changes: str) -> str:
    given = {
        "token_url": f"{fake.url}/token",
        "device_url": f"{fake.url}/devicecode",
        "client_id": fake.client_id,
        "client_secret": fake.client_secret,
        "scope": fake.scope,
        "refresh_token_file": "secrets/token",
        **changes,
    }
    keys = ", ".join(f'{key} = "{value}"' for key, value in given.items() if value)
    return f"oauth = {{ {keys} }}\n"


def box(user: str, login: str) -> str:
    return IMAP.format(user=user) + login


async def authorize(folder: Path, text: str, *words: str) -> Result:
    config = folder / "deskhand.toml"
    config.write_text(text)
    typed = ["mail", "authorize", "--config", str(config), *words]
    return await asyncio.to_thread(CliRunner().invoke, app, typed)


async def test_the_token_is_kept_for_the_service_alone(tmp_path: Path, fake: FakeProvider) -> None:
    result = await authorize(tmp_path, DESK + oauth(fake))
    assert result.exit_code == 0
    path = tmp_path / "secrets" / "token"
    assert path.read_text().strip() in fake.refresh_tokens
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert "Open https://provider.example/device, enter the code ABCD-EFGH" in result.output
    assert "sign in as help@shop.example" in result.output
    assert not [secret for secret in fake.secrets if secret in result.output]


async def test_a_new_token_takes_the_place_of_the_old_one(
    tmp_path: Path, fake: FakeProvider
) -> None:
    path = tmp_path / "secrets" / "token"
    path.parent.mkdir()
    path.write_text("rt-old")
    path.chmod(0o644)
    await authorize(tmp_path, DESK + oauth(fake))
    assert path.read_text().strip() in fake.refresh_tokens
    assert path.stat().st_mode & 0o777 == 0o600
    assert [file.name for file in path.parent.iterdir()] == ["token"]


async def test_a_token_that_stands_in_the_configuration_is_printed(
    tmp_path: Path, fake: FakeProvider
) -> None:
    login = oauth(fake, refresh_token="rt-old", refresh_token_file="")
    result = await authorize(tmp_path, DESK + login)
    [token] = fake.refresh_tokens
    assert f'refresh_token = "{token}"\n' == result.stdout
    assert "mail.outbound.oauth" in result.stderr


@pytest.mark.parametrize("option", [["--imap", "2"], ["--outbound"]])
async def test_of_several_accounts_one_is_named(
    tmp_path: Path, fake: FakeProvider, option: list[str]
) -> None:
    other = oauth(fake, refresh_token_file="other")
    text = DESK + oauth(fake) + box("a@shop.example", "password = 'hunter2'\n")
    text += box("b@shop.example", other)
    result = await authorize(tmp_path, text)
    assert result.exit_code == 2
    assert "--outbound\n" in result.output
    assert "--imap 2\n" in result.output
    assert (await authorize(tmp_path, text, *option)).exit_code == 0
    assert (tmp_path / "other").exists() is (option != ["--outbound"])


@pytest.mark.parametrize("user", ["help@shop.example", "shared@shop.example"])
async def test_the_same_oauth_is_let_in_once(tmp_path: Path, fake: FakeProvider, user: str) -> None:
    text = DESK + oauth(fake) + box(user, oauth(fake))
    assert (await authorize(tmp_path, text)).exit_code == 0


async def test_nobody_agrees_before_the_token_can_be_kept(
    tmp_path: Path, fake: FakeProvider
) -> None:
    (tmp_path / "secrets").write_text("no folder")
    result = await authorize(tmp_path, DESK + oauth(fake))
    assert (result.exit_code, str(tmp_path / "secrets") in result.output) == (3, True)
    assert fake.devices == {}


@pytest.mark.parametrize(
    ("changes", "words", "code", "told"),
    [
        ({}, ["--imap", "1"], 2, "no such account. Configured: --outbound."),
        ({}, ["--imap", "1", "--outbound"], 2, "one account at a time"),
        ({"refresh_token_file": ""}, [], 2, "The app signs in by itself"),
        ({"device_url": ""}, [], 1, "mail.outbound.oauth names no page to agree on"),
        ({"scope": "everything"}, [], 1, "invalid_scope"),
    ],
)
async def test_it_says_what_cannot_be(
    tmp_path: Path,
    fake: FakeProvider,
    changes: dict[str, str],
    words: list[str],
    code: int,
    told: str,
) -> None:
    result = await authorize(tmp_path, DESK + oauth(fake, **changes), *words)
    assert (result.exit_code, told in result.output) == (code, True)


async def test_a_password_needs_nobody_to_agree(tmp_path: Path) -> None:
    result = await authorize(tmp_path, f"{DESK}password = 'hunter2'")
    assert (result.exit_code, "signs in by a password" in result.output) == (2, True)


async def test_who_declines_leaves_the_old_token(tmp_path: Path, fake: FakeProvider) -> None:
    (tmp_path / "token").write_text("rt-old")
    fake.agrees = False
    result = await authorize(tmp_path, DESK + oauth(fake, refresh_token_file="token"))
    assert (result.exit_code, "did not agree" in result.output) == (1, True)
    assert (tmp_path / "token").read_text() == "rt-old"
