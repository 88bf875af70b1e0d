"""The rows of somebody's home: a card each, of one line and one button."""

from __future__ import annotations

from enum import Enum
from typing import Final

from bot.cards import Action, Card, Plain, Runs, Style, Tone, When, plain, shorten
from bot.domain.directory import Directory
from bot.domain.work_items import AnyItem, Incident, Ticket
from bot.services.drawing.words import (
    INCIDENT_STATUS,
    PRIORITY,
    SEVERITY,
    TICKET_STATUS,
    button,
    titled,
)

MAX_TITLE: Final = 80


class Standing(Enum):
    """How a ticket that waits for us stands, the most pressing first."""

    BREACHED = ("🔴", "missed its target", Tone.BREACHED)
    AT_RISK = ("⏳", "at risk", Tone.AT_RISK)
    ANSWERED = ("💬", "the customer answered", Tone.CUSTOMER)
    OPEN = ("🔵", "waits for us", Tone.OPEN)

    @property
    def rank(self) -> int:
        """Its place among them."""
        return list(Standing).index(self)


def needy_row(ticket: Ticket, standing: Standing) -> Card:
    """A ticket that waits for its owner."""
    mark, words, tone = standing.value
    due: Runs = (Plain(f"{mark} {words}"),)
    if ticket.due_at is not None:
        was = " · was due " if standing is Standing.BREACHED else " · due "
        due = (*due, Plain(was), When(ticket.due_at, relative=True))
    return _row(ticket, due, tone, button("show", ticket.number, "Open"))


def free_row(ticket: Ticket) -> Card:
    """A ticket that nobody has."""
    word, tone = TICKET_STATUS[ticket.status]
    since: Runs = (
        Plain(f"{word} · {PRIORITY[ticket.priority]} · "),
        When(ticket.created_at, relative=True),
    )
    if ticket.due_at is not None:
        since = (*since, Plain(" · due "), When(ticket.due_at, relative=True))
    claim = button("claim", ticket.number, "Claim", Style.PRIMARY)
    return _row(ticket, since, tone, claim)


def waiting_row(ticket: Ticket) -> Card:
    """A ticket that waits for somebody else, or sleeps."""
    word, tone = TICKET_STATUS[ticket.status]
    state: Runs = (Plain(word),)
    if ticket.snoozed_until is not None:
        state, tone = (Plain("💤 until "), When(ticket.snoozed_until)), Tone.SNOOZED
    elif ticket.due_at is not None:
        state = (*state, Plain(" · due "), When(ticket.due_at, relative=True))
    return _row(ticket, state, tone, button("show", ticket.number, "Open"))


def incident_row(incident: Incident, directory: Directory, *, may_answer: bool) -> Card:
    """An incident, with Acknowledge while nobody has it."""
    word, tone = SEVERITY[incident.severity]
    holder = incident.acknowledged_by
    has = f"{directory.name_of(holder)} has it" if holder else "🔕 not acknowledged"
    state: Runs = (
        Plain(f"{word} · {INCIDENT_STATUS[incident.status]} · {has} · since "),
        When(incident.created_at, relative=True),
    )
    action = button("show", incident.number, "Open")
    if holder is None and may_answer:
        action = button("ack", incident.number, "Acknowledge", Style.PRIMARY)
    return _row(incident, state, tone, action)


def _row(item: AnyItem, state: Runs, tone: Tone, action: Action) -> Card:
    title = shorten(titled(item), MAX_TITLE)
    return Card(
        title=title,
        number=item.number,
        fallback=shorten(f"{item.number} {title} · {plain(state)}", 150),
        tone=tone,
        status=state,
        actions=(action,),
    )
