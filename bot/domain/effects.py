"""What is to happen outside, in the imperative: the kinds of row the outbox carries.

Chat effects name rows, not text: they are drawn when they are sent, from the state of that moment.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from bot.domain.mail import OutboundMail


class Pool(StrEnum):
    """Which workers carry a row: pages never wait behind chat or mail."""

    PAGE = "page"
    CHAT = "chat"
    MAIL = "mail"


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenThread:
    """Post the work item's card as the root of a new thread."""

    thread: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Admit:
    """Let a person (`person`, a key) into a thread that its channel's readers do not see."""

    thread: int
    person: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Remove:
    """Take a person (`person`, a key) out of a thread that its channel's readers do not see."""

    thread: int
    person: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateCard:
    """Draw the card again as the work item is now; several of these coalesce."""

    thread: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PostMessage:
    """Post a message of the work item into its thread."""

    thread: int
    message: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateMessage:
    """Draw a posted message again as it is now (its delivery state changed)."""

    thread: int
    message: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PostLine:
    """Post one line of the timeline into the thread; `mention` is a person's key, or empty."""

    thread: int
    entry: int
    mention: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Announce:
    """Post a line of the timeline into the channel itself, for everybody to see."""

    surface: str
    space: str
    entry: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Tell:
    """Tell a channel something that belongs to no work item (an operator's notice, a report)."""

    surface: str
    space: str
    title: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Redraw:
    """Draw again, as it is now, what that row of the outbox posted; `lane` is that row's own."""

    row: int
    lane: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CleanThread:
    """Let the thread itself say no more than its work item: no file and no name of before."""

    thread: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SendPage:
    """Bring a page to its person by the page's contact method."""

    page: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdatePage:
    """Draw a delivered page again as it stands now (acknowledged, resolved)."""

    page: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SendMail:
    """Hand a mail to the smarthost; `message` is 0 for mail that is no message of a work item."""

    mail: OutboundMail
    message: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class NotifyByMail:
    """Mail a person the news of a ticket since that timeline entry, as it stands when it leaves.

    With `pauses_until` it is the last one before then, and says so.
    """

    person: str
    item: int
    since: int
    pauses_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TellPerson:
    """Tell one person alone, by a direct message of the platform to their account there."""

    surface: str
    account: str
    title: str
    text: str


Effect = (
    OpenThread
    | Admit
    | Remove
    | UpdateCard
    | PostMessage
    | UpdateMessage
    | PostLine
    | Announce
    | Tell
    | Redraw
    | CleanThread
    | SendPage
    | UpdatePage
    | SendMail
    | NotifyByMail
    | TellPerson
)

EFFECTS: Final[dict[str, type[Effect]]] = {
    kind.__name__: kind
    for kind in (
        OpenThread,
        Admit,
        Remove,
        UpdateCard,
        PostMessage,
        UpdateMessage,
        PostLine,
        Announce,
        Tell,
        Redraw,
        CleanThread,
        SendPage,
        UpdatePage,
        SendMail,
        NotifyByMail,
        TellPerson,
    )
}


def pool_of(effect: Effect) -> Pool:
    """Which workers carry the effect."""
    match effect:
        case SendPage() | UpdatePage():
            return Pool.PAGE
        case SendMail() | NotifyByMail():
            return Pool.MAIL
        case _:
            return Pool.CHAT


def lane_of(effect: Effect) -> str:
    """Where order is kept: one chat thread, one channel, one page, or one ticket and reader."""
    match effect:
        case SendPage(page=page) | UpdatePage(page=page):
            return f"page:{page}"
        case SendMail(mail=mail):
            return f"mail:{mail.ticket}:{mail.recipient.address}"
        case NotifyByMail(person=person, item=item):
            return f"notify:{person}:{item}"
        case TellPerson(surface=surface, account=account):
            return f"person:{surface}:{account}"
        case Announce(surface=surface, space=space) | Tell(surface=surface, space=space):
            return f"channel:{surface}:{space}"
        case Redraw(lane=lane):
            return lane
        case _:
            return f"thread:{effect.thread}"


def key_of(effect: Effect) -> str:
    """What makes the effect the same one again; empty for what may be done many times."""
    match effect:
        case OpenThread(thread=thread):
            return f"thread:{thread}"
        case PostMessage(thread=thread, message=message):
            return f"message:{thread}:{message}"
        case PostLine(thread=thread, entry=entry):
            return f"line:{thread}:{entry}"
        case Announce(surface=surface, space=space, entry=entry):
            return f"announce:{surface}:{space}:{entry}"
        case SendPage(page=page):
            return f"page:{page}"
        case SendMail(mail=mail):
            return f"mail:{mail.message_id}"
        case _:
            return ""


def first_of(effect: Effect) -> Effect | None:
    """What draws the same thing for the first time, from the state of that moment too."""
    match effect:
        case UpdateCard(thread=thread):
            return OpenThread(thread=thread)
        case UpdateMessage(thread=thread, message=message):
            return PostMessage(thread=thread, message=message)
        case UpdatePage(page=page):
            return SendPage(page=page)
        case _:
            return None


class ParcelState(StrEnum):
    """The life of an outbox row; the last four are ends."""

    WAITING = "waiting"
    LEASED = "leased"
    SENT = "sent"
    SUPERSEDED = "superseded"
    CANCELLED = "cancelled"
    DEAD = "dead"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """A row of the outbox: an effect, and what is known of bringing it about.

    `attempt` fences the finish: a worker whose lease was lost changes nothing.
    """

    id: int
    pool: Pool
    lane: str
    key: str
    effect: Effect
    state: ParcelState
    attempt: int = 0
    ambiguous: bool = False
    not_before: datetime
    created_at: datetime
    first_try_at: datetime | None = None
    external_id: str = ""
    detail: str = ""
