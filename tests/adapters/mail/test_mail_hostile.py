"""Mails that crash, stall or deceive readers; each is read here, in good time."""

from __future__ import annotations

import base64
import time
import tracemalloc
from collections import Counter
from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.mail.reader import read_mail

HEAD = b"From: ann@x.example\r\nMIME-Version: 1.0\r\n"
HTML = HEAD + b"Content-Type: text/html\r\n\r\n"
MIXED = HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
CALENDAR = HEAD + b"Content-Type: text/calendar\r\n\r\nBEGIN:VCALENDAR\r\n"
TNEF = HEAD + b"Content-Type: application/ms-tnef\r\n\r\n\x78\x9f\x3e\x22\x01\x00"
BOUNCE = b"From: MAILER-DAEMON@x.example\r\nSubject: Undelivered Mail\r\n\r\n"
LIMIT = 2.0  # seconds of CPU; each takes less than half of one on a quiet machine


def _nested(depth: int) -> bytes:
    levels = (
        b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (n, n)
        for n in range(depth)
    )
    return HEAD + b"".join(levels) + b"\r\nHello.\r\n"


HOSTILE = {
    "a five byte To": b'To: "\r\n\r\nx',
    "a To that is a comment": b"To: (c):\r\n\r\nx",
    "a From without a domain": b"From: a@\r\n\r\nx",
    "a parameter without a value": b"Content-Type: text/plain; name*\r\n\r\nx",
    "an id in brackets": b"Message-ID: <[x@microsoft.com]>\r\n\r\nx",
    "an id without an end": b"Message-ID: <\r\n\r\nx",
    "a From of quotes": b"From: " + b'"' * 20_000 + b"\r\n\r\nx",
    "a To of quotes": b"To: " + b'"\\' * 30_000 + b"\r\n\r\nx",
    "nested comments": b"From: " + b"(" * 5000 + b"\r\n\r\nx",
    "closed nested comments": b"From: " + b"(" * 1900 + b")" * 1900 + b" a@b.example\r\n\r\nx",
    "many addresses": b"To: "
    + b",".join(b"u%d@x.example" % n for n in range(20_000))
    + b"\r\n\r\nx",
    "a subject of words": b"Subject: " + b"=?utf-8?q?=C3=A9?= " * 16_600 + b"\r\n\r\nx",
    "a subject of openings": b"Subject: " + b"=?" * 30_000 + b"\r\n\r\nx",
    "a type of quotes": HEAD + b"Content-Type: text/plain; " + b'a="' * 28_000 + b"\r\n\r\nx",
    "a type of semicolons": HEAD + b"Content-Type: text/plain" + b';"' * 30_000 + b"\r\n\r\nx",
    "a type of sections": HEAD + b"Content-Type: text/plain" + b";a*0=1" * 9000 + b"\r\n\r\nx",
    "folded lines": b"Subject: y\r\n" + b" y\r\n" * 16_000 + b"\r\nx",
    "a header without an end": b"X: y\r\n" * 300_000,
    "many parts": MIXED + b"--b\r\n\r\nx\r\n" * 50_000 + b"--b--\r\n",
    "many half delimiters": MIXED + b"\n--bb" * 500_000,
    "deep parts": _nested(1000),
    "deep parts with a long body": _nested(29) + b"--x\r\n" * 300_000,
    "deep divs": HTML + b"<div>" * 40_000 + b"x",
    "deep formatting": HTML + b"<b>" * 100_000 + b"x",
    "deep quotations": HTML + b"<blockquote>" * 190 + b"x<p>y" * 40_000,
    "deep lists": HTML + b"<ul><li>" * 190 + b"<li>y" * 40_000,
    "open angles": HTML + b"<" * 1_000_000,
    "open comments": HTML + b"<!--" * 250_000,
    "an endless attribute": HTML + b"<div " + b"a=1 " * 200_000 + b">x",
    "marked history of many tags": HTML + b"<div class=gmail_quote>" + b"<p>x</p>" * 100_000,
    "an attribution of attributions": HEAD + b"\r\n" + b"On On On " * 7000,
    "attributions": HEAD + b"\r\n" + b"Am 3.3. um 10:00 schrieb a\r\n" * 5000,
    "almost attributions": HEAD + b"\r\n" + (b"12" * 120 + b" wrote:\r\n") * 4000,
    "a long line": HEAD + b"\r\n" + b"a" * 5_000_000,
    "references": b"References: "
    + b"<a@b> " * 10_000
    + b"\r\nIn-Reply-To: "
    + b"<" * 50_000
    + b"\r\n\r\nx",
    "verdicts of comments": b"Authentication-Results: mx" + b"(" * 8000 + b"\r\n\r\nx",
    "many verdicts": b"Authentication-Results: mx; dmarc=pass\r\n" * 900 + b"\r\nx",
    "lists of lists": b"List-Post: <mailto:" + b"a@b.example> <mailto:" * 3000 + b"\r\n\r\nx",
    "a name of alphabets": b'From: "' + "A\u0430".encode() * 500 + b'" <a@b.example>\r\n\r\nx',
    "a calendar of beginnings": CALENDAR + b"BEGIN:VEVENT\r\n" * 30_000,
    "a calendar of quotes": CALENDAR + b'A;B="' * 40_000 + b":x",
    "a calendar of folds": CALENDAR + b"SUMMARY:x" + b"\r\n x" * 60_000,
    "a package of files": TNEF + b"\x02\x02\x90\x06\x00\x00\x00\x00\x00\x00\x00" * 400_000,
    "a package of properties": TNEF
    + b"\x01\x03\x90\x06\x00\xff\xff\x3f\x00\xff\xff\xff\xff"
    + b"\x02\x00\x01\x00\0\0\0\0" * 500_000,
    "a forward of headers": b"Subject: Fwd: x\r\n\r\n"
    + b"From: a@b\nTo: x\nSubject: y\n\n" * 50_000,
    "a report of addresses": BOUNCE + b"a@b.example " * 300_000,
    "a report of lines": BOUNCE + b"550 5.1.1 could not be delivered\n" * 100_000,
    "a report of codes": BOUNCE + b"5.1." * 1_000_000,
    "styles without an end": HTML + b"<div>" * 300 + b"<style>" * 100_000,
    "comments": HTML + b"<div>" * 300 + b"<!---->" * 100_000,
    "signatures": HEAD + b"\r\n" + b"--\nx\n" * 200_000,
    "broken addresses": HEAD + b"\r\n" + b"mailto:\n> wrote:\n" * 100_000,
    "nothing": b"",
    "line ends": b"\r\n\r\n\r\n",
}


