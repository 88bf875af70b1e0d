"""What the core needs from outside, as Protocols; adapters and storage keep these promises."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from bot.cards import Card
from bot.domain.alerts import Alert
from bot.domain.effects import Effect, Parcel, ParcelState, Pool
from bot.domain.events import Event, TimelineEntry
from bot.domain.mail import Attachment, AttachmentRef, InboundMail, OutboundMail
from bot.domain.messages import Message
from bot.domain.paging import Page
from bot.domain.schedules import Override
from bot.domain.threads import Space, ThreadLink, ThreadRef
from bot.domain.work_items import AnyItem, Kind

# ---------------------------------------------------------------- time, wake-up, measure


class Clock(Protocol):
    """The only source of the present instant for the core."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        ...


class Meter(Protocol):
    """Where decisions and durations are counted; names carry no `deskhand_` prefix."""

    def count(self, name: str, amount: float = 1, **labels: str) -> None:
        """Add to a counter."""
        ...

    def observe(self, name: str, value: float, **labels: str) -> None:
        """Add an observation, in seconds, to a histogram."""
        ...

    def gauge(self, name: str, value: float, **labels: str) -> None:
        """Set a gauge."""
        ...


# ---------------------------------------------------------------- the inbox


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """Something a machine brought; `source` is `mail`, `alert:<intake>` …, `key` tells a repeat."""

    source: str
    key: str
    raw: bytes
    meta: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxRow:
    """A leased row of the inbox."""

    id: int
    source: str
    raw: bytes
    meta: Mapping[str, str]
    received_at: datetime
    attempt: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerLine:
    """An inbox row as the ledger shows it: what came, and what became of it."""

    id: int
    source: str
    meta: Mapping[str, str]
    received_at: datetime
    state: str
    outcome: str
    detail: str
    item: str = ""
    size: int = 0


class Inbox(Protocol):
    """The durable door for what machines bring."""

    async def accept(self, arrival: Arrival) -> bool:
        """Store and commit; True when it is new, False when the key was there; after COMMIT.

        Many callers at once share one commit. TemporaryError when the store cannot take it.
        """
        ...

    async def lease(
        self, source: str, limit: int, lease: timedelta, now: datetime
    ) -> Sequence[InboxRow]:
        """Take up to `limit` rows of the source, oldest first; `alert` is every alert intake."""
        ...

    async def postpone(self, row: InboxRow, error: str, until: datetime) -> None:
        """Give the row back for a later try, fenced by its attempt."""
        ...

    async def quarantine(self, row: InboxRow, error: str) -> None:
        """Park the row, visible and replayable, fenced by its attempt."""
        ...

    async def find(self, words: str = "", state: str = "", limit: int = 50) -> Sequence[LedgerLine]:
        """Ledger lines, newest first, whose meta or detail holds every word; "" matches all."""
        ...

    async def raw(self, id_: int) -> bytes | None:
        """What came, byte for byte; None when there is no such row."""
        ...

    async def replay(self, id_: int) -> bool:
        """Put a quarantined row back to work; False when it is not in quarantine."""
        ...

    async def drop(self, id_: int, by: str) -> bool:
        """End a quarantined row without effect, naming who said so."""
        ...

    async def totals(self) -> Mapping[tuple[str, str], int]:
        """How many rows stand in each (state, outcome), for the balance and the metrics."""
        ...


class InboxFinish(Protocol):
    """The inbox as a unit of work sees it: rows end in the same transaction as their effect."""

    async def finish(
        self,
        row: InboxRow,
        outcome: str,
        *,
        detail: str = "",
        item: str = "",
        meta: Mapping[str, str] | None = None,
    ) -> bool:
        """End the row with its one visible outcome; False when the lease is lost: do not commit."""
        ...


# ---------------------------------------------------------------- the outbox


class OutboxPut(Protocol):
    """The outbox as a unit of work sees it."""

    async def put(self, effect: Effect, *, not_before: datetime | None = None) -> int:
        """Add a row to the effect's pool and lane; a known key adds nothing and gives that row."""
        ...

    async def refresh(self, effect: Effect) -> None:
        """Add a state effect unless one just like it waits: that will draw the newest state."""
        ...

    async def cancel(self, key: str, by: str) -> bool:
        """Cancel a row that still waits; False when it is gone, leased, or sent."""
        ...

    async def cancel_lane(self, lane: str, by: str) -> int:
        """Cancel all rows of the lane that still wait."""
        ...

    async def sent(self, parcel: Parcel, external_id: str, detail: str = "") -> bool:
        """End the row as sent, fenced by the attempt; False when the lease was lost."""
        ...

    async def dead(self, parcel: Parcel, error: str) -> bool:
        """Park the row for an operator, fenced by the attempt; False when the lease was lost."""
        ...

    async def external_id(self, key: str) -> str:
        """The platform's id of what the row with that key posted; empty when it is not sent yet."""
        ...


