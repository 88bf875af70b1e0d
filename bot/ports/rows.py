"""The rows of the core: work items and everything that belongs to them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from bot.domain.alerts import Alert, AlertCount
from bot.domain.drafts import Draft
from bot.domain.events import Event, TimelineEntry
from bot.domain.mail import Attachment, AttachmentRef
from bot.domain.messages import Message
from bot.domain.paging import Page
from bot.domain.schedules import Override
from bot.domain.threads import Space, ThreadLink, ThreadRef
from bot.domain.work_items import AnyItem, Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemQuery:
    """Which work items are wanted; empty fields do not restrict.

    `words` are looked for in the number, the title and the people; `awake` leaves out what sleeps,
    `merged` (when it is False) tickets that another one goes on for.
    `urgent_first` orders tickets: awake before asleep, by due time, by priority, then by age.
    `known_to` is a person's key: confidential incidents that they were not let in on do not match.
    """

    kind: Kind | None = None
    desks: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    assignee: str | None = None
    unassigned: bool = False
    open_only: bool = False
    words: str = ""
    group: str = ""
    service: str = ""
    known_to: str | None = None
    created_from: datetime | None = None
    resolved_from: datetime | None = None
    awake: bool = False
    merged: bool | None = None
    newest_first: bool = False
    urgent_first: bool = False
    limit: int = 50


class Items(Protocol):
    """Work items."""

    async def get(self, number: str) -> AnyItem | None:
        """By the number people type, without case; inside a unit of work the row is locked."""
        ...

    async def by_id(self, id_: int) -> AnyItem | None:
        """By row; inside a unit of work the row is locked."""
        ...

    async def hold(self, numbers: Sequence[str] = (), ids: Sequence[int] = ()) -> None:
        """Lock several, always in the order of their rows: of two who need the same ones none waits
        for what the other has.
        """
        ...

    async def add(self, item: AnyItem, prefix: str) -> AnyItem:
        """Store a new one; the answer has its id and the next number of the prefix."""
        ...

    async def save(self, item: AnyItem) -> None:
        """Store the new state."""
        ...

    async def find(self, query: ItemQuery) -> Sequence[AnyItem]:
        """Those that match, oldest first unless asked otherwise."""
        ...

    async def count(self, query: ItemQuery) -> int:
        """How many match, whatever the limit."""
        ...


class Timeline(Protocol):
    """The append-only history of work items."""

    async def append(
        self, item: int, actor: str, at: datetime, *events: Event
    ) -> Sequence[TimelineEntry]:
        """Add entries in order; the answer has their ids."""
        ...

    async def of(self, item: int) -> Sequence[TimelineEntry]:
        """All entries of the work item, in order."""
        ...

    async def entry(self, id_: int) -> TimelineEntry | None:
        """One entry."""
        ...

    async def since(self, kinds: Iterable[type[Event]], start: datetime) -> Sequence[TimelineEntry]:
        """Entries of these kinds since then, in order, over all work items (for reports)."""
        ...


class Messages(Protocol):
    """What was said."""

    async def add(self, message: Message, files: Sequence[Attachment] = ()) -> Message:
        """Store a message with its files; the answer has ids."""
        ...

    async def get(self, id_: int) -> Message | None:
        """One message."""
        ...

    async def save(self, message: Message) -> None:
        """Store the new state of a message (its voice, delivery)."""
        ...

    async def of(self, item: int) -> Sequence[Message]:
        """All messages of the work item, oldest first."""
        ...

    async def said(self, key: str) -> Message | None:
        """The newest message that came from that message of a chat platform (`surface:id`).

        It is not locked; `get` it again to change it.
        """
        ...

    async def items_of_mail_ids(self, mail_ids: Sequence[str]) -> Mapping[str, Sequence[int]]:
        """Which of these Message-IDs (sent or received) belong to which work items, oldest first.

        Anybody can write an id that is in use: of very many items the oldest are named.
        """
        ...

    async def arrived_as(self, own_id: str, given_id: str) -> None:
        """Our mail of that Message-ID arrives under the one that a provider gave it."""
        ...

    async def own_ids(self, given_ids: Sequence[str]) -> Mapping[str, str]:
        """Which of these Message-IDs providers gave to mails of ours, and our own ones for them."""
        ...

    async def given_ids(self, own_ids: Sequence[str]) -> Mapping[str, str]:
        """Which of our mails arrived under other Message-IDs, and under which."""
        ...

    async def file(self, id_: int) -> Attachment | None:
        """A stored file with its bytes."""
        ...

    async def file_item(self, id_: int) -> int | None:
        """The work item a file belongs to."""
        ...

    async def refs(self, ids: Sequence[int]) -> Sequence[AttachmentRef]:
        """The named files without their bytes."""
        ...


class Drafts(Protocol):
    """Replies that were begun and not sent."""

    async def of(self, person: str, item: int) -> Draft | None:
        """What the person began to write on the item."""
        ...

    async def on(self, item: int) -> Sequence[Draft]:
        """What anybody began to write on the item, in the order of their keys."""
        ...

    async def keep(self, draft: Draft) -> None:
        """Store it in the place of the one there was."""
        ...

    async def drop(self, person: str, item: int) -> None:
        """Forget it; nothing happens when there is none."""
        ...


class Threads(Protocol):
    """Links between work items and chat threads."""

    async def add(self, item: int, place: Space) -> ThreadLink:
        """Store a link whose thread is still to be made."""
        ...

    async def bind(self, id_: int, ref: ThreadRef) -> None:
        """Say which thread the platform made."""
        ...

    async def unbind(self, id_: int) -> None:
        """Say that the platform's thread is gone."""
        ...

    async def get(self, id_: int) -> ThreadLink | None:
        """One link."""
        ...

    async def of(self, item: int) -> Sequence[ThreadLink]:
        """All links of the work item."""
        ...

    async def item_at(self, ref: ThreadRef) -> int | None:
        """The work item a thread belongs to."""
        ...


