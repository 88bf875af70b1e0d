from __future__ import annotations

import asyncio
import smtplib
from collections.abc import AsyncIterator

import pytest

from adapters.mail.receiving.intake import SmtpIntake, SmtpIntakeSettings
from tests.adapters.mail.mail_client import MAIL, Rig, client_tls, running, server_tls

EHLO = "EHLO client.example"
FROM = "MAIL FROM:<ann@shop.example>"
TO = "RCPT TO:<support@desk.example>"


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    async with running() as made:
        yield made


async def test_r1_a_mail_is_stored_before_it_is_accepted(rig: Rig) -> None:
    rig.inbox.gate = asyncio.Event()
    sending = asyncio.gather((await rig.connect()).send())
    await rig.inbox.asked.wait()
    assert not sending.done()
    rig.inbox.gate.set()
    assert (await sending)[0].startswith("250 2.0.0 ")
    assert [arrival.raw for arrival in rig.inbox.arrivals] == [MAIL]


async def test_the_ledger_gets_the_envelope(rig: Rig) -> None:
    await (await rig.connect()).send(to="Support+Key@Desk.Example")
    [arrival] = rig.inbox.arrivals
    assert arrival.source == "mail"
    assert arrival.meta == {
        "mail_from": "ann@shop.example",
        "rcpt": "support+key@desk.example",
        "peer": "127.0.0.1",
        "helo": "client.example",
        "subject": "Help",
        "from": "ann@shop.example",
        "message_id": "1@shop.example",
        "size": str(len(MAIL)),
    }


async def test_r4_a_postmaster_needs_no_domain() -> None:
    async with running(postmaster="support@desk.example") as rig:
        for recipient in ("Postmaster", "postmaster"):
            assert (await (await rig.connect()).send(to=recipient)).startswith("250 ")
    assert rig.inbox.arrivals[0].meta["rcpt"] == "support@desk.example"


async def test_r7_the_same_mail_again_is_accepted_and_stored_once(rig: Rig) -> None:
    replies = [await (await rig.connect()).send() for _ in range(2)]
    assert [reply[:3] for reply in replies] == ["250", "250"]
    assert len(rig.inbox.arrivals) == 1
    assert rig.meter.counted("mail_received", outcome="duplicate") == 1


@pytest.mark.parametrize(
    ("commands", "reply"),
    [
        ([FROM], "503 5.5.1"),
        ([EHLO, "RCPT TO:<support@desk.example>"], "503 5.5.1"),
        ([EHLO, FROM, FROM], "503 5.5.1"),
        ([EHLO, FROM, "DATA"], "503 5.5.1"),
        ([EHLO, FROM, TO, "DATA now"], "501 5.5.4"),
        ([EHLO, "MAIL ann@shop.example"], "501 5.5.4"),
        ([EHLO, "MAIL FROM:<ann shop@x.example>"], "501 5.5.4"),
        ([EHLO, "MAIL FROM:<ann@shop..example>"], "553 5.1.7"),
        ([EHLO, "MAIL FROM:<ann>"], "553 5.1.7"),
        ([EHLO, "MAIL FROM:<änn@shop.example>"], "553 5.6.7"),
        ([EHLO, "MAIL FROM:<änn@shop.example> SMTPUTF8"], "250 2.1.0"),
        ([EHLO, "MAIL FROM:<>"], "250 2.1.0"),
        ([EHLO, "MAIL FROM:<ann@shop.example> BODY=8BITMIME SIZE=1000"], "250 2.1.0"),
        ([EHLO, "MAIL FROM:<ann@shop.example> BODY=9BIT"], "501 5.5.4"),
        ([EHLO, "MAIL FROM:<ann@shop.example> SIZE=many"], "501 5.5.4"),
        ([EHLO, "MAIL FROM:<ann@shop.example> SIZE=99999999999"], "552 5.3.4"),
        ([EHLO, "MAIL FROM:<ann@shop.example> RET=FULL"], "555 5.5.4"),
        ([EHLO, FROM, TO], "250 2.1.5"),
        ([EHLO, FROM, 'RCPT TO:<"support"@desk.example>'], "250 2.1.5"),
        ([EHLO, FROM, 'RCPT TO:<"sup port"@desk.example>'], "550 5.1.1"),
        ([EHLO, FROM, "RCPT TO:<nobody@desk.example>"], "550 5.1.1"),
        ([EHLO, FROM, "RCPT TO:<>"], "501 5.5.4"),
        ([EHLO, FROM, "RCPT TO:<support>"], "553 5.1.3"),
        ([EHLO, FROM, "RCPT TO:<postmaster>"], "553 5.1.3"),
        ([EHLO, FROM, "RCPT TO:<support@desk.example> NOTIFY=NEVER"], "555 5.5.4"),
        ([EHLO, FROM, "RCPT TO:<@a.example,@b.example:support@desk.example>"], "250 2.1.5"),
        ([EHLO, "AUTH PLAIN AGEAYg=="], "502 5.5.1"),
        ([EHLO, "VRFY support"], "252 2.1.5"),
        ([EHLO, "EXPN staff"], "502 5.5.1"),
        ([EHLO, "ETRN desk.example"], "500 5.5.2"),
        ([EHLO, "BDAT 5 LAST"], "500 5.5.2"),
        ([EHLO, "STARTTLS"], "454 4.7.0"),
        ([EHLO, "NOOP"], "250 2.0.0"),
        ([EHLO, "QUIT"], "221 2.0.0"),
        (["HELO client.example"], "250 localhost"),
        ([EHLO, FROM, "RSET", FROM], "250 2.1.0"),
    ],
)
async def test_r4_each_command_has_its_reply(rig: Rig, commands: list[str], reply: str) -> None:
    assert (await rig.dialogue(*commands))[-1].startswith(reply)