class Outbox(Protocol):
    """The queue of what must leave, as the engine and operators see it."""

    async def lease(
        self, pool: Pool, limit: int, lease: timedelta, now: datetime
    ) -> Sequence[Parcel]:
        """Take the first unsent row of up to `limit` lanes whose `not_before` has come.

        A row whose lease ran out is given again as ambiguous: its last worker may have got through.
        """
        ...

    async def renew(self, parcel: Parcel, lease: timedelta) -> bool:
        """Hold on to a leased row; False when the lease was lost."""
        ...

    async def retry(
        self, parcel: Parcel, error: str, not_before: datetime, *, ambiguous: bool
    ) -> bool:
        """Give the row back for a later try, fenced by the attempt."""
        ...

    async def find(
        self, state: ParcelState | None = None, words: str = "", limit: int = 50
    ) -> Sequence[Parcel]:
        """Rows, newest first."""
        ...

    async def replay(self, id_: int, now: datetime) -> bool:
        """Let a dead row wait again; False when it is not dead."""
        ...

    async def drop(self, id_: int, by: str) -> bool:
        """Cancel a dead or waiting row, naming who said so."""
        ...

    async def depth(self) -> Mapping[tuple[Pool, ParcelState], int]:
        """How many rows stand in each state, for the metrics."""
        ...

    async def oldest_waiting(self, pool: Pool) -> datetime | None:
        """When the oldest row that should have left by now was made."""
        ...


# ---------------------------------------------------------------- timers


@dataclass(frozen=True, slots=True, kw_only=True)
class Timer:
    """A leased deadline: `kind` names the pass that handles it, `subject` what it is about."""

    id: int
    kind: str
    subject: str
    due_at: datetime
    attempt: int


class Timers(Protocol):
    """Deadlines as rows; one for each (kind, subject)."""

    async def lease(self, limit: int, lease: timedelta, now: datetime) -> Sequence[Timer]:
        """Take timers that are due."""
        ...

    async def postpone(self, timer: Timer, until: datetime) -> bool:
        """Give the timer back, fenced by its attempt (its handling failed)."""
        ...

    async def overdue(self, now: datetime) -> timedelta:
        """How late the most overdue timer is; zero when none is."""
        ...


class TimerArm(Protocol):
    """Timers as a unit of work sees them."""

    async def arm(self, kind: str, subject: str, due_at: datetime) -> None:
        """Set the deadline, replacing the one of the same kind and subject."""
        ...

    async def disarm(self, kind: str, subject: str) -> None:
        """Take the deadline away; nothing happens when there is none."""
        ...

    async def finish(self, timer: Timer) -> bool:
        """End a leased timer (unless it was armed anew); False when the lease was lost."""
        ...


