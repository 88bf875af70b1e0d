"""What the core needs from outside, as Protocols; adapters and storage keep these promises."""

from bot.ports.console import ConsoleFeed, FeedLine
from bot.ports.facts import Facts
from bot.ports.inbox import Arrival, Inbox, InboxFinish, InboxRow, LedgerLine
from bot.ports.measures import Clock, Meter
from bot.ports.outbox import Outbox, OutboxPut
from bot.ports.outside import ChatSurface, MailReader, MailSender, Pager, VirusScanner
from bot.ports.rows import (
    Alerts,
    Audit,
    AuditRow,
    Drafts,
    ItemQuery,
    Items,
    Messages,
    Overrides,
    Pages,
    Seen,
    Threads,
    Timeline,
)
from bot.ports.store import Store, UnitOfWork
from bot.ports.timers import Timer, TimerArm, Timers

__all__ = [
    "Alerts",
    "Arrival",
    "Audit",
    "AuditRow",
    "ChatSurface",
    "Clock",
    "ConsoleFeed",
    "Drafts",
    "Facts",
    "FeedLine",
    "Inbox",
    "InboxFinish",
    "InboxRow",
    "ItemQuery",
    "Items",
    "LedgerLine",
    "MailReader",
    "MailSender",
    "Messages",
    "Meter",
    "Outbox",
    "OutboxPut",
    "Overrides",
    "Pager",
    "Pages",
    "Seen",
    "Store",
    "Threads",
    "Timeline",
    "Timer",
    "TimerArm",
    "Timers",
    "UnitOfWork",
    "VirusScanner",
]
