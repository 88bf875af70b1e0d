"""Mail that leaves for customers: who gets it, under which headers, from which template."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from string import Formatter
from typing import Final

from bot.domain.directory import Desk
from bot.domain.effects import SendMail
from bot.domain.events import mail_actor
from bot.domain.mail import Address, OutboundMail
from bot.domain.messages import Message, Voice
from bot.domain.reply_keys import with_subaddress
from bot.domain.subjects import without_answers
from bot.domain.work_items import Participant, Ticket
from bot.ports import UnitOfWork
from bot.services.core import Core
from bot.services.mailing.outgoing import given_ids

UNDO_WINDOW: Final = timedelta(seconds=10)
MAX_REFERENCES: Final = 20
MAX_NAME: Final = 60
# What leads somewhere in a mail program: no name has it.
_MESSAGE_IN_NAME: Final = re.compile(r"[/\\@:]|[^\W_]{2,}\.[^\W_]{2,}")
# Bounds against loops and against thanking those whom a forger names.
GREETINGS_PER_DAY: Final = 3
GREETINGS_PER_HOUR: Final = 500
# The serial of the one mail that greets a participant; all others carry their message's row.
GREETING: Final = 0

TEMPLATES: Final = {
    "thank_you": (
        "Hello {requester},\n\n"
        "thank you for writing to {desk}. Your message has arrived and is filed as {ticket}.\n"
        "Just answer this mail to add something.\n"
    ),
    "new_participant": (
        "Hello,\n\n"
        "you now take part in {ticket} “{subject}” with {desk}.\n"
        "You get what is written from now on; answer this mail to say something.\n"
    ),
    "new_note": "{text}\n",
}
# Under what goes to somebody who is not the requester, unless its template has the link already.
LEAVE: Final = "\n-- \nYou take part in {ticket}. To get no more of it: {url}\n"


async def greet(
    core: Core, work: UnitOfWork, ticket: Ticket, first: Message, now: datetime
) -> None:
    """Thank the requester for a new ticket; only so often for one address on one desk.

    The bound stops loops with responders that carry no mark of being automatic.
    """
    if not await _may_greet(work, ticket, now):
        core.meter.count("greetings_withheld", desk=ticket.desk)
        return
    desk = core.directory.desks[ticket.desk]
    mail = _to_participant(core, desk, ticket, ticket.requester, GREETING, now)
    await work.outbox.put(
        SendMail(
            mail=replace(
                mail,
                text=fill(desk, "thank_you", ticket, "", core.public_url),
                automatic="auto-replied",
                in_reply_to=first.mail_id,
                references=(first.mail_id,) if first.mail_id else mail.references,
            )
        )
    )


async def _may_greet(work: UnitOfWork, ticket: Ticket, now: datetime) -> bool:
    scope = f"greeting:{ticket.desk}:{ticket.requester.address}"
    if await work.seen.tally(scope, now, timedelta(days=1)) > GREETINGS_PER_DAY:
        return False
    return await work.seen.tally("greetings", now, timedelta(hours=1)) <= GREETINGS_PER_HOUR


async def send_reply(core: Core, work: UnitOfWork, ticket: Ticket, message: Message) -> None:
    """Queue an agent's reply to its recipients, after the undo window."""
    desk = core.directory.desks[ticket.desk]
    sender = Address(address=desk.sender, name=f"{message.author_name} ({desk.name})")
    for mail in await _copies(core, work, ticket, message):
        said = _worded(core, ticket, mail.recipient.address, "new_note", message.text)
        await _queue(work, replace(mail, sender=sender, text=said), message)


async def send_notice(core: Core, work: UnitOfWork, ticket: Ticket, message: Message) -> None:
    """Queue a message of the desk's own to its recipients, marked as automatic."""
    for mail in await _copies(core, work, ticket, message):
        await _queue(work, _notice(core, ticket, replace(mail, text=message.text)), message)


def _notice(core: Core, ticket: Ticket, mail: OutboundMail) -> OutboundMail:
    """The mail as a machine's; its reader may leave by one click, unless the ticket is their own.

    Mail programs follow only https (RFC 8058). A personal reply carries no such header: many take
    it for a newsletter then.
    """
    url = leave_url(core, ticket, mail.recipient.address)
    once = url if url.startswith("https://") else ""
    return replace(mail, automatic="auto-generated", unsubscribe_url=once)


def leave_url(core: Core, ticket: Ticket, address: str) -> str:
    """Where that participant leaves the ticket; empty for the requester, who cannot."""
    person = ticket.participant(address)
    if person is None or person is ticket.requester or not core.public_url:
        return ""
    key = core.keys.make_leave(ticket.id, person.number, person.address)
    return f"{core.public_url}/u/{key}"


def _worded(core: Core, ticket: Ticket, address: str, template: str, text: str = "") -> str:
    """The text of a mail to one participant, with the way out that it owes them."""
    desk, url = core.directory.desks[ticket.desk], leave_url(core, ticket, address)
    wording = desk.templates.get(template) or TEMPLATES[template]
    filled = fill(desk, template, ticket, text, core.public_url, leave=url)
    if not url or "{unsubscribe" in wording:
        return filled
    return filled + LEAVE.format(ticket=ticket.number, url=url)


async def _queue(work: UnitOfWork, mail: OutboundMail, message: Message) -> None:
    effect = SendMail(mail=mail, message=message.id)
    await work.outbox.put(effect, not_before=message.sends_at)


async def welcome(
    core: Core, work: UnitOfWork, ticket: Ticket, person: Participant, now: datetime
) -> None:
    """Tell a new participant that they take part from now on."""
    desk = core.directory.desks[ticket.desk]
    mail = _to_participant(core, desk, ticket, person, GREETING, now)
    text = _worded(core, ticket, person.address, "new_participant")
    await work.outbox.put(SendMail(mail=_notice(core, ticket, replace(mail, text=text))))


