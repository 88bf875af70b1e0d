"""`/ticket` verbs about words that are kept, and about who takes part: note, accept, decline,
split, add.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from bot.commands.call import Call, Reply, told
from bot.commands.table import Command, Param, ParamKind
from bot.domain import tickets
from bot.domain.changes import Change
from bot.domain.events import person_actor
from bot.domain.messages import Voice
from bot.domain.people import Right
from bot.domain.work_items import Ticket
from bot.errors import UserError
from bot.services.core import Core
from bot.services.gestures import talk
from bot.services.mailing.addresses import address_of
from bot.services.mailing.incoming import held
from bot.services.mailing.outgoing import correspondence
from bot.services.recording import record, refresh_message
from bot.services.verbs.ticket_entries import on_ticket

_ACCEPTED: Final = "accepted by an agent"


class TicketTalk:
    """Carries out the verbs that say something."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def commands(self) -> tuple[Command, ...]:
        """The entries of the table."""
        return (self._saying(), *self._admitting())

    def _saying(self) -> Command:
        inside = Param(name="text", help="only your team sees it", kind=ParamKind.TEXT)
        says, example = "Say something internally.", "looks like DNS"
        return on_ticket("note", Right.NOTE, self.note, says, example, inside)

    def _admitting(self) -> tuple[Command, ...]:
        which = Param(name="message", help="which one; the newest if left out", optional=True)
        whom = Param(name="address", help="a mail address")
        accepts = "Let the writer of a held mail take part."
        declines = "Keep a held mail as a note; its writer takes no part."
        splits = "Make a held mail a ticket of its own."
        adds = "Let another address take part from now on."
        return (
            on_ticket("accept", Right.REVIEW_HELD, self.accept, accepts, "", which, seldom=True),
            on_ticket("decline", Right.REVIEW_HELD, self.decline, declines, "", which, seldom=True),
            on_ticket("split", Right.REVIEW_HELD, self.split, splits, "", which, seldom=True),
            on_ticket("add", Right.REPLY, self.add, adds, "bob@acme.example", whom),
        )

    async def note(self, call: Call) -> Reply:
        """Keep an internal note."""
        note = talk.Note(
            text=call.arg("text"), files=call.files, said=call.said, source=call.surface
        )
        await talk.add_note(self._core, call.work, call.ticket, call.actor, note, call.now)
        return told(f"Noted on {call.ticket.number}; only your team sees it.")

    async def accept(self, call: Call) -> Reply:
        """Make the writer of a held mail a participant, and all they wrote a part of the ticket."""
        ticket, wanted = call.ticket, call.arg("message")
        chosen = await held.find(call.work, ticket, wanted)
        address = chosen.author.partition(":")[2]
        if "@" not in address:
            raise UserError(
                "Its sender could not be told for sure, so nobody can be added.", code="doubtful"
            )
        change = tickets.add_participant(ticket, address, chosen.author_name, call.now)
        waiting = [m for m in await call.work.messages.of(ticket.id) if m.voice is Voice.HELD]
        for message in (m for m in waiting if m.author == chosen.author):
            await call.work.messages.save(replace(message, voice=Voice.CUSTOMER))
            await refresh_message(call.work, message)
            wrote = tickets.customer_wrote(change.item, message.id, _ACCEPTED, call.now)
            change = Change(wrote.item, (*change.events, *wrote.events))
        await self._record(call, change)
        return told(f"{address} takes part in {ticket.number} from now on.")

    async def decline(self, call: Call) -> Reply:
        """Keep a held mail as an internal note."""
        message = await held.find(call.work, call.ticket, call.arg("message"))
        await held.decline(self._core, call.work, call.ticket, message, call.actor, call.now)
        return told(f"Kept as a note on {call.ticket.number}; {message.author_name} is not told.")

    async def split(self, call: Call) -> Reply:
        """Make a held mail a ticket of its own."""
        message = await held.find(call.work, call.ticket, call.arg("message"))
        opened = await held.split(self._core, call.work, call.ticket, message, call.actor, call.now)
        return told(f"{opened.number} is the ticket of {message.author_name} now.")

    async def add(self, call: Call) -> Reply:
        """Let another address take part, and tell them."""
        ticket, address = call.ticket, address_of(self._core, call.arg("address"))
        change = tickets.add_participant(ticket, address, "", call.now)
        if not change.events:
            return told(f"{address} takes part in {ticket.number} already.")
        await self._record(call, change)
        newest = change.item.participants[-1]
        await correspondence.welcome(self._core, call.work, change.item, newest, call.now)
        return told(f"{address} takes part in {ticket.number} from now on.")

    async def _record(self, call: Call, change: Change[Ticket]) -> None:
        actor = person_actor(call.actor.key)
        await record(
            self._core, call.work, call.ticket, change, actor, call.now, source=call.surface
        )
