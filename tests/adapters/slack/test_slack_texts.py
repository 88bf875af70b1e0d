"""Runs in Slack's own forms: nothing from outside becomes markup."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from adapters.slack.drawing.texts import (
    escape,
    mrkdwn,
    notification,
    pieces,
    plain_text,
    rich_runs,
)
from adapters.slack.drawing.workspace import Workspace
from bot.cards import Card, Link, Plain, Run, When, Who
from tests.adapters.slack.drawn import HOSTILE

AT = datetime(2026, 11, 21, 15, 20, tzinfo=UTC)
TEAM = Workspace(accounts={"ana": "U0ANA"})


def marked(*runs: Run) -> str | None:
    found = mrkdwn(runs, TEAM, 3000)
    return found["text"] if found else None


def rich(*runs: Run) -> list[dict[str, object]]:
    return rich_runs(runs, TEAM)


def test_what_mrkdwn_would_take_for_markup_never_becomes_mrkdwn() -> None:
    assert marked(Plain("*bold*")) is None
    assert marked(Plain("a :tada: b")) is None
    assert marked(Plain("one\n> two")) is None
    assert marked(Plain(":tada"), Plain(": yes")) is None
    assert marked(Plain("snake_case_ok")) == "snake_case_ok"


def test_brackets_and_ampersands_are_escaped() -> None:
    assert marked(Plain("<!channel> & Co")) == "&lt;!channel&gt; &amp; Co"
    assert escape("<@U1>") == "&lt;@U1&gt;"


def test_our_own_emphasis_becomes_marks_around_the_words() -> None:
    assert marked(Plain(" Owner ", bold=True), Plain("nobody", dim=True)) == " *Owner* _nobody_"


def test_an_instant_is_shown_by_the_readers_clock() -> None:
    expected = "<!date^1795274400^{date_short_pretty} {time}|2026-11-21 15:20 UTC>"
    assert marked(When(AT)) == expected
    assert marked(When(AT, relative=True)) == expected.replace(
        "{date_short_pretty} {time}", "{ago}"
    )


def test_an_instant_in_rich_text_has_its_fallback() -> None:
    (date,) = rich(When(AT))
    assert date["timestamp"] == 1795274400
    assert date["fallback"] == "2026-11-21 15:20 UTC"


def test_only_a_mention_pings_and_only_who_has_an_account() -> None:
    assert rich(Who("ana", "Ana", mention=True)) == [{"type": "user", "user_id": "U0ANA"}]
    assert rich(Who("ana", "Ana")) == [{"type": "text", "text": "Ana"}]
    assert rich(Who("ben", "Ben", mention=True)) == [{"type": "text", "text": "Ben"}]


def test_a_link_of_ours_cannot_be_broken_by_its_label() -> None:
    assert (
        marked(Link("a|b>", "https://desk.example/a|b")) == "<https://desk.example/a%7Cb|a¦b&gt;>"
    )


def test_long_text_comes_in_pieces_that_lose_nothing() -> None:
    text = "one two three four\nfive " * 40
    assert "".join(pieces(text, 100)) == text
    assert max(map(len, pieces(text, 100))) <= 100


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_plain_text_object_is_never_empty_and_never_too_long(text: str) -> None:
    drawn = plain_text(text, 75)
    assert 1 <= len(drawn["text"]) <= 75
    assert drawn["emoji"] is False


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_notification_is_short_and_pings_nobody(text: str) -> None:
    shown = notification(Card(title="", fallback=text))
    assert 1 <= len(shown) <= 150
    assert "<" not in shown


def test_a_notification_says_the_whole_thing() -> None:
    assert notification(Card(title="x", fallback="SUP-1 A & B")) == "SUP-1 A &amp; B"
    assert notification(Card(title="Report", fallback="")) == "Report"
