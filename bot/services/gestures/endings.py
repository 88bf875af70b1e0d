"""What comes after a reply: `--wait`, `--resolve` or `--open` at its end, or chosen in its form."""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import Final

from bot.domain.work_items import TicketStatus
from bot.errors import UserError

ENDINGS: Final = {
    "wait": TicketStatus.PENDING,
    "resolve": TicketStatus.RESOLVED,
    "open": TicketStatus.OPEN,
}
ENDING_LABELS: Final = (
    ("wait", "Wait for the customer"),
    ("resolve", "Resolve"),
    ("open", "Keep open"),
)
USUAL: Final = "wait"
# Some keyboards make one long dash of two short ones.
_ENDING: Final = re.compile(r"(?:^|\s)(?:--|—|–)([A-Za-z]+)\s*\Z")


def split_ending(text: str, then: str) -> tuple[str, str]:
    """The reply without its ending, and the ending's name: as typed, else `then`, else the usual.

    UserError for a word that is nearly one of them: it must not be mailed.
    """
    found = _ENDING.search(text)
    word = found.group(1).lower() if found else ""
    if found and word in ENDINGS:
        return text[: found.start()].strip(), word
    near = get_close_matches(word, ENDINGS, n=1, cutoff=0.75)
    if near:
        raise UserError(
            f"I do not know “--{word}”; nothing was sent.",
            code="choice",
            hint=f"Did you mean `--{near[0]}`?",
        )
    return text, then or USUAL


def ending_of(text: str, then: str) -> tuple[str, TicketStatus]:
    """The reply without its ending, and the status after it."""
    words, name = split_ending(text, then)
    return words, ENDINGS[name]
