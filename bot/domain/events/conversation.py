"""What was said on a work item, by whom, and who takes part."""

from __future__ import annotations

from dataclasses import dataclass

from bot.domain.events.event import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketOpened(Event):
    """A customer's first message made a ticket."""

    words = "opened the ticket ({reason})"
    reason: str = "a new mail"
    priority: str = "normal"


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerWrote(Event):
    """A participant's message arrived."""

    words = "wrote{why}"
    message: int
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StrangerWrote(Event):
    """Somebody who is no participant wrote with a valid key; the message is held for an agent."""

    words = "wrote, and is held for review{why}"
    message: int
    address: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamWrote(Event):
    """Mail came from the address of one of the team (`person`, a key); it acts for nobody yet."""

    words = "wrote by mail, which waits for review{why}"
    message: int
    person: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MailDiscarded(Event):
    """Somebody of the team discarded what was written by mail; the record keeps it."""

    words = "discarded what was written by mail"
    message: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineWrote(Event):
    """An automatic mail arrived; it is kept, and changes nothing."""

    words = "sent an automatic mail{why}; nothing changes by it"
    message: int
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported(Event):
    """An old mail was brought over; no clock knows of it, and nobody was told."""

    words = "is on record with an old mail"
    message: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplySent(Event):
    """An agent answered the customer in public."""

    words = "replied to {recipients}"
    message: int
    recipients: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyUndone(Event):
    """A reply was taken back before it left."""

    words = "took the reply back before it was sent"
    message: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteAdded(Event):
    """Somebody of the team said something internally."""

    words = "added a note"
    message: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteEdited(Event):
    """The writer of a note changed its words."""

    words = "edited a note"
    message: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteWithdrawn(Event):
    """The writer of a note deleted it where it was said; the record keeps it."""

    words = "withdrew a note"
    message: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MessagePinned(Event):
    """Somebody put what was said in chat on the timeline, with its first words."""

    words = "📌 {text}"
    message: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryChanged(Event):
    """What became of a mail that left."""

    words = "mail to {recipient}: {state} {detail}"
    message: int
    recipient: str
    state: str
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ParticipantAdded(Event):
    """Another external person takes part from now on."""

    words = "added {address} as a participant"
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ParticipantLeft(Event):
    """An external person takes part no more."""

    words = "{address} takes part no more{why}"
    address: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ParticipantMoved(Event):
    """An external person is written to under another address."""

    words = "changed the address {old_address} to {new_address}"
    old_address: str
    new_address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RequesterChanged(Event):
    """The ticket is somebody else's; who had it before takes part no more."""

    words = "made it the ticket of {new_address}; {old_address} takes part no more{why}"
    old_address: str
    new_address: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonErased(Event):
    """Who they were, and what they said, was erased; `person` is their tombstone."""

    words = "erased what was known of {person}"
    person: str
