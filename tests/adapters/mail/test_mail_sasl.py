"""Signing in with tokens, byte for byte, to mailboxes and smarthosts that take nothing else."""

from __future__ import annotations

import asyncio
import base64
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from adapters.mail.receiving.imap import ImapFetcher
from adapters.mail.receiving.imap_mailbox import ImapSettings, open_mailbox
from adapters.mail.sending.sender import SmtpSender, SmtpSenderSettings
from adapters.mail.signing_in.sasl import OAUTHBEARER, XOAUTH2, Login, Mechanism, choose
from adapters.mail.signing_in.tokens import Tokens
from bot.errors import Fault, PermanentError, TemporaryError
from tests.adapters.mail.oauth_rig import provider, source_for
from tests.adapters.mail.test_mail_imap import Around, letter, until
from tests.adapters.mail.test_mail_sender import MAIL
from tests.fakes.imap import FakeImap
from tests.fakes.oauth import FakeProvider
from tests.fakes.smtp import FakeSmarthost
from tests.fakes.token_smarthost import TokenSmarthost

SAID = base64.b64encode(b"user=u\x01auth=Bearer t\x01\x01").decode()
BOTH = ("XOAUTH2", "OAUTHBEARER")


@pytest.fixture
async def fake() -> AsyncIterator[FakeProvider]:
    async with provider() as made:
        yield made


# ---------------------------------------------------------------- the words


@pytest.mark.parametrize(
    ("mechanism", "login", "token", "said"),
    [
        (
            XOAUTH2,
            Login(username="someuser@example.com", host="imap.example.com", port=993),
            "ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg",
            "dXNlcj1zb21ldXNlckBleGFtcGxlLmNvbQFhdXRoPUJlYXJlciB5YTI5LnZGOWRmdDRxbVRjMk52"
            "YjNSbGNrQmhkSFJoZG1semRHRXVZMjl0Q2cBAQ==",
        ),
        (
            XOAUTH2,
            Login(username="test@contoso.onmicrosoft.com", host="outlook.example", port=993),
            "EwBAAl3BAAUFFpUAo7J3Ve0bjLBWZWCclRC3EoAA",
            "dXNlcj10ZXN0QGNvbnRvc28ub25taWNyb3NvZnQuY29tAWF1dGg9QmVhcmVy"
            "IEV3QkFBbDNCQUFVRkZwVUFvN0ozVmUwYmpMQldaV0NjbFJDM0VvQUEBAQ==",
        ),
        (
            OAUTHBEARER,
            Login(username="user@example.com", host="server.example.com", port=143),
            "vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==",
            "bixhPXVzZXJAZXhhbXBsZS5jb20sAWhvc3Q9c2VydmVyLmV4YW1wbGUuY29tAXBvcnQ9MTQzAWF1"
            "dGg9QmVhcmVyIHZGOWRmdDRxbVRjMk52YjNSbGNrQmhiSFJoZG1semRHRXVZMjl0Q2c9PQEB",
        ),
    ],
    ids=["google", "microsoft", "rfc 7628"],
)
def test_the_words_are_as_their_authors_show_them(
    mechanism: Mechanism, login: Login, token: str, said: str
) -> None:
    assert base64.b64encode(mechanism.words(login, token)) == said.encode()


def test_a_name_with_commas_stays_one_name() -> None:
    login = Login(username="a=b,c@d.example", host="h", port=1)
    assert OAUTHBEARER.words(login, "t").startswith(b"n,a=a=3Db=2Cc@d.example,\x01")


@pytest.mark.parametrize(
    ("offered", "mechanism"),
    [
        (("PLAIN", "XOAUTH2", "OAUTHBEARER"), XOAUTH2),
        (("plain", "oauthbearer"), OAUTHBEARER),
        (("PLAIN", "LOGIN"), None),
    ],
)
def test_oauthbearer_is_for_where_there_is_nothing_else(
    offered: tuple[str, ...], mechanism: Mechanism | None
) -> None:
    assert choose(offered) is mechanism


# ---------------------------------------------------------------- mailboxes


def mailbox(server: FakeImap, fake: FakeProvider, tokens: Tokens | None = None) -> ImapSettings:
    return ImapSettings(
        host="127.0.0.1", port=server.port, tls="none", username=fake.user,
        tokens=tokens or source_for(fake), address="support@desk.example",
        poll=0.02, first_wait=0.01, longest_wait=0.05,
    )  # fmt: skip


