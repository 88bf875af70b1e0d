"""A smarthost in memory, and everybody's mailbox behind it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from adapters.memory.script import Script
from bot.domain.mail import Acceptance, Attachment, OutboundMail


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """A mail as it arrived, under that Message-ID; handed over twice it arrives twice."""

    mail: OutboundMail
    files: tuple[Attachment, ...]
    message_id: str


class MemoryMailbox:
    """MailSender that keeps what it takes.

    With a `provider` (a domain) it puts Message-IDs of its own in the place of ours.
    """

    def __init__(self) -> None:
        self.script = Script()
        self.provider = ""
        self.delivered: list[Delivered] = []

    async def send(self, mail: OutboundMail, files: Sequence[Attachment]) -> Acceptance:
        """Take the mail; the words of acceptance number it."""
        with self.script.step():
            number = len(self.delivered) + 1
            given = f"given-{number}@{self.provider}" if self.provider else ""
            arrived = given or mail.message_id
            self.delivered.append(Delivered(mail=mail, files=tuple(files), message_id=arrived))
            return Acceptance(words=f"250 2.0.0 queued as {number}", given_id=given)

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
