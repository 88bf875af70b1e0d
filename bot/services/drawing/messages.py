"""Messages in threads: whose words, to whom, what became of them, and what to know about them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from bot.cards import (
    Action,
    Author,
    Block,
    Card,
    Field,
    FileLink,
    Link,
    Plain,
    Runs,
    Style,
    Tone,
    When,
    shorten,
)
from bot.domain.events import SYSTEM
from bot.domain.messages import Delivery, Message, Voice
from bot.domain.work_items import AnyItem, Ticket
from bot.services.drawing.words import button

# So many characters stand in a thread, and so many are shown to somebody who wants to see all.
MAX_TEXT: Final = 20_000
MAX_WHOLE: Final = 100_000
PIECE: Final = 5_000
MAX_IN_BUTTON: Final = 60
CAUTION: Final = "⚠ Take care"
STOPPED: Final = "🦠 Does not leave"
NO_TEXT: Final = "(no text)"

_VOICES: Final[Mapping[Voice, tuple[Tone, str]]] = {
    Voice.CUSTOMER: (Tone.CUSTOMER, "by email"),
    Voice.REPLY: (Tone.REPLY, "emailed"),
    Voice.NOTE: (Tone.NOTE, "internal"),
    Voice.AUTOMATIC: (Tone.INFO, "automatic mail"),
    Voice.HELD: (Tone.WARNING, "held for review: nobody outside sees it"),
    Voice.UNCONFIRMED: (Tone.WARNING, "by email, internal"),
}
_FAILED: Final = (Delivery.FAILED, Delivery.BOUNCED)
_EXPLAINED: Final = (*_FAILED, Delivery.DELAYED, Delivery.CANCELLED)
_RECALLABLE: Final = (Delivery.QUEUED, Delivery.DELAYED)


def message_picture(message: Message, item: AnyItem) -> Card:
    """The message as it stands in a thread."""
    tone, via = _VOICES[message.voice]
    text = shorten(message.text, MAX_TEXT) or NO_TEXT
    return Card(
        title="",
        number=item.number,
        fallback=shorten(f"{message.author_name} on {item.number}: {message.text}", 150),
        tone=Tone.WARNING if message.delivery in _FAILED else tone,
        author=Author(name=message.author_name, via=f"{_address(message)}{via}{_way(message)}"),
        status=(*_delivery(message), *_changes(message), *_unconfirmed(message)),
        blocks=(Block((Plain(text),)), *_hidden(message)),
        fields=(*cautions(message), *_stopped(message)),
        files=tuple(FileLink(a.id, a.name, a.size) for a in message.attachments if not a.stopped),
        actions=_message_actions(message, item),
        context=(Link("Where it was said", message.said.url),) if message.said.url else (),
        ended=message.delivery.stayed or message.withdrawn_at is not None,
    )


def whole_picture(message: Message) -> Card:
    """All that a message says, in pieces that are folded one by one where they are long."""
    text = message.full_text or message.text
    more = len(text) - MAX_WHOLE
    cut = (Plain(f"{more:,} more characters are not shown."),) if more > 0 else ()
    return Card(
        title="The whole message",
        fallback=f"The whole message of {message.author_name}"[:150],
        tone=_VOICES[message.voice][0],
        status=(Plain(f"{message.author_name} · {_address(message)}"), When(message.at)),
        blocks=tuple(Block((Plain(piece),)) for piece in _pieces(text[:MAX_WHOLE])),
        fields=cautions(message),
        context=cut,
    )


def _pieces(text: str) -> Iterator[str]:
    """The text in pieces of so many characters, parted where a line ends if there is one."""
    rest = text.strip("\n")
    while len(rest) > PIECE:
        end = rest.rfind("\n", 1, PIECE)
        end = end if end > 0 else PIECE
        yield rest[:end]
        rest = rest[end:].removeprefix("\n")
    yield rest or NO_TEXT


def _hidden(message: Message) -> tuple[Block, ...]:
    """What of the whole text is not there, in small print."""
    if count := message.hidden_lines:
        words = f"… {count:,} line{'s' if count > 1 else ''} hidden"
    elif len(message.text) > MAX_TEXT:
        words = f"… {len(message.text) - MAX_TEXT:,} characters hidden"
    else:
        return ()
    return (Block((Plain(words, dim=True),)),)


def cautions(message: Message) -> tuple[Field, ...]:
    """A labelled line for each warning: nobody outside can write one."""
    return tuple(Field(CAUTION, (Plain(note[:1].upper() + note[1:]),)) for note in message.warnings)


def _stopped(message: Message) -> tuple[Field, ...]:
    """A labelled line for each file that must not leave; it cannot be opened from here either."""
    files = (file for file in message.attachments if file.stopped)
    return tuple(Field(STOPPED, (Plain(f"“{f.name}”: {f.stopped}."),)) for f in files)


def _way(message: Message) -> str:
    """The platform it was said on, for readers on another one; who passed a mail on."""
    if message.forwarded_by:
        return f", forwarded by {message.forwarded_by}"
    surface = message.said.surface
    return f" · {surface}" if surface else ""


def _changes(message: Message) -> Runs:
    """What its writer did to it afterwards."""
    if message.withdrawn_at is not None:
        word = "discarded" if message.voice.reviewed else "withdrawn"
        return (Plain(f"✂ {word} "), When(message.withdrawn_at))
    if message.edited_at is not None:
        return (Plain("✎ edited "), When(message.edited_at))
    return ()


def _unconfirmed(message: Message) -> Runs:
    """Whose address one of the team's mails came from, which proves little."""
    if message.voice is not Voice.UNCONFIRMED or not message.waits:
        return ()
    return (Plain(f"Written by mail from {message.author_name}'s address; not confirmed."),)


