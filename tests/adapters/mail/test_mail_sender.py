from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from adapters.mail.reader import read_mail
from adapters.mail.sending.sender import SmtpSender, SmtpSenderSettings
from adapters.mail.sending.smarthosts import Smarthosts
from adapters.mail.sending.smtp_faults import Stage, fault
from bot.domain.mail import Acceptance, Address, Attachment, OutboundMail
from bot.errors import Fault, NoAnswer, PermanentError, TemporaryError
from bot.tasks import spawn, stop
from tests.adapters.mail.mail_client import client_tls, server_tls
from tests.fakes.smtp import FakeSmarthost

MAIL = OutboundMail(
    message_id="dk.k3y.7@desk.example",
    date=datetime(2026, 3, 2, 9, 15, tzinfo=UTC),
    sender=Address(address="support@desk.example", name="Support"),
    recipient=Address(address="maria@acme.example"),
    subject="Re: Invoice [SUP-42]",
    text="Dear Maria,\n.\nit is fixed.\n",
    envelope_from="support+k3y@desk.example",
)


@pytest.fixture
async def host() -> AsyncIterator[FakeSmarthost]:
    async with FakeSmarthost() as made:
        yield made


@asynccontextmanager
async def sending(host: FakeSmarthost, **settings: Any) -> AsyncIterator[SmtpSender]:
    given = {"tls": "none", "timeout": 5.0, **settings}
    sender = SmtpSender(SmtpSenderSettings(host="localhost", port=host.port, **given))
    try:
        yield sender
    finally:
        await sender.stop()


@pytest.fixture
async def sender(host: FakeSmarthost) -> AsyncIterator[SmtpSender]:
    async with sending(host) as made:
        yield made


async def test_a_mail_is_handed_over_with_its_envelope(
    host: FakeSmarthost, sender: SmtpSender
) -> None:
    assert await sender.send(MAIL, ()) == Acceptance(words="2.0.0 Ok: queued as 4F2A")
    [taken] = host.journal
    assert taken.mail_from == "support+k3y@desk.example"
    assert taken.recipients == ("maria@acme.example",)
    assert read_mail(taken.content).text == MAIL.text.strip("\n")


async def test_files_go_along(host: FakeSmarthost, sender: SmtpSender) -> None:
    file = Attachment(name="a.pdf", content_type="application/pdf", content=b"%PDF\n.\n")
    await sender.send(MAIL, [file])
    assert read_mail(host.journal[0].content).attachments[0].content == file.content


async def test_no_envelope_sender_is_the_null_one(host: FakeSmarthost, sender: SmtpSender) -> None:
    await sender.send(replace(MAIL, envelope_from=""), ())
    assert any(command.startswith("MAIL FROM:<>") for command in host.commands)


@pytest.mark.parametrize(
    ("named", "given"), [("a1@b.example", "a1@b.example"), (MAIL.message_id, "")]
)
async def test_o4_a_provider_names_the_id_that_it_gave(
    host: FakeSmarthost, sender: SmtpSender, named: str, given: str
) -> None:
    host.then("MESSAGE", f"250 2.0.0 OK <{named}> [Hostname=b.example]")
    assert (await sender.send(MAIL, ())).given_id == given


async def test_connections_are_kept(host: FakeSmarthost, sender: SmtpSender) -> None:
    for _ in range(3):
        await sender.send(MAIL, ())
    assert [taken.connection for taken in host.journal] == [1, 1, 1]


async def test_no_more_are_opened_than_allowed(host: FakeSmarthost, sender: SmtpSender) -> None:
    await asyncio.gather(*(sender.send(MAIL, ()) for _ in range(10)))
    assert len(host.journal) == 10
    assert host.connections <= 2


async def test_a_kept_connection_that_was_closed_is_made_anew(
    host: FakeSmarthost, sender: SmtpSender
) -> None:
    await sender.send(MAIL, ())
    host.hang_up()
    await sender.send(MAIL, ())
    assert [taken.connection for taken in host.journal] == [1, 2]


async def test_so_is_one_that_says_goodbye(host: FakeSmarthost, sender: SmtpSender) -> None:
    await sender.send(MAIL, ())
    host.then("MAIL", "421 4.4.2 Idle for too long")
    await sender.send(MAIL, ())
    assert [taken.connection for taken in host.journal] == [1, 2]


async def test_a_refused_recipient_does_not_cost_the_connection(
    host: FakeSmarthost, sender: SmtpSender
) -> None:
    host.refused["maria@acme.example"] = "550 5.1.1 User unknown"
    with pytest.raises(PermanentError) as caught:
        await sender.send(MAIL, ())
    assert (caught.value.fault, caught.value.code) == (Fault.DESTINATION, "5.1.1")
    await sender.send(replace(MAIL, recipient=Address(address="jo@acme.example")), ())
    assert host.journal[0].recipients == ("jo@acme.example",)
    assert host.connections == 1


