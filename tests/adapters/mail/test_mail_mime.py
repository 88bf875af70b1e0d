from __future__ import annotations

import email
from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.mail.reading.fields import parameters, split_head
from adapters.mail.reading.mime import parse


def leaves(raw: bytes) -> list[tuple[str, bytes]]:
    root, _ = parse(raw)
    return [(part.content_type, part.content) for part in root.walk() if not part.parts]


@pytest.mark.parametrize(
    ("value", "kind", "values"),
    [
        (b"text/plain", "text/plain", {}),
        (b'Text/HTML; CHARSET="utf-8"', "text/html", {"charset": "utf-8"}),
        (b"a/b; name=my file.pdf; x=1", "a/b", {"name": "my file.pdf", "x": "1"}),
        (b'a/b; name="a;b\\"c"', "a/b", {"name": 'a;b"c'}),
        (b'a/b; name="C:\\dir\\x.txt"', "a/b", {"name": "C:\\dir\\x.txt"}),
        (b'a/b; name="open', "a/b", {"name": "open"}),
        (b'a/b; name="=?utf-8?q?=C3=A9?="', "a/b", {"name": "é"}),
        (b"a/b; name*=utf-8'de'%C3%A9.pdf", "a/b", {"name": "é.pdf"}),
        (b"a/b; name*0*=utf-8''%C3; name*1*=%A9; name*2=.pdf", "a/b", {"name": "é.pdf"}),
        (b"a/b; name*1=b; name*0=a", "a/b", {"name": "ab"}),
        (b"a/b; name=old; name*=utf-8''new", "a/b", {"name": "new"}),
        (b"a/b; name*=x-foo''%E9", "a/b", {"name": "é"}),
        (b"a/b; name=\xc3\xa9", "a/b", {"name": "é"}),
        (b"; ; =; name*", "", {}),
    ],
)
def test_parameters_are_read(value: bytes, kind: str, values: dict[str, str]) -> None:
    assert parameters(value) == (kind, values)


@pytest.mark.parametrize(
    ("raw", "subject", "body"),
    [
        (b"Subject: a\r\n\r\nbody", b"a", b"body"),
        (b"Subject: a\r\n b\r\n\tc\r\n\r\nbody", b"a b c", b"body"),
        (b"Subject : a\nX: y\n\nbody", b"a", b"body"),
        (b"From me@x Mon Mar 2\nSubject: a\n\nbody", b"a", b"body"),
        (b"Subject: a\r\n \r\nX: y\r\n\r\nbody", b"a ", b"body"),
        (b"Subject: a\r\nno field\r\nX: y", b"a", b"no field\r\nX: y"),
        (b"Subject: a", b"a", b""),
        (b"\r\nbody", b"", b"body"),
    ],
)
def test_the_head_ends_where_it_ends(raw: bytes, subject: bytes, body: bytes) -> None:
    fields, rest = split_head(raw)
    assert (fields.first("subject"), rest) == (subject, body)


def test_a_delimiter_is_a_whole_line() -> None:
    raw = (
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
        b"preamble\r\n--b\r\n\r\none --b\r\n--bb\r\n"
        b"--b \t\r\n\r\ntwo\r\n--b--\r\nepilogue"
    )
    assert leaves(raw) == [("text/plain", b"one --b\r\n--bb"), ("text/plain", b"two")]


def test_a_missing_last_delimiter_is_forgiven() -> None:
    raw = b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\none\n--b\nContent-Type: a/b\n\ntwo"
    assert leaves(raw) == [("text/plain", b"one"), ("a/b", b"two")]


@pytest.mark.parametrize("kind", ["multipart/mixed", "multipart/mixed; boundary=other"])
def test_a_multipart_without_parts_is_text(kind: str) -> None:
    raw = f"Content-Type: {kind}\r\n\r\nHello.".encode()
    assert leaves(raw) == [("text/plain", b"Hello.")]
    assert len(parse(raw)[1]) == 1


@pytest.mark.parametrize(
    ("encoding", "body", "content"),
    [
        ("base64", b"SGVsbG8=", b"Hello"),
        ("BASE64 (yes)", b"SGVs\r\nbG8\r\n", b"Hello"),
        ("base64", b"SGVsbG8*=!", b"Hello"),
        ("base64", b"S", b""),
        ("quoted-printable", b"a=3Db=\r\nc=ZZ", b"a=bc=ZZ"),
        ("8bit", b"a=3D", b"a=3D"),
        ("unheard-of", b"a=3D", b"a=3D"),
    ],
)
def test_transfer_encodings(encoding: str, body: bytes, content: bytes) -> None:
    raw = f"Content-Transfer-Encoding: {encoding}\r\n\r\n".encode() + body
    assert leaves(raw) == [("text/plain", content)]


_CONTENT = st.text(st.characters(codec="utf-8", exclude_characters="\r"), max_size=80)


@settings(max_examples=100)
@given(_CONTENT, st.lists(st.binary(max_size=200), max_size=4), st.booleans())
def test_the_standard_library_finds_the_same_leaves(
    text: str, files: list[bytes], alternative: bool
) -> None:
    message = EmailMessage()
    message.set_content(text)
    if alternative:
        message.add_alternative(f"<p>{text}</p>", subtype="html")
    for file in files:
        message.add_attachment(file, "application", "octet-stream", filename="é.bin")
    raw = message.as_bytes()
    theirs = [
        (part.get_content_type(), part.get_payload(decode=True))
        for part in email.message_from_bytes(raw).walk()
        if not part.is_multipart()
    ]
    assert leaves(raw) == theirs
