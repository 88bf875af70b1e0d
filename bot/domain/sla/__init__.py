"""SLA clocks: what a ticket's history and a policy say about seven promises, at any instant.

Pure functions of (trace, policy, until), in exact time. Internal notes count for nothing; automatic
mail is not in the trace.
"""

from bot.domain.sla.clock import clocks
from bot.domain.sla.due import due_events, next_due, worst
from bot.domain.sla.story import explain
from bot.domain.sla.terms import (
    DueKind,
    LedgerLine,
    LineState,
    Metric,
    PrioritySet,
    SlaClock,
    SlaDue,
    SlaPolicy,
    Speaker,
    Spoke,
    StatusSet,
    StopReason,
    TraceEntry,
    WarnAt,
)

__all__ = [
    "DueKind",
    "LedgerLine",
    "LineState",
    "Metric",
    "PrioritySet",
    "SlaClock",
    "SlaDue",
    "SlaPolicy",
    "Speaker",
    "Spoke",
    "StatusSet",
    "StopReason",
    "TraceEntry",
    "WarnAt",
    "clocks",
    "due_events",
    "explain",
    "next_due",
    "worst",
]
