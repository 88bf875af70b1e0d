from __future__ import annotations

from pathlib import Path

import pytest

from adapters.mail.reader import read_mail
from bot.domain.mail import Bounce, InboundMail

FIXTURES = Path(__file__).parents[2] / "fixtures" / "mail"
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
        ("Feedback-ID: 7:spring:bulk:example", "feedback-id"),
    ],
)
def test_a1_a_machine_says_what_it_is(header: str, evidence: str) -> None:
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
        "Feedback-ID: ::1.us-east-1.abc=:AmazonSES",
    ],
)
def test_a1_a_person_is_no_machine(header: str) -> None:
    assert mail(FROM, header).automatic == ""


CALENDAR = "BEGIN:VCALENDAR\r\nMETHOD:{0}\r\nBEGIN:VEVENT\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"


@pytest.mark.parametrize(
    ("content_type", "method", "evidence"),
    [
        ("text/calendar; method=REPLY", "REPLY", "text/calendar: reply"),
        ("text/calendar", "REPLY", "text/calendar: reply"),
        ("text/calendar; method=REQUEST", "REQUEST", ""),
        ("text/plain; method=REPLY", "REPLY", ""),
    ],
)
def test_a1_a_calendars_answer_may_stand_beside_words(
    content_type: str, method: str, evidence: str
) -> None:
    parts = ("text/plain\r\n\r\nAnn has accepted.", f"{content_type}\r\n\r\n{CALENDAR}")
    body = "".join(f"--b\r\nContent-Type: {part.format(method)}\r\n" for part in parts)
    head = f"{FROM}\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n"
    assert read_mail(f"{head}{body}--b--".encode()).automatic == evidence


@pytest.mark.parametrize(
    "words",
    [
        "Automatic reply: ", "Automatische Antwort: ", "Réponse automatique\u00a0: ",
        "Abwesenheitsnotiz:", "自动回复\uff1a", "OUT OF OFFICE: ",
    ],
)  # fmt: skip
def test_a1_an_absence_note_without_a_mark_is_known_by_its_subject(words: str) -> None:
    answer = (FROM, f"Subject: {words}Re: Invoice", "In-Reply-To: <1@shop.example>")
    assert mail(*answer).automatic.startswith("subject: ")
    assert mail(FROM, f"Subject: {words}Re: Invoice [SUP-1]").automatic.startswith("subject: ")


@pytest.mark.parametrize("subject", ["Re: Automatic reply: Invoice", "Automatic reply", "Auto: 7"])
def test_a1_a_persons_answer_to_one_is_none(subject: str) -> None:
    assert mail(FROM, f"Subject: {subject}", "In-Reply-To: <1@shop.example>").automatic == ""


def test_a1_a_person_may_begin_with_such_words() -> None:
    assert mail(FROM, "Subject: Out of office: who answers now?").automatic == ""


@pytest.mark.parametrize(
    "sender",
    [
        "MAILER-DAEMON@x.example", "postmaster@x.example", "no-reply@x.example",
        "noreply@x.example", "do-not-reply@x.example", "donotreply@x.example",
        "No_Reply@x.example", "noreply+abc@x.example", "bounces@x.example", "MAILER-DAEMON",
        "Mail System <MAILER-DAEMON>",
    ],
)  # fmt: skip
def test_a1_some_addresses_are_machines(sender: str) -> None:
    assert mail(f"From: {sender}").automatic.startswith("from: ")


@pytest.mark.parametrize("sender", ["noreen@x.example", "ann.reply@x.example", "bouncer@x.example"])
def test_a1_others_only_look_like_it(sender: str) -> None:
    assert mail(f"From: {sender}").automatic == ""


@pytest.mark.parametrize(
    ("value", "asked"), [("OOF", True), ("dr, AutoReply", True), ("None", False), ("", False)]
)
def test_a1_who_wants_no_answer_gets_none(value: str, asked: bool) -> None:
    assert mail(FROM, f"X-Auto-Response-Suppress: {value}").no_auto_answer is asked


@pytest.mark.parametrize("local", ["root", "cron", "abuse", "Daemon"])
def test_a3_addresses_of_a_system_get_no_automatic_answer(local: str) -> None:
    found = mail(f"From: {local}@web1.acme.example")
    assert (found.no_auto_answer, found.automatic) == (True, "")


def test_marks_of_our_own_mail_are_found() -> None:
    head = ("X-Loop: support@desk.example", "X-Deskhand-Ticket: SUP-42")
    assert mail(FROM, *head).loop_marks == ("support@desk.example", "SUP-42")


def test_b1_a_report_names_the_recipient_we_wrote_to() -> None:
    assert bounce_of("bounce_postfix") == Bounce(
        recipient="maria@acme.example",
        status="5.1.1",
        permanent=True,
        diagnostic="550 5.1.1 <maria.huber@acme.example>: Recipient address rejected: User unknown",
        original_message_id="dk.k3y.7@shop.example",
    )


