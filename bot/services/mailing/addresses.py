"""Mail addresses that somebody of the team types."""

from __future__ import annotations

import re
from typing import Final

from bot.errors import UserError
from bot.services.core import Core

MAX_ADDRESS: Final = 254
# Strict enough for a header; whether it exists is told by the first mail to it.
_ADDRESS: Final = re.compile(
    r"[^\s@<>()\[\]\\,;:\"]+@[^\s@<>()\[\]\\,;:\"]+\.[^\s@<>()\[\]\\,;:\".]+"
)


def is_outside(core: Core, address: str) -> bool:
    """Whether it is an address in its plain form, and none of our own."""
    sound = _ADDRESS.fullmatch(address) is not None and len(address) <= MAX_ADDRESS
    return sound and not core.directory.own_address(address)


def address_of(core: Core, word: str) -> str:
    """The address in its plain form; UserError when it is none, or one of our own."""
    address = word.strip().strip("<>").lower()
    if not _ADDRESS.fullmatch(address) or len(address) > MAX_ADDRESS:
        raise UserError(f"“{address[:60]}” is no mail address.", code="address")
    if core.directory.own_address(address):
        raise UserError("That is one of our own addresses; it would make a loop.", code="loop")
    return address
