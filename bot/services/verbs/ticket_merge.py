"""`/ticket merge` and `unmerge`: one ticket goes on in the place of another, or no more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from bot.cards import Action, Block, Card, Plain, Style, Tone
from bot.commands.call import Call, Reply, told
from bot.commands.table import Command, Param, ParamKind, Target
from bot.domain import merging, unmerging
from bot.domain.people import Right, may
from bot.domain.work_items import Participant, Ticket
from bot.errors import UserError
from bot.services.core import Core
from bot.services.drawing.words import button, ticket_word
from bot.services.gestures.access import named
from bot.services.merging import goes_on, merge
from bot.services.unmerging import Parted, unmerge
from bot.services.verbs.ticket_entries import on_ticket

JOIN, LEAVE_OUT = "join", "leave_out"
_NUMBER: Final = Param(
    name="into", help="the ticket that goes on, such as SUP-1", source=Target.TICKET.value
)


class TicketMerge:
    """Carries out merging, and undoes it."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def commands(self) -> tuple[Command, ...]:
        """The entries of the table."""
        people = Param(
            name="people",
            help="may those who took part here see what follows there? Asked if left out",
            kind=ParamKind.CHOICE,
            choices=(JOIN, LEAVE_OUT),
            optional=True,
        )
        merges = "Let another ticket go on in the place of this one."
        command = on_ticket("merge", Right.MERGE, self.merge, merges, "SUP-1", _NUMBER, people)
        held = (_NUMBER.name,)
        back = "Undo its merge: it goes on by itself again."
        return (
            replace(command, form_title="Merge", form_submit="Merge", holds=held),
            on_ticket("unmerge", Right.MERGE, self.unmerge, back, seldom=True),
        )

    async def merge(self, call: Call) -> Reply:
        """Merge, after asking whether people join a ticket that they took no part in."""
        ticket = call.ticket
        into = await self._other(call, call.arg("into").lstrip("#").upper())
        said = await call.work.messages.of(ticket.id)
        merging.check(ticket, into, said, call.now)
        merging.refuse_circle(ticket, into, await goes_on(call.work, into))
        fresh, answer = merging.newcomers(ticket, into), call.arg("people")
        if fresh and not answer:
            return _question(ticket, into, fresh)
        joining = fresh if answer == JOIN else ()
        await merge(
            self._core, call.work, ticket, into, joining, call.actor, call.now, source=call.surface
        )
        words = f"{ticket.number} is merged into {into.number}, which goes on in its place."
        return _with_button(told(words), button("unmerge", ticket.number, "Undo the merge"))

    async def unmerge(self, call: Call) -> Reply:
        """Let it go on by itself again, as far as that can be honest; the reply tells how far."""
        ticket, work = call.ticket, call.work
        unmerging.refuse_unmerged(ticket, await work.timeline.of(ticket.id))
        # Mail takes the two in this order as well: first the one that was merged.
        home = await self._other(call, ticket.merged_into)
        parted = await unmerge(
            self._core, work, ticket, home, call.actor, call.now, source=call.surface
        )
        return _told_parted(parted, home)

    async def _other(self, call: Call, number: str) -> Ticket:
        """The ticket that goes on; UserError when there is none, or the person may not."""
        found = await named(call.work, number, call.actor)
        if found is None:
            hint = "`/ticket find` searches by number, subject and customer."
            raise UserError(f"There is no {number[:40]}.", code="not_found", hint=hint)
        if not isinstance(found, Ticket):
            words = f"{found.number} is an incident; only tickets can be merged."
            raise UserError(words, code="wrong_kind")
        known = found.desk in self._core.directory.desks
        if not known or not may(call.actor, Right.MERGE, desk=found.desk):
            raise UserError(
                f"You may not do that on {found.number}: it needs the right to merge.",
                code="no_right",
                hint="Merging needs the right on both tickets; ask a lead of the other desk.",
            )
        return found


def _with_button(reply: Reply, action: Action) -> Reply:
    card = reply.card
    return replace(reply, card=replace(card, actions=(action,))) if card is not None else reply


def _told_parted(parted: Parted, home: Ticket) -> Reply:
    """What was undone, and what stays."""
    number, left = parted.ticket.number, ", ".join(parted.left)
    words = f"{number} is a ticket of its own again: {ticket_word(parted.ticket)}."
    rest = [f"What was said on {home.number} since stays there."]
    if parted.went_along:
        rest = [f"What they wrote there and nobody answered is on {number} too.", *rest]
    if left:
        rest = [f"{left}: no part in {home.number} any more.", *rest]
    card = Card(
        title="",
        number=number,
        fallback=words,
        status=(Plain(words),),
        context=(Plain(f"{' '.join(rest)} Nobody was mailed.", dim=True),),
        actions=(button("show", number, f"Show {number}"),),
    )
    return Reply(card=card)


def _question(ticket: Ticket, into: Ticket, fresh: Sequence[Participant]) -> Reply:
    """What has to be said before others join: nothing has happened yet."""
    names = ", ".join(map(str, fresh))
    words = f"Nothing is merged yet: who of {ticket.number} takes part in {into.number}?"
    card = Card(
        title="",
        number=ticket.number,
        fallback=words,
        tone=Tone.WARNING,
        status=(Plain(words),),
        blocks=(
            Block((Plain(f"{into.number} “{into.title}” with {into.requester} goes on."),)),
            Block((Plain("Not part of it yet: "), Plain(names, bold=True))),
        ),
        context=(
            Plain(
                "Who joins gets what is written there from now on; nobody is mailed now. "
                "Mail of those who are left out will be held for review.",
                dim=True,
            ),
        ),
        actions=(
            button("merge", ticket.number, "Merge, they join", Style.PRIMARY, into.number, JOIN),
            button(
                "merge", ticket.number, "Merge without them", Style.PLAIN, into.number, LEAVE_OUT
            ),
        ),
    )
    return Reply(card=card)
