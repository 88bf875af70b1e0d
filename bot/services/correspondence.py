"""Mail that leaves for customers: who gets it, under which headers, from which template."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from string import Formatter
from typing import Final

from bot.domain.directory import Desk
from bot.domain.effects import SendMail
from bot.domain.mail import Address, OutboundMail
from bot.domain.messages import Delivery, Message, Voice
from bot.domain.reply_keys import with_subaddress
from bot.domain.work_items import Participant, Ticket
from bot.ports import UnitOfWork
from bot.services.core import Core

UNDO_WINDOW: Final = timedelta(seconds=10)
MAX_REFERENCES: Final = 20
GREETINGS_PER_DAY: Final = 3
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
        "you now take part in {ticket} “{subject}” with {desk}. You get what is written from now on;\n"
        "answer this mail to say something.\n"
    ),
    "new_note": "{text}\n",
    "resolved": (
        "Hello {requester},\n\n{ticket} “{subject}” is resolved. Answer this mail if it is not.\n"
    ),
}


async def greet(
    core: Core, work: UnitOfWork, ticket: Ticket, first: Message, now: datetime
) -> None:
    """Thank the requester for a new ticket; at most a few times a day for one address on one desk.

    The bound stops loops with responders that carry no mark of being automatic.
    """
    scope = f"greeting:{ticket.desk}:{ticket.requester.address}"
    if await work.seen.tally(scope, now, timedelta(days=1)) > GREETINGS_PER_DAY:
        core.meter.count("greetings_withheld", desk=ticket.desk)
        return
    desk = core.directory.desks[ticket.desk]
    text = fill(desk, "thank_you", ticket, "", core.public_url)
    mail = _to_participant(core, desk, ticket, ticket.requester, GREETING, now)
    await work.outbox.put(
        SendMail(
            mail=replace(
                mail,
                text=text,
                automatic="auto-replied",
                in_reply_to=first.mail_id,
                references=(first.mail_id,) if first.mail_id else (),
            )
        )
    )


async def send_reply(
    core: Core, work: UnitOfWork, ticket: Ticket, message: Message, now: datetime
) -> None:
    """Queue an agent's reply to every participant, each with their own reply key, after the undo
    window.
    """
    desk = core.directory.desks[ticket.desk]
    history = await work.messages.of(ticket.id)
    references, last = _chain(history)
    for person in filter(lambda p: p.address, ticket.participants):
        mail = _to_participant(core, desk, ticket, person, message.id, now)
        agent = message.author_name
        await work.outbox.put(
            SendMail(
                mail=replace(
                    mail,
                    sender=Address(address=desk.sender, name=f"{agent} ({desk.name})"),
                    text=fill(desk, "new_note", ticket, message.text, core.public_url),
                    in_reply_to=last,
                    references=references,
                    attachments=message.attachments,
                ),
                message=message.id,
            ),
            not_before=now + UNDO_WINDOW,
        )


async def welcome(
    core: Core, work: UnitOfWork, ticket: Ticket, person: Participant, now: datetime
) -> None:
    """Tell a new participant that they take part from now on."""
    desk = core.directory.desks[ticket.desk]
    mail = _to_participant(core, desk, ticket, person, GREETING, now)
    text = fill(desk, "new_participant", ticket, "", core.public_url)
    await work.outbox.put(SendMail(mail=replace(mail, text=text, automatic="auto-generated")))


def mail_key(core: Core, ticket: Ticket, person: Participant, message: Message) -> str:
    """The outbox key of a reply's mail to one participant."""
    desk = core.directory.desks[ticket.desk]
    return f"mail:{_message_id(core, desk, ticket, person, message.id)}"


def fill(desk: Desk, template: str, ticket: Ticket, text: str, url: str) -> str:
    """A template with its placeholders filled; what customers wrote is inserted literally, once."""
    values = {
        "ticket": ticket.number,
        "subject": ticket.title,
        "requester": ticket.requester.name or ticket.requester.address,
        "desk": desk.name,
        "text": text,
        "url": url,
    }
    wording = desk.templates.get(template) or TEMPLATES[template]
    parts = (
        literal + (values.get(name, "") if name else "")
        for literal, name, _, _ in Formatter().parse(wording)
    )
    return "".join(parts)


def _to_participant(
    core: Core, desk: Desk, ticket: Ticket, person: Participant, serial: int, now: datetime
) -> OutboundMail:
    key = core.keys.make(ticket.id, person.number)
    reply_to = with_subaddress(desk.sender, key)
    return OutboundMail(
        message_id=_message_id(core, desk, ticket, person, serial),
        date=now,
        sender=Address(address=desk.sender, name=desk.name),
        recipient=Address(address=person.address, name=person.name),
        subject=subject_of(ticket),
        text="",
        envelope_from=reply_to,
        reply_to=reply_to,
        ticket=ticket.number,
    )


def _message_id(core: Core, desk: Desk, ticket: Ticket, person: Participant, serial: int) -> str:
    key = core.keys.make(ticket.id, person.number)
    return core.keys.message_id(key, serial, desk.sender.rpartition("@")[2])


def subject_of(ticket: Ticket) -> str:
    """`Re: <subject> [SUP-42]`, with one `Re:` and one tag."""
    title = ticket.title.replace(f"[{ticket.number}]", "").strip()
    bare = title[3:].strip() if title.lower().startswith("re:") else title
    return f"Re: {bare} [{ticket.number}]"


def _chain(history: Sequence[Message]) -> tuple[tuple[str, ...], str]:
    """References (the first and the newest ids) and the id of the customer's last mail."""
    ids = [m.mail_id for m in history if m.mail_id and m.voice.public]
    customers = [m.mail_id for m in history if m.mail_id and m.voice is Voice.CUSTOMER]
    if len(ids) > MAX_REFERENCES:
        ids = [ids[0], *ids[-(MAX_REFERENCES - 1) :]]
    return tuple(ids), customers[-1] if customers else ""


def delivered(message: Message, detail: str) -> Message:
    """The message after the smarthost took it."""
    return replace(message, delivery=Delivery.SENT, delivery_detail=detail)


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
