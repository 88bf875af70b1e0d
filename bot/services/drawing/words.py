"""The words and colours of states: emoji, word and tone always together, never colour alone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from bot.cards import Action, Field, Plain, Run, Runs, Style, Tone, When, Who, action_id
from bot.domain import events as happened
from bot.domain.directory import Directory
from bot.domain.durations import format_duration
from bot.domain.events import Event, TimelineEntry
from bot.domain.sla import Metric, SlaClock
from bot.domain.work_items import (
    AnyItem,
    Incident,
    IncidentStatus,
    Priority,
    Severity,
    Ticket,
    TicketStatus,
)

TICKET_STATUS: Final[Mapping[TicketStatus, tuple[str, Tone]]] = {
    TicketStatus.NEW: ("🟡 New", Tone.NEW),
    TicketStatus.OPEN: ("🔵 Open", Tone.OPEN),
    TicketStatus.PENDING: ("🟣 Waiting for the customer", Tone.WAITING),
    TicketStatus.ON_HOLD: ("🟣 On hold", Tone.WAITING),
    TicketStatus.RESOLVED: ("✅ Resolved", Tone.RESOLVED),
    TicketStatus.CLOSED: ("✅ Closed", Tone.RESOLVED),
}
PRIORITY: Final[Mapping[Priority, str]] = {
    Priority.LOW: "⬇ Low",
    Priority.NORMAL: "normal",
    Priority.HIGH: "⬆ High",
    Priority.URGENT: "⏫ Urgent",
}
SEVERITY: Final[Mapping[Severity, tuple[str, Tone]]] = {
    Severity.SEV1: ("🔴 SEV1", Tone.SEVERE),
    Severity.SEV2: ("🟠 SEV2", Tone.MAJOR),
    Severity.SEV3: ("🟡 SEV3", Tone.NEW),
    Severity.SEV4: ("⚪ SEV4", Tone.INFO),
}
INCIDENT_STATUS: Final[Mapping[IncidentStatus, str]] = {
    IncidentStatus.INVESTIGATING: "🔎 Investigating",
    IncidentStatus.IDENTIFIED: "🎯 Identified",
    IncidentStatus.MONITORING: "👀 Monitoring",
    IncidentStatus.RESOLVED: "✅ Resolved",
}
METRIC: Final[Mapping[Metric, str]] = {
    Metric.FIRST_REPLY: "First reply",
    Metric.NEXT_REPLY: "Next reply",
    Metric.PERIODIC_UPDATE: "Update",
    Metric.PAUSABLE_UPDATE: "Update",
    Metric.REQUESTER_WAIT: "Waiting time",
    Metric.AGENT_WORK: "Work time",
    Metric.RESOLUTION: "Resolution",
}


OURSELVES: Final = "Deskhand"
LOCK: Final = "🔒"


def metric_name(metric: str) -> str:
    """How a metric is called on a card."""
    return METRIC[Metric(metric)]


def who(directory: Directory, key: str, *, mention: bool = False) -> Who:
    """A team member as a run."""
    return Who(key, directory.name_of(key), mention)


def titled(item: AnyItem) -> str:
    """The title as lists show it: with a lock before one that not everybody may know."""
    hidden = isinstance(item, Incident) and item.confidential
    return f"{LOCK} {item.title}" if hidden else item.title


def owner(directory: Directory, key: str | None) -> Runs:
    """The owner of a work item, or the empty state."""
    return (who(directory, key),) if key else (Plain("nobody yet", dim=True),)


def actor_name(directory: Directory, actor: str) -> str:
    """An actor of the timeline as people call them."""
    kind, _, name = actor.partition(":")
    match kind:
        case "person":
            return directory.name_of(name)
        case "mail":
            return name
        case "intake":
            return f"alerts ({name})"
        case _:
            return OURSELVES


def tell(directory: Directory, entry: TimelineEntry) -> Runs:
    """A line of the timeline: names instead of keys, instants by the reader's own clock."""
    actor = actor_name(directory, entry.actor)
    event = entry.event
    told = _clock_line(event) or _person_line(directory, actor, event) or _alarm_line(actor, event)
    if told:
        return told
    match event:
        case happened.Snoozed(until=until):
            return (Plain(f"{actor} snoozed it until "), When(until))
        case happened.Woken(reason=reason):
            return (Plain(f"💤 It is awake again: {reason}"),)
        case happened.DeliveryChanged(state="complained of", recipient=recipient, detail=detail):
            stopped = "nothing more is sent there for now"
            return (Plain(f"⚠️ The mail to {recipient} arrived, but {detail}; {stopped}"),)
        case happened.DeliveryChanged(recipient=recipient, detail=detail):
            return (Plain(f"⚠️ The mail to {recipient} was not delivered: {detail}"),)
        case (
            happened.StatusChanged()
            | happened.PriorityChanged()
            | happened.SeverityChanged()
            | happened.TagsChanged()
            | happened.ParticipantLeft()
        ):
            return (Plain(f"{actor}: {event.tell()}"),)
        case happened.StatusUpdatePosted(text=text):
            return (Plain(f"📣 {actor}: {text}"),)
        case _:
            return (Plain(f"{actor} {event.tell()}"),)


