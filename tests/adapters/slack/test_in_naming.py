"""Commands are called what they are called here, in our own words alone."""

from __future__ import annotations

import pytest

from adapters.slack.gestures.naming import Naming
from bot.cards import Block, BlockKind, Card, Plain, plain

NAMING = Naming({"ticket": "/desk", "incident": "/incident", "page": "/pager"})


@pytest.mark.parametrize(
    ("told", "named"),
    [
        ("Try `/ticket claim SUP-42`.", "Try `/desk claim SUP-42`."),
        ("`/page @ben` or `/incident list`", "`/pager @ben` or `/incident list`"),
        ("`/ticketing` and `a/page` and `/page/2`", "`/ticketing` and `a/page` and `/page/2`"),
        ("the url /page is broken", "the url /page is broken"),
    ],
)
def test_what_is_to_be_typed_is_renamed(told: str, named: str) -> None:
    assert NAMING.text(told) == named


def test_quotations_stay_as_they_are() -> None:
    typed = Block((Plain("/ticket claim", code=True),))
    quoted = Block((Plain("I typed `/ticket claim`", code=False),), BlockKind.QUOTE)
    card = Card(
        title="", fallback="", context=(Plain("See `/ticket help`."),), blocks=(typed, quoted)
    )
    named = NAMING.card(card)
    assert plain(named.context) == "See `/desk help`."
    assert [plain(block.runs) for block in named.blocks] == [
        "/desk claim",
        "I typed `/ticket claim`",
    ]


def test_without_other_names_nothing_changes() -> None:
    card = Card(title="", fallback="", status=(Plain("`/ticket help`"),))
    assert Naming({"ticket": "/ticket"}).card(card) is card
