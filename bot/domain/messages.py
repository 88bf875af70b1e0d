"""What was said on a work item: customers' mails, agents' replies, and internal notes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from bot.domain.mail import AttachmentRef


class Voice(StrEnum):
    """Who speaks to whom; only CUSTOMER and REPLY are ever seen outside the team.

    HELD is mail of a stranger, UNCONFIRMED mail of one of the team: an agent says what they become.
    """

    CUSTOMER = "customer"
    REPLY = "reply"
    NOTE = "note"
    AUTOMATIC = "automatic"
    HELD = "held"
    UNCONFIRMED = "unconfirmed"

    @property
    def public(self) -> bool:
        """Whether the customer wrote it or may read it."""
        return self in (Voice.CUSTOMER, Voice.REPLY)

    @property
    def reviewed(self) -> bool:
        """Whether somebody of the team has to say first what becomes of it."""
        return self in (Voice.HELD, Voice.UNCONFIRMED)


class Delivery(StrEnum):
    """What became of a mail that had to leave; NONE for a message that is no mail of ours."""

    NONE = "none"
    QUEUED = "queued"
    SENT = "sent"
    DELAYED = "delayed"
    FAILED = "failed"
    UNDONE = "undone"
    BOUNCED = "bounced"
    CANCELLED = "cancelled"

    @property
    def stayed(self) -> bool:
        """Whether it was stopped before it left: by its writer, or since its reader was gone."""
        return self in (Delivery.UNDONE, Delivery.CANCELLED)


# Of several copies the one that asks most for attention stands for the message.
_BY_WEIGHT: Final = (
    Delivery.FAILED,
    Delivery.BOUNCED,
    Delivery.DELAYED,
    Delivery.QUEUED,
    Delivery.SENT,
    Delivery.UNDONE,
    Delivery.CANCELLED,
)


# How the detail of a copy ends that failed and was sent again, as a message of its own.
SENT_AGAIN: Final = "sent again"


@dataclass(frozen=True, slots=True, kw_only=True)
class MailCopy:
    """One recipient's own mail of a message, and what became of it, in the other side's words.

    `twice` says that it may have arrived two times: a try before was never answered.
    """

    recipient: str
    delivery: Delivery = Delivery.QUEUED
    detail: str = ""
    twice: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """Where in chat words were said; all empty when they were not said there.

    `key` is the platform's id of the message (`surface:id`), by which its edits and its deletion
    are told, and `url` leads to it. `origin` names the thread (`surface:space:thread`), in which
    the words stand already.
    """

    key: str = ""
    url: str = ""
    origin: str = ""

    @property
    def surface(self) -> str:
        """The platform; empty when they were not said in chat."""
        return self.key.partition(":")[0]


NOWHERE: Final = Said()


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message; `text` is what is shown, `full_text` also holds what was quoted.

    `warnings` tell in our own words what people have to know about a mail before they trust it.
    `mail_id` is the Message-ID header without angle brackets; `said` tells where in chat it came
    from, where it need not be posted again. A reply goes to each recipient as a copy of their own.
    `forwarded_by` is the address of the agent who passed a customer's mail on.
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
    copies: tuple[MailCopy, ...] = ()
    sends_at: datetime | None = None
    attachments: tuple[AttachmentRef, ...] = ()
    said: Said = NOWHERE
    edited_at: datetime | None = None
    withdrawn_at: datetime | None = None
    warnings: tuple[str, ...] = ()
    forwarded_by: str = ""

    @property
    def hidden_lines(self) -> int:
        """How many lines of the whole text are not shown: quotations, signatures, disclaimers.

        Lines are known by their words, since one text may be wrapped differently than the other.
        """
        if not self.full_text or self.full_text == self.text:
            return 0
        shown = Counter(self.text.split())
        return sum(not _taken(line.split(), shown) for line in self.full_text.split("\n"))

    @property
    def waits(self) -> bool:
        """Whether somebody of the team has to say what becomes of it, and did not yet."""
        return self.voice.reviewed and self.withdrawn_at is None

    @property
    def recipients(self) -> tuple[str, ...]:
        """Who gets a copy, in the order they take part."""
        return tuple(copy.recipient for copy in self.copies)

    @property
    def delivery(self) -> Delivery:
        """What became of it as a whole: as the copy that asks most for attention."""
        found = {copy.delivery for copy in self.copies}
        return next((state for state in _BY_WEIGHT if state in found), Delivery.NONE)

    @property
    def came_back(self) -> tuple[MailCopy, ...]:
        """The copies that did not arrive, and were not sent again since."""
        lost = (c for c in self.copies if c.delivery in (Delivery.FAILED, Delivery.BOUNCED))
        again = (copy for copy in lost if not copy.detail.endswith(SENT_AGAIN))
        # Who was erased has no address any more, and nothing can be sent there.
        return tuple(copy for copy in again if "@" in copy.recipient)

    def with_copies(
        self, delivery: Delivery, detail: str = "", *, to: str = "", twice: bool = False
    ) -> Message:
        """The message after this became of its copies, or of the one to `to`."""
        copies = (
            replace(copy, delivery=delivery, detail=detail, twice=twice)
            if to in ("", copy.recipient)
            else copy
            for copy in self.copies
        )
        return replace(self, copies=tuple(copies))


def _taken(words: Sequence[str], shown: Counter[str]) -> bool:
    """Whether most of the words are still among those that are shown; they are used up thereby."""
    found = [word for word in words if shown[word] > 0]
    if 2 * len(found) < len(words):
        return False
    shown.subtract(found)
    return True
