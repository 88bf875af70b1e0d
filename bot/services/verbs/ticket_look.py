"""`/ticket` verbs that only look: queue, mine, next, find, show, log, sla, mail trace, report,
help.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.cards import Block, Card, Plain, When, shorten
from bot.commands.call import Call, Reply, told
from bot.commands.forms import help_card
from bot.commands.table import Command, Handler, Param, ParamKind, Table, Target
from bot.domain.people import Person, Right, may
from bot.domain.sla import explain, worst
from bot.domain.work_items import Kind, Ticket
from bot.errors import UserError
from bot.ports import Inbox, ItemQuery, UnitOfWork
from bot.services import assigning, clocks, drawing, reporting
from bot.services.core import Core
from bot.services.drawing.lists import lines_card
from bot.services.drawing.words import METRIC
from bot.services.people import zone_of


class TicketLook:
    """Carries out the verbs that read; nothing here changes a ticket, but `next`, which claims."""

    def __init__(self, core: Core, inbox: Inbox) -> None:
        self._core = core
        self._inbox = inbox
        self._table: Table | None = None

    def explain(self, table: Table) -> None:
        """Say which table `help` tells about."""
        self._table = table

    def commands(self) -> tuple[Command, ...]:
        """The entries of the table."""
        words = Param(name="words", help="what to look for", kind=ParamKind.WORDS)
        return (
            _ask(
                "queue",
                "What is open, the most urgent first.",
                "/ticket queue",
                self.queue,
                Param(name="desk", help="only this desk", optional=True),
            ),
            _ask("mine", "What you have.", "/ticket mine", self.mine),
            _ask("next", "Claim the free ticket that is due first.", "/ticket next", self.next),
            _ask(
                "find",
                "Find tickets by number, subject or customer.",
                "/ticket find vat",
                self.find,
                words,
            ),
            _look("show", "Show a ticket's card.", "/ticket show SUP-42", self.show),
            _look("log", "Everything that happened to a ticket.", "/ticket log SUP-42", self.log),
            _look(
                "sla",
                "Why a clock stands where it stands.",
                "/ticket sla SUP-42",
                self.sla,
                Param(name="why", help="may be typed, changes nothing", optional=True),
            ),
            _ask(
                "mail",
                "Where a mail went: `mail trace` and an address, subject or id.",
                "/ticket mail trace maria@acme.example",
                self.mail,
                Param(name="what", help="trace", kind=ParamKind.CHOICE, choices=("trace",)),
                words,
            ),
            _ask("report", "The week in numbers.", "/ticket report", self.report),
            _ask(
                "help",
                "What can be typed.",
                "/ticket help claim",
                self.help,
                Param(name="verb", help="one verb", optional=True),
            ),
        )

    async def queue(self, call: Call) -> Reply:
        """Open tickets of the desks the person works on."""
        desk = call.arg("desk")
        if desk and desk not in self._core.directory.desks:
            known = ", ".join(self._core.directory.desks)
            raise UserError(
                f"There is no desk {desk!r}.", code="not_found", hint=f"Desks: {known}."
            )
        desks = (desk,) if desk else self._desks(call.actor)
        query = ItemQuery(kind=Kind.TICKET, desks=desks, open_only=True, limit=200)
        found = await self._by_urgency(call.work, query, call.now)
        total = await call.work.items.count(query)
        empty = "Nothing is open. Mail to a desk's address lands here."
        return Reply(card=drawing.queue_card("Queue", found, empty, self._core.directory, total))

    async def mine(self, call: Call) -> Reply:
        """The person's own open tickets."""
        query = ItemQuery(kind=Kind.TICKET, assignee=call.actor.key, open_only=True)
        found = await self._by_urgency(call.work, query, call.now)
        empty = "You have nothing open. `/ticket next` gives you the most urgent free ticket."
        return Reply(card=drawing.queue_card("My tickets", found, empty, self._core.directory))

    async def next(self, call: Call) -> Reply:
        """Claim the most urgent free ticket."""
        desks = tuple(d for d in self._core.directory.desks if may(call.actor, Right.CLAIM, desk=d))
        query = ItemQuery(
            kind=Kind.TICKET, desks=desks or ("-",), unassigned=True, open_only=True, limit=200
        )
        awake = [
            t for t in await self._by_urgency(call.work, query, call.now) if not t.snoozed_until
        ]
        if not awake:
            return told("Nothing is free. Enjoy it, or look at `/ticket mine`.")
        taken = await assigning.claim(self._core, call.work, awake[0], call.actor, call.now)
        return Reply(card=await drawing.item_card(self._core, call.work, taken.id))

    async def find(self, call: Call) -> Reply:
        """Tickets that match the words, ended ones too."""
        words = call.arg("words")
        query = ItemQuery(
            kind=Kind.TICKET, desks=self._desks(call.actor), words=words, newest_first=True
        )
        found = await call.work.items.find(query)
        empty = f"No ticket mentions “{words[:60]}”."
        title = f"Found {len(found)}"
        return Reply(card=drawing.queue_card(title, found, empty, self._core.directory))

    async def show(self, call: Call) -> Reply:
        """The ticket's card."""
        return Reply(card=await drawing.item_card(self._core, call.work, call.ticket.id))

    async def log(self, call: Call) -> Reply:
        """The ticket's timeline."""
        entries = await call.work.timeline.of(call.ticket.id)
        return Reply(card=drawing.history_card(call.ticket, entries, self._core.directory))

    async def sla(self, call: Call) -> Reply:
        """The ledger of every clock that has a target."""
        ticket = call.ticket
        policy = clocks.policy_of(self._core, ticket)
        if policy is None:
            return told(f"{ticket.number} has no SLA: its desk names none.")
        entries = await call.work.timeline.of(ticket.id)
        running = clocks.clocks_of(self._core, ticket, entries, call.now)
        zone = zone_of(call.actor)
        lines: list[str] = []
        for clock in (c for c in running if c.target is not None):
            lines.append(f"— {METRIC[clock.metric]} ({policy.name}, {ticket.priority})")
            lines += explain(clock, lambda at: f"{at.astimezone(zone):%a %d %b %H:%M}")
        none = [f"The policy {policy.name} promises nothing for priority {ticket.priority}."]
        return Reply(card=lines_card(f"Clocks of {ticket.number}", lines or none))

    async def mail(self, call: Call) -> Reply:
        """Where mails with these words went."""
        lines = await self._inbox.find(call.arg("words"), limit=15)
        shown = [line for line in lines if line.source == "mail"]
        if not shown:
            return told("No mail matches. Search by address, subject or Message-ID.")
        blocks = tuple(
            Block(
                (
                    When(line.received_at),
                    Plain(
                        f"  {line.meta.get('from') or line.meta.get('mail_from', '')} · "
                        f"{shorten(line.meta.get('subject', ''), 80)} → "
                    ),
                    Plain(f"{line.outcome or line.state} {line.item}", bold=True),
                    Plain(f" {line.detail}"),
                )
            )
            for line in shown
        )
        return Reply(card=Card(title="Mail trace", fallback=f"{len(shown)} mails", blocks=blocks))

    async def report(self, call: Call) -> Reply:
        """The week in numbers."""
        week = await reporting.weekly(call.work, call.now)
        return Reply(card=reporting.card_of(week))

    async def help(self, call: Call) -> Reply:
        """Help, made from the table."""
        assert self._table is not None
        verb = call.arg("verb")
        root = "ticket" if verb else ""
        return Reply(card=help_card(self._table, root, verb))

    def _desks(self, person: Person) -> tuple[str, ...]:
        """The desks whose tickets the person may see; a name of no desk when there are none."""
        seen = tuple(d for d in self._core.directory.desks if may(person, Right.SEE, desk=d))
        return seen or ("-",)

    async def _by_urgency(
        self, work: UnitOfWork, query: ItemQuery, now: datetime
    ) -> Sequence[Ticket]:
        found = [i for i in await work.items.find(query) if isinstance(i, Ticket)]
        keyed = [(await self._urgency(work, ticket, now), ticket) for ticket in found]
        return [ticket for _, ticket in sorted(keyed, key=lambda pair: pair[0])]

    async def _urgency(
        self, work: UnitOfWork, ticket: Ticket, now: datetime
    ) -> tuple[bool, float, float]:
        """Sleeping ones last; then by the due time of the most urgent clock; then by age."""
        entries = await work.timeline.of(ticket.id)
        clock = worst(clocks.clocks_of(self._core, ticket, entries, now))
        due_at = clock.due_at if clock is not None else None
        due = due_at.timestamp() if due_at is not None else float("inf")
        return ticket.snoozed_until is not None, due, ticket.created_at.timestamp()


def _ask(verb: str, help_: str, example: str, handler: Handler, *params: Param) -> Command:
    return Command(
        root="ticket",
        verb=verb,
        help=help_,
        example=example,
        right=Right.ASK,
        handler=handler,
        params=params,
    )


def _look(verb: str, help_: str, example: str, handler: Handler, *params: Param) -> Command:
    return Command(
        root="ticket",
        verb=verb,
        help=help_,
        example=example,
        right=Right.SEE,
        handler=handler,
        target=Target.TICKET,
        params=params,
    )
