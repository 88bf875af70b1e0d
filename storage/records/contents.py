"""The bytes of files, each kept once however many files hold them; known by their SHA-256."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Final

from storage.database import Connection
from storage.statements import chunks, marks, select

_KEEP: Final = (
    "INSERT INTO file_content (sha256, content) VALUES (?, ?) ON CONFLICT (sha256) DO NOTHING"
)
_UNUSED: Final = (
    "NOT EXISTS (SELECT 1 FROM attachment WHERE attachment.sha256 = file_content.sha256)"
)


class SqlContents:
    """Bytes inside a unit of work; `locking` where a transaction is not alone.

    Who keeps bytes that are there shares a lock on them, and who drops them waits for it: so
    nothing is dropped that somebody begins to hold at that moment.
    """

    def __init__(self, connection: Connection, *, locking: bool = False) -> None:
        self._connection = connection
        self._shared = "FOR KEY SHARE" if locking else ""
        self._alone = "FOR UPDATE" if locking else ""

    async def keep(self, contents: Iterable[bytes]) -> Sequence[bytes]:
        """Have these bytes stored; their digests, in the same order."""
        digests = [(sha256(content).digest(), content) for content in contents]
        wanted: Mapping[bytes, bytes] = dict(digests)
        # In one order, so that two who keep the same bytes never wait for each other.
        for digest in sorted(wanted):
            while not await self._holds(digest):
                await self._connection.execute(_KEEP, (digest, wanted[digest]))
        return [digest for digest, _ in digests]

    async def _holds(self, digest: bytes) -> bool:
        where = f"file_content WHERE sha256 = ? {self._shared}"
        return bool(await self._connection.fetch(select(("id",), where), (digest,)))

    async def drop_unused(self, digests: Iterable[bytes]) -> None:
        """Delete those of these bytes that no file holds any more."""
        for some in chunks(sorted(set(digests))):
            these = f"sha256 IN {marks(len(some))}"
            # Locked first, and looked at by a statement that sees who held the lock before.
            held = f"file_content WHERE {these} ORDER BY sha256 {self._alone}"
            await self._connection.fetch(select(("id",), held), some)
            statement = f"DELETE FROM file_content WHERE {these} AND {_UNUSED}"
            await self._connection.execute(statement, some)
