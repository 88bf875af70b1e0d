"""What somebody is given of their data: their tickets, what they wrote and were sent, and the files
of both.

Other people's words are theirs. The desk sends nobody what another customer wrote, so it is counted
here and not copied; who joined a ticket later was sent only what followed.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from bot.domain.effects import Parcel, SendMail
from bot.domain.erasure import Gone
from bot.domain.mail import Attachment
from bot.domain.messages import Delivery, Message, Voice
from bot.domain.work_items import Ticket
from bot.ports import AuditRow, LedgerLine, UnitOfWork
from bot.services.core import Core
from bot.services.mailing.outgoing import suppression

Json = dict[str, Any]

TICKETS: Final = "tickets"
MESSAGES: Final = "messages"
NOTES: Final = "notes"
MAILS: Final = "mails"
_MANY: Final = 100_000


@dataclass(slots=True, kw_only=True)
class Portion:
    """A part of an export: records by the sheet they belong to, and files by their path.

    `left_out` counts other people's messages.
    """

    records: dict[str, list[Json]] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    left_out: int = 0

    def add(self, sheet: str, record: Json) -> None:
        """Another record of a sheet."""
        self.records.setdefault(sheet, []).append(record)


class Exporting:
    """Reads one person's data in portions; `notes` adds the team's on their own tickets."""

    def __init__(self, core: Core, address: str, *, notes: bool) -> None:
        self._core = core
        self._gone = Gone(address=address, name="")
        self._notes = notes

    async def portions(self) -> AsyncIterator[Portion]:
        """One for each ticket, oldest first, and one for each mail."""
        async with self._core.store.read() as work:
            items = await work.belongings.items_of(self._gone.scrub.spellings)
        for id_ in items:
            async with self._core.store.read() as work:
                item = await work.items.by_id(id_)
                portion = await self._ticket(work, item) if isinstance(item, Ticket) else None
            # Not inside: whoever takes it may take long.
            if portion is not None:
                yield portion
        async for mails in self._mails():
            yield mails

    async def standing(self) -> str:
        """Why nothing is sent to them at present; empty when mail is."""
        async with self._core.store.read() as work:
            now = self._core.clock.now()
            return await suppression.stopped(work, self._gone.address, now)

    async def record(self, by: str, numbers: Sequence[str]) -> None:
        """Note in the audit of each ticket who took its customer's data out."""
        now = self._core.clock.now()
        async with self._core.store.work() as work:
            for number in numbers:
                row = AuditRow(
                    at=now, actor=f"operator:{by}", action="PersonExported", subject=number
                )
                await work.audit.record(row)

    # ------------------------------------------------------------ a ticket

    async def _ticket(self, work: UnitOfWork, ticket: Ticket) -> Portion:
        portion, gone = Portion(), self._gone
        person = gone.place_on(ticket)
        said = await work.messages.of(ticket.id)
        own = gone.owns(ticket)
        if person is None and not any(map(gone.wrote, said)):
            return portion
        portion.add(TICKETS, _ticket_record(self._core, ticket, gone))
        for message in said:
            if gone.wrote(message) or _was_sent(message, gone):
                record = _message_record(ticket, message, gone)
                await _with_files(work, portion, ticket, message, record)
                portion.add(MESSAGES, record)
            elif message.voice is Voice.NOTE and message.author.startswith("person:"):
                if own and self._notes:
                    portion.add(NOTES, _note_record(ticket, message))
            elif message.author.startswith("mail:"):
                portion.left_out += 1
        return portion

    # ------------------------------------------------------------ mails

    async def _mails(self) -> AsyncIterator[Portion]:
        """Mail as it came and left, as far as it is still kept."""
        inbox = self._core.store.inbox
        lines = [
            line
            for spelt in self._gone.scrub.spellings
            for line in await inbox.find(spelt, limit=_MANY)
        ]
        for line in sorted(lines, key=lambda line: line.id):
            sent_by = [line.meta.get("from", ""), line.meta.get("mail_from", "")]
            if self._gone.scrub.concerns(sent_by):
                yield _arrived(line, await inbox.raw(line.id))
        async with self._core.store.read() as work:
            parcels = await work.belongings.mail_to(self._gone.scrub.spellings)
        yield Portion(records={MAILS: [*filter(None, map(_left, parcels))]} if parcels else {})


