"""A contact method in memory: keeps the pages it brought and how they were drawn last."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from adapters.memory.script import Script
from bot.cards import Card
from bot.errors import Fault, PermanentError


@dataclass(slots=True, kw_only=True)
class Brought:
    """A page that reached its person; `card` is what it shows now, after so many `updates`."""

    ref: str
    person: str
    key: str
    card: Card
    updates: int = 0


class MemoryPager:
    """Pager in memory; it reaches everybody, or those it is told."""

    def __init__(self, contact: str = "memory", reached: Collection[str] | None = None) -> None:
        self.contact = contact
        self.script = Script()
        self.pages: list[Brought] = []
        self._reached = reached

    def reaches(self, person: str) -> bool:
        """Whether it was told to reach the person."""
        return self._reached is None or person in self._reached

    async def page(self, person: str, card: Card, key: str) -> str:
        """Keep the page; a page is sent again at once, so a repeated key is one more page."""
        if not self.reaches(person):
            raise PermanentError(f"{person} is out of reach", fault=Fault.DESTINATION)
        with self.script.step():
            ref = str(len(self.pages) + 1)
            self.pages.append(Brought(ref=ref, person=person, key=key, card=card))
            return ref

    async def update(self, person: str, ref: str, card: Card) -> None:
        """Draw a page again; PermanentError when there is none of that reference."""
        with self.script.step():
            brought = self._find(person, ref)
            brought.card = card
            brought.updates += 1

    def _find(self, person: str, ref: str) -> Brought:
        for brought in self.pages:
            if (brought.person, brought.ref) == (person, ref):
                return brought
        raise PermanentError(f"{person} has no page {ref}", fault=Fault.DESTINATION)