@pytest.mark.parametrize("raw", HOSTILE.values(), ids=HOSTILE.keys())
def test_r3_it_is_read_in_good_time(raw: bytes) -> None:
    began = time.process_time()
    found = read_mail(raw)
    assert time.process_time() - began < LIMIT
    assert len(found.text) <= 1_000_000


@pytest.mark.parametrize(
    "charset", ["x-foo", "hex", "zlib", "idna", "undefined", "rot13", "a" * 99]
)
def test_a_charset_that_is_none_loses_nothing(charset: str) -> None:
    head = f"Content-Type: text/plain; charset={charset}\r\n\r\n".encode()
    assert read_mail(head + "Grüße".encode()).text == "Grüße"


FILE = base64.encodebytes(b"x" * 3_000_000)


@pytest.mark.parametrize(
    "raw",
    [
        HEAD + b"Content-Type: a/b\r\nContent-Transfer-Encoding: base64\r\n\r\n" + FILE,
        MIXED + b"--b\r\nContent-Type: a/b\r\n\r\n" + b"y" * 30_000 * 100 + b"\r\n--b--\r\n",
        HEAD + b"\r\n" + b"word " * 800_000,
        HTML + b"<p>word</p>" * 300_000,
        TNEF + b"\x01\x0c\x80\x02\x00\x00\x09\x3d\x00" + b"z" * 4_000_000,
    ],
    ids=["a file", "a part", "a text", "a page", "a package"],
)
def test_r3_reading_takes_a_few_times_the_size_of_the_mail(raw: bytes) -> None:
    tracemalloc.start()
    read_mail(raw)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 6 * len(raw) + 5_000_000


def test_r3_too_many_parts_are_said_to_be() -> None:
    found = read_mail(MIXED + b"--b\r\n\r\nx\r\n" * 300)
    assert found.text.count("x") == 200
    assert found.defects == ("there are more than 200 parts",)


def test_r3_too_many_files_are_said_to_be() -> None:
    part = b'--b\r\nContent-Type: application/x; name="a.txt"\r\n\r\nx\r\n'
    found = read_mail(MIXED + part * 150)
    assert [file.name for file in found.attachments[:3]] == ["a.txt", "a (2).txt", "a (3).txt"]
    assert len(found.attachments) == 101
    assert found.defects == ("there are more than 100 files",)


def test_r3_a_header_that_is_cut_is_said_to_be() -> None:
    found = read_mail(b"Subject: first\r\n" + b"X: y\r\n" * 2000 + b"\r\nThe body.")
    assert (found.subject, found.text) == ("first", "The body.")
    assert found.defects == ("the header is too long and was cut",)


_DEEP = b"".join(
    b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (level, level)
    for level in range(40)
)