async def test_it_offers_what_it_has_and_no_accounts(rig: Rig) -> None:
    [offer] = await rig.dialogue(EHLO)
    assert "SIZE 26214400" in offer
    assert "SMTPUTF8" in offer
    assert "AUTH" not in offer


async def test_commands_may_come_at_once(rig: Rig) -> None:
    client = await rig.connect()
    client.writer.write("\r\n".join([EHLO, FROM, TO, "DATA", ""]).encode())
    replies = [await client.reply() for _ in range(4)]
    client.writer.write(MAIL + b".\r\nNOOP\r\n")
    replies += [await client.reply() for _ in range(2)]
    assert [reply[:3] for reply in replies] == ["250", "250", "250", "354", "250", "250"]
    assert "250-PIPELINING" in replies[0]


async def test_r3_too_many_recipients_are_put_off() -> None:
    async with running(max_recipients=2) as rig:
        replies = await rig.dialogue(EHLO, FROM, TO, TO, TO)
    assert [reply[:9] for reply in replies[2:]] == ["250 2.1.5", "250 2.1.5", "452 4.5.3"]


async def test_r4_who_guesses_addresses_is_shown_the_door() -> None:
    async with running(max_errors=2) as rig:
        client = await rig.connect()
        replies = await client.say(EHLO, FROM, *["RCPT TO:<guess@desk.example>"] * 3)
        assert replies[-1].startswith("421 4.7.0")
        assert await client.ended()


async def test_r2_a_mail_may_be_as_large_as_was_offered_and_no_larger() -> None:
    async with running(max_message_bytes=1000) as rig:
        fits = await (await rig.connect()).send(b"x" * 998 + b"\r\n")
        client = await rig.connect()
        too_big = await client.send(b"x" * 999 + b"\r\n")
        again = (await client.say(FROM))[0]
    assert [fits[:9], too_big[:9], again[:9]] == ["250 2.0.0", "552 5.3.4", "250 2.1.0"]


async def test_r3_lines_may_be_of_any_length(rig: Rig) -> None:
    content = b"Subject: long\r\n\r\n" + b"x" * 300_000 + b"\r\n" + b"." * 70_000 + b"\r\n"
    assert (await (await rig.connect()).send(content.replace(b"\r\n.", b"\r\n.."))).startswith(
        "250"
    )
    assert rig.inbox.arrivals[0].raw == content


@pytest.mark.parametrize(
    "smuggled", [b"\n.\n", b"\n.\r\n", b"\r\n.\n", b"\r.\r", b"\r.\r\n", b"\r\n.\r", b"\r\n\0.\r\n"]
)
async def test_r5_only_one_end_of_data_ends_it(rig: Rig, smuggled: bytes) -> None:
    content = b"Subject: one\r\n\r\nHello." + smuggled + b"MAIL FROM:<evil@x.example>\r\n"
    await (await rig.connect()).send(content)
    [arrival] = rig.inbox.arrivals
    assert b"evil@x.example" in arrival.raw
    assert b"\n" not in arrival.raw.replace(b"\r\n", b"")
    assert b"\r" not in arrival.raw.replace(b"\r\n", b"")