def _was_sent(message: Message, gone: Gone) -> bool:
    """Whether a mail of it went to them; one that was taken back did not."""
    return message.voice is Voice.REPLY and any(
        gone.has(copy.recipient) and copy.delivery is not Delivery.UNDONE for copy in message.copies
    )


def _ticket_record(core: Core, ticket: Ticket, gone: Gone) -> Json:
    desk, person = core.directory.desks.get(ticket.desk), gone.place_on(ticket)
    record: Json = {
        "number": ticket.number,
        "desk": desk.name if desk is not None else ticket.desk,
        "subject": ticket.title,
        "status": ticket.status.value,
        "opened_at": ticket.created_at.isoformat(),
        "resolved_at": ticket.resolved_at.isoformat() if ticket.resolved_at else None,
    }
    if person is None:
        return {**record, "you": "wrote on it"}
    role = "requester" if gone.owns(ticket) else "participant"
    since = {"you_since": person.joined_at.isoformat()}
    return {
        **record,
        "you": role,
        "your_address": person.address,
        "your_name": person.name,
        **since,
    }


def _message_record(ticket: Ticket, message: Message, gone: Gone) -> Json:
    record: Json = {
        "ticket": ticket.number,
        "at": message.at.isoformat(),
        "by": message.author_name,
        "text": message.text,
    }
    if message.full_text and message.full_text != message.text:
        record["whole_text"] = message.full_text
    copies = [copy for copy in message.copies if gone.has(copy.recipient)]
    if copies:
        return {
            **record,
            "direction": "to you",
            "delivery": copies[0].delivery.value,
            "detail": copies[0].detail,
        }
    return {**record, "direction": "from you", "message_id": message.mail_id}


def _note_record(ticket: Ticket, message: Message) -> Json:
    when, by = message.at.isoformat(), message.author_name
    return {"ticket": ticket.number, "at": when, "by": by, "text": message.text}


async def _with_files(
    work: UnitOfWork, portion: Portion, ticket: Ticket, message: Message, record: Json
) -> None:
    paths = []
    for reference in message.attachments:
        file = await work.messages.file(reference.id)
        if file is not None:
            path = f"files/{ticket.number}/{reference.id}-{_plain(file)}"
            portion.files[path] = file.content
            paths.append(path)
    if paths:
        record["files"] = paths


def _plain(file: Attachment) -> str:
    """Its name as every file system takes it."""
    kept = "".join(c if c.isalnum() or c in "._-" else "_" for c in file.name)
    return kept.lstrip(".")[-100:] or "file"


def _arrived(line: LedgerLine, raw: bytes | None) -> Portion:
    record: Json = {
        "direction": "from you",
        "at": line.received_at.isoformat(),
        "ticket": line.item,
        "subject": line.meta.get("subject", ""),
        "message_id": line.meta.get("message_id", ""),
        "outcome": line.outcome or line.state,
    }
    if not raw:
        return Portion(records={MAILS: [record]})
    path = f"mails/{line.id}.eml"
    return Portion(records={MAILS: [{**record, "file": path}]}, files={path: raw})


def _left(parcel: Parcel) -> Json:
    if not isinstance(parcel.effect, SendMail):
        return {}
    mail = parcel.effect.mail
    return {
        "direction": "to you",
        "at": parcel.created_at.isoformat(),
        "ticket": mail.ticket,
        "subject": mail.subject,
        "text": mail.text,
        "state": parcel.state.value,
    }