@pytest.mark.parametrize(
    "line", [f"AUTHENTICATE XOAUTH2 {SAID}", f"AUTHENTICATE XOAUTH2\r\n{SAID}"]
)
async def test_the_fake_takes_both_ways_of_rfc_4959(line: str) -> None:
    async with FakeImap(takes=lambda user, token: (user, token) == ("u", "t")) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(f"a {line}\r\n".encode())
        assert b"a OK" in await reader.readuntil(b"in\r\n")
        writer.close()


async def refused(settings: ImapSettings) -> PermanentError:
    with pytest.raises(PermanentError) as raised:
        await open_mailbox(settings, asyncio.to_thread)
    return raised.value


@pytest.mark.parametrize("mechanism", BOTH)
@pytest.mark.parametrize("sasl_ir", [True, False])
async def test_a_mailbox_opens_with_a_token(
    fake: FakeProvider, mechanism: str, sasl_ir: bool
) -> None:
    async with FakeImap(takes=fake.takes, mechanisms=[mechanism], sasl_ir=sasl_ir) as server:
        server.put(letter(1))
        box = await open_mailbox(mailbox(server, fake), asyncio.to_thread)
        assert await asyncio.to_thread(box.unseen) == [1]
        await asyncio.to_thread(box.close)
    assert server.logins == [True]


@pytest.mark.parametrize("mechanism", BOTH)
async def test_a_mailbox_that_takes_the_token_no_more_gets_a_new_one(
    fake: FakeProvider, mechanism: str
) -> None:
    source = source_for(fake)
    await source.token()
    fake.revoke()
    fake.clock.push(timedelta(minutes=10))
    async with FakeImap(takes=fake.takes, mechanisms=[mechanism]) as server:
        box = await open_mailbox(mailbox(server, fake, source), asyncio.to_thread)
        await asyncio.to_thread(box.close)
    assert server.logins == [False, True]


@pytest.mark.parametrize("mechanism", BOTH)
async def test_a_mailbox_that_takes_no_token_of_this_user(
    fake: FakeProvider, mechanism: str
) -> None:
    async with FakeImap(takes=fake.takes, mechanisms=[mechanism]) as server:
        settings = mailbox(server, fake, source_for(fake))
        error = await refused(replace(settings, username="somebody@else.example"))
    assert error.fault is Fault.CREDENTIAL
    assert error.words.startswith("the mailbox refused the login: [AUTHENTICATIONFAILED]")
    assert server.logins == [False]


async def test_a_mailbox_without_a_mechanism_for_tokens(fake: FakeProvider) -> None:
    async with FakeImap() as server:
        error = await refused(mailbox(server, fake))
    assert "neither XOAUTH2 nor OAUTHBEARER" in error.words
    assert server.logins == []


async def test_a_mailbox_that_cannot_look_accounts_up_is_tried_again(fake: FakeProvider) -> None:
    async with FakeImap(takes=lambda user, token: False) as server:
        server.refusal = "NO [UNAVAILABLE] try later"
        with pytest.raises(TemporaryError, match="UNAVAILABLE"):
            await open_mailbox(mailbox(server, fake), asyncio.to_thread)


@asynccontextmanager
async def fetching(settings: ImapSettings, around: Around) -> AsyncIterator[ImapFetcher]:
    fetcher = ImapFetcher(settings, around)
    await fetcher.start()
    try:
        yield fetcher
    finally:
        await fetcher.stop()