def _clock_line(event: Event) -> Runs:
    match event:
        case happened.SlaBreached(metric=metric, due_at=due_at):
            return (Plain(f"🔴 {metric_name(metric)} is missed, it was due "), When(due_at))
        case happened.SlaAtRisk(metric=metric, due_at=due_at):
            due: Runs = (When(due_at, relative=True), Plain(" ("), When(due_at), Plain(")"))
            return (Plain(f"⏳ {metric_name(metric)} is due "), *due)
        case _:
            return ()


def _person_line(directory: Directory, actor: str, event: Event) -> Runs:
    match event:
        case happened.Assigned(assignee=assignee):
            return (Plain(f"{actor} assigned it to "), who(directory, assignee))
        case happened.LeadChanged(lead=lead):
            return (who(directory, lead), Plain(" leads the incident"))
        case happened.PersonAdmitted(person=person, reason=reason):
            why = f" ({reason})" if reason else ""
            return (Plain(f"{LOCK} {actor} let "), who(directory, person), Plain(f" in{why}"))
        case happened.PersonRemoved(person=person):
            return (Plain(f"{LOCK} {actor} put "), who(directory, person), Plain(" out"))
        case happened.TakenOver(previous=previous):
            return (Plain(f"{actor} took it over from {directory.name_of(previous)}"),)
        case happened.Released(previous=previous) if directory.name_of(previous) != actor:
            return (Plain(f"{actor} took it from {directory.name_of(previous)}, it is free"),)
        case _:
            return ()


def _alarm_line(actor: str, event: Event) -> Runs:
    """What monitoring and paging did, in sentences of their own."""
    match event:
        case happened.AlertAttached(title=title, reason=reason):
            return (Plain(f"🔥 {title} is firing ({reason})"),)
        case happened.AlertsAttached(count=count, reason=reason):
            return (Plain(f"🔥 {count} more alerts are firing ({reason})"),)
        case happened.AlertsCleared(count=count):
            return (Plain(f"🧯 {count} more alerts are resolved at their source"),)
        case happened.AlertCleared(title=title):
            return (Plain(f"✅ {title} is over at its source"),)
        case happened.Paged(person=person, reason=reason):
            who_pages = "Paging" if actor == OURSELVES else f"{actor} is paging"
            return (Plain(f"📟 {who_pages} {person}: {reason}"),)
        case happened.PageFailed(person=person, contact=contact, detail=detail):
            return (Plain(f"⚠️ The page to {person} by {contact} failed: {detail}"),)
        case happened.StepSkipped(reason=reason):
            return (Plain(f"⚠️ {reason[:1].upper()}{reason[1:]}"),)
        case _:
            return ()


def ticket_word(ticket: Ticket) -> str:
    """The status as people read it; of a merged ticket, where it went."""
    if ticket.merged_into:
        return f"🔀 Merged into {ticket.merged_into}"
    return TICKET_STATUS[ticket.status][0]


def ticket_tone(ticket: Ticket, clock: SlaClock | None, now: datetime) -> Tone:
    """The colour of a ticket: a missed clock outshines the status, sleep comes next."""
    if ticket.ended:
        return Tone.INFO if ticket.merged_into else Tone.RESOLVED
    if clock is not None and clock.due_at is not None and clock.due_at <= now:
        return Tone.BREACHED
    return Tone.SNOOZED if ticket.snoozed_until else TICKET_STATUS[ticket.status][1]


def clock_field(clock: SlaClock, now: datetime) -> Field:
    """A clock as a field: due when, or paused, with how much of its time is used."""
    name = METRIC[clock.metric]
    used = clock.elapsed / clock.target if clock.target else 0.0
    progress = min(1.0, max(0.0, used))
    if clock.due_at is None:
        left = (clock.target or clock.elapsed) - clock.elapsed
        return Field(name, (Plain(f"⏸ paused, {format_duration(left)} left"),), progress)
    late = clock.due_at <= now
    mark = Plain("🔴 was due ") if late else Plain("⏳ ")
    runs: tuple[Run, ...] = (
        mark,
        When(clock.due_at),
        Plain(" ("),
        When(clock.due_at, relative=True),
        Plain(")"),
    )
    return Field(f"{name} {'missed' if late else 'due'}", runs, 1.0 if late else progress)


def button(verb: str, number: str, label: str, style: Style = Style.PLAIN, *more: str) -> Action:
    """A button that runs a verb on a work item."""
    return Action(action_id(verb, number, *more), label, style)