# ---------------------------------------------------------------- rows of the core


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemQuery:
    """Which work items are wanted; empty fields do not restrict.

    `words` are looked for in the number, the title and the people; `awake` leaves out what sleeps.
    `urgent_first` orders tickets: awake before asleep, by due time, by priority, then by age.
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
    created_from: datetime | None = None
    resolved_from: datetime | None = None
    awake: bool = False
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

    async def items_of_mail_ids(self, mail_ids: Sequence[str]) -> Mapping[str, int]:
        """Which of these Message-IDs (sent or received) belong to which work item."""
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

    async def of(self, incident: int) -> Sequence[Alert]:
        """The alerts folded into the incident."""
        ...

    async def firing_in(self, incident: int) -> int:
        """How many alerts of the incident are still firing."""
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


class UnitOfWork(Protocol):
    """One transaction over everything the core keeps; it commits when its block ends normally."""

    @property
    def items(self) -> Items:
        """Work items."""
        ...

    @property
    def timeline(self) -> Timeline:
        """The histories of work items."""
        ...

    @property
    def messages(self) -> Messages:
        """What was said on them."""
        ...

    @property
    def threads(self) -> Threads:
        """Their links to chat threads."""
        ...

    @property
    def alerts(self) -> Alerts:
        """Alerts, by fingerprint."""
        ...

    @property
    def pages(self) -> Pages:
        """Pages to people."""
        ...

    @property
    def overrides(self) -> Overrides:
        """Overrides of schedules."""
        ...

    @property
    def seen(self) -> Seen:
        """What must happen only once."""
        ...

    @property
    def audit(self) -> Audit:
        """The record of changes of state."""
        ...

    @property
    def outbox(self) -> OutboxPut:
        """What is to leave, in this transaction."""
        ...

    @property
    def timers(self) -> TimerArm:
        """Deadlines, in this transaction."""
        ...

    @property
    def inbox(self) -> InboxFinish:
        """What came, to be ended in this transaction."""
        ...


class Store(Protocol):
    """The database."""

    @property
    def inbox(self) -> Inbox:
        """What machines brought."""
        ...

    @property
    def outbox(self) -> Outbox:
        """What must leave."""
        ...

    @property
    def timers(self) -> Timers:
        """Deadlines that come due."""
        ...

    def work(self) -> AbstractAsyncContextManager[UnitOfWork]:
        """A unit of work that may write; rows it loads are locked until it ends.

        Never await the network inside.
        """
        ...

    def read(self) -> AbstractAsyncContextManager[UnitOfWork]:
        """A unit of work that only reads, without holding anybody up."""
        ...

    def on_commit(self, wake: Callable[[str], None]) -> None:
        """Call `wake` with `inbox`, `outbox`, `timers` or `feed` after a commit of such work.

        Commits of other instances on the same database are heard too.
        """
        ...


# ---------------------------------------------------------------- the outside


class ChatSurface(Protocol):
    """A chat platform. Every method raises TemporaryError or PermanentError and nothing else.

    The PermanentError about a message or a thread that people deleted has the code `GONE`.
    """

    @property
    def name(self) -> str:
        """`console`, `slack`, `discord`."""
        ...

    async def open_thread(self, place: Space, card: Card, key: str) -> str:
        """Post the card so that a thread can hang on it; the thread's id.

        `key` makes a repeat harmless.
        """
        ...

    async def post(self, ref: ThreadRef, card: Card, key: str) -> str:
        """Post into the thread (into the channel when `ref.id` is empty); the message's id."""
        ...

    async def edit(self, ref: ThreadRef, message: str, card: Card) -> None:
        """Draw a posted message again; `message` may be the thread's own id: its card."""
        ...

    async def direct(self, account: str, card: Card, key: str) -> str:
        """Send to one person alone; an opaque reference for `edit_direct`."""
        ...

    async def edit_direct(self, account: str, message: str, card: Card) -> None:
        """Draw a direct message again."""
        ...

    async def find(self, ref: ThreadRef, key: str) -> str | None:
        """After an ambiguous try: the id of what was posted with that key, None if nothing was."""
        ...


class MailSender(Protocol):
    """The smarthost."""

    async def send(self, mail: OutboundMail, files: Sequence[Attachment]) -> str:
        """Hand it over; the server's own words of acceptance. TemporaryError or PermanentError."""
        ...


class MailReader(Protocol):
    """Reads raw messages where a hostile one can do no harm."""

    async def read(self, raw: bytes) -> InboundMail:
        """What the message says; PermanentError when it cannot be read within its bounds."""
        ...


class Pager(Protocol):
    """One contact method."""

    @property
    def contact(self) -> str:
        """The name people's contact lists use: `console`, `slack`, `mail` …"""
        ...

    def reaches(self, person: str) -> bool:
        """Whether the person can be reached this way."""
        ...

    async def page(self, person: str, card: Card, key: str) -> str:
        """Bring the page; an opaque reference for `update`, empty when it cannot be changed."""
        ...

    async def update(self, person: str, ref: str, card: Card) -> None:
        """Draw a page again; nothing happens where that is not possible."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedLine:
    """One message in a channel of the console; `body` is the surface's own JSON."""

    id: int
    revision: int
    space: str
    thread: int
    body: str
    at: datetime
    edited_at: datetime | None = None


class ConsoleFeed(Protocol):
    """What the console's channels show: its own platform's memory, as Slack keeps Slack's."""

    async def post(self, space: str, thread: int, body: str, key: str, at: datetime) -> int:
        """Add a line (`thread` 0: in the channel itself); a known key gives that line."""
        ...

    async def edit(self, id_: int, body: str, at: datetime) -> bool:
        """Change a line; False when there is none."""
        ...

    async def find(self, key: str) -> int | None:
        """The line that was posted with the key."""
        ...

    async def lines(self, space: str, limit: int = 100) -> Sequence[FeedLine]:
        """The newest lines of a channel, oldest first, without those inside threads."""
        ...

    async def thread(self, root: int) -> Sequence[FeedLine]:
        """The root line and everything in its thread."""
        ...

    async def changes(self, since: int, limit: int = 200) -> Sequence[FeedLine]:
        """Lines added or edited after the revision, in the order of their revisions."""
        ...

    async def revision(self) -> int:
        """The newest revision there is."""
        ...
