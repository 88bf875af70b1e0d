"""Mail as the core sees it: what was read from a raw message, and what is to be sent."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """One mailbox; `address` is lower case and syntactically sound, `name` is only decoration."""

    address: str
    name: str = ""

    @property
    def domain(self) -> str:
        """The part after the @."""
        return self.address.rpartition("@")[2]

    def __str__(self) -> str:
        return f"{self.name} <{self.address}>" if self.name else self.address


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file that came with a mail or goes out with a reply."""

    name: str
    content_type: str
    content: bytes = field(repr=False)
    inline: bool = False
    content_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounce:
    """A delivery report (RFC 3464, or its look-alikes) about a mail of ours.

    `complaint` says that it did arrive, and the recipient called it spam (RFC 5965).
    """

    recipient: str
    status: str
    permanent: bool
    diagnostic: str
    original_message_id: str = ""
    complaint: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """One Authentication-Results field (RFC 8601): who judged, the DMARC result, whose domain.

    Anybody can write such a field; only that of a server of ours is worth anything.
    """

    server: str
    dmarc: str
    domain: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Forwarded:
    """The mail that another one passes on: who wrote it first, and what it said.

    `comment` is what the one who passes it on says of it.
    """

    sender: Address
    subject: str = ""
    text: str = ""
    comment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class InboundMail:
    """What the reader found in a raw message; all text is clean Unicode without NUL or surrogates.

    `sender` is None when the From header does not name exactly one mailbox beyond doubt.
    `automatic` names the evidence (RFC 3834 and practice) when a machine wrote it, else is empty.
    `text` is the whole readable body, `fresh_text` what is left without quoted history.
    `lists` are the addresses of mailing lists, where nothing but a list's marks make it automatic.
    `original_sender` is whom a list that put itself into From replaced, `forwarded` the mail that a
    forward passes on. `defects` say in words what people have to know about what they see.
    """

    message_id: str
    subject: str
    sender: Address | None
    sender_doubt: str = ""
    to: tuple[Address, ...] = ()
    cc: tuple[Address, ...] = ()
    reply_to: tuple[Address, ...] = ()
    delivered_to: tuple[str, ...] = ()
    date: datetime | None = None
    in_reply_to: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    text: str = ""
    fresh_text: str = ""
    attachments: tuple[Attachment, ...] = ()
    automatic: str = ""
    no_auto_answer: bool = False
    loop_marks: tuple[str, ...] = ()
    bounce: Bounce | None = None
    lists: tuple[str, ...] = ()
    original_sender: Address | None = None
    forwarded: Forwarded | None = None
    verdicts: tuple[Verdict, ...] = ()
    defects: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """The SMTP envelope a raw message came in (RFC 5321): reverse path, recipients, peer.

    `judges` are the servers of ours whose Authentication-Results are believed in this message.
    """

    mail_from: str
    recipients: tuple[str, ...]
    peer: str = ""
    helo: str = ""
    judges: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Acceptance:
    """A smarthost has taken a mail, with these words.

    `given_id` is the Message-ID that a provider put in the place of ours, without angle brackets;
    empty where ours stays.
    """

    words: str
    given_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachmentRef:
    """A stored file, named by its row; the bytes are fetched when the mail is composed.

    `stopped` says why it never leaves to a customer (a virus was found in it), empty for all else.
    """

    id: int
    name: str
    content_type: str
    size: int
    stopped: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboundMail:
    """A mail to one recipient, frozen when it was decided: every try sends the same bytes.

    `automatic` is the RFC 3834 Auto-Submitted value ("" for a person's own words).
    """

    message_id: str
    date: datetime
    sender: Address
    recipient: Address
    subject: str
    text: str
    envelope_from: str = ""
    reply_to: str = ""
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    cc: tuple[Address, ...] = ()
    attachments: tuple[AttachmentRef, ...] = ()
    automatic: str = ""
    unsubscribe_url: str = ""
    ticket: str = ""