def _address(message: Message) -> str:
    """The address behind a name from outside: anybody can call themselves anything."""
    kind, _, address = message.author.partition(":")
    return f"{address} · " if kind == "mail" and address != message.author_name else ""


def _delivery(message: Message) -> Runs:
    """What became of the copies; recipients of the same lot stand together."""
    lots: dict[tuple[Delivery, str, bool], list[str]] = {}
    for copy in message.copies:
        detail = copy.detail if copy.delivery in _EXPLAINED else ""
        lots.setdefault((copy.delivery, detail, copy.twice), []).append(copy.recipient)
    told = (_lot(*lot, ", ".join(to)) for lot, to in lots.items())
    return (Plain(" · ".join(told)),) if lots else ()


def _lot(delivery: Delivery, detail: str, twice: bool, to: str) -> str:
    match delivery:
        case Delivery.QUEUED:
            return f"⏳ sending to {to}"
        case Delivery.DELAYED:
            return f"⏳ delayed, still trying {to}: {detail}"
        case Delivery.SENT:
            return f"✅ sent to {to}" + (", perhaps twice" if twice else "")
        case Delivery.UNDONE:
            return "↩ taken back, nothing was sent"
        case Delivery.CANCELLED:
            return f"🚫 not sent to {to}: {detail}"
        case _:
            return f"⚠️ not delivered to {to}: {detail}"


def _message_actions(message: Message, item: AnyItem) -> tuple[Action, ...]:
    shows = button("full", item.number, "Show all", Style.PLAIN, str(message.id))
    return (*_decisions(message, item), *((shows,) if _hidden(message) else ()))


def _reviews(message: Message, item: AnyItem) -> tuple[Action, ...]:
    """What an agent can say of a held mail: nobody is let in whose address is not known, and what
    has a ticket of its own needs no other.
    """
    number, which = item.number, str(message.id)
    accept = button("accept", number, "Let them take part", Style.PRIMARY, which)
    decline = button("decline", number, "Keep as a note", Style.PLAIN, which)
    split = button("split", number, "New ticket", Style.PLAIN, which)
    alone = isinstance(item, Ticket) and not item.requester.address
    known = "@" in message.author
    return (*((accept,) if known else ()), decline, *(() if alone else (split,)))


def _decisions(message: Message, item: AnyItem) -> tuple[Action, ...]:
    number, which = item.number, str(message.id)
    if message.voice is Voice.HELD:
        return _reviews(message, item)
    if message.voice is Voice.UNCONFIRMED and message.waits:
        return (
            button("review", number, "Keep as note", Style.PRIMARY, "note", which),
            button("review", number, "Reply with it", Style.PLAIN, "reply", which),
            button("review", number, "Discard", Style.PLAIN, "discard", which),
        )
    if message.forwarded_by:
        return (button("unforward", number, "Undo the forward"),)
    if message.delivery in _RECALLABLE and message.author != SYSTEM:
        return (button("undo", number, "Undo", Style.PLAIN, which),)
    if lost := message.came_back:
        # Platforms bound the length of a button's id; without the address its form asks for it.
        known = [lost[0].recipient] if len(lost[0].recipient) <= MAX_IN_BUTTON else []
        stopped = any(file.stopped for file in message.attachments)
        again = "Send without it" if stopped else "Send again"
        return (
            button("resend", number, again, Style.PRIMARY, which),
            button("readdress", number, "Other address…", Style.PLAIN, *known),
        )
    return ()
