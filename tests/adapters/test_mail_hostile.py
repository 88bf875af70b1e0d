"""Mails that crash, stall or deceive readers; each is read here, in good time."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.mail.reader import read_mail

HEAD = b"From: ann@x.example\r\nMIME-Version: 1.0\r\n"
HTML = HEAD + b"Content-Type: text/html\r\n\r\n"
MIXED = HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
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
    "nothing": b"",
    "line ends": b"\r\n\r\n\r\n",
}


@pytest.mark.parametrize("raw", HOSTILE.values(), ids=HOSTILE.keys())
def test_it_is_read_in_good_time(raw: bytes) -> None:
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


def test_too_many_parts_are_said_to_be() -> None:
    found = read_mail(MIXED + b"--b\r\n\r\nx\r\n" * 300)
    assert found.text.count("x") == 200
    assert found.defects == ("there are more than 200 parts",)


def test_too_many_files_are_said_to_be() -> None:
    part = b'--b\r\nContent-Type: application/x; name="a.txt"\r\n\r\nx\r\n'
    found = read_mail(MIXED + part * 150)
    assert [file.name for file in found.attachments[:3]] == ["a.txt", "a (2).txt", "a (3).txt"]
    assert len(found.attachments) == 100
    assert found.defects == ("there are more than 100 files",)


def test_a_header_that_is_cut_is_said_to_be() -> None:
    found = read_mail(b"Subject: first\r\n" + b"X: y\r\n" * 2000 + b"\r\nThe body.")
    assert (found.subject, found.text) == ("first", "The body.")
    assert found.defects == ("the header is too long and was cut",)


_FRAGMENTS = st.sampled_from(
    [
        b"From: ", b"To: ", b"Subject: ", b"Content-Type: multipart/mixed; boundary=b\r\n", b"\r\n",
        b"--b\r\n", b"--b--\r\n", b"Content-Transfer-Encoding: base64\r\n", b"=?utf-8?q?", b"?=",
        b"Content-Type: text/html; charset=utf-7\r\n", b"<div class='gmail_quote'>", b"<a href='",
        b"On Mon, 2 Mar 2026 at 10:00, a@b.example wrote:\r\n", b"> x\r\n", b"From: a\r\nTo: b\r\n",
        b"Content-Type: message/delivery-status\r\n", b"filename*0*=utf-8''%", b"-- \r\n",
        b'"', b"(",
    ]
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.lists(_FRAGMENTS | st.binary(max_size=40), max_size=40).map(b"".join))
def test_no_bytes_make_it_fail(raw: bytes) -> None:
    found = read_mail(raw)
    for text in (found.text, found.fresh_text, found.subject, found.message_id, str(found.sender)):
        text.encode()
        assert "\x00" not in text
