"""An address is found wherever it stands as text, and no other address is taken for it."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from bot.domain.scrubbing import AddressScrub, TitleScrub, scrub_fields

SCRUB = AddressScrub("maria@acme.example", "erased person 1")
GONE = "erased person 1"


@pytest.mark.parametrize(
    ("text", "then"),
    [
        ("maria@acme.example", GONE),
        ("Ask MARIA@Acme.Example.", f"Ask {GONE}."),
        ("<maria@acme.example>, and (maria@acme.example)", f"<{GONE}>, and ({GONE})"),
        ("mail:maria@acme.example:x", f"mail:{GONE}:x"),
        ("mailto:maria%40acme.example", f"mailto:{GONE}"),
        ("?to%3Dmaria%40acme.example", f"?to%3D{GONE}"),
        ("line\nmaria@acme.example\nline", f"line\n{GONE}\nline"),
    ],
)
def test_the_address_goes_wherever_it_stands(text: str, then: str) -> None:
    assert SCRUB(text) == then
    assert SCRUB.concerns(["x", text])


@pytest.mark.parametrize(
    "other",
    [
        "anna-maria@acme.example",
        "annamaria@acme.example",
        "anna.maria@acme.example",
        "maria@acme.example.org",
        "maria@acme.example-shop.org",
        "maria+shop@acme.example",
        "x+maria@acme.example",
        "maria@shop.acme.example",
    ],
)
def test_other_addresses_stay(other: str) -> None:
    assert SCRUB(f"ask {other} then") == f"ask {other} then"
    assert not SCRUB.concerns([other])


@pytest.mark.parametrize("spelt", ["jo@bücher.example", "jo@xn--bcher-kva.example"])
def test_a_domain_is_known_in_both_its_spellings(spelt: str) -> None:
    scrub = AddressScrub("jo@xn--bcher-kva.example", GONE)
    assert scrub(f"<{spelt}>") == f"<{GONE}>"
    assert any(needle in spelt for needle in scrub.needles)


def test_a_needle_is_found_in_json_as_well() -> None:
    scrub = AddressScrub("jörg@acme.example", GONE)
    assert all(needle.isascii() and "\\" not in needle for needle in scrub.needles)
    assert any(needle in r"j\u00f6rg@acme.example" for needle in scrub.needles)


def test_what_stands_instead_is_taken_as_it_is() -> None:
    assert AddressScrub("a@b.example", r"\1 \g<0>")("a@b.example") == r"\1 \g<0>"


def test_bytes_lose_the_name_before_the_address_as_well() -> None:
    raw = b'To: x@y.example\r\nCc: "Huber, Maria" <Maria@acme.example>, Eve <eve@z.example>\r\n'
    assert SCRUB.in_bytes(raw)
    fresh = SCRUB.bytes_without(raw)
    assert b"Cc: erased-person-1@erased.invalid, Eve <eve@z.example>\r\n" in fresh
    assert not SCRUB.in_bytes(fresh)


def test_a_folded_name_goes_as_well() -> None:
    raw = (
        b'Subject: x\r\nCc: "Huber,\r\n Maria" <maria@acme.example>\r\n\r\nTo: <maria@acme.example>'
    )
    nowhere = b"erased-person-1@erased.invalid"
    assert SCRUB.bytes_without(raw) == (
        b"Subject: x\r\nCc: " + nowhere + b"\r\n\r\nTo: <" + nowhere + b">"
    )


def test_a_long_text_without_an_end_takes_no_time() -> None:
    assert not SCRUB.in_bytes(b"maria@" * 200_000)
    assert SCRUB.bytes_without(b"a <" * 100_000) == b"a <" * 100_000


def test_a_title_goes_only_beside_its_number() -> None:
    scrub = TitleScrub("SUP-1", "Broken")
    assert scrub.concerns(["about SUP-1", "Broken"])
    assert not scrub.concerns(["about SUP-12", "Broken"])
    assert not scrub.concerns(["Broken"])
    assert scrub("SUP-1 Broken") == "SUP-1 [erased]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    who: tuple[str, ...]
    what: str
    count: int = 1


def test_the_text_of_a_value_is_scrubbed_and_nothing_else() -> None:
    told = Told(who=("maria@acme.example", "bob"), what="to maria@acme.example")
    assert scrub_fields(told, SCRUB) == Told(who=(GONE, "bob"), what=f"to {GONE}")
    plain = Told(who=(), what="x")
    assert scrub_fields(plain, SCRUB) is plain
