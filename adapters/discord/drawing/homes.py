"""Somebody's home as one card: Discord has no page of its own for it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from bot.cards import Action, Block, Card, Home, Plain, Shelf, action_id

MAX_ROWS: Final = 8
MAX_OPEN: Final = 5


def home_card(home: Home) -> Card:
    """The shelves, one line a card, with buttons to open the first of them."""
    return Card(
        title=home.title,
        fallback=home.title,
        status=home.intro,
        blocks=tuple(block for shelf in home.shelves for block in _shelf(shelf)),
        actions=(*home.actions, *_opening(home)),
    )


def _shelf(shelf: Shelf) -> Iterator[Block]:
    yield Block((Plain(shelf.title, bold=True),))
    for card in shelf.cards[:MAX_ROWS]:
        yield Block((Plain(f"{card.number} ", bold=True), Plain(f"{card.title} · "), *card.status))
    if not shelf.cards and shelf.empty:
        yield Block((Plain(shelf.empty, dim=True),))
    if shelf.more:
        yield Block((Plain(shelf.more, dim=True),))


def _opening(home: Home) -> Iterator[Action]:
    numbers = dict.fromkeys(
        card.number for shelf in home.shelves for card in shelf.cards if card.number
    )
    for number in list(numbers)[:MAX_OPEN]:
        yield Action(action_id("show", number), number)
