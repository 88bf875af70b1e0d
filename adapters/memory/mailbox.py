"""A smarthost in memory, and everybody's mailbox behind it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from adapters.memory.script import Script
from bot.domain.mail import Attachment, OutboundMail


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """A mail as it arrived; the same mail handed over twice arrives twice."""

    mail: OutboundMail
    files: tuple[Attachment, ...]


class MemoryMailbox:
    """MailSender that keeps what it takes."""

    def __init__(self) -> None:
        self.script = Script()
        self.delivered: list[Delivered] = []

    async def send(self, mail: OutboundMail, files: Sequence[Attachment]) -> str:
        """Take the mail; the words of acceptance number it."""
        with self.script.step():
            self.delivered.append(Delivered(mail=mail, files=tuple(files)))
            return f"250 2.0.0 queued as {len(self.delivered)}"

    def mails(self, recipient: str = "") -> tuple[OutboundMail, ...]:
        """What arrived, in order; to one address when it is given."""
        return tuple(delivered.mail for delivered in self.at(recipient))

    def at(self, recipient: str = "") -> tuple[Delivered, ...]:
        """What arrived, with its files."""
        wanted = recipient.lower()
        return tuple(
            delivered
            for delivered in self.delivered
            if not wanted or delivered.mail.recipient.address == wanted
        )
