"""Searching: every word must occur, as it is written, in any case."""

from __future__ import annotations

import contextlib
import sqlite3

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.records.search import MAX_WORDS, every_word
from storage.text import storable


def holds(words: str, one: str, other: str = "") -> bool:
    """Whether a row with these two columns is found."""
    condition, values = every_word(words, ("one", "other"))
    with contextlib.closing(sqlite3.connect(":memory:")) as connection:
        rows = connection.execute(
            f"SELECT {condition} FROM (SELECT ? AS one, ? AS other)", (*values, one, other)
        )
        return bool(rows.fetchone()[0])


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("", True),
        (" \t\n", True),
        ("printer", True),
        ("PRINT floor", True),
        ("floor  print", True),
        ("print ceiling", False),
        ("50%", True),
        ("5%0", False),
        ("3_r", True),
        ("3_d", False),
        ("a!b", True),
        ("a!!b", False),
        ("!%", False),
        ("'; --", False),
        ("\\", False),
        ("größe", True),
        ("GRÖSSE", False),
    ],
)
def test_what_is_found(words: str, found: bool) -> None:
    assert holds(words, "Printer, 3_rd Floor", "50% a!b größe") is found


letters = st.text(alphabet="aAbB%_!\\ '?", max_size=6)


@given(words=letters, one=letters, other=letters)
def test_a_word_is_found_where_it_is_written(words: str, one: str, other: str) -> None:
    expected = all(word in one.lower() or word in other.lower() for word in words.lower().split())
    assert holds(words, one, other) is expected


@given(words=st.text(), text=st.text())
def test_text_in_lower_case_is_searched_whatever_it_says(words: str, text: str) -> None:
    kept = storable(text).lower()
    looked_for = storable(words).lower().split()[:MAX_WORDS]
    assert holds(words, kept) is all(word in kept for word in looked_for)


def test_no_more_words_are_looked_at_than_are_allowed() -> None:
    assert holds("a " * MAX_WORDS + "b", "a")


@given(st.text())
def test_any_text_can_be_stored(text: str) -> None:
    kept = storable(text)
    assert "\0" not in kept
    assert kept.encode().decode() == kept
    assert storable(kept) == kept


def test_storable_text_says_what_it_can() -> None:
    assert storable("a\0b \ud83d\ude00 \U0001f600 ü\u2028\n") == "ab ?? \U0001f600 ü\u2028\n"
