"""How far a mailbox was fetched, whatever fails on the way."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.mail.receiving.imap_place import MAX_MISSED, MAX_TRIES, Place, load_place

PLACE = Place(validity=7, upto=3)


def test_what_is_taken_waits_no_more() -> None:
    place = PLACE.waiting([5, 9]).past(5)
    assert (place.upto, place.again(1)) == (9, [9])
    assert place.past(9).again(1) == []


def test_each_failure_doubles_the_turns_until_the_next_try() -> None:
    place = PLACE.waiting([5]).failed(5).failed(5)
    assert [turn for turn in range(1, 13) if place.again(turn)] == [4, 8, 12]


def test_what_fails_for_ever_is_given_up() -> None:
    place = PLACE.waiting([5])
    for _ in range(MAX_TRIES):
        place = place.failed(5)
    assert place.again(0) == []
    assert 5 in place.missed


def test_a_place_has_a_bound() -> None:
    place = PLACE.waiting(range(1, MAX_MISSED + 100))
    assert len(place.missed) == MAX_MISSED
    assert min(place.missed) == 100


@given(st.integers(0, 2**32), st.lists(st.integers(1, 2**32), unique=True, max_size=20))
def test_a_place_comes_back_as_it_was_kept(validity: int, uids: list[int]) -> None:
    place = Place(validity=validity).waiting(uids)
    assert load_place(place.dump()) == place


@pytest.mark.parametrize("text", ["", "x", "{}", "[1]", '{"validity": 1, "upto": null}'])
def test_what_cannot_be_read_is_no_place(text: str) -> None:
    assert load_place(text) is None
