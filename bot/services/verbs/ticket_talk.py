"""`/ticket` verbs that carry words: reply, note, undo, and who takes part."""

from __future__ import annotations

import re
from dataclasses import replace
from difflib import get_close_matches
from typing import Final

from bot.cards import Block, BlockKind, Card, FieldKind, Form, FormField, Plain, Tone, action_id
from bot.commands.call import Call, Reply, told
from bot.commands.table import Command, Param, ParamKind
from bot.domain import tickets
from bot.domain.changes import Change
from bot.domain.events import person_actor
from bot.domain.messages import Voice
from bot.domain.people import Right
from bot.domain.work_items import Ticket, TicketStatus
from bot.errors import UserError
from bot.services import correspondence, talk
from bot.services.core import Core
from bot.services.drawing.words import button
from bot.services.recording import record, refresh_message
from bot.services.verbs.ticket_entries import on_ticket

MAX_ADDRESS: Final = 254
# Strict enough for a header; whether it exists is told by the first mail to it.
_ADDRESS: Final = re.compile(
    r"[^\s@<>()\[\]\\,;:\"]+@[^\s@<>()\[\]\\,;:\"]+\.[^\s@<>()\[\]\\,;:\".]+"
)
# Some keyboards make one long dash of two short ones.
_ENDING: Final = re.compile(r"(?:^|\s)(?:--|—|–)([A-Za-z]+)\s*\Z")
_ACCEPTED: Final = "accepted by an agent"
_THEN: Final = {
    "wait": TicketStatus.PENDING,
    "resolve": TicketStatus.RESOLVED,
    "open": TicketStatus.OPEN,
}
_THEN_LABELS: Final = (
    ("wait", "Wait for the customer"),
    ("resolve", "Resolve"),
    ("open", "Keep open"),
)


