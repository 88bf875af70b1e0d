"""Somebody agrees in a browser: by a code they enter, or by a browser that comes back here."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest

from adapters.mail.signing_in.device import by_device
from adapters.mail.signing_in.faults import CannotSignIn
from adapters.mail.signing_in.invitation import Invitation
from adapters.mail.signing_in.loopback import by_browser
from adapters.mail.signing_in.settings import OAuthSettings
from bot.errors import TemporaryError
from bot.tasks import spawn
from tests.adapters.mail.oauth_rig import provider, settings_for
from tests.fakes.oauth import FakeProvider

QUARTER = timedelta(minutes=15)


@pytest.fixture
async def fake() -> AsyncIterator[FakeProvider]:
    async with provider() as made:
        yield made


# ---------------------------------------------------------------- by a code


@dataclass
class Person:
    """Reads the invitation, and answers after so many polls; `pauses` are the waits between."""

    fake: FakeProvider
    after: int = 2
    agrees: bool | None = True
    pauses: list[float] = field(default_factory=list)
    asked: list[Invitation] = field(default_factory=list)

    async def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        if len(self.pauses) > self.after and self.agrees is not None:
            self.fake.answer(self.agrees)

    async def lets_in(self, settings: OAuthSettings, wait: timedelta = QUARTER) -> str:
        return await by_device(settings, self.asked.append, self.pause, wait)


async def test_a_code_is_entered_on_another_device(fake: FakeProvider) -> None:
    person = Person(fake)
    token = await person.lets_in(settings_for(fake))
    assert token in fake.refresh_tokens
    [asked] = person.asked
    assert (asked.address, asked.code) == ("https://provider.example/device", "ABCD-EFGH")
    assert person.pauses == [5.0, 5.0, 5.0]


async def test_who_is_told_to_slow_down_does(fake: FakeProvider) -> None:
    fake.then(400, '{"error": "slow_down"}')
    fake.then(429, "")
    person = Person(fake)
    await person.lets_in(settings_for(fake))
    assert person.pauses == [5.0, 10.0, 15.0]


@pytest.mark.parametrize("code", ["access_denied", "authorization_declined"])
async def test_who_declines_lets_nobody_in(fake: FakeProvider, code: str) -> None:
    fake.then(400, f'{{"error": "{code}"}}')
    with pytest.raises(CannotSignIn, match="did not agree"):
        await Person(fake, agrees=False).lets_in(settings_for(fake))


async def test_nobody_is_waited_for_without_end(fake: FakeProvider) -> None:
    person = Person(fake, agrees=None)
    with pytest.raises(CannotSignIn, match="nobody agreed in time"):
        await person.lets_in(settings_for(fake), wait=timedelta(minutes=1))
    assert sum(person.pauses) == 60
    assert person.asked[0].wait == timedelta(minutes=1)


async def test_a_code_that_ended_is_too_late(fake: FakeProvider) -> None:
    fake.then(400, '{"error": "expired_token"}')
    person = Person(fake)
    with pytest.raises(CannotSignIn, match="in time"):
        await person.lets_in(settings_for(fake))
    assert len(person.pauses) == 1


async def test_without_a_lasting_grant_it_says_what_scope_lacks() -> None:
    async with provider(scope="mail") as fake:
        with pytest.raises(CannotSignIn, match="offline_access"):
            await Person(fake).lets_in(settings_for(fake))


async def test_a_provider_that_gives_no_code_says_why(fake: FakeProvider) -> None:
    with pytest.raises(CannotSignIn, match="invalid_scope"):
        await Person(fake).lets_in(settings_for(fake, scope="everything"))


# ---------------------------------------------------------------- by a browser


@dataclass
class Browser:
    """Opens the address it is shown and goes where it is sent; `saw` are the pages it came to."""

    change: tuple[str, str] = ("", "")
    saw: list[tuple[int, str]] = field(default_factory=list)
    shown: asyncio.Future[Invitation] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )

    async def visit(self) -> None:
        asked = await self.shown
        async with aiohttp.ClientSession() as session:
            async with session.get(asked.address, allow_redirects=False) as page:
                target = page.headers["Location"]
            async with session.get(target.replace(*self.change)) as page:
                self.saw.append((page.status, await page.text()))

    async def lets_in(self, settings: OAuthSettings, wait: timedelta = QUARTER) -> str:
        visiting = spawn(self.visit(), "browser")
        try:
            return await by_browser(settings, self.shown.set_result, wait)
        finally:
            await asyncio.wait([visiting])


async def test_a_browser_comes_back_with_the_code(fake: FakeProvider) -> None:
    browser = Browser()
    token = await browser.lets_in(settings_for(fake))
    assert token in fake.refresh_tokens
    assert browser.saw == [(200, "Deskhand has what it needs. You can close this page.")]
    [form] = fake.journal
    assert len(form["code_verifier"]) >= 43
    asked = browser.shown.result()
    assert form["redirect_uri"] == f"http://127.0.0.1:{asked.port}"
    assert form["code_verifier"] not in asked.address


async def test_the_address_asks_for_what_the_provider_wants(fake: FakeProvider) -> None:
    extra = (("access_type", "offline"), ("prompt", "consent"))
    browser = Browser()
    settings = settings_for(fake, authorize_extra=extra, redirect_host="localhost")
    await browser.lets_in(settings)
    query = parse_qs(urlsplit(browser.shown.result().address).query)
    assert (query["access_type"], query["prompt"]) == (["offline"], ["consent"])
    assert query["redirect_uri"][0].startswith("http://localhost:")
    assert query["scope"] == ["mail offline_access"]


async def test_a_public_app_proves_itself_by_its_verifier_alone() -> None:
    async with provider(public=True) as fake:
        assert await Browser().lets_in(settings_for(fake))
        assert "client_secret" not in fake.journal[0]


async def test_a_code_of_another_sign_in_is_not_taken(fake: FakeProvider) -> None:
    browser = Browser(change=("state=", "state=x"))
    with pytest.raises(CannotSignIn, match="in time"):
        await browser.lets_in(settings_for(fake), wait=timedelta(seconds=0.3))
    assert browser.saw[0][0] == 400
    assert fake.journal == []


async def test_a_stolen_code_is_of_no_use(fake: FakeProvider) -> None:
    with pytest.raises(CannotSignIn, match="invalid_grant"):
        await Browser(change=("code=", "code=x")).lets_in(settings_for(fake))


@pytest.mark.parametrize(
    ("error", "words"),
    [("access_denied", "did not agree"), ("server_error", "'server_error'")],
)
async def test_a_browser_that_is_sent_back_without_a_code(
    fake: FakeProvider, error: str, words: str
) -> None:
    browser = Browser(change=("code=", f"error={error}&x="))
    with pytest.raises(CannotSignIn, match=words):
        await browser.lets_in(settings_for(fake))
    assert "did not agree" in browser.saw[0][1]


async def test_an_outage_while_the_code_is_exchanged(fake: FakeProvider) -> None:
    fake.then(503, "")
    with pytest.raises(TemporaryError):
        await Browser().lets_in(settings_for(fake))
