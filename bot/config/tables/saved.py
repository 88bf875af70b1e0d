"""Saved replies: words that agents begin an answer with."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import AfterValidator, Field

from bot.config.problems import Invalid
from bot.config.tables.desks import PLACEHOLDERS, known_placeholders
from bot.config.tables.section import Ref, Section

MAX_TEXT: Final = 10_000
# Placeholders that only the mail around the words has.
_OF_MAILS: Final = ("text", "unsubscribe")


def _saved(text: str) -> str:
    if not text.strip():
        raise Invalid("the text is empty", "Write what the customer will read")
    if len(text) > MAX_TEXT:
        raise Invalid(f"the text is longer than {MAX_TEXT} characters", "Make two of it")
    return known_placeholders(text, [name for name in PLACEHOLDERS if name not in _OF_MAILS])


class SavedReply(Section):
    """`[saved_replies.<key>]`: words to begin an answer with."""

    name: str = ""
    """What agents choose it by; the key of the table when absent."""
    text: Annotated[str, AfterValidator(_saved)]
    """The words, with placeholders in braces."""
    desks: tuple[Annotated[str, Ref("desks")], ...] = Field(default=())
    """The desks that have it; all of them when empty."""
