"""The incident's card, and the page that wakes a responder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from bot.cards import (
    Action,
    Block,
    BlockKind,
    Card,
    Field,
    Link,
    Plain,
    Run,
    Runs,
    Style,
    Tone,
    When,
    plain,
    shorten,
)
from bot.domain.alerts import Alert, AlertCount
from bot.domain.directory import Directory
from bot.domain.durations import format_duration
from bot.domain.paging import Page, PageState
from bot.domain.work_items import Incident, Ticket
from bot.services.drawing.words import INCIDENT_STATUS, LOCK, SEVERITY, button, owner, who

SHOWN_ALERTS: Final = 3
SHOWN_INSIDERS: Final = 12
# Labels that name the thing which an alert is about, the most telling first.
_PLACES: Final = ("instance", "host", "hostname", "pod", "node", "device", "job", "namespace")


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentView:
    """Everything an incident's card is drawn from; `firing` are the first SHOWN_ALERTS of them."""

    incident: Incident
    firing: Sequence[Alert]
    alerts: AlertCount
    directory: Directory
    now: datetime


def incident_card(view: IncidentView) -> Card:
    """The card of an incident as it is now."""
    incident = view.incident
    word, tone = SEVERITY[incident.severity]
    return Card(
        title=incident.title,
        number=incident.number,
        fallback=shorten(f"{incident.number} {word} {incident.title}", 150),
        tone=Tone.RESOLVED if incident.ended else tone,
        status=_status(view),
        blocks=_blocks(view),
        fields=() if incident.ended else _fields(view),
        actions=_actions(incident),
        menu=_menu(incident),
        context=_context(view),
        ended=incident.ended,
    )


def _status(view: IncidentView) -> Runs:
    incident = view.incident
    word = SEVERITY[incident.severity][0]
    if incident.ended:
        took = format_duration((incident.resolved_at or view.now) - incident.created_at)
        return (Plain(f"✅ Resolved · {word} · lasted {took}"),)
    runs: list[Run] = [Plain(f"{word} · {INCIDENT_STATUS[incident.status]}")]
    if incident.acknowledged_by:
        runs += [Plain(" · acknowledged by "), who(view.directory, incident.acknowledged_by)]
    elif _is_paging(incident):
        runs.append(Plain(" · 📟 paging", bold=True))
    else:
        runs.append(Plain(" · 🔕 nobody is paged", bold=True))
    return tuple(runs)


def _is_paging(incident: Incident) -> bool:
    return incident.escalation is not None and incident.escalation.due_at is not None


def _blocks(view: IncidentView) -> tuple[Block, ...]:
    incident, blocks = view.incident, list[Block]()
    if incident.confidential:
        blocks.append(Block(_known_to(view)))
    if incident.latest_update and incident.latest_update_at is not None:
        blocks.append(Block((Plain("Latest update "), When(incident.latest_update_at))))
        blocks.append(Block((Plain(shorten(incident.latest_update, 600)),), BlockKind.QUOTE))
    if not incident.ended:
        blocks += _firing(view)
    return tuple(blocks)


def _known_to(view: IncidentView) -> Runs:
    """Who sees a confidential incident, by name."""
    insiders = view.incident.insiders
    runs: list[Run] = [Plain(f"{LOCK} Confidential", bold=True)]
    if not insiders:
        how = f"`/incident invite {view.incident.number} @name`"
        return (*runs, Plain(f": only the admins see this yet; {how} lets somebody in"))
    many = "one person" if len(insiders) == 1 else f"{len(insiders)} people"
    runs.append(Plain(f": only {many} and the admins see this: "))
    for place, person in enumerate(insiders[:SHOWN_INSIDERS]):
        runs += [Plain(", ")] if place else []
        runs.append(who(view.directory, person))
    if (more := len(insiders) - SHOWN_INSIDERS) > 0:
        runs.append(Plain(f" and {more} more"))
    return tuple(runs)


def _firing(view: IncidentView) -> Sequence[Block]:
    """The first of the alerts that fire, and how many more do."""
    blocks = [_alert_block(alert) for alert in view.firing]
    if more := view.alerts.firing - len(view.firing):
        blocks.append(Block((Plain(f"… and {more} more", dim=True),)))
    return blocks


def _alert_block(alert: Alert) -> Block:
    runs: list[Run] = [Plain("🔥 "), Plain(shorten(alert.title, 150), bold=True)]
    if place := _place(alert):
        runs.append(Plain(f" on {shorten(place, 80)}"))
    runs += [Plain(" · since "), When(alert.starts_at)]
    if alert.description:
        runs.append(Plain(f" · {shorten(alert.description, 200)}"))
    return Block(tuple(runs))


def _place(alert: Alert) -> str:
    """What the alert is about, where its title does not say so already."""
    found = next((alert.labels[name] for name in _PLACES if alert.labels.get(name)), "")
    return "" if found.lower() in alert.title.lower() else found


def _fields(view: IncidentView) -> tuple[Field, ...]:
    incident = view.incident
    fields = [
        Field("Commander", owner(view.directory, incident.assignee)),
        Field(
            "Started",
            (
                When(incident.created_at),
                Plain(" ("),
                When(incident.created_at, relative=True),
                Plain(")"),
            ),
        ),
    ]
    service = view.directory.services.get(incident.service)
    if service is not None:
        fields.append(Field("Affected", (Plain(service.name),)))
    if incident.escalation is not None and incident.escalation.due_at is not None:
        due_at = incident.escalation.due_at
        fields.append(Field("Next page", (When(due_at, relative=True),)))
    return tuple(fields)


