"""SLA clocks against a stopwatch for each metric that is read every minute, over a DST weekend."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.calendars import ALWAYS, Calendar, Span
from bot.domain.sla import (
    LineState,
    Metric,
    PrioritySet,
    SlaClock,
    SlaPolicy,
    Speaker,
    Spoke,
    StatusSet,
    TraceEntry,
    WarnAt,
    clocks,
    due_events,
    next_due,
)

MINUTE = timedelta(minutes=1)
START = datetime.fromisoformat("2026-03-27T12:00:00+00:00")
LONGEST = 3 * 24 * 60


def berlin(name: str, hours: str, days: Iterable[int], *holidays: date) -> Calendar:
    spans = tuple(Span.parse(text) for text in hours.split())
    return Calendar(
        name=name,
        timezone=ZoneInfo("Europe/Berlin"),
        week=dict.fromkeys(days, spans),
        holidays=frozenset(holidays),
    )


CALENDARS = [
    ALWAYS,
    berlin("day", "09:00-12:00 13:00-17:00", range(5)),
    berlin("night", "22:00-06:00", range(7)),
    berlin("holiday", "08:00-20:00", range(7), date(2026, 3, 28)),
]
WORDS = ["new", "open", "pending", "on_hold", "resolved", "closed"]
RUNS_IN = {
    "pausable_update": WORDS[:2] + WORDS[3:4],
    "requester_wait": WORDS[:2] + WORDS[3:4],
    "agent_work": WORDS[:2],
    "resolution": WORDS[:4],
}
LIFE = ("requester_wait", "agent_work", "resolution")


@dataclass
class Stopwatch:
    metric: str
    started: int
    count: int = 0
    missed: int | None = None
    ticking: bool = False

    def read(self, minute: int, target: int, word: str, is_open: bool) -> None:
        """Look at the beginning of a minute, then let it pass."""
        runs = word in RUNS_IN.get(self.metric, WORDS)
        due = self.missed is None and self.count >= target
        if runs and due and (self.ticking or is_open):
            self.missed = minute
        self.ticking = runs and is_open
        self.count += self.ticking

    @property
    def result(self) -> tuple[str, int, int, int | None]:
        return self.metric, self.started, self.count, self.missed


@dataclass
class Desk:
    """Whoever sits there with the stopwatches."""

    word: str = "new"
    running: list[Stopwatch] = field(default_factory=list)
    stopped: list[Stopwatch] = field(default_factory=list)

    def start(self, minute: int, *metrics: str) -> None:
        self.running += [Stopwatch(metric, minute) for metric in metrics]

    def stop(self) -> None:
        self.stopped += [watch for watch in self.running if watch.metric not in LIFE]
        self.running = [watch for watch in self.running if watch.metric in LIFE]

    def notice(self, minute: int, entries: Sequence[TraceEntry]) -> None:
        words = [entry.status for entry in entries if isinstance(entry, StatusSet)]
        self.word = words[-1] if words else self.word
        over = self.word in ("resolved", "closed")
        for entry in entries:
            if isinstance(entry, Spoke) and entry.public:
                self.hear(minute, entry.by, over)
        if words and over:
            self.stop()

    def hear(self, minute: int, by: Speaker, over: bool) -> None:
        waiting = [watch.metric for watch in self.running]
        if by is Speaker.AGENT:
            self.stop()
            self.start(minute, *([] if over else ["periodic_update", "pausable_update"]))
        elif "first_reply" not in waiting and "next_reply" not in waiting:
            self.start(minute, "next_reply")


def watch(
    trace: Sequence[TraceEntry], hours: Calendar, target: int, length: int
) -> list[tuple[str, int, int, int | None]]:
    """What the stopwatches show after so many minutes."""
    spans = hours.spans(START, START + length * MINUTE)
    open_at = {n for a, b in spans for n in range((a - START) // MINUTE, (b - START) // MINUTE)}
    desk = Desk()
    desk.start(0, "first_reply", *LIFE)
    for minute in range(length + 1):
        desk.notice(minute, [entry for entry in trace if entry.at == START + minute * MINUTE])
        for stopwatch in desk.running:
            stopwatch.read(minute, target, desk.word, minute in open_at)
    return sorted(stopwatch.result for stopwatch in desk.running + desk.stopped)


def quarters(first: int, last: int) -> st.SearchStrategy[int]:
    """Minutes in steps of a quarter of an hour, so that things often happen at one instant."""
    return st.integers(first, last).map(lambda quarter: quarter * 15)


def entries() -> st.SearchStrategy[list[TraceEntry]]:
    moments = quarters(0, LONGEST // 15).map(lambda minute: START + minute * MINUTE)
    speech = st.builds(Spoke, at=moments, by=st.sampled_from(Speaker), public=st.booleans())
    change = st.builds(StatusSet, at=moments, status=st.sampled_from(WORDS))
    rank = st.builds(PrioritySet, at=moments, priority=st.sampled_from(["normal", "low", "none"]))
    first = Spoke(at=START, by=Speaker.CUSTOMER, public=True)
    known = PrioritySet(at=START, priority="normal")
    return st.lists(speech | change | rank, max_size=12).map(lambda drawn: [first, known, *drawn])


def promise(hours: Calendar, target: int, low: int, *warn: WarnAt) -> SlaPolicy:
    targets = {
        "normal": dict.fromkeys(Metric, target * MINUTE),
        "low": dict.fromkeys(Metric, low * MINUTE),
    }
    return SlaPolicy(name="all", calendar=hours, targets=targets, warn=warn)


def minute_of(moment: datetime | None) -> int | None:
    return None if moment is None else (moment - START) // MINUTE


@settings(max_examples=60)
@given(entries(), st.sampled_from(CALENDARS), quarters(1, 60), st.integers(0, LONGEST))
def test_clocks_show_what_the_stopwatches_show(
    trace: list[TraceEntry], hours: Calendar, target: int, length: int
) -> None:
    trace = [entry for entry in trace if not isinstance(entry, PrioritySet)]
    trace.append(PrioritySet(at=START, priority="normal"))
    found = clocks(trace, promise(hours, target, target), START + length * MINUTE)
    shown = [
        (c.metric.value, minute_of(c.started_at), c.elapsed // MINUTE, minute_of(c.breached_at))
        for c in found
    ]
    assert sorted(shown, key=str) == sorted(watch(trace, hours, target, length), key=str)


def breaches(found: Iterable[SlaClock], promised: SlaPolicy, until: datetime) -> set[object]:
    due = due_events(found, promised)
    return {(d.key, d.at) for d in due if d.warn is None and d.at <= until}


@settings(max_examples=200)
@given(
    entries(),
    st.sampled_from(CALENDARS),
    st.tuples(quarters(1, 60), quarters(1, 60)),
    st.integers(0, LONGEST),
)
def test_looking_in_between_finds_the_same_breaches(
    trace: list[TraceEntry], hours: Calendar, targets: tuple[int, int], look: int
) -> None:
    promised = promise(hours, *targets)
    now, end = START + look * MINUTE, START + LONGEST * MINUTE
    known = [entry for entry in trace if entry.at <= now]
    seen_then = breaches(clocks(known, promised, now), promised, now)
    assert seen_then == breaches(clocks(trace, promised, end), promised, now)


@settings(max_examples=100)
@given(entries(), st.sampled_from(CALENDARS), st.integers(1, LONGEST))
def test_the_ledger_has_no_gap_and_adds_up(
    trace: list[TraceEntry], hours: Calendar, length: int
) -> None:
    until = START + length * MINUTE
    for clock in clocks(trace, promise(hours, 60, 60), until):
        running = [x.end - x.start for x in clock.ledger if x.state is LineState.RUNNING]
        assert sum(running, timedelta()) == clock.elapsed
        assert all(first.end == second.start for first, second in pairwise(clock.ledger))
        ends = [clock.ledger[0].start, clock.ledger[-1].end] if clock.ledger else []
        last = clock.stopped_at or until
        assert ends == ([clock.started_at, last] if clock.started_at < last else [])


@settings(max_examples=100)
@given(entries(), st.sampled_from(CALENDARS), st.integers(0, LONGEST))
def test_waking_only_when_due_misses_nothing(
    trace: list[TraceEntry], hours: Calendar, look: int
) -> None:
    promised = promise(hours, 120, 300, WarnAt(fraction=0.5), WarnAt(before=MINUTE))
    now, seen = START + look * MINUTE, set[str]()
    found = clocks([entry for entry in trace if entry.at <= now], promised, now)
    while wake := next_due(found, promised, now, seen):
        fired = {due.key for due in due_events(found, promised) if due.at <= wake} - seen
        assert fired
        assert wake >= now
        now, seen = wake, seen | fired
    assert seen == {due.key for due in due_events(found, promised)}
