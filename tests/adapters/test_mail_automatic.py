from __future__ import annotations

from pathlib import Path

import pytest

from adapters.mail.reader import read_mail
from bot.domain.mail import Bounce, InboundMail

FIXTURES = Path(__file__).parents[1] / "fixtures" / "mail"
FROM = "From: ann@x.example"


def mail(*head: str) -> InboundMail:
    return read_mail("\r\n".join([*head, "", "Hello."]).encode())


def bounce_of(name: str) -> Bounce | None:
    return read_mail((FIXTURES / f"{name}.eml").read_bytes()).bounce


@pytest.mark.parametrize(
    ("header", "evidence"),
    [
        ("Auto-Submitted: auto-replied (vacation)", "auto-submitted: auto-replied"),
        ("Auto-Submitted: Auto-Generated; owner=x", "auto-submitted: auto-generated"),
        ("Return-Path: <>", "return-path: <>"),
        ("Precedence: Bulk", "precedence: bulk"),
        ("X-Autoreply: yes", "x-autoreply"),
        ("X-Autorespond: 1", "x-autorespond"),
        ("List-Id: <news.x.example>", "list-id"),
        ("List-Unsubscribe: <https://x.example/>", "list-unsubscribe"),
        ("X-Failed-Recipients: b@x.example", "x-failed-recipients"),
        ("Content-Type: text/calendar; method=REPLY", "text/calendar: reply"),
        ("Content-Type: multipart/report; report-type=x", "multipart/report: x"),
    ],
)
def test_a_machine_says_what_it_is(header: str, evidence: str) -> None:
    assert mail(FROM, header).automatic == evidence


@pytest.mark.parametrize(
    "header",
    [
        "Auto-Submitted: no",
        "Precedence: first-class",
        "X-Autoreply: no",
        "Return-Path: <ann@x.example>",
        "X-Auto-Response-Suppress: All",
        "Content-Type: text/calendar; method=REQUEST",
        "X-Mailer: auto",
    ],
)
def test_a_person_is_no_machine(header: str) -> None:
    assert mail(FROM, header).automatic == ""


@pytest.mark.parametrize(
    "sender",
    [
        "MAILER-DAEMON@x.example", "postmaster@x.example", "no-reply@x.example",
        "noreply@x.example", "do-not-reply@x.example", "donotreply@x.example",
        "No_Reply@x.example", "noreply+abc@x.example", "bounces@x.example", "MAILER-DAEMON",
        "Mail System <MAILER-DAEMON>",
    ],
)  # fmt: skip
def test_some_addresses_are_machines(sender: str) -> None:
    assert mail(f"From: {sender}").automatic.startswith("from: ")


@pytest.mark.parametrize("sender", ["noreen@x.example", "ann.reply@x.example", "bouncer@x.example"])
def test_others_only_look_like_it(sender: str) -> None:
    assert mail(f"From: {sender}").automatic == ""


@pytest.mark.parametrize(
    ("value", "asked"), [("OOF", True), ("dr, AutoReply", True), ("None", False), ("", False)]
)
def test_who_wants_no_answer_gets_none(value: str, asked: bool) -> None:
    assert mail(FROM, f"X-Auto-Response-Suppress: {value}").no_auto_answer is asked


def test_marks_of_our_own_mail_are_found() -> None:
    head = ("X-Loop: support@desk.example", "X-Deskhand-Ticket: SUP-42")
    assert mail(FROM, *head).loop_marks == ("support@desk.example", "SUP-42")


def test_a_report_names_the_recipient_we_wrote_to() -> None:
    assert bounce_of("bounce_postfix") == Bounce(
        recipient="maria@acme.example",
        status="5.1.1",
        permanent=True,
        diagnostic="550 5.1.1 <maria.huber@acme.example>: Recipient address rejected: User unknown",
        original_message_id="dk.k3y.7@shop.example",
    )


def test_a_report_in_words_is_understood() -> None:
    assert bounce_of("bounce_exim") == Bounce(
        recipient="maria@acme.example",
        status="5.2.1",
        permanent=True,
        diagnostic="550 5.2.1 mailbox disabled",
        original_message_id="dk.k3y.9@shop.example",
    )


def test_an_absence_is_no_bounce() -> None:
    found = read_mail((FIXTURES / "out_of_office.eml").read_bytes())
    assert (found.automatic, found.bounce) == ("auto-submitted: auto-generated", None)


@pytest.mark.parametrize(
    ("action", "status", "permanent"),
    [("failed", "5.2.2", True), ("failed", "4.4.7", False), ("delayed", "4.4.1", False)],
)
def test_a_delay_is_not_the_end(action: str, status: str, permanent: bool) -> None:
    found = _report(f"Action: {action}\r\nStatus: {status}")
    assert found is not None
    assert (found.status, found.permanent) == (status, permanent)


@pytest.mark.parametrize("action", ["delivered", "relayed", "expanded"])
def test_good_news_is_no_bounce(action: str) -> None:
    assert _report(f"Action: {action}\r\nStatus: 2.0.0") is None


def _report(fields: str) -> Bounce | None:
    raw = (
        "Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\n"
        f"Reporting-MTA: dns; mx\r\n\r\nFinal-Recipient: rfc822; a@x.example\r\n{fields}\r\n--b--"
    )
    return read_mail(raw.encode()).bounce
