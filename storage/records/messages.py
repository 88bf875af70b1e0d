"""What was said, and the files that came with it; a message knows its files, never their bytes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from bot.domain.mail import Attachment, AttachmentRef
from bot.domain.messages import MailCopy, Message, Said, Voice
from storage.database import Connection
from storage.records.contents import SqlContents
from storage.rows import AttachmentRow, MessageRow
from storage.statements import chunks, insert, marks, select
from storage.values import dump, load

_FILE: Final = ("item", "name", "content_type", "inline", "content_id", "size", "sha256")
_WITH_BYTES: Final = (
    "SELECT name, content_type, inline, content_id, content FROM attachment"
    " JOIN file_content ON file_content.sha256 = attachment.sha256 WHERE attachment.id = ?"
)
_ARRIVED: Final = (
    "INSERT INTO sent_mail (given_id, own_id) VALUES (?, ?) ON CONFLICT (given_id) DO NOTHING"
)

# How many items that share Message-IDs are read, for each id on average.
_SHARING: Final = 20


class SqlMessages:
    """Messages inside a unit of work; `locking` holds those that are loaded to be changed."""

    def __init__(self, connection: Connection, *, locking: bool = False) -> None:
        self._connection = connection
        self._contents = SqlContents(connection, locking=locking)
        self._locking = locking

    async def add(self, message: Message, files: Sequence[Attachment] = ()) -> Message:
        """Store a message; the files become its further attachments."""
        refs = (*message.attachments, *await self._keep(message.item, files))
        complete = replace(message, attachments=refs)
        row = await MessageRow.create(item=message.item, **_state(complete))
        return replace(complete, id=row.id)

    async def _keep(self, item: int, files: Sequence[Attachment]) -> list[AttachmentRef]:
        if not files:
            return []
        digests = await self._contents.keep(file.content for file in files)
        values: list[object] = []
        for file, digest in zip(files, digests, strict=True):
            values += (item, file.name, file.content_type, file.inline, file.content_id)
            values += (len(file.content), digest)
        rows = await self._connection.fetch(
            f"{insert('attachment', _FILE, len(files))} RETURNING id", values
        )
        ids = sorted(row["id"] for row in rows)
        return [
            AttachmentRef(
                id=id_, name=file.name, content_type=file.content_type, size=len(file.content)
            )
            for id_, file in zip(ids, files, strict=True)
        ]

    async def get(self, id_: int) -> Message | None:
        """One message."""
        query = MessageRow.filter(id=id_)
        row = await (query.select_for_update(no_key=True) if self._locking else query).first()
        return _message(row) if row else None

    async def save(self, message: Message) -> None:
        """Store the new state; LookupError when the message was never added."""
        if not await MessageRow.filter(id=message.id).update(**_state(message)):
            raise LookupError(f"message {message.id} is not stored; add it first")

    async def of(self, item: int) -> Sequence[Message]:
        """All messages of the work item, oldest first."""
        return [_message(row) for row in await MessageRow.filter(item=item).order_by("at", "id")]

    async def said(self, key: str) -> Message | None:
        """The newest message that came from that message of a chat platform."""
        row = await MessageRow.filter(said_as=key).order_by("-id").first()
        return _message(row) if row else None

    async def items_of_mail_ids(self, mail_ids: Sequence[str]) -> Mapping[str, Sequence[int]]:
        """Which of these Message-IDs belong to which work items, oldest first."""
        found: dict[str, list[int]] = {}
        for some in chunks(mail_ids):
            where = (
                f"message WHERE mail_id IN {marks(len(some))} GROUP BY mail_id, item"
                f" ORDER BY MIN(id) LIMIT {_SHARING * len(some)}"
            )
            rows = await self._connection.fetch(select(("mail_id", "item"), where), some)
            for row in rows:
                found.setdefault(row["mail_id"], []).append(row["item"])
        return found

    async def arrived_as(self, own_id: str, given_id: str) -> None:
        """Keep the Message-ID that a provider gave to a mail of ours; a known one stays."""
        await self._connection.execute(_ARRIVED, (given_id, own_id))

    async def own_ids(self, given_ids: Sequence[str]) -> Mapping[str, str]:
        """Our own ids for those that providers gave."""
        return await self._paired("given_id", "own_id", given_ids)

    async def given_ids(self, own_ids: Sequence[str]) -> Mapping[str, str]:
        """The ids that providers gave; the newest, when a mail was sent twice."""
        return await self._paired("own_id", "given_id", own_ids)

    async def _paired(self, known: str, wanted: str, ids: Sequence[str]) -> Mapping[str, str]:
        found: dict[str, str] = {}
        for some in chunks(ids):
            where = f"sent_mail WHERE {known} IN {marks(len(some))} ORDER BY id"
            rows = await self._connection.fetch(select((known, wanted), where), some)
            found |= {row[known]: row[wanted] for row in rows}
        return found

    async def file(self, id_: int) -> Attachment | None:
        """A stored file with its bytes."""
        rows = await self._connection.fetch(_WITH_BYTES, (id_,))
        if not rows:
            return None
        row = rows[0]
        return Attachment(
            name=row["name"],
            content_type=row["content_type"],
            content=bytes(row["content"]),
            inline=bool(row["inline"]),
            content_id=row["content_id"],
        )

    async def file_item(self, id_: int) -> int | None:
        """The work item a file belongs to."""
        row = await AttachmentRow.filter(id=id_).only("id", "item").first()
        return row.item if row else None

    async def refs(self, ids: Sequence[int]) -> Sequence[AttachmentRef]:
        """The named files without their bytes, in the order they are named."""
        rows = await AttachmentRow.filter(id__in=ids).only("id", "name", "content_type", "size")
        known = {row.id: _ref(row) for row in rows}
        return [known[id_] for id_ in ids if id_ in known]


def _state(message: Message) -> dict[str, Any]:
    """All of the message but its id and its item."""
    return {
        "at": message.at,
        "voice": message.voice.value,
        "author": message.author,
        "author_name": message.author_name,
        "text": message.text,
        "full_text": message.full_text,
        "mail_id": message.mail_id or None,
        "copies": dump(message.copies),
        "sends_at": message.sends_at,
        "attachments": dump(message.attachments),
        "origin": message.said.origin,
        "said_as": message.said.key or None,
        "url": message.said.url,
        "edited_at": message.edited_at,
        "withdrawn_at": message.withdrawn_at,
        "warnings": dump(message.warnings),
        "forwarded_by": message.forwarded_by,
    }


def _message(row: MessageRow) -> Message:
    return Message(
        id=row.id,
        item=row.item,
        at=row.at,
        voice=Voice(row.voice),
        author=row.author,
        author_name=row.author_name,
        text=row.text,
        full_text=row.full_text,
        mail_id=row.mail_id or "",
        copies=load(tuple[MailCopy, ...], row.copies),
        sends_at=row.sends_at,
        attachments=load(tuple[AttachmentRef, ...], row.attachments),
        said=Said(key=row.said_as or "", url=row.url, origin=row.origin),
        edited_at=row.edited_at,
        withdrawn_at=row.withdrawn_at,
        warnings=load(tuple[str, ...], row.warnings),
        forwarded_by=row.forwarded_by,
    )


def _ref(row: AttachmentRow) -> AttachmentRef:
    return AttachmentRef(id=row.id, name=row.name, content_type=row.content_type, size=row.size)
