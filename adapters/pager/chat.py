"""Pages as direct messages on a chat surface, drawn again when somebody acknowledges."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bot.cards import Card
from bot.domain.people import Person
from bot.errors import Fault, PermanentError
from bot.ports import ChatSurface

_CONSOLE: Final = "console"


class ChatPager:
    """Pager by direct message; the surface's errors pass through."""

    def __init__(self, surface: ChatSurface, people: Mapping[str, Person]) -> None:
        self._surface = surface
        self._people = people

    @property
    def contact(self) -> str:
        """The surface's name."""
        return self._surface.name

    def reaches(self, person: str) -> bool:
        """Whether the person has an account there."""
        return bool(self._account(person))

    async def page(self, person: str, card: Card, key: str) -> str:
        """Send it to the person alone; the message's reference."""
        return await self._surface.direct(self._reached(person), card, key)

    async def update(self, person: str, ref: str, card: Card) -> None:
        """Draw the message again."""
        if ref:
            await self._surface.edit_direct(self._reached(person), ref, card)

    def _account(self, key: str) -> str:
        person = self._people.get(key)
        if person is None:
            return ""
        # The console has no accounts of its own: people sign in there as themselves.
        return key if self.contact == _CONSOLE else person.accounts.get(self.contact, "")

    def _reached(self, person: str) -> str:
        account = self._account(person)
        if not account:
            words = f"{person} has no account on {self.contact}"
            raise PermanentError(words, fault=Fault.DESTINATION)
        return account
