"""Pages as short mails whose subject says the whole thing; a mail cannot be changed later."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Final

from adapters.pager.text import card_text
from bot.cards import Card, shorten
from bot.domain.mail import Address, OutboundMail
from bot.domain.people import Person
from bot.errors import Fault, PermanentError
from bot.ports import Clock, MailSender

_SUBJECT: Final = 200


class MailPager:
    """Pager by mail to the person's own address; the sender's errors pass through."""

    contact = "mail"

    def __init__(
        self,
        sender: MailSender,
        people: Mapping[str, Person],
        from_address: Address,
        clock: Clock,
    ) -> None:
        self._sender = sender
        self._people = people
        self._from = from_address
        self._clock = clock

    def reaches(self, person: str) -> bool:
        """Whether the person has an address."""
        found = self._people.get(person)
        return found is not None and bool(found.email)

    async def page(self, person: str, card: Card, key: str) -> str:
        """Send the mail, a repeated key under the same Message-ID; there is no reference."""
        await self._sender.send(self._mail(person, card, key), ())
        return ""

    async def update(self, person: str, ref: str, card: Card) -> None:
        """Nothing: what was mailed stays as it is."""

    def _mail(self, person: str, card: Card, key: str) -> OutboundMail:
        if not self.reaches(person):
            raise PermanentError(f"{person} has no mail address", fault=Fault.DESTINATION)
        recipient = self._people[person]
        token = sha256(f"{person}\0{key}".encode()).hexdigest()[:32]
        return OutboundMail(
            message_id=f"page.{token}@{self._from.domain}",
            date=self._clock.now(),
            sender=self._from,
            recipient=Address(address=recipient.email, name=recipient.name),
            subject=_subject(card),
            text=card_text(card),
            automatic="auto-generated",
        )


def _subject(card: Card) -> str:
    words = " ".join((card.fallback or card.title).split())
    named = words if not card.number or card.number in words else f"{card.number}: {words}"
    return shorten(named, _SUBJECT)
