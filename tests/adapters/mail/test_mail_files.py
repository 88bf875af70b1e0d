"""C3, C4: what files really are, invitations in words, and Outlook's packages."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.mail.content.calendar import invitations
from adapters.mail.content.file_types import OCTETS, PROGRAM, danger, true_type
from adapters.mail.content.tnef import SIGNATURE, Tnef, TnefFile, unpack
from adapters.mail.reading.mime import parse


@pytest.mark.parametrize(
    ("declared", "content", "kind"),
    [
        ("application/pdf", b"%PDF-1.7", "application/pdf"),
        (OCTETS, b"%PDF-1.7", "application/pdf"),
        ("image/png", b"\xff\xd8\xff\xe0", "image/jpeg"),
        ("image/png", b"<html>", OCTETS),
        ("text/plain", b"MZ\x90\x00", PROGRAM),
        ("text/plain", b"MZ is a prefix", "text/plain"),
        ("text/x-sh", b"#!/bin/sh", "text/x-sh"),
        (OCTETS, b"#!/bin/sh", PROGRAM),
        ("application/vnd.ms-excel", b"\xd0\xcf\x11\xe0", "application/vnd.ms-excel"),
        ("image/webp", b"RIFF", "image/webp"),
        (OCTETS, b"", OCTETS),
    ],
)
def test_c3_bytes_tell_more_than_labels(declared: str, content: bytes, kind: str) -> None:
    assert true_type(declared, content) == kind


@pytest.mark.parametrize(
    ("name", "kind", "words"),
    [
        ("a.exe", OCTETS, "“a.exe” can run as a program"),
        ("a.PDF.Exe", OCTETS, "“a.PDF.Exe” can run as a program and poses as .pdf"),
        ("a.pdf", PROGRAM, "“a.pdf” is a program under another name"),
        ("a.pdf", "text/html", "“a.pdf” is no .pdf file"),
        ("a.jpg", "image/png", ""),
        ("a.pdf", "application/pdf", ""),
        ("a.docx", OCTETS, ""),
        ("exe", OCTETS, ""),
    ],
)
def test_c3_programs_are_told(name: str, kind: str, words: str) -> None:
    assert danger(name, kind) == words


def told(*lines: str, method: str = "REQUEST") -> str:
    head = ("BEGIN:VCALENDAR", f"METHOD:{method}", "BEGIN:VEVENT")
    body = "\r\n".join((*head, *lines, "END:VEVENT", "END:VCALENDAR"))
    return invitations(parse(f"Content-Type: text/calendar\r\n\r\n{body}".encode())[0])


@pytest.mark.parametrize(
    ("lines", "when"),
    [
        (("DTSTART:20260302T090000Z",), "When: 2026-03-02 09:00 (UTC)"),
        (("DTSTART;VALUE=DATE:20260302",), "When: 2026-03-02"),
        (
            ("DTSTART;VALUE=DATE:20260302", "DTEND;VALUE=DATE:20260304"),
            "When: 2026-03-02 - 2026-03-04",
        ),
        (
            ("DTSTART:20260302T230000", "DTEND:20260303T010000"),
            "When: 2026-03-02 23:00 - 2026-03-03 01:00",
        ),
        (
            ('DTSTART;TZID="Europe/Berlin":20260302T090000',),
            "When: 2026-03-02 09:00 (Europe/Berlin)",
        ),
        (("DTSTART:soon",), "When: soon"),
    ],
)
def test_c4_an_invitation_says_when(lines: tuple[str, ...], when: str) -> None:
    assert told("SUMMARY:Review", *lines) == f"Invitation: Review\n{when}"


def test_c4_a_cancelled_one_is_cancelled() -> None:
    assert told("SUMMARY:Review", method="CANCEL") == "Cancelled: Review"


@pytest.mark.parametrize("lines", [("END:VEVENT", "END:VCALENDAR", "END:VCALENDAR"), ()])
def test_c4_what_is_no_event_is_nothing(lines: tuple[str, ...]) -> None:
    assert told(*lines) == ""


_LINES = st.sampled_from(["BEGIN:VEVENT", "END:VEVENT", "BEGIN:", "END:", "DTSTART:", "A;B=:C"])


@given(st.lists(_LINES))
def test_c4_no_calendar_makes_it_fail(lines: list[str]) -> None:
    assert isinstance(told(*lines), str)


def attribute(name: int, data: bytes) -> bytes:
    return struct.pack("<BII", 2, name, len(data)) + data + b"\0\0"


def package(*attributes: bytes) -> bytes:
    return SIGNATURE + b"\1\0" + b"".join(attributes)


FILE = (attribute(0x9002, b""), attribute(0x8010, b"a.txt\0"), attribute(0x800F, b"content"))


def test_c4_a_package_gives_its_files() -> None:
    assert unpack(package(*FILE)) == Tnef(files=[TnefFile(name="a.txt", content=b"content")])


def test_c4_what_comes_before_any_file_belongs_to_none() -> None:
    assert unpack(package(FILE[1], FILE[2])) == Tnef()


def test_c4_a_cut_package_gives_what_is_there() -> None:
    found = unpack(package(*FILE, attribute(0x9002, b"")[:-5]))
    assert found is not None
    assert ([file.name for file in found.files], found.whole) == (["a.txt"], False)


def test_c4_anything_else_is_no_package() -> None:
    assert unpack(b"PK\x03\x04") is None


def test_c4_an_unknown_property_ends_the_list() -> None:
    properties = struct.pack("<IHHI", 2, 0x0BAD, 1, 0)
    found = unpack(package(*FILE, attribute(0x9005, properties)))
    assert found == Tnef(files=[TnefFile(name="a.txt", content=b"content")])


@settings(max_examples=200)
@given(
    st.lists(st.sampled_from([0x9002, 0x9003, 0x9005, 0x800C, 0x800F, 0x8010]), max_size=6),
    st.data(),
)
def test_c4_no_package_makes_it_fail(names: list[int], data: st.DataObject) -> None:
    parts = [attribute(name, data.draw(st.binary(max_size=60))) for name in names]
    found = unpack(package(*parts)[: data.draw(st.integers(0, 400))] or SIGNATURE)
    assert found is None or isinstance(found.files, list)
