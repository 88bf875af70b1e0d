"""Mail addresses that somebody of the team types."""

from __future__ import annotations

import re
from typing import Final

from bot.domain.domain_names import ascii_address
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


def plain_address(word: str) -> str:
    """The address that is typed, in its plain form: lower case, the domain as DNS has it; UserError
    when it is none.
    """
    typed = word.strip().strip("<>")
    address = ascii_address(typed)
    if not _ADDRESS.fullmatch(address) or len(address) > MAX_ADDRESS:
        raise UserError(f"“{typed[:60]}” is no mail address.", code="address")
    return address


def address_of(core: Core, word: str) -> str:
    """The same, of somebody else: UserError when it is one of our own."""
    address = plain_address(word)
    if core.directory.own_address(address):
        raise UserError("That is one of our own addresses; it would make a loop.", code="loop")
    return address
