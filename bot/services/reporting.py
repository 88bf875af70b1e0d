"""The week in numbers: how many came, how fast they were answered, what burned."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from statistics import median
from typing import Final

from bot.cards import Bar, Card, Field, Plain, chart
from bot.domain import events as happened
from bot.domain.durations import format_duration
from bot.domain.events import TimelineEntry
from bot.domain.merging import standing_merges
from bot.domain.work_items import Incident, Kind, Ticket
from bot.ports import ItemQuery, UnitOfWork

DAYS: Final = tuple(timedelta(days=count) for count in range(7))
MANY: Final = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Weekly:
    """The figures of the seven days that end with that of `until`, in UTC.

    A median is None when nothing was there to measure. A ticket that was merged into another one is
    neither resolved, nor did it meet or miss anything: what is owed goes on in the other. A merge
    that was undone never happened.
    """

    since: datetime
    until: datetime
    opened: int
    resolved: int
    merged: int
    backlog: int
    first_reply: timedelta | None
    breaches: int
    incidents: int
    acknowledge: timedelta | None
    restore: timedelta | None
    by_day: tuple[tuple[date, int, int], ...]


_COUNTED = (
    happened.TicketOpened,
    happened.ReplySent,
    happened.ReplyUndone,
    happened.SlaBreached,
    happened.TicketMerged,
    happened.TicketUnmerged,
)


async def weekly(work: UnitOfWork, now: datetime) -> Weekly:
    """Count the last seven days, today's included, from the timeline, over all desks."""
    since = datetime.combine(now.date() - DAYS[-1], time(), now.tzinfo)
    entries = await work.timeline.since(_COUNTED, since)
    opened = _instants(entries, happened.TicketOpened)
    tickets = await work.items.find(replace(_resolved(since), limit=MANY))
    ended = [t.resolved_at for t in tickets if isinstance(t, Ticket) and t.resolved_at]
    burned = await work.items.find(ItemQuery(kind=Kind.INCIDENT, created_from=since, limit=MANY))
    fires = [i for i in burned if isinstance(i, Incident)]
    return Weekly(
        since=since,
        until=now,
        opened=len(opened),
        resolved=len(ended),
        merged=len(standing_merges(entries)),
        backlog=await work.items.count(ItemQuery(kind=Kind.TICKET, open_only=True)),
        first_reply=_median(_first_replies(entries)),
        breaches=_breaches(entries),
        incidents=len(fires),
        acknowledge=_median(i.acknowledged_at - i.created_at for i in fires if i.acknowledged_at),
        restore=_median(i.resolved_at - i.created_at for i in fires if i.resolved_at),
        by_day=_by_day(since, opened, ended),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Today:
    """The figures of the day so far; the median is None when nothing was there to measure."""

    opened: int
    resolved: int
    merged: int
    first_reply: timedelta | None


async def today(work: UnitOfWork, since: datetime) -> Today:
    """Count since the day began, over all desks."""
    entries = await work.timeline.since(_COUNTED, since)
    return Today(
        opened=len(_instants(entries, happened.TicketOpened)),
        resolved=await work.items.count(_resolved(since)),
        merged=len(standing_merges(entries)),
        first_reply=_median(_first_replies(entries)),
    )


def card_of(week: Weekly) -> Card:
    """The report as a card, with a chart of the days."""
    title = f"Week to {week.until:%a %d %b}"
    merged = f", {week.merged} merged" if week.merged else ""
    words = f"{week.opened} new, {week.resolved} resolved{merged}, {week.breaches} SLA missed"
    days = (
        Bar(f"{day:%a %d}", (("new", new), ("resolved", done))) for day, new, done in week.by_day
    )
    fields = (
        Field("New / resolved", (Plain(f"{week.opened} / {week.resolved}{merged}"),)),
        Field("Backlog", (Plain(str(week.backlog)),)),
        Field("First reply, median", (Plain(shown_median(week.first_reply)),)),
        Field("SLA missed", (Plain(str(week.breaches)),)),
        Field("Incidents", (Plain(str(week.incidents)),)),
        Field(
            "Acknowledged / restored, median",
            (Plain(f"{shown_median(week.acknowledge)} / {shown_median(week.restore)}"),),
        ),
    )
    return Card(
        title=title,
        fallback=f"{title}: {words}",
        fields=fields,
        blocks=(chart(*days),),
    )


def figures(week: Weekly) -> dict[str, object]:
    """The report for machines: counts, and medians in seconds."""
    return {
        "since": week.since.isoformat(),
        "until": week.until.isoformat(),
        "tickets_opened": week.opened,
        "tickets_resolved": week.resolved,
        "tickets_merged": week.merged,
        "backlog": week.backlog,
        "first_reply_median_seconds": _seconds(week.first_reply),
        "sla_breaches": week.breaches,
        "incidents": week.incidents,
        "acknowledge_median_seconds": _seconds(week.acknowledge),
        "restore_median_seconds": _seconds(week.restore),
        "days": [
            {"day": day.isoformat(), "opened": new, "resolved": done}
            for day, new, done in week.by_day
        ],
    }


def _resolved(since: datetime) -> ItemQuery:
    """Tickets that ended since then, and are no part of another one."""
    return ItemQuery(kind=Kind.TICKET, resolved_from=since, merged=False)


def _breaches(entries: Sequence[TimelineEntry]) -> int:
    missed = (entry.item for entry in entries if isinstance(entry.event, happened.SlaBreached))
    merged = standing_merges(entries)
    return sum(item not in merged for item in missed)


def _first_replies(entries: Sequence[TimelineEntry]) -> Iterable[timedelta]:
    """How long each ticket that was opened waited; a reply that was undone never happened."""
    opened = {e.item: e.at for e in entries if isinstance(e.event, happened.TicketOpened)}
    undone = {e.event.message for e in entries if isinstance(e.event, happened.ReplyUndone)}
    for entry in entries:
        sent = isinstance(entry.event, happened.ReplySent) and entry.event.message not in undone
        if sent and (began := opened.pop(entry.item, None)) is not None:
            yield entry.at - began


def _instants(entries: Sequence[TimelineEntry], kind: type[happened.Event]) -> list[datetime]:
    return [entry.at for entry in entries if isinstance(entry.event, kind)]


def _by_day(
    since: datetime, opened: Iterable[datetime], ended: Iterable[datetime]
) -> tuple[tuple[date, int, int], ...]:
    new, done = Counter(at.date() for at in opened), Counter(at.date() for at in ended)
    dates = [since.date() + day for day in DAYS]
    return tuple((day, new[day], done[day]) for day in dates)


def _median(durations: Iterable[timedelta]) -> timedelta | None:
    seconds = [duration.total_seconds() for duration in durations]
    return timedelta(seconds=median(seconds)) if seconds else None


def shown_median(duration: timedelta | None) -> str:
    """A median as people read it; a dash when nothing was there to measure."""
    return format_duration(duration) if duration is not None else "–"


def _seconds(duration: timedelta | None) -> float | None:
    return duration.total_seconds() if duration is not None else None
