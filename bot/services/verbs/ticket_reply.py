"""`/ticket` verbs about the reply to the customer: reply, draft, undo."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from bot.cards import Block, BlockKind, Card, Form, Plain, Style, Tone
from bot.commands.call import Call, Reply, told
from bot.commands.table import Command, Param, ParamKind
from bot.domain.drafts import Draft
from bot.domain.people import Right
from bot.domain.work_items import Ticket, TicketStatus
from bot.errors import UserError
from bot.services.core import Core
from bot.services.drawing.words import button
from bot.services.gestures import replying, talk
from bot.services.gestures.endings import ENDINGS, USUAL, split_ending
from bot.services.mailing.incoming import answers
from bot.services.verbs.ticket_entries import on_ticket

_KEEPS: Final = (replying.KNEW, replying.WORDS_OF)
_SAVED: Final = re.compile(r"(?:^|\s)(?:--|—|–)saved[ =]+([A-Za-z0-9_-]{1,40})(?=\s|\Z)")


class TicketReply:
    """Carries out what mails the customer."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def commands(self) -> tuple[Command, ...]:
        """The entries of the table."""
        back = "Take your last reply back, within 10 s."
        which = Param(name="message", help="which one; your newest if left out", optional=True)
        what = Param(
            name="do",
            help="send it, keep it as a note, or discard it",
            kind=ParamKind.CHOICE,
            choices=("send", "note", "discard"),
        )
        drafts = "What becomes of your unsent reply."
        return (
            self._replying(),
            on_ticket("undo", Right.REPLY, self.undo, back, "", which),
            replace(
                on_ticket("draft", Right.REPLY, self.draft, drafts, "discard", what, seldom=True),
                mails=True,
            ),
        )

    def _replying(self) -> Command:
        words = Param(
            name="text", help="what the customer will read", kind=ParamKind.TEXT, optional=True
        )
        then = Param(
            name="then",
            help="wait, resolve or open",
            kind=ParamKind.CHOICE,
            choices=tuple(ENDINGS),
            optional=True,
        )
        saved = Param(name="saved", help="a saved reply", optional=True, source="saved")
        mails, example = "Mail the customer; can be undone for 10 s.", "We found it. --resolve"
        command = on_ticket("reply", Right.REPLY, self.reply, mails, example, words, then, saved)
        one_of = ("text", "saved")
        return replace(command, form=self.form, one_of=one_of, keeps=_KEEPS, mails=True)

    async def form(self, call: Call) -> Form:
        """Ask for the words, with the recipients in sight."""
        return await replying.form_of(self._core, call)

    async def reply(self, call: Call) -> Reply:
        """Send; unless somebody was quicker while the form was open."""
        ticket, person, work = call.ticket, call.actor, call.work
        text, then = self._words(call)
        first = await replying.quicker(work, ticket, person, call.arg(replying.KNEW))
        if first is not None:
            await replying.keep(self._core, work, ticket, person, text, then)
            return replying.collision(ticket, first, files=bool(call.files))
        return await self._send(call, text, then)

    def _words(self, call: Call) -> tuple[str, str]:
        """The text, saved words in the place where they are named, and what comes after it."""
        text, then = split_ending(call.arg("text"), call.arg("then"))
        found = _SAVED.search(text)
        if found is not None:
            text = f"{text[: found.start()]} {text[found.end() :]}".strip()
        name = found[1] if found is not None else call.arg("saved")
        if name and not text:
            text = replying.saved_words(self._core, call.ticket, name)
        elif found is not None:
            raise UserError(
                "A saved reply is sent as it is; nothing was sent.",
                code="surplus",
                hint="Choose it in the form to change its words.",
            )
        return text, then

    async def _send(self, call: Call, text: str, then: str) -> Reply:
        ticket, core = call.ticket, self._core
        if call.stopped:
            await replying.keep(core, call.work, ticket, call.actor, text, then)
            return replying.stopped(ticket, call.stopped)
        answer = talk.Answer(
            text=text, then=ENDINGS[then], files=call.files, said=call.said, source=call.surface
        )
        message = await talk.reply(core, call.work, ticket, call.actor, answer, call.now)
        await replying.done(core, call.work, ticket, call.actor)
        await answers.used(call.work, ticket, call.arg(replying.WORDS_OF))
        words = f"Sending to {', '.join(message.recipients)}"
        card = Card(
            title="",
            fallback=words,
            tone=Tone.REPLY,
            status=(Plain(f"{words} in 10 s.{_woken(ticket, ENDINGS[then])}"),),
            blocks=(Block((Plain(text),), BlockKind.QUOTE),),
            context=(Plain(f"⚠ {call.unchecked}"),) if call.unchecked else (),
            actions=(button("undo", ticket.number, "Undo", Style.PLAIN, str(message.id)),),
        )
        return Reply(card=card)

    async def draft(self, call: Call) -> Reply:
        """Send one's draft, keep it as a note, or discard it."""
        draft = await self._draft(call)
        match call.arg("do"):
            case "send":
                return await self._send(call, draft.text, draft.then or USUAL)
            case "note":
                kept = talk.Note(text=draft.text, source=call.surface)
                await talk.add_note(self._core, call.work, call.ticket, call.actor, kept, call.now)
                words = f"Noted on {call.ticket.number}; only your team sees it."
            case _:
                words = f"Your draft on {call.ticket.number} is discarded."
        await replying.done(self._core, call.work, call.ticket, call.actor)
        return told(words)

    async def _draft(self, call: Call) -> Draft:
        draft = await call.work.drafts.of(call.actor.key, call.ticket.id)
        if draft is None:
            raise UserError(
                f"You have no draft on {call.ticket.number}.",
                code="not_found",
                hint=f"Write one with `/ticket reply {call.ticket.number}`.",
            )
        return draft

    async def undo(self, call: Call) -> Reply:
        """Take a reply back: a button says which, a typed line means one's own newest."""
        wanted = call.arg("message")
        await talk.undo(self._core, call.work, call.ticket, call.actor, call.now, wanted=wanted)
        return told(f"Taken back: nothing was sent to the customer of {call.ticket.number}.")


def _woken(ticket: Ticket, then: TicketStatus) -> str:
    """That the reply opened a ticket again which had ended, perhaps while it was written."""
    again = ticket.ended and not then.ended
    word = then.replace("_", " ")
    return f" {ticket.number} was {ticket.status} and is {word} now." if again else ""