def mail_key(core: Core, ticket: Ticket, address: str, message: Message) -> str:
    """The outbox key of a message's mail to one participant; empty for somebody who is none."""
    person = ticket.participant(address)
    if person is None:
        return ""
    desk = core.directory.desks[ticket.desk]
    return f"mail:{_message_id(core, desk, ticket, person, message.id)}"


def fill(desk: Desk, template: str, ticket: Ticket, text: str, url: str, *, leave: str = "") -> str:
    """A template with its placeholders filled; what customers wrote is inserted literally, once."""
    values = {
        "ticket": ticket.number,
        "subject": ticket.title,
        "requester": called(ticket.requester),
        "desk": desk.name,
        "text": text,
        "url": url,
        "unsubscribe": leave,
    }
    wording = desk.templates.get(template) or TEMPLATES[template]
    parts = (
        literal + (values.get(name, "") if name else "")
        for literal, name, _, _ in Formatter().parse(wording)
    )
    return "".join(parts)


def called(person: Participant) -> str:
    """How a mail that nobody wrote addresses them: by their name, unless that is rather a message.

    Anybody can write under somebody's address and have us tell them what the name says.
    """
    name = person.name
    sound = name and len(name) <= MAX_NAME and not _MESSAGE_IN_NAME.search(name)
    return name if sound else person.address


async def _copies(
    core: Core, work: UnitOfWork, ticket: Ticket, message: Message
) -> Sequence[OutboundMail]:
    """The message's mails without their words: one for each recipient, with a key of their own."""
    desk = core.directory.desks[ticket.desk]
    history = [m for m in await work.messages.of(ticket.id) if m.id != message.id]
    mails = []
    for person in filter(None, map(ticket.participant, message.recipients)):
        mail = _to_participant(core, desk, ticket, person, message.id, message.at)
        references, last = _chain(core, desk, ticket, person, history)
        named = replace(mail, in_reply_to=last, references=references or mail.references)
        known = await given_ids.as_known(work, named)
        mails.append(replace(known, attachments=message.attachments))
    return mails


def _to_participant(
    core: Core, desk: Desk, ticket: Ticket, person: Participant, serial: int, now: datetime
) -> OutboundMail:
    """A mail without its words and without a thread: then its own id is the root of one, since a
    provider may give it another.
    """
    own = _message_id(core, desk, ticket, person, serial)
    key = core.keys.make(ticket.id, person.number, ticket.key_turn)
    returns = core.keys.make_return(ticket.id, person.number, serial)
    return OutboundMail(
        message_id=own,
        date=now,
        sender=Address(address=desk.sender, name=desk.name),
        recipient=Address(address=person.address, name=person.name),
        subject=subject_of(ticket),
        text="",
        envelope_from=with_subaddress(desk.sender, returns),
        reply_to=with_subaddress(desk.sender, key),
        references=(own,),
        ticket=ticket.number,
    )


def _message_id(core: Core, desk: Desk, ticket: Ticket, person: Participant, serial: int) -> str:
    domain = desk.sender.rpartition("@")[2]
    return core.keys.message_id(ticket.id, person.number, serial, domain)


def subject_of(ticket: Ticket) -> str:
    """`Re: <subject> [SUP-42]`, with one `Re:` and one tag."""
    title = ticket.title.replace(f"[{ticket.number}]", "").strip()
    return f"Re: {without_answers(title)} [{ticket.number}]"


def _chain(
    core: Core, desk: Desk, ticket: Ticket, person: Participant, history: Sequence[Message]
) -> tuple[tuple[str, ...], str]:
    """References (the first and the newest ids) and what the mail answers, as this person knows it.

    Our own mails are named by the ids of this person's copies: an id holds a reply key.
    """
    known = [m for m in history if _knows(ticket, person, m)]
    ids = [
        _message_id(core, desk, ticket, person, m.id) if m.voice is Voice.REPLY else m.mail_id
        for m in known
    ]
    if person is not ticket.requester:
        ids.insert(0, _message_id(core, desk, ticket, person, GREETING))
    if len(ids) > MAX_REFERENCES:
        ids = [ids[0], *ids[-(MAX_REFERENCES - 1) :]]
    written = [m.mail_id for m in known if m.voice is not Voice.REPLY]
    return tuple(ids), (written or ids or [""])[-1]


def _knows(ticket: Ticket, person: Participant, message: Message) -> bool:
    """Whether the person wrote or was sent the message, or takes part since before it came."""
    if message.voice is Voice.REPLY:
        copies = (copy for copy in message.copies if copy.recipient == person.address)
        return any(not copy.delivery.stayed for copy in copies)
    opening = message.voice is Voice.AUTOMATIC and message.at == ticket.created_at
    if not (message.voice is Voice.CUSTOMER or opening) or not message.mail_id:
        return False
    return message.at >= person.joined_at or message.author == mail_actor(person.address)


def message_of(mail_id: str) -> int:
    """The message row a Message-ID of ours names; 0 for a greeting or an id that is not ours."""
    parts = mail_id.strip("<> ").partition("@")[0].split(".")
    return int(parts[2]) if len(parts) == 3 and parts[0] == "dk" and parts[2].isdigit() else 0


def own_id(core: Core, ticket: Ticket, message: Message) -> str:
    """The Message-ID under which a reply goes to the requester; it stands in References from then
    on.
    """
    desk = core.directory.desks[ticket.desk]
    return _message_id(core, desk, ticket, ticket.requester, message.id)
