"""`/ticket mails`: which news of tickets a person gets by mail."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from bot.commands.call import Call, Reply, told
from bot.commands.table import Command, Param, ParamKind
from bot.domain.events import person_actor
from bot.domain.people import Mails
from bot.errors import UserError
from bot.services import wishes
from bot.services.core import Core
from bot.services.mailing.outgoing import suppression
from bot.services.mailing.returned import unreachable
from bot.services.verbs.ticket_entries import on_desk

_WORDS: Final[Mapping[Mails, str]] = {
    Mails.OFF: "You get no news by mail.",
    Mails.MINE: (
        "You get news of your tickets by mail: handed to you, a customer wrote, a clock runs out."
    ),
    Mails.DESK: "You get news of your tickets by mail, and of new tickets on your desks.",
}


class TicketMails:
    """Carries out the verb."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def commands(self) -> tuple[Command, ...]:
        """The entry of the table."""
        which = Param(
            name="mails",
            help="none, of what is yours, or of new tickets as well",
            kind=ParamKind.CHOICE,
            choices=tuple(Mails),
            optional=True,
        )
        says = "Which news of tickets you get by mail."
        return (
            replace(on_desk("mails", self.mails, says, "mine", which, reads=False), seldom=True),
        )

    async def mails(self, call: Call) -> Reply:
        """Say how it stands, or change it."""
        person, wanted = call.actor, call.arg("mails")
        if not person.email and wanted not in ("", Mails.OFF):
            raise UserError(
                "There is no mail address of yours here.",
                code="no_address",
                hint=f"An operator can write it: [people.{person.key}] email.",
            )
        if wanted not in ("", Mails.OFF):
            await suppression.lift(call.work, person.email)
        if wanted:
            actor = person_actor(person.key)
            await wishes.choose(
                call.work, person, Mails(wanted), actor, call.now, source=call.surface
            )
        mails = await wishes.mails_of(call.work, person)
        where = f" They go to {person.email}." if mails is not Mails.OFF else ""
        why = await unreachable.hindered(call.work, person, call.now)
        return told(f"{_WORDS[mails]}{where}{f' But {why}.' if why else ''}")
