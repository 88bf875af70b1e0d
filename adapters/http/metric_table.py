"""Every metric there is: kind, help, labels. Names stand without `deskhand_` and `_total`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from bot.domain.effects import ParcelState, Pool
from bot.domain.work_items import Severity

_QUICK: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
# Slack and Discord wait three seconds for an acknowledgement.
_ACKNOWLEDGED: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 1.5, 2, 2.5, 3, 5)
_MINUTES: Final = (5, 15, 30, 60, 120, 300, 600, 900, 1800, 3600)


@dataclass(frozen=True, slots=True)
class Metric:
    """What a metric says, and by which labels; `buckets` are a histogram's, in seconds."""

    help: str
    labels: tuple[str, ...] = ()
    buckets: tuple[float, ...] = _QUICK


COUNTERS: Final[Mapping[str, Metric]] = {
    "mail_connections": Metric("SMTP connections, taken or refused.", ("outcome",)),
    "mail_received": Metric("Mail brought to the door, by what was answered.", ("outcome",)),
    "mail_refused": Metric("Recipients and mail refused at the door.", ("reason",)),
    "mail_outcomes": Metric("What became of received mail.", ("desk", "outcome")),
    "file_scans": Metric("Files of replies given to the virus scanner, by result.", ("result",)),
    "mail_scans": Metric("Mails given to the virus scanner, by what it said.", ("result",)),
    "imap_mails": Metric("Messages of fetched mailboxes, by what became of them.", ("outcome",)),
    "imap_failures": Metric("Connections to mailboxes that failed or broke."),
    "greetings_withheld": Metric("Automatic answers that were not sent.", ("desk",)),
    "notifications_withheld": Metric("Mails to the team that were one too many in an hour."),
    "unsubscribed": Metric("Participants who left a ticket by the link in a mail.", ("desk",)),
    "sla_breaches": Metric("SLA targets that were missed.", ("desk", "metric")),
    "timeline_events": Metric("Entries added to timelines.", ("kind",)),
    "alerts_received": Metric("Requests to alert intakes, by the answer.", ("source", "result")),
    "alerts_folded": Metric("Alerts folded in, by the reason.", ("intake", "reason")),
    "incidents": Metric("Incidents begun.", ("severity",)),
    "pages": Metric("Pages decided on.", ("contact",)),
    "gestures_not_saved": Metric("Commands and buttons that could not be saved.", ("surface",)),
    "chat_requests": Metric(
        "Requests to a chat platform, by how they ended.", ("surface", "method", "result")
    ),
    "chat_rate_limited": Metric("Answers of a chat platform: too many requests.", ("surface",)),
    "quarantined": Metric("Inbox rows parked for an operator.", ("source",)),
    "forgotten": Metric("Rows forgotten when their time was over.", ("what",)),
    "pass_failures": Metric("Runs of an engine pass that failed.", ("pass",)),
    "deliveries": Metric("Tries to deliver an outbox row.", ("pool", "result")),
    "http_requests": Metric("HTTP requests answered.", ("route", "status")),
}

HISTOGRAMS: Final[Mapping[str, Metric]] = {
    "mail_store_seconds": Metric("From the end of a mail's data to its answer."),
    "page_seconds": Metric("From the decision to page to the page's delivery.", ("contact",)),
    "page_ack_seconds": Metric("From an incident to its acknowledgement.", (), _MINUTES),
    "chat_ack_seconds": Metric(
        "From a gesture in chat to its acknowledgement.", ("surface",), _ACKNOWLEDGED
    ),
    "pass_seconds": Metric("One run of an engine pass.", ("pass",)),
    "timer_lag_seconds": Metric("How late a deadline was handled.", ("kind",)),
}

GAUGES: Final[Mapping[str, Metric]] = {
    "build_info": Metric("Always 1; the version is the label.", ("version",)),
    "tickets_open": Metric("Tickets that are not ended.", ("desk",)),
    "incidents_open": Metric("Incidents that are not resolved.", ("severity",)),
    "inbox_pending": Metric("Inbox rows that wait."),
    "quarantine": Metric("Inbox rows parked now."),
    "outbox_pending": Metric("Outbox rows by state.", ("pool", "state")),
    "outbox_oldest_seconds": Metric("Age of the oldest row that should have left.", ("pool",)),
    "timer_overdue_seconds": Metric("How late the most overdue deadline is now."),
}

# The values of labels that are closed lists; others keep to the first hundred they meet.
VALUES: Final[Mapping[str, frozenset[str]]] = {
    "pool": frozenset(Pool),
    "state": frozenset(ParcelState),
    "severity": frozenset(Severity),
}
