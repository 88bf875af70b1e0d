from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapters.mail.reader import read_mail
from bot.domain.mail import Address, InboundMail

FIXTURES = Path(__file__).parents[2] / "fixtures" / "mail"


def fixture(name: str) -> InboundMail:
    return read_mail((FIXTURES / f"{name}.eml").read_bytes())


def mail(*head: str, body: bytes = b"Hello.") -> InboundMail:
    lines = "".join(f"{line}\r\n" for line in head).encode()
    return read_mail(lines + b"\r\n" + body)


def test_a_reply_has_people_ids_and_time() -> None:
    found = fixture("gmail_reply")
    assert found.sender == Address(address="maria@acme.example", name="Maria Huber")
    assert [str(a) for a in found.to] == ["Ana (Support) <support+k3y@shop.example>"]
    assert [str(a) for a in found.cc] == ["Jörg Bär <joerg@acme.example>", "billing@acme.example"]
    assert found.delivered_to == ("support+k3y@shop.example",)
    assert found.subject == "Re: Invoice shows wrong VAT [SUP-42]"
    assert found.in_reply_to == ("dk.k3y.7@shop.example",)
    assert found.references == ("first@mail.acme.example", "dk.k3y.7@shop.example")
    assert found.date == datetime(2026, 3, 2, 9, 15, tzinfo=UTC)
    assert (found.automatic, found.defects) == ("", ())


def test_plain_text_is_the_text_and_history_is_not_fresh() -> None:
    found = fixture("gmail_reply")
    assert found.text.startswith("It still says 19\xa0%")
    assert "> it is fixed." in found.text
    assert found.fresh_text == "It still says 19 %, please look again.\n\nMaria"


def test_c1_html_alone_is_read_as_text() -> None:
    found = fixture("outlook_reply")
    assert found.sender == Address(address="maria@acme.example", name="Huber, Maria")
    assert found.fresh_text == (
        "It costs 20 € too much – see the invoice <https://acme.example/invoice>.\n\n[Acme logo]"
    )
    assert "Betreff: Re: Invoice" in found.text


def both(plain: str, html: str) -> bytes:
    """A mail that says it in plain text and in HTML."""
    parts = (("plain", plain), ("html", html))
    body = "".join(f"--b\r\nContent-Type: text/{kind}\r\n\r\n{said}\r\n" for kind, said in parts)
    return f"Content-Type: multipart/alternative; boundary=b\r\n\r\n{body}--b--\r\n".encode()


@pytest.mark.parametrize(
    ("plain", "html", "text"),
    [
        ("Hello.", "<p>Hello.</p>", "Hello."),
        ("Short.", "<p>" + "Much more is said here. " * 5 + "</p>", "Much more is said here. " * 5),
        ("", "<p>Only here.</p>", "Only here."),
        ("Please view it in HTML format.", "<p>The words.</p>", "The words."),
    ],
    ids=["the same", "much more", "nothing", "a stub"],
)
def test_c1_plain_text_counts_unless_the_html_says_much_more(
    plain: str, html: str, text: str
) -> None:
    assert read_mail(both(plain, html)).text == text.strip()


def test_c3_c6_pictures_of_elsewhere_are_neither_fetched_nor_named() -> None:
    html = '<link rel="stylesheet" href="https://t.example/a.css">Hi<img src="https://t.example/p">'
    found = read_mail(b"Content-Type: text/html\r\n\r\n" + html.encode())
    assert (found.text, found.attachments) == ("Hi", ())


def test_c2_a_picture_that_the_text_shows_is_inline() -> None:
    [file] = fixture("outlook_reply").attachments
    assert (file.name, file.inline, file.content_id) == (
        "image001.png",
        True,
        "image001.png@01D9",
    )


def test_text_around_a_file_is_one_text() -> None:
    found = fixture("apple_inline_pdf")
    assert found.text == "Please sign this.\n\nThank you."
    assert found.sender == Address(address="francois@acme.example", name="François")


