"""Keys for mail to the team: one use, one person, one ticket; a link ends."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.reply_keys import ReplyKeys
from bot.domain.team_keys import ActKey, TeamKey, TeamKeys

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
CUSTOMERS = ReplyKeys((b"a secret of sixteen bytes",))
OTHERS = ReplyKeys((b"another secret, as long",))
KEYS = TeamKeys(CUSTOMERS.seal, ("ana", "ben"))
TICKETS = st.integers(1, 32**12 - 1)
PEOPLE = st.sampled_from(["ana", "ben"])
LINK = ActKey(ticket=7, person="ana", serial=41, expires_at=NOW + timedelta(hours=24))


@given(TICKETS, PEOPLE)
def test_every_key_of_a_ticket_comes_back_whatever_the_case(ticket: int, person: str) -> None:
    named = TeamKey(ticket, person)
    assert KEYS.check_answer(KEYS.make_answer(ticket, person).upper()) == named
    assert KEYS.check_return(KEYS.make_return(ticket, person).upper()) == named
    assert KEYS.in_message_id(f"<{KEYS.message_id(ticket, person, 9, 'desk.example')}>") == named
    assert len(f"support+{KEYS.make_answer(ticket, person)}") <= 64


def test_a_key_is_signed_with_128_bits() -> None:
    assert len(KEYS.make_answer(7, "ana")) == 1 + 26
    assert len(KEYS.make_stop("ana")) == 26


def test_no_key_is_good_for_another_use() -> None:
    made = {
        "answer": KEYS.make_answer(7, "ana"),
        "return": KEYS.make_return(7, "ana"),
        "stop": KEYS.make_stop("ana"),
        "act": KEYS.make_act(LINK),
        "customer": CUSTOMERS.make(7, 1),
        "leave": CUSTOMERS.make_leave(7, 2, "bob@acme.example"),
    }
    assert [use for use, key in made.items() if KEYS.check_answer(key)] == ["answer"]
    assert [use for use, key in made.items() if KEYS.check_return(key)] == ["return"]
    assert [use for use, key in made.items() if KEYS.check_stop(key)] == ["stop"]
    assert [use for use, key in made.items() if KEYS.check_act(key, NOW)] == ["act"]
    assert [use for use, key in made.items() if CUSTOMERS.check(key)] == ["customer"]


def test_a_key_cannot_be_turned_to_another_ticket_or_person() -> None:
    key = KEYS.make_answer(7, "ana")
    assert KEYS.check_answer("8" + key[1:]) is None
    assert KEYS.check_answer(key[:-1] + ("1" if key[-1] == "0" else "0")) is None
    assert KEYS.make_answer(7, "ana") != KEYS.make_answer(7, "ben")


def test_who_is_configured_no_more_is_named_by_no_key() -> None:
    without = TeamKeys(CUSTOMERS.seal, ("ben",))
    assert without.check_answer(KEYS.make_answer(7, "ana")) is None
    assert without.check_stop(KEYS.make_stop("ana")) == ""


def test_another_secret_makes_other_keys() -> None:
    assert TeamKeys(OTHERS.seal, ("ana",)).check_answer(KEYS.make_answer(7, "ana")) is None


@pytest.mark.parametrize("text", ["", "x", "7", "ü" * 30, "0" * 200, "\x00" * 27, "l" * 40])
def test_what_is_no_key_names_nothing(text: str) -> None:
    assert KEYS.check_answer(text) is None
    assert KEYS.check_stop(text) == ""
    assert KEYS.check_act(text, NOW) is None


def test_a_link_comes_back_until_its_time_is_over() -> None:
    token = KEYS.make_act(LINK)
    assert KEYS.check_act(token, NOW) == LINK
    assert KEYS.check_act(token, LINK.expires_at - timedelta(seconds=1)) == LINK
    assert KEYS.check_act(token, LINK.expires_at) is None


def test_links_of_one_mail_are_spent_together_and_others_are_not() -> None:
    later = ActKey(ticket=7, person="ana", serial=41, expires_at=NOW + timedelta(hours=25))
    other = ActKey(ticket=7, person="ana", serial=42, expires_at=NOW + timedelta(hours=24))
    assert LINK.spent_as == later.spent_as != other.spent_as
