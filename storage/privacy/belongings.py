"""What is somebody's as a whole: tickets, files, mail in and out, and what was posted of it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import chain
from typing import Final

from bot.domain.effects import (
    Announce,
    Parcel,
    PostLine,
    PostMessage,
    Redraw,
    SendMail,
    Tell,
    UpdateCard,
    UpdateMessage,
    UpdatePage,
)
from bot.domain.events import Event, mail_actor
from bot.domain.scrubbing import AddressScrub
from bot.ports.privacy import Letter
from storage.database import Connection
from storage.queues.outbox import COLUMNS, dump_effect, parcel_of
from storage.records.contents import SqlContents
from storage.records.search import every_word, like_pattern
from storage.statements import chunks, marks, select
from storage.values import dump

_POSTS: Final = tuple(kind.__name__ for kind in (PostLine, PostMessage, Announce, Tell))
_DRAWN: Final = tuple(kind.__name__ for kind in (UpdateCard, UpdateMessage, Redraw))


class SqlBelongings:
    """Rows inside a unit of work; `locking` where a transaction is not alone."""

    def __init__(self, connection: Connection, *, locking: bool = False) -> None:
        self._connection = connection
        self._contents = SqlContents(connection, locking=locking)

    # ------------------------------------------------------------ work items

    async def items_of(self, spellings: Sequence[str]) -> Sequence[int]:
        """The work items they take part in or wrote on, oldest first."""
        found: set[int] = set()
        for address in spellings:
            condition, values = every_word(address, ("search",))
            rows = await self._connection.fetch(
                f"SELECT id FROM work_item WHERE kind = 'ticket' AND {condition}"
                " UNION SELECT item AS id FROM message WHERE author = ?",
                (*values, mail_actor(address)),
            )
            found |= {int(row["id"]) for row in rows}
        return sorted(found)

    async def like(self, address: str) -> Sequence[str]:
        """Requesters with another plus part, or with one where this has none."""
        local, _, domain = address.rpartition("@")
        bare = local.partition("+")[0]
        rows = await self._connection.fetch(
            "SELECT DISTINCT requester FROM work_item WHERE requester <> ?"
            " AND (requester = ? OR requester LIKE ? ESCAPE '!') ORDER BY requester LIMIT 20",
            (address, f"{bare}@{domain}", f"{like_pattern(bare)}+%@{like_pattern(domain)}"),
        )
        return [str(row["requester"]) for row in rows]

    async def files_of(self, item: int) -> Sequence[int]:
        """The files of a work item."""
        rows = await self._connection.fetch("SELECT id FROM attachment WHERE item = ?", (item,))
        return [int(row["id"]) for row in rows]

    async def drop_files(self, ids: Sequence[int]) -> int:
        """Delete files, with their bytes unless a file that stays has the same."""
        digests: list[bytes] = []
        for some in chunks(ids):
            where = f"attachment WHERE id IN {marks(len(some))}"
            rows = await self._connection.fetch(select(("sha256",), where), some)
            digests += (bytes(row["sha256"]) for row in rows)
        count = await self._each("DELETE FROM attachment WHERE id IN", ids)
        await self._contents.drop_unused(digests)
        return count

    async def drop_drafts(self, item: int) -> int:
        """Delete the drafts on a work item."""
        return await self._connection.execute("DELETE FROM draft WHERE item = ?", (item,))

    async def retell(self, entry: int, event: Event) -> None:
        """Let an entry of the timeline say something else."""
        await self._connection.execute(
            "UPDATE timeline SET fields = ? WHERE id = ?", (dump(event), entry)
        )

    # ------------------------------------------------------------ the outbox

    async def mail_to(self, spellings: Sequence[str]) -> Sequence[Parcel]:
        """Mail for that recipient, as its lane names them."""
        found: list[Parcel] = []
        for address in spellings:
            found += await self._mail(f"mail:%:{like_pattern(address)}")
        return found

    async def mail_about(self, number: str) -> Sequence[Parcel]:
        """Mail about that ticket, as its lane names it."""
        return await self._mail(f"mail:{like_pattern(number)}:%")

    async def _mail(self, lane: str) -> Sequence[Parcel]:
        return await self._parcels("kind = 'SendMail' AND lane LIKE ? ESCAPE '!'", lane)

    async def _parcels(self, where: str, *values: object) -> Sequence[Parcel]:
        rows = await self._connection.fetch(
            f"SELECT {COLUMNS} FROM outbox WHERE {where} ORDER BY id", values
        )
        return [parcel_of(row) for row in rows]

    async def drop_parcels(self, ids: Sequence[int]) -> int:
        """Delete rows of the outbox."""
        return await self._each("DELETE FROM outbox WHERE id IN", ids)

    async def reword(self, id_: int, effect: SendMail) -> None:
        """Let a row of the outbox say something else."""
        await self._connection.execute(
            "UPDATE outbox SET payload = ? WHERE id = ?", (dump_effect(effect), id_)
        )

    async def posted(self, keys: Sequence[str]) -> Sequence[tuple[int, str]]:
        """Row and lane of what was posted under these keys."""
        return await self._places("key IN", keys)

    async def notices(self, ids: Sequence[int]) -> Sequence[tuple[int, str]]:
        """Row and lane of the posts among these rows that are told to a channel."""
        return await self._places("kind = 'Tell' AND id IN", ids)

    async def _places(self, where: str, values: Sequence[object]) -> list[tuple[int, str]]:
        found: list[tuple[int, str]] = []
        for some in chunks(values):
            rows = await self._connection.fetch(
                f"SELECT id, lane FROM outbox WHERE kind IN {marks(len(_POSTS))} AND {where}"
                f" {marks(len(some))} ORDER BY id",
                (*_POSTS, *some),
            )
            found += [(int(row["id"]), str(row["lane"])) for row in rows]
        return found

    async def redraws(self, surface: str) -> Sequence[Parcel]:
        """What waits to be drawn again there, in threads, in channels and of pages."""
        where = (
            f"state = 'waiting' AND (kind IN {marks(len(_DRAWN))} AND (lane LIKE ? OR EXISTS"
            " (SELECT 1 FROM thread WHERE lane = 'thread:' || thread.id AND surface = ?))"
            " OR kind = ? AND EXISTS"
            " (SELECT 1 FROM page WHERE lane = 'page:' || page.id AND contact = ?))"
        )
        return await self._parcels(
            where, *_DRAWN, f"channel:{surface}:%", surface, UpdatePage.__name__, surface
        )

    async def on_console(self, ids: Sequence[int]) -> Sequence[int]:
        """Lines that were posted for a row alone, and for nothing that is drawn again."""
        found: list[int] = []
        for some in chunks(ids):
            rows = await self._connection.fetch(
                f"SELECT id FROM feed WHERE key LIKE 'parcel:%' AND id IN {marks(len(some))}", some
            )
            found += [int(row["id"]) for row in rows]
        return found

    # ------------------------------------------------------------ the inbox

    async def letters(self, scrub: AddressScrub) -> Sequence[Letter]:
        """Rows whose envelope or header names the address."""
        conditions = [every_word(needle, ("search", "detail")) for needle in scrub.needles]
        where = " OR ".join(f"({condition})" for condition, _ in conditions)
        return await self._letters(where, [*chain.from_iterable(v for _, v in conditions)])

    async def letters_on(self, number: str) -> Sequence[Letter]:
        """Rows that went to that work item."""
        return await self._letters("item = ?", (number,))

    async def kept_letters(self, after: int, limit: int) -> Sequence[Letter]:
        """Rows behind that one that still have their bytes."""
        return await self._letters("id > ? AND length(raw) > 0", (after,), limit)

    async def _letters(
        self, where: str, values: Sequence[object], limit: int | None = None
    ) -> Sequence[Letter]:
        bound = "" if limit is None else f" LIMIT {limit:d}"
        rows = await self._connection.fetch(
            f"SELECT id, meta, state FROM inbox WHERE {where} ORDER BY id{bound}", values
        )
        return [
            Letter(id=row["id"], meta=json.loads(row["meta"]), ended=row["state"] == "done")
            for row in rows
        ]

    async def empty_letter(self, id_: int) -> bool:
        """Drop its bytes and what is known of it; what waited for an outcome ends as dropped."""
        count = await self._connection.execute(
            "UPDATE inbox SET raw = ?, meta = '{}', search = '',"
            " detail = CASE WHEN state = 'done' THEN '' ELSE 'erased' END,"
            " outcome = CASE WHEN state = 'done' THEN outcome ELSE 'dropped' END,"
            " state = 'done' WHERE id = ? AND (length(raw) > 0 OR meta <> '{}')",
            (b"", id_),
        )
        return count > 0

    async def change_letter(self, id_: int, raw: bytes) -> None:
        """Let a row have other bytes."""
        await self._connection.execute("UPDATE inbox SET raw = ? WHERE id = ?", (raw, id_))

    async def _each(self, statement: str, ids: Sequence[int]) -> int:
        counts = [
            await self._connection.execute(f"{statement} {marks(len(some))}", some)
            for some in chunks(ids)
        ]
        return sum(counts)
