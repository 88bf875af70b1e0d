"""What is left of a person in the database: where it is found, how it goes, and the job that does
it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from bot.domain.effects import Parcel, SendMail
from bot.domain.erasure import Erasure
from bot.domain.events import Event
from bot.domain.scrubbing import AddressScrub, Scrub

RowKey: TypeAlias = tuple[object, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Rows that a scrub concerns; `last` is where to go on, None when there are no more."""

    keys: tuple[RowKey, ...]
    last: RowKey | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A row of the inbox as an erasure looks at it; `ended` says that it has its outcome."""

    id: int
    meta: Mapping[str, str]
    ended: bool


class Sweep(Protocol):
    """Every column that may say something of a person, table by table, inside a unit of work."""

    @property
    def tables(self) -> Sequence[str]:
        """The tables there are to sweep."""
        ...

    async def find(self, table: str, scrub: Scrub, after: RowKey | None, limit: int) -> Found:
        """Look at up to `limit` rows that may be concerned, behind `after`, by their keys."""
        ...

    async def scrub(self, table: str, keys: Sequence[RowKey], scrub: Scrub) -> Sequence[RowKey]:
        """Change the rows as the scrub says; the keys of those that it changed, or that went."""
        ...


class Belongings(Protocol):
    """Rows that are somebody's as a whole, inside a unit of work."""

    async def items_of(self, spellings: Sequence[str]) -> Sequence[int]:
        """The work items somebody takes part in or wrote on, by row; so their address is spelt."""
        ...

    async def like(self, address: str) -> Sequence[str]:
        """Addresses of requesters that differ from this one in their plus part alone."""
        ...

    async def files_of(self, item: int) -> Sequence[int]:
        """The stored files of a work item."""
        ...

    async def drop_files(self, ids: Sequence[int]) -> int:
        """Delete stored files with their bytes; how many there were."""
        ...

    async def drop_drafts(self, item: int) -> int:
        """Delete the drafts on a work item; how many there were."""
        ...

    async def mail_to(self, spellings: Sequence[str]) -> Sequence[Parcel]:
        """Rows of the outbox with mail for that recipient, in whatever state."""
        ...

    async def mail_about(self, number: str) -> Sequence[Parcel]:
        """Rows of the outbox with mail about that ticket, in whatever state."""
        ...

    async def drop_parcels(self, ids: Sequence[int]) -> int:
        """Delete rows of the outbox; whoever has one leased loses it."""
        ...

    async def reword(self, id_: int, effect: SendMail) -> None:
        """Let a row of the outbox say something else."""
        ...

    async def posted(self, keys: Sequence[str]) -> Sequence[tuple[int, str]]:
        """Row and lane of what was posted under these keys, or is about to be."""
        ...

    async def notices(self, ids: Sequence[int]) -> Sequence[tuple[int, str]]:
        """Row and lane of those rows of the outbox that tell a channel something."""
        ...

    async def redraws(self, surface: str) -> Sequence[Parcel]:
        """Rows that wait to draw again something on that surface."""
        ...

    async def retell(self, entry: int, event: Event) -> None:
        """Let an entry of the timeline say something else; only while somebody is erased."""
        ...

    async def on_console(self, ids: Sequence[int]) -> Sequence[int]:
        """Those of the console's lines that tell something of no work item's thread."""
        ...

    async def letters(self, scrub: AddressScrub) -> Sequence[Letter]:
        """Rows of the inbox whose envelope or header names the address."""
        ...

    async def letters_on(self, number: str) -> Sequence[Letter]:
        """Rows of the inbox that went to that work item."""
        ...

    async def kept_letters(self, after: int, limit: int) -> Sequence[Letter]:
        """Rows of the inbox behind that one that still have their bytes."""
        ...

    async def empty_letter(self, id_: int) -> bool:
        """Drop a row's bytes and what is known of it, and end it; False when that was done before.

        The digest stays by which a repeat is known.
        """
        ...

    async def change_letter(self, id_: int, raw: bytes) -> None:
        """Let a row of the inbox have other bytes."""
        ...


class Erasures(Protocol):
    """The jobs, inside a unit of work; rows stay, without an address."""

    async def begin(self, erasure: Erasure) -> Erasure:
        """Store a new one; the answer has its number."""
        ...

    async def unfinished(self) -> Erasure | None:
        """The oldest that is not done."""
        ...

    async def save(self, erasure: Erasure) -> None:
        """Store the new state."""
        ...

    async def marked(self, marks: Sequence[str]) -> bool:
        """Whether somebody with one of these marks was erased."""
        ...


class Compacting(Protocol):
    """The database's own files."""

    async def overwrite(self) -> None:
        """From now on let nothing that is deleted stay readable in the file."""
        ...

    async def compact(self) -> None:
        """Let what was deleted be gone from the files, too; TemporaryError when that must wait."""
        ...
