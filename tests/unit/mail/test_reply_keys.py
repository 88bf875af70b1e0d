"""Signed reply keys: what they name comes back, and nothing else is believed."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.domain.reply_keys import ReplyKey, ReplyKeys, subaddress, with_subaddress

KEYS = ReplyKeys((b"a secret of sixteen bytes",))
OTHER = ReplyKeys((b"another secret, as long",))
ROTATED = ReplyKeys((b"another secret, as long", b"a secret of sixteen bytes"))
ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
TICKETS, PEOPLE = st.integers(1, 32**12 - 1), st.integers(1, 32**2 - 1)


@given(TICKETS, PEOPLE)
@example(1, 1)
@example(32**12 - 1, 32**2 - 1)
def test_a_key_comes_back_whatever_the_case(ticket: int, person: int) -> None:
    key = KEYS.make(ticket, person)
    assert KEYS.check(key) == KEYS.check(key.upper()) == ReplyKey(ticket, person)
    assert len(f"support+{key}") <= 64


@given(TICKETS, PEOPLE, st.integers(0, 32**3 - 1))
def test_t4_a_key_tells_its_turn(ticket: int, person: int, turn: int) -> None:
    key = KEYS.make(ticket, person, turn)
    assert KEYS.check(key.upper()) == ReplyKey(ticket, person, turn=turn)
    assert len(f"support+{key}") <= 64


def test_t4_a_key_is_signed_with_128_bits_for_each_recipient_and_turn() -> None:
    keys = {KEYS.make(7, person, turn) for person in (1, 2) for turn in (0, 1)}
    signatures = {key[-26:] for key in keys}
    assert len(signatures) == 4
    assert all(_bits(signature) <= 2**128 for signature in signatures)
    assert max(map(_bits, signatures)) > 2**120


def _bits(signature: str) -> int:
    return sum(32**n * ALPHABET.index(c) for n, c in enumerate(reversed(signature)))


def test_t4_a_key_of_another_turn_cannot_be_made_of_one() -> None:
    key = KEYS.make(7, 1, 2)
    body, signature = key[:-26], key[-26:]
    assert body == "701l2"
    assert KEYS.check("701l3" + signature) is None
    assert KEYS.check("701" + signature) is None


@pytest.mark.parametrize(
    ("given_out", "named"),
    [
        ("7017gwp9811mkbnqb6b", ReplyKey(7, 1)),
        ("701u5m4svpc99a0srwt39", ReplyKey(7, 1, 5)),
    ],
)
def test_t4_keys_given_out_before_hold(given_out: str, named: ReplyKey) -> None:
    assert KEYS.check(given_out.upper()) == named
    assert OTHER.check(given_out) is None


def test_t4_a_message_id_given_out_before_holds() -> None:
    assert KEYS.in_message_id("dk.7017gwp9811mkbnqb6b.5@desk.example") == ReplyKey(7, 1)


def test_t4_who_reads_a_message_id_has_no_key() -> None:
    tie = KEYS.message_id(7, 1, 5, "desk.example").split(".")[1]
    assert KEYS.check(tie) is None
    assert KEYS.in_message_id(f"dk.{KEYS.make(7, 1)}.5@desk.example") is None


@given(TICKETS, PEOPLE)
def test_a_key_of_another_secret_is_not_ours_until_it_is_rotated_in(
    ticket: int, person: int
) -> None:
    key = KEYS.make(ticket, person)
    assert OTHER.check(key) is None
    assert ROTATED.check(key) == ReplyKey(ticket, person)
    assert ROTATED.make(ticket, person) == OTHER.make(ticket, person)


@given(TICKETS, PEOPLE, st.data())
def test_a_key_that_was_changed_is_not_ours(ticket: int, person: int, data: st.DataObject) -> None:
    key = KEYS.make(ticket, person)
    place = data.draw(st.integers(0, len(key) - 1))
    letter = data.draw(st.sampled_from("0123456789abcdefghjkmnpqrstvwxyzilou-+ ").filter(
        lambda c: c != key[place]
    ))  # fmt: skip
    assert KEYS.check(key[:place] + letter + key[place + 1 :]) is None
    assert KEYS.check(key[:place] + key[place + 1 :]) is None
    assert KEYS.check(key + letter) is None


@given(st.text(max_size=60))
def test_no_text_from_outside_is_a_key(text: str) -> None:
    assert KEYS.check(text) is None
    assert KEYS.in_message_id(text) is None


@given(TICKETS, PEOPLE, st.integers(0, 10**12 - 1))
def test_a_message_id_carries_the_key(ticket: int, person: int, message: int) -> None:
    mail_id = KEYS.message_id(ticket, person, message, "desk.example")
    named = ReplyKey(ticket, person)
    assert KEYS.in_message_id(mail_id) == named
    assert KEYS.in_message_id(f" <{mail_id.upper()}> ") == named
    assert OTHER.in_message_id(mail_id) is None


@pytest.mark.parametrize("shape", ["{key}.5@d", "dk.{key}@d", "dk.{key}.x@d", "xdk.{key}.5@d"])
def test_a_foreign_message_id_carries_none(shape: str) -> None:
    assert KEYS.in_message_id(shape.format(key=KEYS.make(1, 1))) is None


@pytest.mark.parametrize(("ticket", "person"), [(0, 1), (-1, 1), (1, 0), (1, 1024), (32**12, 1)])
def test_a_number_without_room_in_the_key_is_refused(ticket: int, person: int) -> None:
    with pytest.raises(ValueError, match="no reply key"):
        KEYS.make(ticket, person)


@pytest.mark.parametrize("secrets", [(), (b"short",), (b"x" * 16, b"x" * 15)])
def test_a_weak_secret_is_refused(secrets: tuple[bytes, ...]) -> None:
    with pytest.raises(ValueError, match="at least 16 bytes"):
        ReplyKeys(secrets)


def test_a_secret_of_sixteen_bytes_will_do() -> None:
    keys = ReplyKeys((b"x" * 16,))
    assert keys.check(keys.make(1, 2)) == ReplyKey(1, 2)


@pytest.mark.parametrize(
    ("address", "bare", "key"),
    [
        ("support+abc@desk.example", "support@desk.example", "abc"),
        ("support@desk.example", "support@desk.example", ""),
        ("support+a+b@desk.example", "support@desk.example", "a+b"),
    ],
)
def test_a_subaddress_is_split_off(address: str, bare: str, key: str) -> None:
    assert subaddress(address) == (bare, key)


def test_a_subaddress_is_put_on() -> None:
    assert with_subaddress("support@desk.example", "abc") == "support+abc@desk.example"


@given(TICKETS, PEOPLE, st.integers(0, 2**40))
def test_b3_a_return_path_names_the_message_too(ticket: int, person: int, message: int) -> None:
    key = KEYS.make_return(ticket, person, message)
    assert KEYS.check(key.upper()) == ReplyKey(ticket, person, message)
    assert OTHER.check(key) is None
    assert len(f"support+{key}") <= 64


def test_b3_a_return_path_is_no_reply_key_of_another_message() -> None:
    key = KEYS.make_return(7, 1, 5)
    body, signature = key[:-16], key[-16:]
    assert KEYS.check(body[:-1] + "6" + signature) is None
    assert KEYS.check(body.partition("u")[0] + signature) is None
    assert KEYS.check(body.partition("u")[0] + "u" + signature) is None


@given(TICKETS, PEOPLE)
def test_a_link_to_leave_is_for_one_address(ticket: int, person: int) -> None:
    key = KEYS.make_leave(ticket, person, "Bob@acme.example")
    assert KEYS.names_leaver(key) == ReplyKey(ticket, person)
    assert KEYS.check_leave(key, "bob@ACME.example")
    assert not KEYS.check_leave(key, "eve@acme.example")
    assert KEYS.check(key) is None
    assert not KEYS.check_leave(KEYS.make(ticket, person), "bob@acme.example")


@pytest.mark.parametrize("text", ["", "ü" * 20, "1a0", "u" * 30, "\0" * 30])
def test_a_link_that_is_none_of_ours_names_nobody(text: str) -> None:
    assert KEYS.names_leaver(text) is None
    assert not KEYS.check_leave(text, "bob@acme.example")
