from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.mail.receiving.arrival import arrival, fetched, sound_lines
from bot.domain.mail import Envelope
from bot.ports import Arrival

MAIL = b"Message-ID: <1@x.example>\r\nSubject: Help\r\n\r\nHello.\r\n"


def taken(
    wire: bytes = MAIL, sender: str = "ann@x.example", *to: str, helo: str = "client"
) -> Arrival:
    recipients = to or ("support@desk.example",)
    return arrival(
        wire, Envelope(mail_from=sender, recipients=recipients, peer="192.0.2.1", helo=helo)
    )


def test_r7_the_same_mail_has_the_same_key() -> None:
    assert taken().key == taken().key


def test_r7_another_way_here_is_the_same_mail() -> None:
    trace = b"Received: from a\r\n\tby b; now\r\nDelivered-To: support@desk.example\r\n"
    assert taken(trace + MAIL).key == taken().key
    assert (
        taken(MAIL, "ann@x.example", "b@x", "a@x").key
        == taken(MAIL, "Ann@x.example", "a@x", "b@x").key
    )


@pytest.mark.parametrize(
    "other",
    [
        taken(MAIL.replace(b"Hello", b"Hullo")),
        taken(MAIL.replace(b"<1@", b"<2@")),
        taken(MAIL.replace(b"Help", b"Held")),
        taken(MAIL, "eve@x.example"),
        taken(MAIL, "ann@x.example", "billing@desk.example"),
    ],
    ids=["body", "id", "subject", "sender", "recipient"],
)
def test_r7_anything_else_is_another_mail(other: Arrival) -> None:
    assert other.key != taken().key


def test_stuffed_dots_are_taken_out() -> None:
    assert taken(b"..a\r\n..\r\n...b\r\nc.\r\n").raw == b".a\r\n.\r\n..b\r\nc.\r\n"


@pytest.mark.parametrize(
    ("raw", "sound"),
    [
        (b"a\r\nb\r\n", b"a\r\nb\r\n"),
        (b"a\nb\rc\r\n", b"a\r\nb\r\nc\r\n"),
        (b"a\r\r\n\n", b"a\r\n\r\n\r\n"),
        (b"", b""),
    ],
)
def test_r5_line_ends_are_made_sound(raw: bytes, sound: bytes) -> None:
    assert sound_lines(raw) == sound


def test_what_the_ledger_shows_is_decoded_and_short() -> None:
    head = (
        b"X: y\r\nSUBJECT: =?utf-8?q?J=C3=B6rg?=\r\n\twrites\r\nSubject: no\r\n"
        b"From: " + b"x" * 500 + b"\r\n\r\nFrom: body\r\n"
    )
    meta = taken(head).meta
    assert (meta["subject"], meta["from"]) == ("Jörg writes", "x" * 200)


def test_z1_who_is_believed_about_a_mail_is_kept_with_it() -> None:
    mailbox = fetched(MAIL, "support@desk.example", "imap", ("mx.hoster.example",))
    assert mailbox.meta["judges"] == "mx.hoster.example"
    assert "judges" not in taken().meta


def test_it_looks_no_further_than_the_header() -> None:
    meta = taken(b"X: y\r\n\r\nSubject: body\r\n").meta
    assert (meta["subject"], meta["from"], meta["message_id"]) == ("", "", "")


def test_a_name_like_a_secret_stays_harmless() -> None:
    meta = taken(MAIL, helo="a\x00b\ud800\u202e" + "c" * 500).meta
    assert len(meta["helo"]) == 200
    assert meta["helo"].startswith("abc")


@given(st.binary(max_size=300))
def test_no_bytes_make_it_fail(wire: bytes) -> None:
    made = taken(b"Received: x\r\nSubject: " + wire)
    assert made.raw == sound_lines(made.raw)
    assert all(value.encode() is not None for value in made.meta.values())
