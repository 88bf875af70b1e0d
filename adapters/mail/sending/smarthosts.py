"""Several smarthosts, one for each address that mail is sent from, and one for all others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from bot.domain.mail import Acceptance, Attachment, OutboundMail
from bot.ports import MailSender


class Stoppable(MailSender, Protocol):
    """A sender that keeps connections."""

    async def stop(self) -> None:
        """Close them."""
        ...


class Smarthosts:
    """A MailSender that asks the smarthost of the desk a mail comes from.

    `own` is by the address in From, in lower case; each smarthost bounds its own connections.
    """

    def __init__(self, other: MailSender, own: Mapping[str, Stoppable]) -> None:
        self._other = other
        self._own = own

    async def send(self, mail: OutboundMail, files: Sequence[Attachment]) -> Acceptance:
        """Hand it to the smarthost of its sender; that one's answer and errors."""
        sender = self._own.get(mail.sender.address.lower(), self._other)
        return await sender.send(mail, files)

    async def stop(self) -> None:
        """Close the connections of the desks' own smarthosts."""
        for sender in self._own.values():
            await sender.stop()
