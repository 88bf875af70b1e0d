"""The ticket's card: one picture of its state, with the next sensible step first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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
    When,
    shorten,
)
from bot.domain.directory import Directory, ReplyMode
from bot.domain.durations import format_duration
from bot.domain.messages import Message, Voice
from bot.domain.sla import SlaClock, worst
from bot.domain.work_items import Ticket, TicketStatus
from bot.services.drawing.messages import cautions
from bot.services.drawing.words import (
    PRIORITY,
    TICKET_STATUS,
    button,
    clock_field,
    owner,
    ticket_tone,
    ticket_word,
    who,
)

EXCERPT: Final = 600
_OPENERS: Final = (Voice.AUTOMATIC, Voice.NOTE, Voice.HELD)


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketView:
    """Everything a ticket's card is drawn from; `url` is where this service is found."""

    ticket: Ticket
    messages: Sequence[Message]
    clocks: Sequence[SlaClock]
    directory: Directory
    now: datetime
    held: int = 0
    url: str = ""


def ticket_card(view: TicketView) -> Card:
    """The card of a ticket as it is now."""
    ticket, clock = view.ticket, worst(view.clocks)
    word = ticket_word(ticket)
    return Card(
        title=ticket.title,
        number=ticket.number,
        fallback=shorten(f"{ticket.number} {ticket.title} · {word} · {ticket.requester}", 150),
        tone=ticket_tone(ticket, clock, view.now),
        status=_status(view),
        blocks=() if ticket.ended else _excerpt(_latest(view)),
        fields=() if ticket.ended else _fields(view, clock),
        actions=_actions(ticket),
        menu=_menu(ticket),
        context=_context(view),
        ended=ticket.ended,
    )


def _status(view: TicketView) -> Runs:
    ticket = view.ticket
    if ticket.merged_into:
        return (Plain("🔀 Merged into "), _other(view, ticket.merged_into))
    if ticket.ended:
        ended = ticket.resolved_at or view.now
        took = format_duration(ended - ticket.created_at)
        by: Runs = (Plain(" by "), who(view.directory, ticket.assignee)) if ticket.assignee else ()
        missed = sum(clock.breached_at is not None for clock in view.clocks)
        sla = "" if not view.clocks else " · SLA missed" if missed else " · SLA met"
        return (Plain("✅ Resolved"), *by, Plain(f" · open {took}{sla}"), *_held(view))
    parts = [TICKET_STATUS[ticket.status][0], PRIORITY[ticket.priority], *ticket.tags]
    runs: list[Run] = [Plain(" · ".join(parts))]
    if ticket.snoozed_until is not None:
        runs += [Plain(" · 💤 until "), When(ticket.snoozed_until)]
    return (*runs, *_held(view))


def _held(view: TicketView) -> Runs:
    """That somebody of the team has to say what becomes of mails; also when all else is done."""
    return (Plain(f" · ✋ {view.held} held for review", bold=True),) if view.held else ()


def _other(view: TicketView, number: str) -> Run:
    """Another ticket, with the way there."""
    return Link(number, f"{view.url}/console/#{number}") if view.url else Plain(number, bold=True)


def _latest(view: TicketView) -> Message | None:
    """What the customer said last."""
    spoken = [m for m in view.messages if m.voice is Voice.CUSTOMER]
    # A ticket that nobody from outside opened for sure shows what it was opened with.
    spoken = spoken or [m for m in view.messages[:1] if m.voice in _OPENERS]
    return spoken[-1] if spoken else None


def _excerpt(latest: Message | None) -> tuple[Block, ...]:
    if latest is None:
        return ()
    runs: list[Run] = [Plain(shorten(latest.text, EXCERPT) or "(no text)")]
    if latest.attachments:
        runs.append(Plain(f" 📎 {len(latest.attachments)}", dim=True))
    return (Block(tuple(runs), BlockKind.QUOTE),)


def _fields(view: TicketView, clock: SlaClock | None) -> tuple[Field, ...]:
    ticket = view.ticket
    fields = [
        Field("From", (Plain(str(ticket.requester)), *_forwarder(view))),
        Field("Owner", owner(view.directory, ticket.assignee)),
    ]
    others = ticket.participants[1:]
    if latest := _latest(view):
        fields += cautions(latest)
    if others:
        fields.append(Field("Also", (Plain(", ".join(str(p) for p in others)),)))
    if clock is not None:
        fields.append(clock_field(clock, view.now))
    return tuple(fields)


def _forwarder(view: TicketView) -> Runs:
    """The agent who passed the customer's mail on."""
    found = next((m.forwarded_by for m in view.messages if m.forwarded_by), "")
    return (Plain(f" · forwarded by {found}", dim=True),) if found else ()


def _actions(ticket: Ticket) -> tuple[Action, ...]:
    number = ticket.number
    if ticket.merged_into:
        return (button("show", ticket.merged_into, f"Show {ticket.merged_into}"),)
    if ticket.ended:
        return (button("reopen", number, "Reopen"),)
    waits = ticket.status in (TicketStatus.PENDING, TicketStatus.ON_HOLD)
    reply = button("reply", number, "Reply", Style.PLAIN)
    first: tuple[Action, ...]
    if ticket.assignee is None:
        first = (button("claim", number, "Claim", Style.PRIMARY), reply)
    else:
        first = (button("reply", number, "Reply", Style.PLAIN if waits else Style.PRIMARY),)
    return (*first, button("note", number, "Note"), button("resolve", number, "Resolve"))


def _menu(ticket: Ticket) -> tuple[Action, ...]:
    number = ticket.number
    history = (button("log", number, "History"), button("sla", number, "SLA: why?"))
    merge = button("merge", number, "Merge…")
    if ticket.merged_into:
        return (button("unmerge", number, "Undo the merge"), *history)
    if ticket.ended:
        return (merge, *history)
    mine = (button("release", number, "Release"),) if ticket.assignee else ()
    return (
        *mine,
        button("assign", number, "Hand over…"),
        button("priority", number, "Priority…"),
        button("tag", number, "Tags…"),
        button("snooze", number, "Snooze…"),
        button("status", number, "Wait for customer", Style.PLAIN, "pending"),
        button("escalate", number, "Escalate…"),
        merge,
        *history,
    )


_TALK: Final[Mapping[ReplyMode, str]] = {
    ReplyMode.EXPLICIT: "talk in the thread stays internal, Reply emails the customer",
    ReplyMode.PREFIX: "talk in the thread stays internal, a line that begins with > is emailed",
    ReplyMode.MIRROR: "⚠️ talk in the thread is emailed to the customer; begin with // to keep it",
}


def _context(view: TicketView) -> Runs:
    ticket = view.ticket
    received = sum(m.voice is Voice.CUSTOMER for m in view.messages)
    sent = sum(not m.delivery.stayed for m in view.messages if m.voice is Voice.REPLY)
    count: Runs = (Plain(f" · {received} in, {sent} out"),)
    if ticket.ended:
        return (Plain("received "), When(ticket.created_at), *count)
    desk = view.directory.desks.get(ticket.desk)
    talk = _TALK[desk.reply_mode if desk is not None else ReplyMode.EXPLICIT]
    return (Plain("received "), When(ticket.created_at), *count, Plain(f" · {talk}"))
