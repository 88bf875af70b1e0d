"""`/ticket new`: a ticket that begins with a person of the team, not with a mail."""

from __future__ import annotations

from bot.commands.call import Call, Reply
from bot.commands.table import Command, Param, ParamKind
from bot.domain.people import Right
from bot.errors import UserError
from bot.services import drawing
from bot.services.core import Core
from bot.services.gestures import opening
from bot.services.mailing.addresses import address_of
from bot.services.verbs.declaring import option_of


class TicketNew:
    """Carries out the verb that opens a ticket."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def commands(self) -> tuple[Command, ...]:
        """The entry of the table."""
        desks = tuple(self._core.directory.desks)
        words = Param(name="text", help="what it is about, a title first", kind=ParamKind.TEXT)
        desk = Param(
            name="desk", help="which desk", kind=ParamKind.CHOICE, choices=desks, optional=True
        )
        requester = Param(name="requester", help="the customer's mail address", optional=True)
        return (
            Command(
                root="ticket",
                verb="new",
                help="Open a ticket by hand.",
                example="/ticket new Printer is on fire --from maria@acme.example",
                right=Right.ASK,
                handler=self.new,
                params=(words, desk, requester),
                form_submit="Open ticket",
            ),
        )

    async def new(self, call: Call) -> Reply:
        """Open it on the desk named, or that of the channel; nothing is mailed by it."""
        text, options = _options(call.arg("text"))
        named = options.get("desk") or call.arg("desk")
        requester = options.get("from") or call.arg("requester")
        if not text:
            raise UserError("Say what it is about.", code="missing")
        wish = opening.Wish(
            text=text,
            said=call.said,
            requester=address_of(self._core, requester) if requester else "",
            files=call.files,
        )
        desk = opening.desk_for(self._core, call.actor, call.place, named)
        ticket = await opening.open_ticket(self._core, call.work, desk, call.actor, wish, call.now)
        return Reply(card=await drawing.item_card(self._core, call.work, ticket.id))


def _options(text: str) -> tuple[str, dict[str, str]]:
    """The words without the options at their end (`--desk billing`, `--from maria@…`)."""
    options: dict[str, str] = {}
    words = text
    while True:
        *before, name, value = ["", "", *words.rsplit(maxsplit=2)][-3:]
        option = option_of(name)
        if option not in ("desk", "from"):
            return words, options
        options[option] = value
        words = before[0].strip()