def test_c2_files_are_kept_and_a_mail_inside_is_a_file() -> None:
    pdf, inner = fixture("apple_inline_pdf").attachments
    assert (pdf.name, pdf.content, pdf.inline) == ("Façade et toit.pdf", b"%PDF-", False)
    assert inner.name == "The-old agreement.eml"
    assert b"This is not the text" in inner.content


def test_japanese_is_read() -> None:
    found = fixture("japanese")
    assert found.subject == "請求書が違います"
    assert found.sender == Address(address="taro@acme.example", name="山田太郎")
    assert found.text == "こんにちは。\n請求書を見てください。"


def test_t7_what_is_forwarded_is_fresh() -> None:
    found = fixture("forward")
    assert found.fresh_text == found.text
    assert "Anbei die Rechnung." in found.text


@pytest.mark.parametrize(
    ("header", "ids"),
    [
        ("<a@x> <b@x>", ("a@x", "b@x")),
        ("<a@x>,<b@x>", ("a@x", "b@x")),
        ("<a@x>\r\n\t<a@x>", ("a@x",)),
        ("a@x b@x", ("a@x", "b@x")),
        ("<[bad@x]> (comment)", ("[bad@x]",)),
        ("Your letter of Monday", ()),
        ("<", ()),
    ],
)
def test_t3_references_come_in_many_forms(header: str, ids: tuple[str, ...]) -> None:
    assert mail(f"References: {header}").references == ids


def test_t3_of_too_many_references_the_newest_are_kept() -> None:
    header = " ".join(f"<{n}@x>" for n in range(150))
    assert mail(f"References: {header}").references == tuple(f"{n}@x" for n in range(50, 150))


@pytest.mark.parametrize(
    ("date", "read"),
    [
        ("Mon, 2 Mar 2026 10:15:00 +0100", datetime(2026, 3, 2, 9, 15, tzinfo=UTC)),
        ("2 Mar 2026 10:15 -0000", datetime(2026, 3, 2, 10, 15, tzinfo=UTC)),
        ("Mon, 99 Foo 99999 99:99:99 +9999", None),
        ("Mon, 2 Mar 2026 10:15:00 +9959", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_r8_dates_are_read_or_absent(date: str, read: datetime | None) -> None:
    assert mail(f"Date: {date}").date == read


def test_r8_no_subject_and_no_id_are_empty() -> None:
    found = mail("From: ann@x.example")
    assert (found.subject, found.message_id) == ("", "")


@pytest.mark.parametrize(
    "raw",
    [
        b"Subject: one\nFrom: ann@x.example\n\nHello.",
        b"Subject: one\rFrom: ann@x.example\r\rHello.",
    ],
    ids=["LF", "CR"],
)
def test_other_line_ends_are_read_too(raw: bytes) -> None:
    found = read_mail(raw)
    assert (found.subject, found.text) == ("one", "Hello.")


def test_t1_delivery_headers_name_who_it_was_for() -> None:
    found = mail(
        "Delivered-To: <Support@Desk.Example>",
        "X-Original-To: support@desk.example",
        "Envelope-To: nobody",
        "X-Envelope-To: <other@desk.example>",
    )
    assert found.delivered_to == ("support@desk.example", "other@desk.example")


def test_s2_nul_surrogates_and_bidi_are_gone() -> None:
    found = mail(
        "Subject: =?utf-8?q?a=00b=ED=A0=80_=E2=80=AEtxt=2Eexe?=",
        'From: "Ann\u202e\u200b" <ann@x.example>',
        body=b"a\x00b\xed\xa0\x80",
    )
    assert "\x00" not in found.text + found.subject
    assert "\u202e" not in found.subject + str(found.sender)
    (found.subject + found.text + str(found.sender)).encode()


def test_c4_encrypted_mail_is_said_to_be() -> None:
    found = mail('Content-Type: multipart/encrypted; boundary="b"', body=b"--b\r\n\r\nx\r\n--b--")
    assert found.defects == ("the mail is encrypted; only its file can be opened, with the key",)