async def test_an_empty_message_is_one(rig: Rig) -> None:
    assert (await (await rig.connect()).send(b"")).startswith("250")
    assert rig.inbox.arrivals[0].raw == b""


@pytest.mark.parametrize("cut", [1, 2, 3, 4, 5, 6])
async def test_the_end_may_come_in_pieces(rig: Rig, cut: int) -> None:
    client = await rig.connect()
    await client.open_message("support@desk.example")
    whole = MAIL + b"..\r\n.\r\n"
    client.writer.write(whole[:-cut])
    await client.writer.drain()
    client.writer.write(whole[-cut:])
    assert (await client.reply()).startswith("250")
    assert rig.inbox.arrivals[0].raw == MAIL + b".\r\n"


async def test_r1_a_store_that_is_down_makes_the_sender_keep_the_mail(rig: Rig) -> None:
    rig.inbox.fail("the database is down: password=hunter2")
    reply = await (await rig.connect()).send()
    assert reply.startswith("451 4.3.0")
    assert "hunter2" not in reply


@pytest.mark.parametrize("error", [RuntimeError("secret"), ConnectionResetError("secret")])
async def test_r1_so_does_a_store_that_breaks(rig: Rig, error: Exception) -> None:
    rig.inbox.broken = error
    client = await rig.connect()
    assert (await client.send()).startswith("451 4.3.0")
    rig.inbox.broken = None
    assert (await client.send()).startswith("250")


async def test_r1_so_does_a_store_that_does_not_answer() -> None:
    async with running(store_timeout=0.01) as rig:
        rig.inbox.gate = asyncio.Event()
        assert (await (await rig.connect()).send()).startswith("451 4.3.0")
        rig.inbox.gate.set()


async def test_whatever_fails_has_fixed_words() -> None:
    def accepts(address: str) -> bool:
        raise RuntimeError("password=hunter2")

    async with running(accepts) as rig:
        replies = await rig.dialogue(EHLO, FROM, TO)
    assert replies[-1].startswith("451 4.3.0")
    assert "hunter2" not in replies[-1]


async def test_r1_a_client_that_goes_away_does_not_undo_the_storing(rig: Rig) -> None:
    rig.inbox.gate = asyncio.Event()
    client = await rig.connect()
    await client.open_message("support@desk.example")
    client.writer.write(MAIL + b".\r\n")
    await rig.inbox.asked.wait()
    client.writer.transport.abort()
    rig.inbox.gate.set()
    await rig.intake.stop()
    assert len(rig.inbox.arrivals) == 1


async def test_r6_more_connections_than_there_is_room_for_are_told_so() -> None:
    async with running(max_connections=1) as rig:
        await rig.connect()
        reader, writer = await asyncio.open_connection(*rig.intake.address)
        assert (await reader.read()).startswith(b"421 4.3.2")
        writer.close()
    assert rig.meter.counted("mail_connections", outcome="refused") == 1


async def test_a_connection_that_ends_makes_room() -> None:
    async with running(max_connections=1) as rig:
        for _ in range(3):
            client = await rig.connect()
            assert (await client.say("QUIT"))[0].startswith("221")
            assert await client.ended()


async def test_r3_more_mail_at_once_than_memory_is_put_off() -> None:
    async with running(max_message_bytes=100_000, memory=100_000) as rig:
        first = await rig.connect()
        await first.open_message("support@desk.example")
        first.writer.write(b"x" * 70_000 + b".\r\n" * 2)
        rig.inbox.gate = asyncio.Event()
        first.writer.write(b"\r\n.\r\n")
        await rig.inbox.asked.wait()
        second = await (await rig.connect()).send(b"y" * 60_000 + b"\r\n")
        rig.inbox.gate.set()
        assert (await first.reply()).startswith("250")
        third = await (await rig.connect()).send(b"y" * 60_000 + b"\r\n")
    assert [second[:9], third[:9]] == ["452 4.3.1", "250 2.0.0"]


async def test_a_silent_client_is_told_goodbye() -> None:
    async with running(idle_timeout=0.01) as rig:
        client = await rig.connect()
        assert (await client.reply()).startswith("421 4.4.2")
        assert await client.ended()


async def test_a_message_that_takes_too_long_is_cut_off() -> None:
    async with running(message_timeout=0.01) as rig:
        client = await rig.connect()
        await client.open_message("support@desk.example")
        client.writer.write(b"Subject: slo")
        assert (await client.reply()).startswith("421 4.4.2")
    assert not rig.inbox.arrivals


