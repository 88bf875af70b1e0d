"""A world of tickets: customers who answer mail, agents who look at cards and threads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot.cards import Card, plain
from bot.commands.call import Invocation, Reply, Talk
from bot.domain.mail import OutboundMail
from bot.domain.messages import Message
from bot.domain.work_items import Kind, Ticket
from bot.ports import ItemQuery, LedgerLine
from tests.scenario.world import World

MARIA = "maria@acme.example"
BOB = "bob@acme.example"
EVE = "eve@evil.example"
AUTOMATIC: dict[str, dict[str, Any]] = {
    "auto-submitted": {"Auto_Submitted": "auto-replied"},
    "precedence": {"Precedence": "bulk"},
    "list": {"List_Id": "<news.acme.example>"},
    "null sender": {"Return_Path": "<>"},
}


class Desk(World):
    """A world whose tickets, mails and cards are looked at."""

    # ------------------------------------------------------------ customers

    async def answer(
        self, mail: OutboundMail, text: str = "Thanks!", *, sender: str = MARIA, **headers: str
    ) -> str:
        """Somebody answers a mail of ours, as mail programs do."""
        facts: dict[str, Any] = {
            "to": mail.reply_to,
            "subject": f"Re: {mail.subject}",
            "In_Reply_To": f"<{mail.message_id}>",
        }
        return await self.mail(text, sender=sender, **(facts | headers))

    def mails(self, recipient: str = MARIA) -> list[OutboundMail]:
        """What somebody got, without the greeting of a new ticket."""
        return [mail for mail in self.mailbox.mails(recipient) if not mail.automatic]

    # ------------------------------------------------------------ the team

    async def replied(
        self, text: str = "It is fixed.", number: str = "SUP-1", **more: object
    ) -> OutboundMail:
        """Ana answers, and it has left: the requester's copy."""
        reply = await self.run("ana", f"/ticket reply {number} {text}", **more)
        assert not reply.refused, told(reply)
        await self.after(seconds=10)
        requester = (await self.ticket(number)).requester.address
        return self.mails(requester)[-1]

    # ------------------------------------------------------------ looking

    async def tickets(self) -> list[Ticket]:
        """All tickets, oldest first."""
        async with self.store.read() as work:
            found = await work.items.find(ItemQuery(kind=Kind.TICKET, limit=1000))
        return [item for item in found if isinstance(item, Ticket)]

    async def newest(self, number: str = "SUP-1") -> Message:
        """What was said last."""
        return (await self.messages(number))[-1]

    async def card(self, number: str = "SUP-1") -> Card:
        """The ticket's card in its channel, as it is drawn now."""
        ref = await self.thread_of(number)
        return self.surface.message(ref.id).card

    async def posts(self, number: str = "SUP-1") -> list[Card]:
        """What stands in the ticket's thread, as it is drawn now."""
        ref = await self.thread_of(number)
        return [posting.card for posting in self.surface.thread(ref.id)[1:]]

    async def ledger(self, state: str = "") -> Sequence[LedgerLine]:
        """The inbox's lines, oldest first."""
        return list(reversed(await self.store.inbox.find(state=state, limit=1000)))

    async def outcomes(self) -> list[str]:
        """What became of every mail, in the order they came."""
        return [line.outcome for line in await self.ledger()]

    async def talk(self, person: str, text: str, key: str = "", **facts: Any) -> Talk:
        """Something said in a ticket's thread, to be handed to the dispatcher."""
        number = facts.pop("number", "SUP-1")
        told: dict[str, Any] = {"surface": "console", "account": person, "text": text}
        told |= {"thread": await self.thread_of(number), "key": key or f"t{next(self._serial)}"}
        return Talk(**(told | facts))


def told(reply: Reply | None) -> str:
    """All that a reply says, in one line."""
    if reply is None:
        return ""
    if reply.form is not None:
        return f"form {reply.form.id}"
    assert reply.card is not None
    return words(reply.card)


def words(card: Card) -> str:
    """All that a card says, in one line."""
    author = f"{card.author.name} {card.author.via}" if card.author else ""
    fields = (f"{field.label}: {plain(field.value)}" for field in card.fields)
    runs = (plain(block.runs) for block in card.blocks)
    parts = (card.title, author, plain(card.status), *runs, *fields, plain(card.context))
    return " | ".join(filter(None, parts))


def labels(card: Card) -> list[str]:
    """The buttons of a card."""
    return [action.label for action in card.actions]


def line(person: str, typed: str) -> Invocation:
    """A typed line that no platform delivers twice."""
    return Invocation(surface="console", account=person, key="", line=typed)