async def test_o5_a_lost_answer_is_told_apart(host: FakeSmarthost, sender: SmtpSender) -> None:
    host.drop_after_data = True
    with pytest.raises(TemporaryError) as caught:
        await sender.send(MAIL, ())
    assert caught.value.ambiguous
    assert len(host.journal) == 1


@pytest.mark.parametrize("verb", ["MAIL", "RCPT", "EHLO"])
async def test_a_server_that_says_nothing_is_given_up(host: FakeSmarthost, verb: str) -> None:
    host.silent.add(verb)
    async with sending(host, timeout=0.05) as sender:
        with pytest.raises(TemporaryError) as caught:
            await sender.send(MAIL, ())
    assert not caught.value.ambiguous


async def test_a_cancelled_try_leaves_no_half_transaction(
    host: FakeSmarthost, sender: SmtpSender
) -> None:
    host.silent.add("RCPT")
    trying = asyncio.gather(sender.send(MAIL, ()))
    await host.heard["RCPT"].wait()
    trying.cancel()
    host.silent.clear()
    await sender.send(MAIL, ())
    assert [taken.connection for taken in host.journal] == [2]


async def test_nobody_there_is_temporary() -> None:
    async with FakeSmarthost() as host:
        port = host.port
    sender = SmtpSender(SmtpSenderSettings(host="127.0.0.1", port=port, tls="none"))
    with pytest.raises(TemporaryError, match="connection"):
        await sender.send(MAIL, ())


async def test_a_server_that_is_full_is_temporary(host: FakeSmarthost, sender: SmtpSender) -> None:
    host.then("CONNECT", "554 5.3.2 No service today")
    with pytest.raises(TemporaryError, match="554"):
        await sender.send(MAIL, ())


async def test_starttls_and_login() -> None:
    async with (
        FakeSmarthost(users={"desk": "secret"}, starttls=server_tls()) as host,
        sending(
            host, tls="starttls", tls_context=client_tls(), username="desk", password="secret"
        ) as sender,
    ):
        await sender.send(MAIL, ())
        assert "fake.example" in await sender.check()
    assert host.commands[:2] == ["EHLO localhost", "STARTTLS"]
    assert len(host.journal) == 1


async def test_implicit_tls() -> None:
    async with (
        FakeSmarthost(implicit=server_tls()) as host,
        sending(host, tls="implicit", tls_context=client_tls()) as sender,
    ):
        await sender.send(MAIL, ())
    assert len(host.journal) == 1


async def test_a_certificate_that_is_not_trusted_is_not_used() -> None:
    async with (
        FakeSmarthost(starttls=server_tls()) as host,
        sending(host, tls="starttls") as sender,
    ):
        with pytest.raises(TemporaryError, match="certificate"):
            await sender.send(MAIL, ())
    assert not host.journal


async def test_without_the_wanted_tls_nothing_is_sent(host: FakeSmarthost) -> None:
    async with sending(host, tls="starttls") as sender:
        with pytest.raises(TemporaryError, match="STARTTLS"):
            await sender.send(MAIL, ())
    assert not host.journal


async def test_a_wrong_password_is_a_matter_of_credentials() -> None:
    async with (
        FakeSmarthost(users={"desk": "secret"}) as host,
        sending(host, username="desk", password="wrong") as sender,
    ):
        with pytest.raises(PermanentError) as caught:
            await sender.check()
    assert caught.value.fault is Fault.CREDENTIAL
    assert "wrong" not in caught.value.words


FOREIGN = replace(MAIL, recipient=Address(address="jörg@bücher.example"))


async def test_o8_a_foreign_address_goes_to_a_server_that_takes_them() -> None:
    async with FakeSmarthost(extensions=("SMTPUTF8",)) as host, sending(host) as sender:
        await sender.send(FOREIGN, ())
    assert host.journal[0].recipients == ("jörg@xn--bcher-kva.example",)


async def test_o8_no_other_server_is_asked_to(host: FakeSmarthost, sender: SmtpSender) -> None:
    with pytest.raises(PermanentError, match="SMTPUTF8") as caught:
        await sender.send(FOREIGN, ())
    assert caught.value.fault is Fault.DESTINATION
    await sender.send(MAIL, ())
    assert len(host.journal) == 1


