"""Mail that cannot be read within its bounds: the desk's agents see that it came, with what little
is known of it and the mail itself as a file; nobody outside is told anything.

Its row of the inbox stays in quarantine, where an operator can have it read again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from bot.domain.changes import Change
from bot.domain.directory import Desk
from bot.domain.effects import Tell
from bot.domain.events import Event, StrangerWrote, TicketOpened, mail_actor
from bot.domain.ledger import HELD
from bot.domain.mail import Attachment, InboundMail
from bot.domain.messages import Message, Voice
from bot.domain.work_items import Participant, Ticket
from bot.errors import PermanentError
from bot.ports import InboxRow, UnitOfWork
from bot.services.core import Core
from bot.services.leases import LostLease
from bot.services.mailing.addresses import is_outside
from bot.services.mailing.incoming.evidence import NO_DESK, by_envelope, desk_of_envelope
from bot.services.mailing.incoming.origin import traced
from bot.services.recording import open_item, post_message, record

# So many of them are shown on a desk in each hour; what comes then waits in quarantine alone.
SHOWN_AN_HOUR: Final = 5
# A larger mail is not kept as a file: chat platforms would not take it either.
MAX_FILE: Final = 10 * 1024 * 1024
MAX_HEAD: Final = 256 * 1024
MAX_TITLE: Final = 200

# Under this name the row knows the message that shows it.
SHOWN_AS: Final = "shown_as"
UNKNOWN: Final = "unknown"
NO_SUBJECT: Final = "(no subject)"
UNCHECKED: Final = "nobody has checked who sent this"


def head_of(raw: bytes) -> bytes:
    """The header block alone, as a mail without a body; of one without an end, the beginning."""
    end = raw.find(b"\r\n\r\n", 0, MAX_HEAD)
    return raw[: end if end >= 0 else MAX_HEAD] + b"\r\n\r\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    """A mail that cannot be read, and why; `mail` is what its header says, or its ledger line."""

    row: InboxRow
    mail: InboundMail
    why: str

    @property
    def file_name(self) -> str:
        """Under this name the mail is a file, when it is not too large for one."""
        return f"mail-{self.row.id}.eml"


async def take(
    core: Core, row: InboxRow, head: InboundMail | None, why: str, cautions: Sequence[str] = ()
) -> str:
    """Show the mail to its desk as it came and commit; the name of the outcome.

    `head` is what its header says, None when that cannot be read either. PermanentError when it
    belongs into quarantine alone, LostLease when another worker has the row.
    """
    now = core.clock.now()
    mail = traced(core, row, head or _from_ledger(row))
    if mail.loop_marks:
        raise PermanentError("our own mail came back to us (a loop)")
    desk = desk_of_envelope(core, row)
    if desk is None:
        raise PermanentError(NO_DESK)
    found = Unreadable(row=row, mail=replace(mail, defects=tuple(cautions)), why=why)
    async with core.store.work() as work:
        number = await _show(core, work, desk, found, now)
    outcome = HELD if number else "quarantined"
    core.meter.count("mail_outcomes", desk=desk.key, outcome=outcome)
    core.meter.count("quarantined", source=row.source.partition(":")[0])
    return outcome


async def shown(work: UnitOfWork, row: InboxRow) -> Message | None:
    """The message that shows the row's mail as it came, when it could not be read before."""
    id_ = row.meta.get(SHOWN_AS, "")
    return await work.messages.get(int(id_)) if id_.isdecimal() else None


async def _show(core: Core, work: UnitOfWork, desk: Desk, found: Unreadable, now: datetime) -> str:
    """Put it on a ticket and park its row; the ticket's number, empty when nobody is shown it."""
    known = await shown(work, found.row)
    if known is not None:
        item = await work.items.by_id(known.item)
        number = item.number if item is not None else ""
        await _park(work, found, number, known)
        return number
    if await _is_withheld(work, desk, found, now):
        await _tell(work, desk, found, now)
        await _park(work, found)
        return ""
    ticket, message = await _post(core, work, desk, found, now)
    await _park(work, found, ticket.number, message)
    return ticket.number


async def _is_withheld(work: UnitOfWork, desk: Desk, found: Unreadable, now: datetime) -> bool:
    """Whether a machine reports something, or this hour has had as many as are shown.

    Only what is shown is counted, so that a steady stream is not withheld for ever.
    """
    if found.row.meta.get("mail_from", "-") in ("", "<>"):
        return True
    for place in range(SHOWN_AN_HOUR):
        if await work.seen.once(f"{_hour(desk, now)}:{place}", now):
            return False
    return True


def _hour(desk: Desk, now: datetime) -> str:
    return f"unreadable:{desk.key}:{now:%Y-%m-%dT%H}"


