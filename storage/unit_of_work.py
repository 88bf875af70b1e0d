"""One transaction over everything the core keeps."""

from __future__ import annotations

from collections.abc import Sequence

from bot.ports import Clock
from storage.database import Connection
from storage.privacy.belongings import SqlBelongings
from storage.privacy.erasures import SqlErasures
from storage.privacy.sweeping import SqlSweep
from storage.queues import outbox, timers
from storage.queues.inbox import InboxIn
from storage.queues.outbox import OutboxIn
from storage.queues.timers import TimersIn
from storage.records.alerts import SqlAlerts
from storage.records.audit import SqlAudit
from storage.records.drafts import SqlDrafts
from storage.records.facts import SqlFacts
from storage.records.items import SqlItems
from storage.records.messages import SqlMessages
from storage.records.overrides import SqlOverrides
from storage.records.pages import SqlPages
from storage.records.seen import SqlSeen
from storage.records.threads import SqlThreads
from storage.records.timeline import SqlTimeline


class SqlUnitOfWork:
    """The repositories on one connection, inside a transaction or on a reader.

    `lock` ends a SELECT whose rows are to be held: "" where the transaction holds them anyway, and
    for a unit of work that only reads.
    """

    def __init__(self, connection: Connection, clock: Clock, *, lock: str = "") -> None:
        self.items = SqlItems(connection, lock)
        self.timeline = SqlTimeline(connection)
        self.messages = SqlMessages(connection, locking=bool(lock))
        self.drafts = SqlDrafts(connection)
        self.threads = SqlThreads(connection)
        self.alerts = SqlAlerts(connection, lock)
        self.pages = SqlPages(locking=bool(lock))
        self.overrides = SqlOverrides()
        self.seen = SqlSeen(connection)
        self.facts = SqlFacts(connection)
        self.sweep = SqlSweep(connection, lock)
        self.belongings = SqlBelongings(connection, locking=bool(lock))
        self.erasures = SqlErasures(connection)
        self.audit = SqlAudit()
        self.inbox = InboxIn(connection)
        self.outbox = OutboxIn(connection, clock, lock)
        self.timers = TimersIn(connection)

    @property
    def topics(self) -> Sequence[str]:
        """Who is to be woken after the commit."""
        touched = {outbox.TOPIC: self.outbox.touched, timers.TOPIC: self.timers.touched}
        return [topic for topic, is_so in touched.items() if is_so]
