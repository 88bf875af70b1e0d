"""`/ticket` verbs that move a ticket: claim, release, assign, status, resolve, reopen, snooze, …"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from bot.commands.call import Call, Reply, told
from bot.commands.table import Command, Param, ParamKind
from bot.domain import assignment, tickets
from bot.domain.changes import Change
from bot.domain.durations import format_duration, parse_moment
from bot.domain.events import person_actor
from bot.domain.people import Person, Right, may
from bot.domain.work_items import Priority, Ticket, TicketStatus
from bot.errors import UserError
from bot.services import reminders
from bot.services.core import Core
from bot.services.gestures import talk
from bot.services.people import find_person, zone_of
from bot.services.recording import record
from bot.services.verbs.ticket_entries import on_ticket

DOUBLE_PRESS: Final = timedelta(seconds=30)
_STATUSES: Final = ("open", "pending", "on_hold", "resolved")
_MOMENT: Final = "3h, tomorrow 09:00, mon 9:00"


class TicketWork:
    """Carries out the verbs that change a ticket's state."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def commands(self) -> tuple[Command, ...]:
        """The entries of the table."""
        return (*self._owning(), *self._moving(), *self._sorting())

    def _owning(self) -> tuple[Command, ...]:
        to = Param(name="to", help="who gets it", kind=ParamKind.PERSON)
        back, hand = "Give the ticket back to the queue.", "Hand the ticket to somebody."
        return (
            on_ticket("claim", Right.CLAIM, self.claim, "Take the ticket."),
            on_ticket("release", Right.CLAIM, self.release, back),
            on_ticket("assign", Right.CLAIM, self.assign, hand, "@ben", to),
        )

    def _moving(self) -> tuple[Command, ...]:
        status = _choice("status", "pending waits for the customer", _STATUSES)
        reason = Param(
            name="reason", help="why, for the history", kind=ParamKind.TEXT, optional=True
        )
        until = Param(name="until", help=_MOMENT, kind=ParamKind.MOMENT)
        again, sleep = "Open an ended ticket again.", "Let it sleep; the customer's mail wakes it."
        return (
            on_ticket("status", Right.RESOLVE, self.status, "Set the status.", "pending", status),
            on_ticket("resolve", Right.RESOLVE, self.resolve, "End the ticket.", "", reason),
            on_ticket("reopen", Right.RESOLVE, self.reopen, again),
            on_ticket("snooze", Right.TRIAGE, self.snooze, sleep, "tomorrow 09:00", until),
        )

    def _sorting(self) -> tuple[Command, ...]:
        soon = _choice("priority", "how soon it is owed an answer", tuple(Priority))
        tags = Param(name="tags", help="words; -word takes one off", kind=ParamKind.WORDS)
        why = Param(name="reason", help="what you need", kind=ParamKind.TEXT)
        calls, asks = "Call the desk's escalation for help.", "needs a decision"
        urgency, labels = "Set the priority; clocks follow.", "Add tags, or take off with a minus."
        return (
            on_ticket("priority", Right.TRIAGE, self.priority, urgency, "high", soon),
            on_ticket("tag", Right.TRIAGE, self.tag, labels, "vat -old", tags),
            on_ticket("escalate", Right.ESCALATE, self.escalate, calls, asks, why),
        )

    async def claim(self, call: Call) -> Reply:
        """Take a free ticket; the loser of a race is told who was quicker."""
        change = assignment.claim(call.ticket, call.actor.key, call.now)
        await self._record(call, change)
        if not change.events:
            return told(f"You have {call.ticket.number} already.")
        return told(f"{call.ticket.number} is yours.")

    async def release(self, call: Call) -> Reply:
        """Give it back."""
        others = self._may_take_over(call.actor, call.ticket)
        change = assignment.release(call.ticket, call.actor.key, for_others=others)
        await self._record(call, change)
        return told(f"{call.ticket.number} is back in the queue.")

    async def assign(self, call: Call) -> Reply:
        """Hand it to somebody who may work on it."""
        ticket, to = call.ticket, find_person(self._core, call.arg("to"), call.actor)
        if not may(to, Right.CLAIM, desk=ticket.desk):
            raise UserError(
                f"{to.name} may not work on {ticket.number}: no role on that desk.",
                code="no_right",
            )
        change = assignment.assign(
            ticket,
            to.key,
            call.actor.key,
            call.now,
            take_over=self._may_take_over(call.actor, ticket),
        )
        await self._record(call, change)
        return told(f"{ticket.number} is with {to.name} now.")

    async def status(self, call: Call) -> Reply:
        """Set the status."""
        status = TicketStatus(call.arg("status"))
        change = tickets.set_status(call.ticket, status, call.now)
        await self._record(call, change)
        if change.events and status is TicketStatus.RESOLVED:
            await talk.tell_resolved(self._core, call.work, change.item, call.now)
        return told(f"{call.ticket.number} is {status.replace('_', ' ')} now.")

    async def resolve(self, call: Call) -> Reply:
        """End it."""
        change = tickets.resolve(call.ticket, call.now, call.arg("reason"))
        await self._record(call, change)
        await talk.tell_resolved(self._core, call.work, change.item, call.now)
        return told(f"{call.ticket.number} is resolved.")

    async def reopen(self, call: Call) -> Reply:
        """Open it again."""
        await self._record(call, tickets.reopen(call.ticket, call.now))
        return told(f"{call.ticket.number} is open again.")

    async def snooze(self, call: Call) -> Reply:
        """Let it sleep, and set the deadline that wakes it."""
        try:
            until = parse_moment(call.arg("until"), call.now, zone_of(call.actor))
        except ValueError as error:
            raise UserError(str(error), code="moment") from None
        await self._record(call, tickets.snooze(call.ticket, until, call.now))
        await call.work.timers.arm(reminders.WAKE, str(call.ticket.id), until)
        zone = zone_of(call.actor)
        shown, today = until.astimezone(zone), call.now.astimezone(zone)
        day = f"{shown:%a %d %b}" if shown.year == today.year else f"{shown:%a %d %b %Y}"
        return told(f"{call.ticket.number} sleeps until {day} {shown:%H:%M}.")

    async def priority(self, call: Call) -> Reply:
        """Set how soon it is owed an answer."""
        priority = Priority(call.arg("priority"))
        await self._record(call, tickets.set_priority(call.ticket, priority))
        return told(f"{call.ticket.number} has priority {priority} now.")

    async def tag(self, call: Call) -> Reply:
        """Add and take off tags."""
        words = call.arg("tags").replace(",", " ").split()
        add = [_tag(word) for word in words if not word.startswith("-")]
        remove = [_tag(word) for word in words if word.startswith("-")]
        change = tickets.retag(call.ticket, add, remove)
        await self._record(call, change)
        return told(f"{call.ticket.number} has the tags: {', '.join(change.item.tags) or 'none'}.")

    async def escalate(self, call: Call) -> Reply:
        """Page the first step of the desk's escalation policy; two who press at once page once."""
        tickets.refuse_ended(call.ticket, "nobody is paged for it")
        scope = f"escalate:{call.ticket.id}"
        if await call.work.seen.tally(scope, call.now, DOUBLE_PRESS) > 1:
            raise UserError(
                f"{call.ticket.number} was escalated a moment ago.",
                code="repeated",
                hint=f"If nobody comes, escalate again in {format_duration(DOUBLE_PRESS)}.",
            )
        reached = await reminders.escalate(
            self._core,
            call.work,
            call.ticket,
            call.arg("reason"),
            person_actor(call.actor.key),
            call.now,
        )
        names = ", ".join(self._core.directory.name_of(key) for key in reached)
        if not names:
            return told(
                f"{call.ticket.number} is marked as escalated, but its desk pages nobody: set "
                "[desks.…] escalation in the configuration."
            )
        return told(f"Escalated {call.ticket.number}: paging {names}.")

    async def _record(self, call: Call, change: Change[Ticket]) -> None:
        actor = person_actor(call.actor.key)
        await record(
            self._core, call.work, call.ticket, change, actor, call.now, source=call.surface
        )

    def _may_take_over(self, person: Person, ticket: Ticket) -> bool:
        return may(person, Right.TAKE_OVER, desk=ticket.desk)


def _tag(word: str) -> str:
    """A tag as it is kept, without the marks that people put before one."""
    return word.lstrip("+-#").lower()[:40]


def _choice(name: str, help_: str, choices: tuple[str, ...]) -> Param:
    return Param(name=name, help=help_, kind=ParamKind.CHOICE, choices=choices)
