"""A card as plain text, for contact methods that know nothing else."""

from __future__ import annotations

from collections.abc import Iterator

from bot.cards import Card, Link, Runs, plain


def card_text(card: Card) -> str:
    """The card's title, status, paragraphs, fields and address, a paragraph each."""
    return "\n\n".join(part for part in _parts(card) if part.strip()) + "\n"


def _parts(card: Card) -> Iterator[str]:
    yield f"{card.number} {card.title}".strip()
    yield _text(card.status)
    for block in card.blocks:
        yield _text(block.runs)
    yield "\n".join(f"{field.label}: {_text(field.value)}" for field in card.fields)
    yield _text(card.context)
    yield card.url


def _text(runs: Runs) -> str:
    """The runs with the addresses of links written out."""
    return "".join(f"{r.text} ({r.url})" if isinstance(r, Link) else plain((r,)) for r in runs)