@pytest.mark.parametrize(
    "raw",
    [
        MIXED + b"--b\r\n\r\nx\r\n" * 300,
        HEAD + _DEEP,
        HEAD + b"X: y\r\n" * 2000 + b"\r\nThe body.",
        HEAD + b"\r\n" + b"word " * 300_000,
    ],
    ids=["parts", "depth", "header", "text"],
)
def test_r3_what_is_cut_is_kept_as_a_whole(raw: bytes) -> None:
    found = read_mail(raw)
    assert len(found.defects) == 1
    assert [(f.name, f.content) for f in found.attachments] == [("whole-mail.eml", raw)]


def test_r3_what_is_read_whole_or_is_too_large_is_no_file() -> None:
    assert read_mail(HEAD + b"\r\nHello.").attachments == ()
    assert read_mail(HEAD + b"\r\n" + b"word " * 2_200_000).attachments == ()


def test_s1_a_header_that_is_cut_names_no_sender() -> None:
    found = read_mail(HEAD + b"X: y\r\n" * 2000 + b"From: other@x.example\r\n\r\nx")
    assert (found.sender, bool(found.sender_doubt)) == (None, True)


_FRAGMENTS = st.sampled_from(
    [
        b"From: ", b"To: ", b"Subject: ", b"Content-Type: multipart/mixed; boundary=b\r\n", b"\r\n",
        b"--b\r\n", b"--b--\r\n", b"Content-Transfer-Encoding: base64\r\n", b"=?utf-8?q?", b"?=",
        b"Content-Type: text/html; charset=utf-7\r\n", b"<div class='gmail_quote'>", b"<a href='",
        b"On Mon, 2 Mar 2026 at 10:00, a@b.example wrote:\r\n", b"> x\r\n", b"From: a\r\nTo: b\r\n",
        b"Content-Type: message/delivery-status\r\n", b"filename*0*=utf-8''%", b"-- \r\n",
        b"Content-Type: text/calendar\r\n", b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n", b"DTSTART:",
        b"Content-Type: application/ms-tnef\r\n", b"\x78\x9f\x3e\x22\x01\x00",
        b"\x02\x02\x90\x06\x00",
        b"Authentication-Results: mx; dmarc=", b"List-Post: <mailto:", b"Subject: Fwd: ",
        b"Content-Type: message/feedback-report\r\n", b"From: MAILER-DAEMON\r\n", b"550 5.1.1 ",
        b"X-Original-From: ", b"Content-Type: message/rfc822\r\n", b"| ", b"mailto:\r\n> wrote:",
        b'"', b"(",
    ]
)  # fmt: skip


@settings(max_examples=200)
@given(st.lists(_FRAGMENTS | st.binary(max_size=40), max_size=40).map(b"".join))
def test_no_bytes_make_it_fail(raw: bytes) -> None:
    found = read_mail(raw)
    for text in (found.text, found.fresh_text, found.subject, found.message_id, str(found.sender)):
        text.encode()
        assert "\x00" not in text


_LINES = st.sampled_from(
    [
        "On Mon, 2 Mar 2026 at 10:00, Ana <ana@x.example> wrote:", "> quoted", ">> twice", "",
        "-- ",
        "Hello there.", "From: Ana <ana@x.example>", "Sent: Monday, 2 March 2026 10:00", "To: Bob",
        "Subject: x", "-----Original Message-----", "Sent from my iPhone", "Disclaimer", "-Ann",
        "---------- Forwarded message ---------", "_____________", "| bar", "> wrote:", "mailto:x",
        "Am 2.3.2026 um 10:00 schrieb Ana:", "Please reply above this line",
    ]
)  # fmt: skip


@settings(max_examples=200)
@given(st.lists(_LINES, max_size=30))
def test_d1_no_word_is_lost_and_the_fresh_ones_are_of_the_text(lines: list[str]) -> None:
    body = "\n".join(lines)
    found = read_mail(f"From: ann@x.example\r\n\r\n{body}".encode())
    assert found.text.split() == body.split()
    assert not Counter(found.fresh_text.split()) - Counter(found.text.split())
    assert bool(found.fresh_text.strip()) is bool(found.text.strip())


@settings(max_examples=60)
@given(st.lists(st.binary(max_size=300), max_size=5), st.text(max_size=60))
def test_c1_no_file_is_lost(files: list[bytes], text: str) -> None:
    message = EmailMessage()
    message.set_content(text)
    for content in files:
        message.add_attachment(content, "application", "octet-stream", filename="x.bin")
    found = read_mail(bytes(message))
    assert [file.content for file in found.attachments] == files
    assert len({file.name for file in found.attachments}) == len(files)
