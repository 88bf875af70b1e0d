"""A clock told in words: why it started, when it waited, when it is or was due."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Final

from bot.domain.durations import format_duration
from bot.domain.sla.terms import LedgerLine, LineState, Metric, SlaClock

_CREATED: Final = "the ticket was created"
_ANSWERED: Final = "an agent replied"
_BECAUSE: Final = {
    Metric.NEXT_REPLY: "the customer wrote",
    Metric.PERIODIC_UPDATE: _ANSWERED,
    Metric.PAUSABLE_UPDATE: _ANSWERED,
}
_STOPPED: Final = {
    "reply": "an agent replied",
    "resolved": "the ticket was resolved",
    "merged": "another ticket goes on in its place",
    "unmerged": "what waited for an answer went back to a ticket of its own",
}


def explain(clock: SlaClock, show: Callable[[datetime], str], limit: int = 12) -> list[str]:
    """The clock's ledger as lines for a person; `show` renders an instant.

    Of its waits only the latest `limit` are told, and how many came before.
    """
    waits = [line for line in clock.ledger if line.state is not LineState.RUNNING]
    hidden = max(0, len(waits) - limit)
    lines = [_start(clock, show)]
    if hidden:
        lines.append(f"{hidden} earlier waits are not listed")
    lines += [_wait(line, show) for line in waits[hidden:]]
    return [*lines, *_targets(clock), *_end(clock, show)]


def _start(clock: SlaClock, show: Callable[[datetime], str]) -> str:
    name = clock.metric.replace("_", " ")
    turn = f" {clock.cycle + 1}" if clock.cycle else ""
    because = _BECAUSE.get(clock.metric, _CREATED)
    return f"{name}{turn}: started {show(clock.started_at)} because {because}"


def _wait(line: LedgerLine, show: Callable[[datetime], str]) -> str:
    when = f"{show(line.start)}–{show(line.end)}"
    if line.state is LineState.CLOSED:
        return f"outside hours {when} ({line.why})"
    return f"paused {when} {line.why.replace('_', ' ')}"


def _targets(clock: SlaClock) -> Iterator[str]:
    ran = f"ran {format_duration(clock.elapsed)}"
    if clock.target is None:
        yield f"{ran}; no target for priority {clock.priority or 'none'}"
    else:
        yield f"{ran} of {format_duration(clock.target)} (priority {clock.priority})"


def _end(clock: SlaClock, show: Callable[[datetime], str]) -> Iterator[str]:
    if clock.breached_at is not None:
        yield f"breached {show(clock.breached_at)}{_excess(clock)}"
    elif clock.due_at is not None:
        yield f"{'due' if clock.running else 'was due'} {show(clock.due_at)}"
    if clock.stopped_at is not None:
        yield f"stopped {show(clock.stopped_at)} because {_STOPPED[str(clock.stopped_by)]}"
    elif not clock.running:
        yield "paused now"


def _excess(clock: SlaClock) -> str:
    # A target that was lengthened after the breach may not be used up yet.
    if clock.target is None or clock.elapsed <= clock.target:
        return ""
    return f", by {format_duration(clock.elapsed - clock.target)}"