def test_b1_a_report_in_words_is_understood() -> None:
    assert bounce_of("bounce_exim") == Bounce(
        recipient="maria@acme.example",
        status="5.2.1",
        permanent=True,
        diagnostic="550 5.2.1 mailbox disabled",
        original_message_id="dk.k3y.9@shop.example",
    )


def test_b1_an_absence_is_no_bounce() -> None:
    found = read_mail((FIXTURES / "out_of_office.eml").read_bytes())
    assert (found.automatic, found.bounce) == ("auto-submitted: auto-generated", None)


@pytest.mark.parametrize(
    ("action", "status", "permanent"),
    [
        ("Action: failed\r\n", "5.2.2", True),
        ("Action: failed\r\n", "4.4.7", True),
        ("Action: delayed\r\n", "4.4.1", False),
        ("", "4.4.1", False),
        ("", "5.4.4", True),
    ],
)
def test_b1_a_delay_is_not_the_end(action: str, status: str, permanent: bool) -> None:
    found = _report(f"{action}Status: {status}")
    assert found is not None
    assert (found.status, found.permanent) == (status, permanent)


@pytest.mark.parametrize("action", ["delivered", "relayed", "expanded"])
def test_b1_good_news_is_no_bounce(action: str) -> None:
    assert _report(f"Action: {action}\r\nStatus: 2.0.0") is None


def _report(fields: str) -> Bounce | None:
    raw = (
        "Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\n"
        f"Reporting-MTA: dns; mx\r\n\r\nFinal-Recipient: rfc822; a@x.example\r\n{fields}\r\n--b--"
    )
    return read_mail(raw.encode()).bounce


def _in_words(*head: str, body: str) -> Bounce | None:
    return read_mail("\r\n".join([*head, "", body]).encode()).bounce


DAEMON = ("From: MAILER-DAEMON@mx.example", "To: support@desk.example")


@pytest.mark.parametrize(
    ("subject", "body", "status", "permanent"),
    [
        ("failure notice", "<a@x.example>:\n550 5.7.1 Denied", "5.7.1", True),
        ("Undeliverable: x", "a@x.example\nuser unknown", "5.1.1", True),
        ("Returned mail", "User's mailbox is full: <a@x.example>", "5.2.2", True),
        ("Delivery Status Notification", "a@x.example\n452 too many mails", "4.0.0", False),
        ("Delivery delayed", "Delivery error: a@x.example; will be retried", "5.0.0", False),
        ("失敗", "a@x.example 宛先不明\n550 5.1.1 no", "5.1.1", True),
    ],
)
def test_b1_servers_have_words_of_their_own(
    subject: str, body: str, status: str, permanent: bool
) -> None:
    found = _in_words(*DAEMON, f"Subject: {subject}", body=body)
    assert found is not None
    assert (found.recipient, found.status, found.permanent) == ("a@x.example", status, permanent)


@pytest.mark.parametrize(
    "head",
    [
        ("From: ann@x.example", "Return-Path: <>", "Subject: Automatic reply: Undeliverable"),
        ("From: ann@x.example", "Auto-Submitted: auto-replied", "Subject: Re: Delivery failed"),
        ("From: ann@x.example", "Subject: Undelivered Mail Returned to Sender"),
        (*DAEMON, "Subject: Welcome"),
    ],
)
def test_b1_a_persons_words_about_a_failure_are_no_report(head: tuple[str, ...]) -> None:
    assert _in_words(*head, body="I am away. Write to bob@x.example.") is None
    if head[0] != DAEMON[0]:
        assert _in_words(*head, body="bob@x.example: 550 5.1.1 user unknown") is None


@pytest.mark.parametrize(
    ("fields", "recipient", "kind"),
    [
        ("Feedback-Type: abuse\r\nOriginal-Rcpt-To: <A@x.example>", "a@x.example", "abuse"),
        ("Feedback-Type: fraud", "b@x.example", "fraud"),
        ("User-Agent: x", "b@x.example", "abuse"),
    ],
)
def test_b2_a_complaint_names_whom_it_can(fields: str, recipient: str, kind: str) -> None:
    raw = (
        "Content-Type: multipart/report; report-type=feedback-report; boundary=b\r\n\r\n--b\r\n"
        f"Content-Type: message/feedback-report\r\n\r\n{fields}\r\n--b\r\n"
        "Content-Type: message/rfc822\r\n\r\nTo: b@x.example\r\n\r\nx\r\n--b--"
    )
    found = read_mail(raw.encode()).bounce
    assert found is not None
    assert (found.recipient, found.diagnostic, found.complaint) == (recipient, kind, True)