@pytest.mark.parametrize(
    ("stage", "reply", "about", "code"),
    [
        (Stage.RCPT, "550 5.1.1 User unknown", Fault.DESTINATION, "5.1.1"),
        (Stage.RCPT, "550 No such user", Fault.DESTINATION, "550"),
        (Stage.RCPT, "552 5.2.2 Mailbox full", Fault.DESTINATION, "5.2.2"),
        (Stage.RCPT, "554 5.7.1 Relay access denied", Fault.DESTINATION, "5.7.1"),
        (Stage.RCPT, "530 5.7.0 Authentication required", Fault.CREDENTIAL, "5.7.0"),
        (Stage.MAIL, "550 5.7.60 Not allowed to send as", Fault.PAYLOAD, "5.7.60"),
        (Stage.MAIL, "530 5.7.0 Must issue STARTTLS", Fault.CREDENTIAL, "5.7.0"),
        (Stage.MAIL, "552 5.3.4 Too big", Fault.PAYLOAD, "5.3.4"),
        (Stage.DATA, "552 5.3.4 Too big", Fault.PAYLOAD, "5.3.4"),
        (Stage.DATA, "554 5.7.1 Spam", Fault.PAYLOAD, "5.7.1"),
        (Stage.DATA, "554 5.6.0 Bad content", Fault.PAYLOAD, "5.6.0"),
        (Stage.DATA, "554 5.1.1 User unknown", Fault.DESTINATION, "5.1.1"),
        (Stage.DATA, "550 5.1.1 User unknown", Fault.DESTINATION, "5.1.1"),
        (Stage.DATA, "550 Rejected", Fault.DESTINATION, "550"),
        (Stage.LOGIN, "535 5.7.8 Bad credentials", Fault.CREDENTIAL, "5.7.8"),
        (Stage.LOGIN, "504 5.5.4 Unknown mechanism", Fault.CREDENTIAL, "5.5.4"),
    ],
)
def test_permanent_refusals(stage: Stage, reply: str, about: Fault, code: str) -> None:
    error = fault(stage, int(reply[:3]), reply[4:])
    assert isinstance(error, PermanentError)
    assert (error.fault, error.code) == (about, code)
    assert reply[4:] in error.words


@pytest.mark.parametrize(
    ("stage", "code", "ambiguous"),
    [
        (Stage.CONNECT, 421, False),
        (Stage.CONNECT, 554, False),
        (Stage.LOGIN, 454, False),
        (Stage.MAIL, 451, False),
        (Stage.RCPT, 450, False),
        (Stage.DATA, 421, False),
        (Stage.DATA, 452, False),
        (Stage.DATA, -1, True),
        (Stage.DATA, 354, True),
        (Stage.RCPT, -1, False),
    ],
)
def test_refusals_for_now(stage: Stage, code: int, ambiguous: bool) -> None:
    error = fault(stage, code, "4.2.1 try later")
    assert isinstance(error, TemporaryError)
    assert error.ambiguous is ambiguous


async def test_b1_reports_are_asked_for_where_the_server_gives_them() -> None:
    async with FakeSmarthost(extensions=("DSN",)) as host, sending(host) as sender:
        await sender.send(replace(MAIL, recipient=Address(address="a+b=c@acme.example")), ())
    said = [line for line in host.commands if line.startswith(("MAIL", "RCPT"))]
    assert said == [
        "MAIL FROM:<support+k3y@desk.example> RET=HDRS ENVID=dk.k3y.7@desk.example",
        "RCPT TO:<a+b=c@acme.example> NOTIFY=FAILURE,DELAY ORCPT=rfc822;a+2Bb+3Dc@acme.example",
    ]


async def test_b1_no_report_is_asked_for_where_none_could_arrive() -> None:
    async with FakeSmarthost(extensions=("DSN",)) as host, sending(host) as sender:
        await sender.send(replace(MAIL, envelope_from=""), ())
    assert host.commands[1:3] == [
        "MAIL FROM:<>",
        "RCPT TO:<maria@acme.example> NOTIFY=NEVER",
    ]


async def test_b1_servers_without_reports_are_not_asked(
    host: FakeSmarthost, sender: SmtpSender
) -> None:
    await sender.send(MAIL, ())
    assert "RCPT TO:<maria@acme.example>" in host.commands


async def test_each_desk_sends_by_its_own_smarthost() -> None:
    async with (
        FakeSmarthost() as common,
        FakeSmarthost(users={"eu": "pw"}) as own,
        sending(common) as other,
        sending(own, username="eu", password="pw") as sender,
    ):
        hosts = Smarthosts(other, {"eu@desk.example": sender})
        await hosts.send(replace(MAIL, sender=Address(address="EU@desk.example")), ())
        await hosts.send(MAIL, ())
        await hosts.stop()
    assert [len(host.journal) for host in (common, own)] == [1, 1]
    assert own.commands[1].startswith("AUTH PLAIN")


async def test_a_smarthost_that_says_nothing_in_time_is_told_apart() -> None:
    async with FakeSmarthost() as host, sending(host, timeout=0.1) as sender:
        host.silent.add("MAIL")
        with pytest.raises(NoAnswer) as caught:
            await sender.send(MAIL, ())
    assert not caught.value.ambiguous


async def test_who_waits_long_for_a_slow_smarthost_gives_way() -> None:
    async with FakeSmarthost() as host, sending(host, connections=1, patience=0.05) as sender:
        host.silent.add("RCPT")
        first = spawn(_fails(sender), "slow")
        await host.heard["RCPT"].wait()
        with pytest.raises(TemporaryError) as caught:
            await sender.send(MAIL, ())
        await stop(first)
    assert (caught.value.retry_after, caught.value.ambiguous) == (timedelta(seconds=15), False)


async def _fails(sender: SmtpSender) -> None:
    await sender.send(MAIL, ())
