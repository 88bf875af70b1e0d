"""What was said on a work item: customers' mails, agents' replies, and internal notes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.domain.mail import AttachmentRef


class Voice(StrEnum):
    """Who speaks to whom; only CUSTOMER and REPLY are ever seen outside the team."""

    CUSTOMER = "customer"
    REPLY = "reply"
    NOTE = "note"
    AUTOMATIC = "automatic"
    HELD = "held"

    @property
    def public(self) -> bool:
        """Whether the customer wrote it or may read it."""
        return self in (Voice.CUSTOMER, Voice.REPLY)


class Delivery(StrEnum):
    """What became of a message that had to leave."""

    NONE = "none"
    QUEUED = "queued"
    SENT = "sent"
    DELAYED = "delayed"
    FAILED = "failed"
    UNDONE = "undone"
    BOUNCED = "bounced"


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message; `text` is what is shown, `full_text` also holds what was quoted.

    `mail_id` is the Message-ID header without angle brackets; `origin` names the chat thread it was
    said in (`surface:space:thread`), where it need not be posted again.
    """

    id: int = 0
    item: int
    at: datetime
    voice: Voice
    author: str
    author_name: str
    text: str
    full_text: str = ""
    mail_id: str = ""
    recipients: tuple[str, ...] = ()
    delivery: Delivery = Delivery.NONE
    delivery_detail: str = ""
    sends_at: datetime | None = None
    attachments: tuple[AttachmentRef, ...] = ()
    origin: str = ""
