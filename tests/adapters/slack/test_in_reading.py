"""What people wrote, as plain words."""

from __future__ import annotations

import pytest

from adapters.slack.gestures.reading import after_mention, words_of

PEOPLE = {"U0ANA": "ana"}


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("assign <@U0ANA|ana.m>", "assign @ana"),
        ("assign <@U0ANA>", "assign @ana"),
        ("<@U0EVE|eve> and <@U0BOB>", "@eve and @U0BOB"),
        ("in <#C1|general> or <#C2>", "in #general or #C2"),
        ("<!here> <!subteam^S1|@leads> <!channel>", "@here @leads @channel"),
        ("&lt;b&gt; &amp;lt; a &amp; b", "<b> &lt; a & b"),
        ("see <https://acme.example/a?b=1&amp;c=2>", "see https://acme.example/a?b=1&c=2"),
        ("see <http://acme.example|acme.example>", "see acme.example"),
        ("<https://evil.example|bank.example>", "bank.example (https://evil.example)"),
        ("mail <mailto:a@acme.example|a@acme.example>", "mail a@acme.example"),
        ("a < b > c", "a < b > c"),
        ("<>", "<>"),
    ],
)
def test_entities_are_undone(written: str, words: str) -> None:
    assert words_of(written, PEOPLE) == words


@pytest.mark.parametrize(
    ("written", "rest"),
    [
        ("<@UBOT> claim", "claim"),
        (" <@UBOT|deskhand>: claim it", "claim it"),
        ("<@UBOT>", ""),
        ("<@UANA> claim", None),
        ("hey <@UBOT> claim", None),
        ("claim", None),
    ],
)
def test_a_mention_at_the_beginning_addresses_us(written: str, rest: str | None) -> None:
    assert after_mention(written, "UBOT") == rest


def test_nobody_is_addressed_before_we_know_our_name() -> None:
    assert after_mention("<@UBOT> claim", "") is None
