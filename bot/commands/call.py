"""One use of the command table: what a surface hands in, what a handler gets, what goes back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from bot.cards import Card, Form, Plain, Tone
from bot.domain.mail import Attachment
from bot.domain.messages import NOWHERE, Said
from bot.domain.people import Person
from bot.domain.threads import Space, ThreadRef
from bot.domain.work_items import AnyItem, Incident, Ticket
from bot.errors import Refused, UserError
from bot.ports import UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class Invocation:
    """What a person did on a surface: typed `line`, pressed `action`, filled in its form (`args`).

    `account` is the platform's own user id, `key` the platform's id of the gesture (a repeat is
    ignored). `number` is the work item's where it is named apart from the line. One that `asks`
    wants the form, filled in with `args`, even when nothing is missing.
    """

    surface: str
    account: str
    key: str
    line: str = ""
    number: str = ""
    action: str = ""
    args: Mapping[str, str] = field(default_factory=dict)
    files: tuple[Attachment, ...] = ()
    place: Space | None = None
    thread: ThreadRef | None = None
    asks: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What only the person who asked sees: a card, or a form to fill in."""

    card: Card | None = None
    form: Form | None = None
    refused: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion:
    """One proposal for the line being typed: the whole new line, and what to show for it."""

    line: str
    label: str
    help: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A command about to run, by its name; everything is resolved and the right is checked.

    `stopped` tells why files of it must not leave (a virus), and `unchecked` of files that were not
    looked at; both in words, empty where there is nothing to tell.
    """

    name: str
    actor: Person
    now: datetime
    work: UnitOfWork
    args: Mapping[str, str]
    item: AnyItem | None = None
    files: tuple[Attachment, ...] = ()
    surface: str = ""
    place: Space | None = None
    thread: ThreadRef | None = None
    said: Said = NOWHERE
    from_button: bool = False
    stopped: str = ""
    unchecked: str = ""

    @property
    def ticket(self) -> Ticket:
        """The target, which is a ticket for a command whose target is one."""
        if not isinstance(self.item, Ticket):
            raise UserError("This is not about a ticket.", code="wrong_kind")
        return self.item

    @property
    def incident(self) -> Incident:
        """The target, which is an incident for a command whose target is one."""
        if not isinstance(self.item, Incident):
            raise UserError("This is not about an incident.", code="wrong_kind")
        return self.item

    def arg(self, name: str) -> str:
        """An argument, empty when it was left out."""
        return self.args.get(name, "").strip()


def told(text: str, *, title: str = "", tone: Tone = Tone.INFO) -> Reply:
    """A reply of plain words."""
    return Reply(card=Card(title=title, fallback=text[:150], tone=tone, status=(Plain(text),)))


def refusal(refused: Refused) -> Reply:
    """The reply that says what was refused and what to do next."""
    context = (Plain(refused.hint),) if refused.hint else ()
    card = Card(
        title="",
        fallback=refused.words[:150],
        tone=Tone.WARNING,
        status=(Plain(refused.words),),
        context=context,
    )
    return Reply(card=card, refused=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """Something said in a thread; `key` is the platform's id of the message (the only one on that
    surface), by which its edits and its deletion are told; `url` leads to it.

    Talk that is `addressed` to the bot (`@deskhand claim`) needs no `!` before its verb; `text`
    comes without the mention. `shown` is False where the platform itself does not show in its
    thread what was said there.
    """

    surface: str
    account: str
    thread: ThreadRef
    text: str
    key: str
    files: tuple[Attachment, ...] = ()
    url: str = ""
    addressed: bool = False
    shown: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Reaction:
    """An emoji (the character itself) that a person put on a message somebody wrote in a channel.

    `key` is the platform's id of the message, as in `Talk`, and `text` what it says; `thread` is
    where it stands.
    """

    surface: str
    account: str
    emoji: str
    key: str
    place: Space
    thread: ThreadRef | None = None
    text: str = ""
    url: str = ""
