"""When a merge is undone: what comes back, what stays where it was said, as pure decisions.

What the merge did is read from both timelines, so one that is older than the undo can be undone.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.domain.changes import Change
from bot.domain.events import (
    CustomerWrote,
    Event,
    ParticipantAdded,
    ParticipantMoved,
    ReplySent,
    ReplyUndone,
    Snoozed,
    StatusChanged,
    TicketGivenBack,
    TicketMerged,
    TicketTakenIn,
    TicketUnmerged,
    TimelineEntry,
    Woken,
    mail_actor,
)
from bot.domain.merging import carried_from, is_being_sent, unanswered
from bot.domain.messages import Message
from bot.domain.participants import leave
from bot.domain.refusals import Refused
from bot.domain.work_items import Ticket, TicketStatus

Changed = Change[Ticket]

_MOVES = (StatusChanged, Snoozed, Woken, CustomerWrote, ReplySent, TicketTakenIn)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a ticket stood at a place of its timeline."""

    status: TicketStatus = TicketStatus.NEW
    ended_at: datetime | None = None
    snoozed_until: datetime | None = None

    def restored(self, ticket: Ticket, now: datetime) -> Ticket:
        """The ticket as it stood; a sleep whose time has come since is over."""
        sleeps = self.snoozed_until is not None and self.snoozed_until > now
        return replace(
            ticket,
            status=self.status,
            resolved_at=self.ended_at,
            snoozed_until=self.snoozed_until if sleeps else None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """What a merge did to the ticket that goes on: who joined by it, under their address of now,
    which messages were carried there, and how that ticket stood before.

    `since` is what happened there afterwards.
    """

    at: datetime
    joined: tuple[str, ...]
    carried: frozenset[int]
    before: Standing
    since: tuple[TimelineEntry, ...]


def check(ticket: Ticket, home: Ticket, said: Sequence[Message], now: datetime) -> None:
    """Refused while the ticket, for which `home` went on, cannot come out of it again."""
    if home.merged_into:
        raise Refused(
            f"{home.number} went into {home.merged_into} itself, with all that {ticket.number} "
            "brought; nothing was undone.",
            code="chain",
            hint=f"Undo the later merge first: `/ticket unmerge {home.number}`.",
        )
    if any(is_being_sent(message, now) for message in said):
        raise Refused(
            f"A reply on {home.number} is just being sent; nothing was undone.",
            code="sending",
            hint=f"Try again in 10 s, or take it back: `/ticket undo {home.number}`.",
        )


def refuse_unmerged(ticket: Ticket, entries: Iterable[TimelineEntry]) -> None:
    """Refused for a ticket that is its own; with the one it took in last, which may be meant."""
    if ticket.merged_into:
        return
    taken: list[str] = []
    for entry in entries:
        match entry.event:
            case TicketTakenIn(number=number):
                taken.append(number)
            case TicketGivenBack(number=number) if number in taken:
                taken.remove(number)
    hint = f"Name the one that was merged: `/ticket unmerge {taken[-1]}`." if taken else ""
    raise Refused(f"{ticket.number} is merged into no other ticket.", code="unmerged", hint=hint)


def standing(entries: Iterable[TimelineEntry]) -> Standing:
    """How a ticket stands after what its timeline tells."""
    now = Standing()
    for entry in entries:
        match entry.event:
            case StatusChanged(new=new):
                status = TicketStatus(new)
                ended_at = (now.ended_at or entry.at) if status.ended else None
                now = Standing(status=status, ended_at=ended_at)
            case Snoozed(until=until):
                now = replace(now, snoozed_until=until)
            case Woken():
                now = replace(now, snoozed_until=None)
    return now


def brought(number: str, entries: Sequence[TimelineEntry]) -> Brought:
    """What the latest merge of the ticket `number` did, by the timeline of the one that goes on."""
    place = max(
        place
        for place, entry in enumerate(entries)
        if isinstance(entry.event, TicketTakenIn) and entry.event.number == number
    )
    at = entries[place].at
    # All that a merge does, it does in one instant; what waited for it may have begun before.
    by_it = [entry.event for entry in entries[place:] if entry.at == at]
    since = tuple(entry for entry in entries[place:] if entry.at != at)
    joined = [event.address for event in by_it if isinstance(event, ParticipantAdded)]
    return Brought(
        at=at,
        joined=_under_new_names(joined, since),
        carried=frozenset(_carried(number, by_it)),
        before=standing(entries[:place]),
        since=since,
    )


def _carried(number: str, events: Iterable[Event]) -> Iterable[int]:
    reason = carried_from(number)
    written = (event for event in events if isinstance(event, CustomerWrote))
    return (event.message for event in written if event.reason == reason)


def _under_new_names(joined: Sequence[str], since: Iterable[TimelineEntry]) -> tuple[str, ...]:
    """Who is still there by the merge alone: whoever was added since by hand is so no more."""
    names = list(joined)
    for entry in since:
        match entry.event:
            case ParticipantMoved(old_address=old, new_address=new) if old in names:
                names[names.index(old)] = new
            case ParticipantAdded(address=address) if address in names:
                names.remove(address)
    return tuple(names)


def leavers(home: Ticket, found: Brought, others: Collection[Ticket]) -> tuple[str, ...]:
    """Who leaves again: not whom one of the others brings as well that are merged into it, and not
    whose ticket it has become.
    """
    stay = {p.address for other in others for p in other.participants} | {home.requester.address}
    return tuple(a for a in found.joined if a not in stay and home.participant(a) is not None)


def answered_at(ticket: Ticket, found: Brought) -> datetime | None:
    """When the people of the ticket were first answered on the one that went on for it."""
    theirs = {p.address for p in ticket.participants if p.address}
    undone = {e.event.message for e in found.since if isinstance(e.event, ReplyUndone)}
    for entry in found.since:
        match entry.event:
            case ReplySent(message=message, recipients=to) if message not in undone:
                if theirs.intersection(to):
                    return entry.at
    return None


def goes_back(
    home: Ticket, leaving: Collection[str], found: Brought, said: Sequence[Message]
) -> tuple[Message, ...]:
    """What those who leave wrote there since, and nobody answered: it is owed an answer where they
    are.
    """
    authors = {mail_actor(address) for address in leaving}
    waiting = unanswered(home, said)
    return tuple(m for m in waiting if m.author in authors and m.id not in found.carried)


def is_settled(
    home: Ticket, going: Iterable[Message], found: Brought, said: Sequence[Message]
) -> bool:
    """Whether all that it still owed an answer is owed elsewhere from now on."""
    waiting = {message.id for message in unanswered(home, said)}
    return bool(waiting) and waiting <= found.carried | {message.id for message in going}


def come_back(
    ticket: Ticket, entries: Sequence[TimelineEntry], answered: datetime | None, now: datetime
) -> Changed:
    """It goes on by itself, as it stood when it was merged."""
    place = max(n for n, entry in enumerate(entries) if isinstance(entry.event, TicketMerged))
    back = replace(standing(entries[:place]).restored(ticket, now), merged_into="")
    return Change(back, (TicketUnmerged(home=ticket.merged_into, answered_at=answered),))


def give_back(
    home: Ticket,
    ticket: Ticket,
    leaving: Sequence[str],
    found: Brought,
    now: datetime,
    *,
    settled: bool,
) -> Changed:
    """Go on without the other one: those who came by it leave. It stands as it did before when
    nothing moved it since the merge.
    """
    reason = f"{ticket.number} is a ticket of its own again"
    given = TicketGivenBack(number=ticket.number, title=ticket.title, settled=settled)
    change = Change(home, (given,))
    for address in leaving:
        left = leave(change.item, address, reason)
        change = Change(left.item, (*change.events, *left.events))
    if any(isinstance(entry.event, _MOVES) for entry in found.since):
        return change
    stood = found.before.restored(change.item, now)
    return Change(_ended(stood, home), (*change.events, *_moves(home, stood, reason)))


def _ended(stood: Ticket, home: Ticket) -> Ticket:
    """Every end begins a new turn of the keys."""
    return replace(stood, key_turn=stood.key_turn + (stood.ended and not home.ended))


def _moves(home: Ticket, stood: Ticket, reason: str) -> tuple[Event, ...]:
    events: list[Event] = []
    if stood.status is not home.status:
        events.append(StatusChanged(old=home.status, new=stood.status, reason=reason))
    if stood.snoozed_until is not None and stood.snoozed_until != home.snoozed_until:
        events.append(Snoozed(until=stood.snoozed_until))
    return tuple(events)