async def test_stopping_lets_a_message_under_way_finish(rig: Rig) -> None:
    idle, busy = await rig.connect(), await rig.connect()
    await busy.open_message("support@desk.example")
    stopping = asyncio.gather(rig.intake.stop())
    assert (await idle.reply()).startswith("421 4.3.2")
    busy.writer.write(MAIL + b".\r\n")
    assert (await busy.reply()).startswith("250")
    assert (await busy.reply()).startswith("421 4.3.2")
    await stopping
    assert len(rig.inbox.arrivals) == 1


async def test_stopping_does_not_wait_for_ever() -> None:
    async with running(stop_timeout=0.01) as rig:
        client = await rig.connect()
        await client.open_message("support@desk.example")
        await rig.intake.stop()
        assert await client.ended()


async def test_a_taken_port_has_clear_words(rig: Rig) -> None:
    host, port = rig.intake.address
    other = SmtpIntake(bool, rig.inbox, SmtpIntakeSettings(host=host, port=port), rig.meter)
    with pytest.raises(OSError, match=f"cannot listen on {host}:{port}: another program"):
        await other.start()


async def test_r6_mail_comes_over_tls() -> None:
    async with running(tls_context=server_tls()) as rig:
        await asyncio.to_thread(_send_by_smtplib, *rig.intake.address)
        assert rig.inbox.arrivals[0].raw == MAIL


def _send_by_smtplib(host: str, port: int) -> None:
    with smtplib.SMTP(host, port) as client:
        client.starttls(context=client_tls())
        client.sendmail("ann@shop.example", ["support@desk.example"], MAIL)


async def test_r5_commands_sent_ahead_of_tls_are_forgotten() -> None:
    async with running(tls_context=server_tls()) as rig:
        client = await rig.connect()
        await client.say(EHLO)
        client.writer.write(b"STARTTLS\r\nMAIL FROM:<evil@x.example>\r\n")
        await client.reply()
        await client.writer.start_tls(client_tls(), server_hostname="localhost")
        assert (await client.say(EHLO))[0].startswith("250-")
        assert (await client.say(FROM))[0].startswith("250 2.1.0")


async def test_who_speaks_another_protocol_is_told_goodbye(rig: Rig) -> None:
    client = await rig.connect()
    replies = await client.say(*["GET / HTTP/1.1"] * 5)
    assert [reply[:3] for reply in replies] == ["500"] * 4 + ["421"]
    assert await client.ended()


async def test_tls_begins_once() -> None:
    async with running(tls_context=server_tls()) as rig:
        client = await rig.connect()
        await client.say(EHLO, "STARTTLS")
        await client.writer.start_tls(client_tls(), server_hostname="localhost")
        offer, again, after = await client.say(EHLO, "STARTTLS", FROM)
    assert "STARTTLS" not in offer
    assert (again[:9], after[:3]) == ("503 5.5.1", "250")


async def test_who_breaks_off_tls_is_no_trouble_of_ours(caplog: pytest.LogCaptureFixture) -> None:
    async with running(tls_context=server_tls()) as rig:
        client = await rig.connect()
        await client.say(EHLO, "STARTTLS")
        client.writer.write(b"EHLO in the clear\r\n")
        await client.reader.read()
        assert (await rig.dialogue(EHLO))[0].startswith("250")
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


async def test_lmtp_has_a_reply_for_each_recipient() -> None:
    async with running(lmtp=True) as rig:
        client = await rig.connect()
        rcpt = [f"RCPT TO:<{to}@desk.example>" for to in ("support", "nobody", "support+x")]
        replies = await client.say("EHLO x", "LHLO x", FROM, *rcpt, "DATA")
        assert [reply[:3] for reply in replies] == ["500", "250", "250", "250", "550", "250", "354"]
        client.writer.write(MAIL + b".\r\n")
        assert [(await client.reply())[:3] for _ in range(2)] == ["250", "250"]
        assert (await client.say("NOOP"))[0].startswith("250")
    assert rig.inbox.arrivals[0].meta["rcpt"] == "support@desk.example,support+x@desk.example"


async def test_lmtp_offers_what_rfc_2033_asks_for() -> None:
    async with running(lmtp=True) as rig:
        [offer] = await rig.dialogue("LHLO relay.example")
    assert {"250-PIPELINING", "250-ENHANCEDSTATUSCODES"} <= set(offer.split("\n"))