async def test_mail_is_fetched_with_a_token_that_is_written_nowhere(
    fake: FakeProvider, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    around = Around()
    async with FakeImap(takes=fake.takes) as server:
        server.put(letter(1))
        async with fetching(mailbox(server, fake), around):
            await until(lambda: server.seen_order)
    told = [caplog.text, *server.journal]
    assert not [secret for secret in fake.secrets for text in told if secret in text]
    assert not around.told


async def test_a_mailbox_that_lets_us_in_no_more_is_told_of(fake: FakeProvider) -> None:
    around = Around()
    async with FakeImap(takes=fake.takes) as server:
        source = source_for(fake, refresh_token="rt-old")
        async with fetching(mailbox(server, fake, source), around) as fetcher:
            await until(lambda: around.told)
    address, account, words = around.told[0]
    assert (address, account) == ("support@desk.example", fake.user)
    assert "invalid_grant" in words
    assert fetcher.state == words


async def test_an_outage_of_the_provider_is_not_told_of(fake: FakeProvider) -> None:
    around = Around()
    fake.then(503, "")
    async with (
        FakeImap(takes=fake.takes) as server,
        fetching(mailbox(server, fake), around) as fetcher,
    ):
        await until(lambda: around.meter.counted("imap_failures") > 2)
        fake.clock.push(timedelta(seconds=5))
        await until(lambda: fetcher.connected)
    assert not around.told


# ---------------------------------------------------------------- smarthosts


@asynccontextmanager
async def sending(port: int, fake: FakeProvider, **settings: Any) -> AsyncIterator[SmtpSender]:
    given = {"tls": "none", "timeout": 5.0, "username": fake.user, "tokens": source_for(fake)}
    sender = SmtpSender(SmtpSenderSettings(host="127.0.0.1", port=port, **{**given, **settings}))
    try:
        yield sender
    finally:
        await sender.stop()


@pytest.mark.parametrize("mechanism", BOTH)
async def test_mail_leaves_with_a_token(fake: FakeProvider, mechanism: str) -> None:
    async with (
        TokenSmarthost(fake.takes, [mechanism]) as host,
        sending(host.port, fake) as sender,
    ):
        await sender.send(MAIL, ())
        await sender.send(MAIL, ())
    assert host.taken == ["maria@acme.example"] * 2
    assert host.logins == [True]


@pytest.mark.parametrize("mechanism", BOTH)
async def test_a_smarthost_that_takes_the_token_no_more_gets_a_new_one(
    fake: FakeProvider, mechanism: str
) -> None:
    source = source_for(fake)
    await source.token()
    fake.revoke()
    fake.clock.push(timedelta(minutes=10))
    async with (
        TokenSmarthost(fake.takes, [mechanism]) as host,
        sending(host.port, fake, tokens=source) as sender,
    ):
        await sender.send(MAIL, ())
    assert host.logins == [False, True]


@pytest.mark.parametrize("mechanism", BOTH)
async def test_a_smarthost_that_takes_no_token_of_this_user(
    fake: FakeProvider, mechanism: str
) -> None:
    async with (
        TokenSmarthost(fake.takes, [mechanism]) as host,
        sending(host.port, fake, username="somebody@else.example") as sender,
    ):
        with pytest.raises(PermanentError) as raised:
            await sender.send(MAIL, ())
    assert raised.value.fault is Fault.CREDENTIAL
    assert raised.value.words.startswith("the smarthost refused the login: 535 5.7.8")
    assert host.logins == [False]


async def test_a_smarthost_without_a_mechanism_for_tokens(fake: FakeProvider) -> None:
    async with (
        FakeSmarthost(users={"u": "p"}) as host,
        sending(host.port, fake) as sender,
    ):
        with pytest.raises(PermanentError, match="neither XOAUTH2"):
            await sender.send(MAIL, ())
    assert not any(line.startswith("AUTH") for line in host.commands)


@pytest.mark.parametrize(
    ("reply", "kind"),
    [("535 5.7.139 SmtpClientAuthentication is disabled", PermanentError),
     ("454 4.7.0 Temporary authentication failure", TemporaryError)],
)  # fmt: skip
async def test_mail_waits_for_what_the_provider_says(
    fake: FakeProvider, reply: str, kind: type[Exception]
) -> None:
    async with TokenSmarthost(lambda user, token: False) as host:
        host.refusal = reply
        async with sending(host.port, fake) as sender:
            with pytest.raises(kind, match=reply):
                await sender.send(MAIL, ())


async def test_a_consent_that_ended_lets_mail_wait(fake: FakeProvider) -> None:
    async with (
        TokenSmarthost(fake.takes) as host,
        sending(host.port, fake, tokens=source_for(fake, refresh_token="rt-old")) as sender,
    ):
        with pytest.raises(PermanentError) as raised:
            await sender.send(MAIL, ())
    assert raised.value.fault is Fault.CREDENTIAL
    assert host.logins == []


def test_settings_show_no_secret() -> None:
    login: dict[str, Any] = {"host": "h", "port": 1, "username": "u", "password": "hunter2"}
    out, box = SmtpSenderSettings(**login), ImapSettings(address="a@b.example", **login)
    assert "hunter2" not in repr(out) + repr(box)
