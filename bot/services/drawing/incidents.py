"""The incident's card, and the page that wakes a responder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

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
    shorten,
)
from bot.domain.alerts import Alert, AlertStatus
from bot.domain.directory import Directory
from bot.domain.durations import format_duration
from bot.domain.paging import Page, PageState
from bot.domain.work_items import AnyItem, Incident, Ticket
from bot.services.drawing.words import INCIDENT_STATUS, SEVERITY, button, owner, who

SHOWN_ALERTS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentView:
    """Everything an incident's card is drawn from."""

    incident: Incident
    alerts: Sequence[Alert]
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
    elif incident.escalation is not None:
        runs.append(Plain(" · 📟 paging", bold=True))
    return tuple(runs)


def _blocks(view: IncidentView) -> tuple[Block, ...]:
    incident, blocks = view.incident, list[Block]()
    if incident.latest_update and incident.latest_update_at is not None:
        blocks.append(Block((Plain("Latest update "), When(incident.latest_update_at))))
        blocks.append(Block((Plain(shorten(incident.latest_update, 600)),), BlockKind.QUOTE))
    if not incident.ended:
        firing = [a for a in view.alerts if a.status is AlertStatus.FIRING]
        blocks += [_alert_block(alert) for alert in firing[:SHOWN_ALERTS]]
        if len(firing) > SHOWN_ALERTS:
            blocks.append(Block((Plain(f"… and {len(firing) - SHOWN_ALERTS} more", dim=True),)))
    return tuple(blocks)


def _alert_block(alert: Alert) -> Block:
    runs: list[Run] = [Plain("🔥 "), Plain(shorten(alert.title, 150), bold=True)]
    if alert.count > 1:
        runs.append(Plain(f" ×{alert.count}"))
    if alert.description:
        runs.append(Plain(f" {shorten(alert.description, 200)}"))
    return Block(tuple(runs))


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
        fields.append(Field("Next step", (When(due_at, relative=True),)))
    return tuple(fields)


def _actions(incident: Incident) -> tuple[Action, ...]:
    number = incident.number
    if incident.ended:
        return (button("reopen", number, "Reopen"),)
    update = button("update", number, "Post update")
    if incident.acknowledged_by is None and incident.escalation is not None:
        first: tuple[Action, ...] = (button("ack", number, "Acknowledge", Style.PRIMARY), update)
    else:
        first = (button("update", number, "Post update", Style.PRIMARY),)
    end = button("resolve", number, "Resolve", Style.DANGER)
    return (*first, button("escalate", number, "Escalate"), end)


def _menu(incident: Incident) -> tuple[Action, ...]:
    number = incident.number
    history = (button("timeline", number, "Timeline"),)
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
    count = len(view.alerts)
    word = "alert" if count == 1 else "alerts"
    runs: list[Run] = [Plain(f"{count} {word} grouped" if count else "declared by hand")]
    service = view.directory.services.get(view.incident.service)
    if service is not None and service.runbook:
        runs += [Plain(" · "), Link("Runbook", service.runbook)]
    return tuple(runs)


def page_view(page: Page, item: AnyItem, directory: Directory) -> Card:
    """The direct message of a page, as the page stands now; Acknowledge comes first."""
    if isinstance(item, Ticket):
        return _ticket_page(page, item)
    word, tone = SEVERITY[item.severity]
    if page.state in (PageState.ANSWERED, PageState.CANCELLED) or item.ended:
        return _answered(page, item, directory)
    title = f"{word} {item.number} {item.title}"
    return Card(
        title=f"🚨 You are being paged: {title}",
        number=item.number,
        fallback=shorten(f"🚨 Page: {title}", 150),
        tone=tone,
        blocks=(Block((Plain(f"Paged as {page.reason}.", dim=True),)),),
        actions=(
            button("ack", item.number, "Acknowledge", Style.PRIMARY),
            button("escalate", item.number, "I can't: escalate now", Style.DANGER),
        ),
        context=_next_step(item),
    )


def _next_step(incident: Incident) -> Runs:
    escalation = incident.escalation
    if escalation is None or escalation.due_at is None:
        return ()
    return (
        Plain("goes to the next step at "),
        When(escalation.due_at),
        Plain(" unless acknowledged"),
    )


def _answered(page: Page, incident: Incident, directory: Directory) -> Card:
    by = incident.acknowledged_by
    words: Runs = (Plain("✅ Resolved"),)
    if by is not None and incident.acknowledged_at is not None:
        took = format_duration(incident.acknowledged_at - incident.created_at)
        words = (
            Plain("✅ Acknowledged by "),
            who(directory, by),
            Plain(" at "),
            When(incident.acknowledged_at),
            Plain(f" ({took})"),
        )
    return Card(
        title=f"{incident.number} {incident.title}",
        number=incident.number,
        fallback=f"{incident.number} is answered",
        tone=Tone.RESOLVED,
        status=words,
        ended=incident.ended,
    )


def _ticket_page(page: Page, ticket: Ticket) -> Card:
    return Card(
        title=f"🔴 {ticket.number} needs help: {ticket.title}",
        number=ticket.number,
        fallback=shorten(f"🔴 {ticket.number} needs help: {ticket.title}", 150),
        tone=Tone.BREACHED,
        blocks=(Block((Plain(page.reason, dim=True),)),),
        actions=(button("claim", ticket.number, "Take it", Style.PRIMARY),)
        if ticket.assignee is None
        else (),
    )
