"""How many lines of a mail are hidden, whichever way its texts are wrapped."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.messages import Message, Voice

TEXT = st.text(alphabet="ab \n>", max_size=60)


def hidden(text: str, full: str) -> int:
    at = datetime(2026, 3, 2, tzinfo=UTC)
    said = Message(
        item=1,
        at=at,
        voice=Voice.CUSTOMER,
        author="mail:a@b.example",
        author_name="A",
        text=text,
        full_text=full,
    )
    return said.hidden_lines


@pytest.mark.parametrize(
    ("text", "full", "lines"),
    [
        ("Yes.", "", 0),
        ("Yes.", "Yes.", 0),
        ("Yes, please do.", "Yes,\nplease   do.\n\n", 0),
        ("Yes.", "Yes.\n\n> Shall we?\n>\n> Ana", 3),
        ("Yes.", "> Shall we?\n\nYes.", 1),
        ("Ok", "Ok\n> Ok\n> Ok", 2),
        ("See our page.", "See our page <https://shop.example/p?id=1>.", 0),
    ],
)
def test_so_many_lines_are_hidden(text: str, full: str, lines: int) -> None:
    assert hidden(text, full) == lines


@given(TEXT)
def test_what_is_shown_whole_hides_nothing(text: str) -> None:
    assert hidden(" ".join(text.split()), text) == 0


@given(TEXT, TEXT)
def test_no_more_is_hidden_than_there_is(text: str, full: str) -> None:
    assert 0 <= hidden(text, full) <= sum(bool(line.split()) for line in full.split("\n"))
