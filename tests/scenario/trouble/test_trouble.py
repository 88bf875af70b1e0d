"""Mail that makes trouble: loops, copies and bounces."""

from __future__ import annotations

from dataclasses import replace

from bot.domain.directory import Directory, ReopenMode
from bot.domain.messages import Delivery
from bot.domain.work_items import TicketStatus
from tests.scenario.conftest import OpenDesk
from tests.scenario.desk import EVE, MARIA, Desk, words

# ---------------------------------------------------------------- loops and copies


async def test_our_own_mail_that_comes_back_is_quarantined(desk: Desk) -> None:
    await desk.mail()
    mail = await desk.replied()
    await desk.mail(mail.text, sender="support@shop.example", message_id=mail.message_id)
    (parked,) = await desk.ledger("quarantined")
    assert "loop" in parked.detail
    assert len(await desk.tickets()) == 1


async def test_our_message_id_under_another_name_is_a_loop_too(desk: Desk) -> None:
    await desk.mail()
    mail = await desk.replied()
    await desk.mail(mail.text, sender=EVE, message_id=mail.message_id)
    assert len(await desk.ledger("quarantined")) == 1


async def test_a_mail_to_two_desks_is_one_ticket(desk: Desk) -> None:
    await desk.mail(to="support@shop.example, billing@shop.example")
    assert [ticket.number for ticket in await desk.tickets()] == ["SUP-1"]
    assert len(desk.mailbox.mails(MARIA)) == 1
    (notice,) = desk.surface.channel("billing")
    assert "Shop Support has it as SUP-1" in words(notice.card)


async def test_a_copy_for_the_other_desk_is_no_second_ticket(desk: Desk) -> None:
    to = "billing@shop.example, support@shop.example"
    for _ in range(2):
        await desk.mail(to=to, message_id="one@acme.example")
    assert await desk.outcomes() == ["ticket", "duplicate"]
    assert [line.item for line in await desk.ledger()] == ["BIL-1", "BIL-1"]
    assert len(desk.mailbox.mails(MARIA)) == 1


async def test_other_words_under_a_known_id_are_no_copy(desk: Desk) -> None:
    await desk.mail("First", sender=EVE, message_id="one@acme.example")
    await desk.mail("Second", message_id="one@acme.example")
    assert await desk.outcomes() == ["ticket", "ticket"]


async def test_the_desk_whose_address_has_the_key_decides(
    open_desk: OpenDesk, directory: Directory
) -> None:
    strict = replace(directory.desks["billing"], reopen=ReopenMode.NEW)
    desk = await open_desk(desks={**directory.desks, "billing": strict})
    await desk.mail()
    mail = await desk.replied("Done. --resolve")
    await desk.mail("No.", to=f"billing@shop.example, {mail.reply_to}")
    assert await desk.outcomes() == ["ticket", "follow_up"]


# ---------------------------------------------------------------- bounces

REPORT = """\
From: MAILER-DAEMON@mx.acme.example
To: {to}
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b
Content-Type: text/plain

I could not deliver your mail.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.acme.example

Final-Recipient: rfc822; {recipient}
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 user unknown

--b
Content-Type: text/rfc822-headers

Message-ID: <{mail_id}>

--b--
"""


async def bounce(desk: Desk, recipient: str = MARIA, action: str = "failed") -> None:
    mail = desk.mails()[-1]
    status = "5.1.1" if action == "failed" else "4.4.1"
    text = REPORT.format(
        to=mail.envelope_from,
        recipient=recipient,
        action=action,
        status=status,
        mail_id=mail.message_id,
    )
    await desk.raw_mail(text.replace("\n", "\r\n").encode(), "", mail.envelope_from)


async def test_a_bounce_is_shown_on_the_very_message(desk: Desk) -> None:
    await desk.mail()
    await desk.replied("Are you there?")
    await bounce(desk)
    assert await desk.outcomes() == ["ticket", "bounce"]
    assert (await desk.messages())[1].delivery is Delivery.BOUNCED
    posts = [words(post) for post in await desk.posts() if post.author]
    assert f"⚠️ not delivered to {MARIA}: 5.1.1 550 user unknown" in posts[1]
    assert (await desk.ticket()).status is TicketStatus.PENDING


async def test_a_bounce_is_told_to_the_assignee(desk: Desk) -> None:
    await desk.mail()
    await desk.replied()
    await bounce(desk)
    lines = [words(post) for post in await desk.posts() if not post.author]
    assert lines[-1] == f"Ana ⚠️ The mail to {MARIA} was not delivered: 5.1.1 550 user unknown"


async def test_a_bounce_of_a_forwarded_copy_is_tied_by_its_id(desk: Desk) -> None:
    await desk.mail()
    await desk.replied()
    await bounce(desk, recipient="maria@home.example")
    assert (await desk.messages())[1].copies[0].delivery is Delivery.BOUNCED


async def test_a_delay_that_is_reported_fails_nothing(desk: Desk) -> None:
    await desk.mail()
    await desk.replied()
    await bounce(desk, action="delayed")
    assert (await desk.messages())[1].delivery is Delivery.SENT


async def test_a_bounce_of_nobodys_mail_makes_no_ticket(desk: Desk) -> None:
    text = REPORT.format(
        to="support@shop.example",
        recipient=MARIA,
        action="failed",
        status="5.1.1",
        mail_id="x@else.example",
    )
    await desk.raw_mail(text.encode(), "", "support@shop.example")
    assert await desk.outcomes() == ["bounce"]
    assert await desk.tickets() == []
