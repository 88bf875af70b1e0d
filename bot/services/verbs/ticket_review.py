"""`/ticket review`: what becomes of what one of the team answered by mail."""

from __future__ import annotations

from dataclasses import replace

from bot.commands.call import Call, Reply, told
from bot.commands.table import Command, Param, ParamKind
from bot.domain.messages import Message
from bot.domain.people import Right, may
from bot.errors import UserError
from bot.services.core import Core
from bot.services.gestures import replying
from bot.services.mailing.incoming import answers
from bot.services.verbs.ticket_entries import on_ticket


class TicketReview:
    """Carries out the verb: mail never acts as staff, so one of the staff acts on it."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def commands(self) -> tuple[Command, ...]:
        """The entry of the table."""
        what = Param(
            name="do",
            help="keep it as a note, reply with it, or discard it",
            kind=ParamKind.CHOICE,
            choices=("note", "reply", "discard"),
        )
        which = Param(name="message", help="which one; the newest if left out", optional=True)
        says = "What becomes of a colleague's answer by mail."
        return (
            on_ticket("review", Right.NOTE, self.review, says, "note", what, which, seldom=True),
        )

    async def review(self, call: Call) -> Reply:
        """Keep it as a note of one's own, open the reply form with its words, or discard it."""
        message = await answers.find(call.work, call.ticket, call.arg("message"))
        number, source = call.ticket.number, call.surface
        decided = (self._core, call.work, call.ticket, message, call.actor, call.now)
        match call.arg("do"):
            case "reply":
                return await self._reply(call, message)
            case "note":
                await answers.keep(*decided, source=source)
                return told(f"Kept as your note on {number}; only your team sees it.")
            case _:
                await answers.discard(*decided, source=source)
                return told(f"Discarded on {number}; the history keeps it.")

    async def _reply(self, call: Call, message: Message) -> Reply:
        if not may(call.actor, Right.REPLY, desk=call.ticket.desk):
            raise UserError(
                f"You may not reply on {call.ticket.number}.",
                code="no_right",
                hint="Keep it as a note, and ask an agent of the desk.",
            )
        began = replace(call, args={replying.WORDS_OF: str(message.id)})
        return Reply(form=await replying.form_of(self._core, began))