def _actions(incident: Incident) -> tuple[Action, ...]:
    number = incident.number
    if incident.ended:
        return (button("reopen", number, "Reopen"),)
    end = button("resolve", number, "Resolve", Style.DANGER)
    if incident.acknowledged_by is not None:
        first: tuple[Action, ...] = (button("update", number, "Post update", Style.PRIMARY),)
    else:
        update = button("update", number, "Post update")
        first = (button("ack", number, "Acknowledge", Style.PRIMARY), update)
    if incident.escalation is None:
        return (*first, end)
    return (*first, button("escalate", number, "Escalate"), end)


def _menu(incident: Incident) -> tuple[Action, ...]:
    number = incident.number
    history: tuple[Action, ...] = (button("timeline", number, "Timeline"),)
    if incident.confidential:
        letting_in = button("invite", number, "Let somebody in…")
        history = (letting_in, button("remove", number, "Put somebody out…"), *history)
    if incident.ended:
        return history
    return (
        button("lead", number, "Take the lead", Style.PLAIN, "me"),
        button("sev", number, "Severity…"),
        button("status", number, "Status…"),
        button("note", number, "Note…"),
        *history,
    )


def _context(view: IncidentView) -> Runs:
    runs: list[Run] = [Plain(_origin(view))]
    service = view.directory.services.get(view.incident.service)
    if service is not None and service.runbook:
        runs += [Plain(" · "), Link("Runbook", service.runbook)]
    return tuple(runs)


def _origin(view: IncidentView) -> str:
    """How it came about; alerts that fired again later belong to a later incident."""
    count = view.alerts.total
    if not count:
        return "raised by alerts" if view.incident.group else "declared by hand"
    return f"{count} alert{'s' if count > 1 else ''} grouped"


def incident_page(page: Page, view: IncidentView) -> Card:
    """The direct message of a page, as the page stands now; Acknowledge comes first."""
    item, directory = view.incident, view.directory
    if item.ended or page.state in (PageState.ANSWERED, PageState.CANCELLED):
        return _answered(item, directory)
    word, tone = SEVERITY[item.severity]
    title, why = f"{word} {item.number} {item.title}", f"Why you: {page.reason}."
    actions = [button("ack", item.number, "Acknowledge", Style.PRIMARY)]
    if item.escalation is not None:
        escalate = button("escalate", item.number, "I can't: escalate now", Style.DANGER)
        actions.append(replace(escalate, confirm="Whoever comes next is paged at once."))
    return Card(
        title=f"🚨 You are being paged: {title}",
        number=item.number,
        fallback=shorten(f"🚨 Page: {title}", 150),
        tone=tone,
        blocks=(*_firing(view), *_discretion(item), Block((Plain(why, dim=True),))),
        fields=_page_fields(item, directory),
        actions=tuple(actions),
        context=_next_step(item),
    )


def _discretion(incident: Incident) -> tuple[Block, ...]:
    """What whoever is woken has to know before they ask around."""
    if not incident.confidential:
        return ()
    words = f"{LOCK} Confidential: speak of it nowhere but in its own thread."
    return (Block((Plain(words, bold=True),)),)


def _page_fields(incident: Incident, directory: Directory) -> tuple[Field, ...]:
    fields = [Field("Started", (When(incident.created_at),))]
    service = directory.services.get(incident.service)
    if service is not None:
        fields.insert(0, Field("Affected", (Plain(service.name),)))
    if service is not None and service.runbook:
        fields.append(Field("Runbook", (Link(service.runbook, service.runbook),)))
    return tuple(fields)


def _next_step(incident: Incident) -> Runs:
    """When the next one is paged, and how to answer where there are no buttons."""
    how = f"`/incident ack {incident.number}`"
    if incident.escalation is None or incident.escalation.due_at is None:
        return (Plain(f"Answer with {how}"),)
    return (
        Plain("Goes to the next step at "),
        When(incident.escalation.due_at),
        Plain(f" unless acknowledged: {how}"),
    )


def _answered(incident: Incident, directory: Directory) -> Card:
    words = _end(incident, directory)
    title = f"{incident.number} {incident.title}"
    return Card(
        title=title,
        number=incident.number,
        fallback=shorten(f"{incident.number}: {plain(words)}", 150),
        tone=Tone.RESOLVED if incident.ended or incident.acknowledged_by else Tone.INFO,
        status=words,
        ended=incident.ended,
    )


def _end(incident: Incident, directory: Directory) -> Runs:
    """Why the page needs no answer any more."""
    if incident.ended:
        took = format_duration((incident.resolved_at or incident.created_at) - incident.created_at)
        return (Plain(f"✅ Resolved, it lasted {took}"),)
    if incident.acknowledged_by is None or incident.acknowledged_at is None:
        return (Plain("↗ Escalated again: paging goes on without you"),)
    took = format_duration(incident.acknowledged_at - incident.created_at)
    return (
        Plain("✅ Acknowledged by "),
        who(directory, incident.acknowledged_by),
        Plain(" at "),
        When(incident.acknowledged_at),
        Plain(f", after {took}"),
    )


def ticket_page(page: Page, ticket: Ticket, directory: Directory) -> Card:
    """The direct message of a page about a ticket whose promise was broken."""
    title = f"🔴 {ticket.number} needs help: {ticket.title}"
    free = ticket.assignee is None and not ticket.ended
    held: Runs = (who(directory, ticket.assignee), Plain(" has it")) if ticket.assignee else ()
    return Card(
        title=title,
        number=ticket.number,
        fallback=shorten(title, 150),
        tone=Tone.RESOLVED if ticket.ended else Tone.BREACHED,
        status=(Plain("✅ Resolved"),) if ticket.ended else held,
        blocks=(Block((Plain(page.reason, dim=True),)),),
        actions=(button("claim", ticket.number, "Take it", Style.PRIMARY),) if free else (),
    )
