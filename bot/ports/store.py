"""The database: units of work over everything the core keeps."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from bot.ports.facts import Facts
from bot.ports.inbox import Inbox, InboxFinish
from bot.ports.outbox import Outbox, OutboxPut
from bot.ports.privacy import Belongings, Erasures, Sweep
from bot.ports.rows import (
    Alerts,
    Audit,
    Drafts,
    Items,
    Messages,
    Overrides,
    Pages,
    Seen,
    Threads,
    Timeline,
)
from bot.ports.timers import TimerArm, Timers


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
    def drafts(self) -> Drafts:
        """Replies that were begun and not sent."""
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
    def facts(self) -> Facts:
        """Small facts that outlive a run."""
        ...

    @property
    def sweep(self) -> Sweep:
        """Every column that may say something of a person."""
        ...

    @property
    def belongings(self) -> Belongings:
        """What is somebody's as a whole."""
        ...

    @property
    def erasures(self) -> Erasures:
        """The erasures of people."""
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