async def _post(
    core: Core, work: UnitOfWork, desk: Desk, found: Unreadable, now: datetime
) -> tuple[Ticket, Message]:
    """Say what is known on the ticket whose key the envelope has, else on one of its own."""
    events: tuple[Event, ...] = ()
    ticket = await by_envelope(core, work, found.row, now)
    if ticket is None:
        draft = _draft(found.mail, desk, now)
        ticket = await open_item(core, work, draft, desk.prefix, desk.channels)
        events = (TicketOpened(reason="a mail that could not be shown"),)
    message = await work.messages.add(_message(core, ticket, found, now), _file(found))
    await post_message(core, work, ticket, message)
    address = message.author.partition(":")[2]
    held = StrangerWrote(message=message.id, address=address, reason=found.why)
    await record(core, work, ticket, Change(ticket, (*events, held)), message.author, now)
    return ticket, message


async def _park(
    work: UnitOfWork, found: Unreadable, number: str = "", message: Message | None = None
) -> None:
    outcome = HELD if number else "quarantined"
    meta = {SHOWN_AS: str(message.id)} if message is not None else {}
    if not await work.inbox.park(found.row, outcome, detail=found.why, item=number, meta=meta):
        raise LostLease(f"inbox row {found.row.id}")


def _from_ledger(row: InboxRow) -> InboundMail:
    """What was found in the bytes when they came, before anything was parsed."""
    subject = row.meta.get("subject", "")
    return InboundMail(message_id=row.meta.get("message_id", ""), subject=subject, sender=None)


def _draft(mail: InboundMail, desk: Desk, now: datetime) -> Ticket:
    """A ticket whose requester nobody knows yet: an agent says who it is."""
    nobody = Participant(number=1, address="", name="unknown sender", joined_at=now)
    title = mail.subject[:MAX_TITLE] or NO_SUBJECT
    return Ticket(title=title, desk=desk.key, participants=(nobody,), created_at=now)


def _message(core: Core, ticket: Ticket, found: Unreadable, now: datetime) -> Message:
    """What is known, in words, held until an agent says what becomes of it.

    Its author is who an agent may let take part: whom the header names beyond doubt, else the
    envelope. Until then that is nobody's word but the sender's own.
    """
    row, mail = found.row, found.mail
    sure = mail.sender if not mail.sender_doubt else None
    address = sure.address if sure else row.meta.get("mail_from", "").lower()
    named = sure.name if sure else ""
    if not is_outside(core, address):
        address, named = UNKNOWN, "unknown sender"
    told = (f"This mail could not be shown: {found.why}.", *_known(found), "", _kept(found))
    return Message(
        item=ticket.id,
        at=now,
        voice=Voice.HELD,
        author=mail_actor(address),
        author_name=named or address,
        text="\n".join(told),
        mail_id=mail.message_id,
        warnings=tuple(filter(None, (UNCHECKED, mail.sender_doubt, *mail.defects))),
    )


def _known(found: Unreadable) -> tuple[str, ...]:
    """What the envelope and the header say; anybody can write that."""
    meta, mail = found.row.meta, found.mail
    written = str(mail.sender) if mail.sender else meta.get("from", "")
    says = (
        ("The envelope names as its sender", meta.get("mail_from", "").strip("-")),
        ("The header says From", written),
        ("The header says Subject", mail.subject),
    )
    lines = tuple(f"{label}: {value}" for label, value in says if value)
    return ("", *lines) if lines else ()


def _kept(found: Unreadable) -> str:
    row = found.row
    if len(row.raw) <= MAX_FILE:
        return f"The whole mail is here as {found.file_name}; open it with care."
    return (
        f"It has {len(row.raw) // 1_000_000} MB, too much to be a file here. Ask an operator for"
        f" `deskhand quarantine show {row.id}`."
    )


def _file(found: Unreadable) -> tuple[Attachment, ...]:
    raw = found.row.raw
    if len(raw) > MAX_FILE:
        return ()
    return (Attachment(name=found.file_name, content_type="message/rfc822", content=raw),)


async def _tell(work: UnitOfWork, desk: Desk, found: Unreadable, now: datetime) -> None:
    """Say so in the desk's first channel, once an hour."""
    if not await work.seen.once(_hour(desk, now), now):
        return
    text = (
        f"It came to {desk.name}: {found.why}. It is kept, and so are others like it: an operator"
        f" finds them with `deskhand quarantine list`; this one is {found.row.id}."
    )
    title = "⚠️ A mail could not be shown"
    for place in desk.channels[:1]:
        await work.outbox.put(Tell(surface=place.surface, space=place.id, title=title, text=text))