class TicketTalk:
    """Carries out the verbs that say something."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def commands(self) -> tuple[Command, ...]:
        """The entries of the table."""
        return (*self._saying(), *self._admitting())

    def _saying(self) -> tuple[Command, ...]:
        words = Param(
            name="text", help="what the customer will read", kind=ParamKind.TEXT, optional=True
        )
        then = Param(
            name="then",
            help="wait, resolve or open",
            kind=ParamKind.CHOICE,
            choices=tuple(_THEN),
            optional=True,
        )
        inside = Param(name="text", help="only your team sees it", kind=ParamKind.TEXT)
        mails, example = "Mail the customer; can be undone for 10 s.", "We found it. --resolve"
        back = "Take the last reply back, within 10 s."
        return (
            on_ticket("reply", Right.REPLY, self.reply, mails, example, words, then),
            on_ticket(
                "note", Right.NOTE, self.note, "Say something internally.", "looks like DNS", inside
            ),
            on_ticket("undo", Right.REPLY, self.undo, back),
        )

    def _admitting(self) -> tuple[Command, ...]:
        which = Param(name="message", help="which one; the newest if left out", optional=True)
        whom = Param(name="address", help="a mail address")
        accepts = "Let the writer of a held mail take part."
        adds = "Let another address take part from now on."
        return (
            on_ticket("accept", Right.REVIEW_HELD, self.accept, accepts, "", which),
            on_ticket("add", Right.REPLY, self.add, adds, "bob@acme.example", whom),
        )

    async def reply(self, call: Call) -> Reply:
        """Send, or ask for the words with the recipients in sight."""
        ticket, text = call.ticket, call.arg("text")
        if not text:
            return Reply(form=self._form(ticket))
        text, then = _then_of(text, call.arg("then"))
        message = await talk.reply(
            self._core, call.work, ticket, call.actor, text, then, call.now, call.files
        )
        card = Card(
            title="",
            fallback=f"Sending to {', '.join(message.recipients)}",
            tone=Tone.REPLY,
            status=(Plain(f"Sending to {', '.join(message.recipients)} in 10 s."),),
            blocks=(Block((Plain(text),), BlockKind.QUOTE),),
            actions=(button("undo", ticket.number, "Undo"),),
        )
        return Reply(card=card)

    def _form(self, ticket: Ticket) -> Form:
        to = ", ".join(str(p) for p in ticket.participants)
        desk = self._core.directory.desks[ticket.desk]
        return Form(
            id=action_id("reply", ticket.number),
            title=f"Reply to {ticket.number}",
            intro=(
                Plain("To "),
                Plain(to, bold=True),
                Plain(f" · from {desk.sender} · {correspondence.subject_of(ticket)}"),
            ),
            fields=(
                FormField(
                    name="text",
                    label="Message",
                    kind=FieldKind.AREA,
                    hint="Sent by email. It can be undone for 10 s.",
                    max_length=20_000,
                ),
                FormField(name="files", label="Attach", kind=FieldKind.FILES, required=False),
                FormField(
                    name="then",
                    label="Then",
                    kind=FieldKind.CHOICE,
                    value="wait",
                    options=_THEN_LABELS,
                ),
            ),
            submit="Send email",
        )

    async def note(self, call: Call) -> Reply:
        """Keep an internal note."""
        await talk.add_note(
            self._core,
            call.work,
            call.ticket,
            call.actor,
            call.arg("text"),
            call.now,
            files=call.files,
        )
        return told(f"Noted on {call.ticket.number}; only your team sees it.")

    async def undo(self, call: Call) -> Reply:
        """Take the newest reply back."""
        await talk.undo(self._core, call.work, call.ticket, call.actor, call.now)
        return told(f"Taken back: nothing was sent to the customer of {call.ticket.number}.")

    async def accept(self, call: Call) -> Reply:
        """Make the writer of a held mail a participant, and all they wrote a part of the ticket."""
        ticket, wanted = call.ticket, call.arg("message")
        held = [m for m in await call.work.messages.of(ticket.id) if m.voice is Voice.HELD]
        chosen = [m for m in held if wanted in ("", str(m.id))]
        if not chosen:
            raise UserError(f"Nothing is held on {ticket.number}.", code="not_found")
        address = chosen[-1].author.partition(":")[2]
        if "@" not in address:
            raise UserError(
                "Its sender could not be told for sure, so nobody can be added.", code="doubtful"
            )
        change = tickets.add_participant(ticket, address, chosen[-1].author_name, call.now)
        for message in (m for m in held if m.author == chosen[-1].author):
            await call.work.messages.save(replace(message, voice=Voice.CUSTOMER))
            await refresh_message(call.work, message)
            wrote = tickets.customer_wrote(change.item, message.id, _ACCEPTED, call.now)
            change = Change(wrote.item, (*change.events, *wrote.events))
        await self._record(call, change)
        return told(f"{address} takes part in {ticket.number} from now on.")

    async def add(self, call: Call) -> Reply:
        """Let another address take part, and tell them."""
        ticket, address = call.ticket, call.arg("address").strip("<>").lower()
        if not _ADDRESS.fullmatch(address) or len(address) > MAX_ADDRESS:
            raise UserError(f"“{address[:60]}” is no mail address.", code="address")
        if self._core.directory.own_address(address):
            raise UserError("That is one of our own addresses; it would make a loop.", code="loop")
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


def _then_of(text: str, then: str) -> tuple[str, TicketStatus]:
    """The reply without its `--resolve`, and the status after it; it waits for the customer by
    default.

    UserError for a word that is nearly one of them: it must not be mailed.
    """
    found = _ENDING.search(text)
    word = found.group(1).lower() if found else ""
    if found and word in _THEN:
        return text[: found.start()].strip(), _THEN[word]
    near = get_close_matches(word, _THEN, n=1, cutoff=0.75)
    if near:
        raise UserError(
            f"I do not know “--{word}”; nothing was sent.",
            code="choice",
            hint=f"Did you mean `--{near[0]}`?",
        )
    return text, _THEN[then or "wait"]