class Alerts(Protocol):
    """Alerts by intake and fingerprint."""

    async def known(self, intake: str, fingerprints: Sequence[str]) -> Mapping[str, Alert]:
        """Those of the fingerprints that are known."""
        ...

    async def save_all(self, alerts: Sequence[Alert]) -> Sequence[Alert]:
        """Store new and changed alerts; the answer has ids, in the same order."""
        ...

    async def of(self, incident: int, limit: int, *, firing: bool = False) -> Sequence[Alert]:
        """The first `limit` alerts of the incident, or of those that fire, as they were first
        seen.
        """
        ...

    async def count(self, incident: int) -> AlertCount:
        """How many alerts the incident has: a storm leaves thousands."""
        ...


class Pages(Protocol):
    """Pages and their state."""

    async def add(self, page: Page) -> Page:
        """Store a page; the answer has its id."""
        ...

    async def get(self, id_: int) -> Page | None:
        """One page."""
        ...

    async def save(self, page: Page) -> None:
        """Store the new state."""
        ...

    async def of(self, item: int) -> Sequence[Page]:
        """All pages about the work item, oldest first."""
        ...


class Overrides(Protocol):
    """Overrides of schedules, made by people."""

    async def add(self, override: Override) -> None:
        """Store one; the latest made wins."""
        ...

    async def of(self, schedule: str, start: datetime, end: datetime) -> Sequence[Override]:
        """Those that touch the window, in the order they were made."""
        ...


class Seen(Protocol):
    """Keys of what must happen once (a trigger id, a one-time link, an answer to a sender)."""

    async def once(self, key: str, at: datetime) -> bool:
        """True the first time the key is seen, False ever after."""
        ...

    async def known(self, keys: Sequence[str]) -> frozenset[str]:
        """Those of the keys that were seen."""
        ...

    async def tally(self, scope: str, at: datetime, window: timedelta) -> int:
        """Count one more in the scope; how many there were in the window, this one included."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRow:
    """One change of state: who, what, on which object, before and after in words."""

    at: datetime
    actor: str
    action: str
    subject: str
    before: str = ""
    after: str = ""
    source: str = ""


class Audit(Protocol):
    """The append-only record of changes of state."""

    async def record(self, row: AuditRow) -> None:
        """Add a row."""
        ...

    async def find(self, subject: str = "", limit: int = 50) -> Sequence[AuditRow]:
        """Rows, newest first."""
        ...
