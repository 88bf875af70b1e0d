"""Action ids come back as they were made; runs become plain words; long text is cut."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.cards import Link, Plain, When, Who, action_id, clean, plain, read_action, shorten

VERBS = st.from_regex(r"[a-z]{1,10}", fullmatch=True)
NUMBERS = st.from_regex(r"([A-Z]{1,6}-[0-9]{1,9})?", fullmatch=True)


@given(VERBS, NUMBERS, st.lists(st.text(max_size=20), max_size=3))
def test_an_action_id_comes_back(verb: str, number: str, more: list[str]) -> None:
    assert read_action(action_id(verb, number, *more)) == (verb, number, tuple(more))


@pytest.mark.parametrize(
    ("made", "text"),
    [
        (action_id("claim", "SUP-42"), "dk1:claim:SUP-42"),
        (action_id("accept", "SUP-42", "17"), "dk1:accept:SUP-42:17"),
        (action_id("page", "", "schedule:platform"), "dk1:page::schedule%3Aplatform"),
        (action_id("lead", "INC-7", "me"), "dk1:lead:INC-7:me"),
    ],
)
def test_how_an_action_id_is_written(made: str, text: str) -> None:
    assert made == text


@pytest.mark.parametrize(
    "text", ["", "dk1", "dk1:", "dk1::SUP-42", "dk2:claim:SUP-42", "claim:SUP-42", "DK1:claim:"]
)
def test_a_foreign_action_id_is_none_of_ours(text: str) -> None:
    assert read_action(text) is None


def test_an_action_id_may_lack_its_number() -> None:
    assert read_action("dk1:claim") == read_action("dk1:claim:") == ("claim", "", ())


def test_runs_as_plain_words() -> None:
    at = datetime(2026, 3, 2, 14, 30, tzinfo=timezone(timedelta(hours=1)))
    runs = (Plain("<!channel> "), Who("ana", "Ana"), Plain(" since "), When(at), Link(" log", "/x"))
    assert plain(runs) == "<!channel> Ana since 2026-03-02 13:30 UTC log"


@pytest.mark.parametrize(
    ("text", "limit", "short"),
    [
        ("short", 5, "short"),
        ("  short  ", 5, "short"),
        ("hello world", 10, "hello wor…"),
        ("what a long story", 12, "what a long…"),
        ("what a longer story", 12, "what a long…"),
        ("invoice number nine", 16, "invoice number…"),
        ("abc", 1, "…"),
        ("", 9, ""),
    ],
)
def test_text_is_cut_at_a_word_where_one_is_near(text: str, limit: int, short: str) -> None:
    assert shorten(text, limit) == short


@given(st.text(), st.integers(1, 50))
def test_short_text_is_never_longer_than_asked(text: str, limit: int) -> None:
    short = shorten(text, limit)
    assert len(short) <= limit
    assert short == text.strip() or short.endswith("…")


def test_m1_controls_and_direction_overrides_are_left_out() -> None:
    assert clean("a\x00b\u202ec\r\nd\u200be\ud800") == "abc\nde"


def test_m1_scripts_and_emoji_keep_their_joiners() -> None:
    text = "\u0645\u06cc\u200c\u062e\u0648 👩\u200d👧 \u200f\u0639\u0631\u0628"
    assert clean(text) == text
