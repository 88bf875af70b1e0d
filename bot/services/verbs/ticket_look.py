"""`/ticket` verbs that only look: queue, mine, next, find, show, log, full, sla, mail trace,
report, help.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from difflib import get_close_matches
from typing import Final

from bot.cards import Block, Card, Plain, Runs, When, shorten
from bot.commands.call import Call, Reply, told
from bot.commands.forms import help_card
from bot.commands.table import Command, Param, ParamKind, Table
from bot.domain.assignment import Taken
from bot.domain.people import Person, Right, may
from bot.domain.sla import explain
from bot.domain.work_items import Kind
from bot.errors import UserError
from bot.ports import Inbox, ItemQuery, LedgerLine
from bot.services import assigning, clocks, drawing, queues, reporting
from bot.services.core import Core
from bot.services.drawing.lists import MAX_ROWS, lines_card
from bot.services.drawing.words import METRIC
from bot.services.people import zone_of
from bot.services.verbs.ticket_entries import on_desk, on_ticket

_WORDS: Final = Param(name="words", help="what to look for", kind=ParamKind.WORDS)
# So many ledger lines are looked through, and so many shown.
TRACED: Final = 200
TRACES: Final = 15
_NO_DESK: Final = "You work on no desk, so there is no queue to see."


class TicketLook:
    """Carries out the verbs that read; nothing here changes a ticket, but `next`, which claims."""

    def __init__(self, core: Core, inbox: Inbox) -> None:
        self._core = core
        self._inbox = inbox
        self._table = Table(())

    def explain(self, table: Table) -> None:
        """Say which table `help` tells about."""
        self._table = table

    def commands(self) -> tuple[Command, ...]:
        """The entries of the table."""
        return (*self._listing(), *self._showing(), *self._telling())

    def _listing(self) -> tuple[Command, ...]:
        desk = Param(name="desk", help="only this desk", optional=True, source="desk")
        first = "Claim the free ticket that is due first."
        finds = "Find tickets by number, subject or customer."
        return (
            on_desk("queue", self.queue, "What is open, the most urgent first.", "", desk),
            on_desk("mine", self.mine, "What you have."),
            on_desk("next", self.next, first, reads=False),
            on_desk("find", self.find, finds, "vat", _WORDS),
        )

    def _showing(self) -> tuple[Command, ...]:
        why = Param(name="why", help="may be typed, changes nothing", optional=True)
        sees, story = Right.SEE, "Everything that happened to a ticket."
        ledger = "Why a clock stands where it stands."
        which = Param(name="message", help="which one; the newest if left out", optional=True)
        whole = "All of a mail, with what it quotes and what stands below it."
        return (
            on_ticket("show", sees, self.show, "Show a ticket's card.", reads=True),
            on_ticket("log", sees, self.log, story, reads=True, seldom=True),
            on_ticket("full", sees, self.full, whole, "", which, reads=True, seldom=True),
            on_ticket("sla", sees, self.sla, ledger, "", why, reads=True),
        )

    def _telling(self) -> tuple[Command, ...]:
        report = on_desk("report", self.report, "The week in numbers.")
        return (self._tracing(), report, self._helping("ticket", "claim"))

    def helps(self) -> tuple[Command, ...]:
        """The same verb of the other roots, where it is looked for as well."""
        return (self._helping("incident", "declare"), self._helping("oncall", "override"))

    def _helping(self, root: str, sample: str) -> Command:
        verb = Param(name="verb", help="one verb", optional=True)
        helps = on_desk("help", self.help, "What can be typed.", sample, verb)
        return replace(helps, root=root, example=f"/{root} help {sample}")

    def _tracing(self) -> Command:
        trace = Param(name="what", help="trace", kind=ParamKind.CHOICE, choices=("trace",))
        went = "Where a mail went: `mail trace` and an address, subject or id."
        traces = on_desk("mail", self.mail, went, "trace maria@acme.example", trace, _WORDS)
        return replace(traces, seldom=True)

    async def queue(self, call: Call) -> Reply:
        """Open tickets of the desks the person works on."""
        wanted = call.arg("desk")
        desks = (self._desk(call.actor, wanted),) if wanted else self._desks(call.actor)
        empty = "Nothing is open. Mail to a desk's address lands here."
        words = empty if desks != queues.NO_DESKS else _NO_DESK
        return await self._list(call, "Queue", queues.open_on(desks), words)

    async def mine(self, call: Call) -> Reply:
        """The person's own open tickets."""
        empty = "You have nothing open. `/ticket next` gives you the most urgent free ticket."
        return await self._list(call, "My tickets", queues.theirs(call.actor), empty)

    async def next(self, call: Call) -> Reply:
        """Claim the most urgent free ticket that waits for us."""
        for ticket in await call.work.items.find(queues.free_for(self._core, call.actor)):
            # Somebody else may have taken it since it was found.
            with suppress(Taken):
                await assigning.claim(self._core, call.work, ticket, call.actor, call.now)
                return Reply(card=await drawing.item_card(self._core, call.work, ticket.id))
        return told("Nothing is free. Enjoy it, or look at `/ticket mine`.")

    async def find(self, call: Call) -> Reply:
        """Tickets that match the words, ended ones too."""
        words = call.arg("words")
        query = ItemQuery(
            kind=Kind.TICKET, desks=self._desks(call.actor), words=words, newest_first=True
        )
        return await self._list(call, "Found", query, f"No ticket mentions “{words[:60]}”.")

    async def _list(self, call: Call, title: str, query: ItemQuery, empty: str) -> Reply:
        found = await call.work.items.find(replace(query, limit=MAX_ROWS))
        total = await call.work.items.count(query)
        return Reply(card=drawing.queue_card(title, found, empty, self._core.directory, total))

    async def show(self, call: Call) -> Reply:
        """The ticket's card."""
        return Reply(card=await drawing.item_card(self._core, call.work, call.ticket.id))

    async def log(self, call: Call) -> Reply:
        """The ticket's timeline."""
        return Reply(card=await drawing.item_history(self._core, call.work, call.ticket))

    async def full(self, call: Call) -> Reply:
        """All that a mail says; without a name the newest of which something is hidden."""
        wanted = call.arg("message")
        messages = await call.work.messages.of(call.ticket.id)
        found = [m for m in messages if str(m.id) == wanted or (not wanted and m.hidden_lines)]
        if not found and wanted:
            raise UserError(f"{call.ticket.number} has no such message.", code="not_found")
        if not found:
            return told(f"Nothing of what was said on {call.ticket.number} is hidden.")
        return Reply(card=drawing.whole_picture(found[-1]))

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
        """Where mails with these words went, to desks whose tickets the person may see."""
        lines = await self._inbox.find(call.arg("words"), limit=TRACED)
        shown = [line for line in lines if self._may_trace(call.actor, line)][:TRACES]
        if not shown:
            return told("No mail matches. Search by address, subject or Message-ID.")
        blocks = tuple(Block(_trace(line)) for line in shown)
        return Reply(card=Card(title="Mail trace", fallback=f"{len(shown)} mails", blocks=blocks))

    def _may_trace(self, person: Person, line: LedgerLine) -> bool:
        addresses = line.meta.get("rcpt", "").split(",") if line.source == "mail" else ()
        found = map(self._core.directory.takes, addresses)
        return any(may(person, Right.SEE, desk=desk.key) for desk in found if desk is not None)

    async def report(self, call: Call) -> Reply:
        """The week in numbers."""
        week = await reporting.weekly(call.work, call.now)
        return Reply(card=reporting.card_of(week))

    async def help(self, call: Call) -> Reply:
        """Help, made from the table: that of tickets is for all of it."""
        verb, root = call.arg("verb"), call.name.partition(" ")[0]
        return Reply(card=help_card(self._table, root if verb or root != "ticket" else "", verb))

    def _desks(self, person: Person) -> tuple[str, ...]:
        """The desks whose tickets the person may see; a name of no desk when there are none."""
        return queues.desks_of(self._core, person)

    def _desk(self, person: Person, word: str) -> str:
        """The desk meant by its key or prefix; UserError when there is none the person may see."""
        desks = self._core.directory.desks
        seen = [desk for key in self._desks(person) if (desk := desks.get(key)) is not None]
        named = {name.lower(): desk.key for desk in seen for name in (desk.key, desk.prefix)}
        if word.lower() in named:
            return named[word.lower()]
        near = get_close_matches(word.lower(), named, n=1)
        yours = ", ".join(desk.key for desk in seen) or "none"
        hint = f"Did you mean `{near[0]}`?" if near else f"Your desks: {yours}."
        raise UserError(f"You have no desk “{word[:40]}”.", code="not_found", hint=hint)


def _trace(line: LedgerLine) -> Runs:
    sender = line.meta.get("from") or line.meta.get("mail_from", "")
    subject = shorten(line.meta.get("subject", ""), 80)
    return (
        When(line.received_at),
        Plain(f"  {sender} · {subject} → "),
        Plain(f"{line.outcome or line.state} {line.item}".rstrip(), bold=True),
        Plain(f" {line.detail}"),
    )
