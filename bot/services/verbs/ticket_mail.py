"""`/ticket` verbs about mail that came back, was forwarded, and about who gets any."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Final

from bot.commands.call import Call, Reply, told
from bot.commands.table import Command, Param, ParamKind
from bot.domain import participants
from bot.domain.events import SYSTEM, person_actor
from bot.domain.messages import Delivery, Message
from bot.domain.people import Right
from bot.domain.work_items import Ticket
from bot.services.core import Core
from bot.services.gestures import unforwarding
from bot.services.mailing.addresses import plain_address
from bot.services.mailing.outgoing import resending, verifying, withholding
from bot.services.recording import record
from bot.services.verbs.ticket_entries import on_ticket


class TicketMail:
    """Carries out the verbs that mend what did not arrive."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def commands(self) -> tuple[Command, ...]:
        """The entries of the table."""
        which = Param(name="message", help="which one; the newest if left out", optional=True)
        old = Param(name="old", help="the address that does not work")
        new = Param(name="new", help="the address to write to from now on")
        whom = Param(name="address", help="whose mail address")
        again = "Send a mail again that did not arrive."
        moves = "Write to somebody under another address, and send again what came back."
        own = "It is the agent's own who forwarded it, not the customer's."
        drops = "Let somebody take part no more; their next mail is held for review."
        return (
            on_ticket("resend", Right.REPLY, self.resend, again, "", which, seldom=True),
            on_ticket(
                "readdress", Right.REPLY, self.readdress, moves, _EXAMPLE, old, new, seldom=True
            ),
            on_ticket(
                "remove", Right.REPLY, self.remove, drops, "bob@acme.example", whom, seldom=True
            ),
            on_ticket("unforward", Right.REPLY, self.unforward, own, seldom=True),
            self._verifying(),
        )

    def _verifying(self) -> Command:
        desks = tuple(self._core.directory.desks)
        which = Param(name="desk", help="whose address", kind=ParamKind.CHOICE, choices=desks)
        return Command(
            root="ticket",
            verb="verify",
            help="Send a mail by a desk's smarthost, and see whether it comes back.",
            example=f"/ticket verify {desks[0] if desks else 'support'}",
            right=Right.OPERATE,
            handler=self.verify,
            params=(which,),
            seldom=True,
        )

    async def resend(self, call: Call) -> Reply:
        """Send the message anew to those it did not reach."""
        ticket = call.ticket
        message = await resending.find(call.work, ticket, call.arg("message"))
        to = {copy.recipient: copy.recipient for copy in message.came_back}
        fresh = await resending.resend(
            self._core, call.work, ticket, call.actor, message, to, call.now
        )
        names = ", ".join(f"“{file.name}”" for file in message.attachments if file.stopped)
        rest = f", without {names}" if names else ""
        return told(f"Sending again to {', '.join(fresh.recipients)} in 10 s{rest}.")

    async def readdress(self, call: Call) -> Reply:
        """Change a participant's address; a reply that came back from the old one goes there."""
        old, new = plain_address(call.arg("old")), plain_address(call.arg("new"))
        ticket = await resending.move(
            self._core, call.work, call.ticket, call.actor, (old, new), call.now
        )
        history = await call.work.messages.of(ticket.id)
        lost = [m for m in history if any(c.recipient == old for c in m.came_back)]
        if not lost:
            return told(
                f"{ticket.number} writes to {new} from now on.{_waiting(ticket, history, old)}"
            )
        await resending.resend(
            self._core, call.work, ticket, call.actor, lost[-1], {old: new}, call.now
        )
        return told(f"{ticket.number} writes to {new} from now on; what came back is sent again.")

    async def unforward(self, call: Call) -> Reply:
        """Let the agent who forwarded a mail be the requester in the customer's place."""
        words = await unforwarding.undo(
            self._core, call.work, call.ticket, call.actor, call.now, source=call.surface
        )
        return told(words)

    async def verify(self, call: Call) -> Reply:
        """Begin a check of the desk's address; its end is told in the desk's channel."""
        desk = self._core.directory.desks[call.arg("desk")]
        token = secrets.token_hex(verifying.TOKEN_BYTES)
        to = await verifying.start_in_chat(self._core, call.work, desk, token)
        where = desk.channels[0] if desk.channels else "`deskhand doctor`"
        return told(f"A mail is on its way to {to}; {where} tells within 30 minutes how it went.")

    async def remove(self, call: Call) -> Reply:
        """Take a participant off the ticket."""
        address = plain_address(call.arg("address"))
        change = participants.leave(call.ticket, address, "")
        if not change.events:
            return told(f"{address} takes no part in {call.ticket.number}.")
        actor = person_actor(call.actor.key)
        await record(
            self._core, call.work, call.ticket, change, actor, call.now, source=call.surface
        )
        number, why = call.ticket.number, f"{call.actor.name} took them off the ticket"
        waiting = await withholding.withhold(call.work, address, why, ticket=number)
        rest = " What still waited for them is not sent." if waiting else ""
        return told(f"{address} gets no more mail about {number}.{rest}")


_EXAMPLE: Final = "bob@acme.example bob@new.example"


def _waiting(ticket: Ticket, history: Sequence[Message], old: str) -> str:
    """That a reply to the old address is on its way, while it can still be taken back."""
    replies = (message for message in history if message.author != SYSTEM)
    copies = (copy for message in replies for copy in message.copies if copy.recipient == old)
    if not any(copy.delivery is Delivery.QUEUED for copy in copies):
        return ""
    back = f"`/ticket undo {ticket.number}` takes it back while it waits"
    return f" What is just being sent still goes to {old}: {back}."
