"""The way of every human gesture: who is it, what is meant, may they, then one unit of work, then
the reply.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final, TypeVar

from bot.cards import Action, Card, Home, Plain, Tone, When, action_id
from bot.commands.call import Call, Completion, Invocation, Reaction, Reply, Talk, refusal
from bot.commands.forms import form_of
from bot.commands.parsing import Parsed, check_choices, complete_line, parse_action, parse_line
from bot.commands.table import Table
from bot.domain.assignment import Taken
from bot.domain.directory import ReplyMode
from bot.domain.incidents import knows_of
from bot.domain.mail import Attachment
from bot.domain.messages import NOWHERE, Said
from bot.domain.people import Person, Right, may
from bot.domain.threads import ThreadRef
from bot.domain.work_items import AnyItem, Ticket
from bot.errors import Refused, TemporaryError, UserError
from bot.ports import UnitOfWork
from bot.services.core import Core
from bot.services.gestures import completing, homes, replying
from bot.services.gestures.access import Access, implied
from bot.services.gestures.hearing import Hearing
from bot.services.gestures.reacting import Reacting
from bot.services.mailing.outgoing import vetting
from bot.services.merging import goes_on
from bot.services.presence import Doing

log = logging.getLogger(__name__)

Answer = TypeVar("Answer")
Besides = Callable[[UnitOfWork], Awaitable[None]]

# What has no second delivery must be committed within this, or the person is told to try again.
DEADLINE: Final = timedelta(seconds=2.5)
NOT_SAVED: Final = "Not saved: the database did not answer in time. Nothing was changed; try again."


class Dispatcher:
    """What every surface calls with what a person did; it never raises for a person's mistake."""

    def __init__(self, core: Core, table: Table, deadline: timedelta = DEADLINE) -> None:
        self._core = core
        self._table = table
        self._deadline = deadline
        self._access = Access(core, table)
        self._hearing = Hearing(core, table, self._access, self._run)
        self._reacting = Reacting(core, self._access, self._run)

    @property
    def table(self) -> Table:
        """The command table, for help, manifests and menus."""
        return self._table

    # ------------------------------------------------------------ gestures

    async def run(self, invocation: Invocation) -> Reply:
        """Run a typed line, a button or a form; what was refused comes back as a reply, too."""
        gesture = self._run(invocation, NOWHERE)
        return await self._answer(gesture, invocation.surface, invocation.account)

    async def follow(self, invocation: Invocation, besides: Besides) -> Reply:
        """Run what a one-time link asks for, and `besides` in the same unit of work: both happen,
        or neither. The link is used up by it: a second time is refused.
        """
        said = Said(key=f"{invocation.surface}:{invocation.key}")
        gesture = self._run(invocation, said, besides)
        return await self._answer(gesture, invocation.surface, invocation.account)

    async def say(self, talk: Talk) -> Reply | None:
        """Talk in a thread: `!verb` runs a command, everything else becomes an internal note.

        On a desk that relays its talk, what is meant for the customer becomes a reply. Talk that is
        addressed to us may begin with a bare verb, in any channel; it never becomes a note.
        """
        return await self._answer(self._hearing.say(talk), talk.surface, talk.account)

    async def revise(self, talk: Talk) -> Reply | None:
        """Its writer edited what was said in the message of that key; `text` is what it says now.

        The note changes, and so does a mail that still waits; of one that has left a correction is
        offered. Nothing happens for anybody else, nor for a message that is not known.
        """
        return await self._answer(self._hearing.revise(talk), talk.surface, talk.account)

    async def withdraw(self, surface: str, account: str, key: str) -> Reply | None:
        """Its writer (`account`) deleted the message of that key: the note is struck through, and a
        mail that still waits is taken back.
        """
        gesture = self._hearing.withdraw(surface, account, key)
        return await self._answer(gesture, surface, account)

    async def react(self, reaction: Reaction) -> Reply | None:
        """An emoji that stands for a command (`EMOJI`); None where it means nothing, where the
        person may not, and for a repeat.
        """
        gesture = self._reacting.react(reaction)
        return await self._answer(gesture, reaction.surface, reaction.account)

    async def keep(self, invocation: Invocation) -> None:
        """A form was closed without sending: what was written in a reply (`args`) is kept as the
        person's draft, and they are no longer at it.
        """
        await self._answer(self._keep(invocation), invocation.surface, invocation.account)

    async def typing(self, surface: str, account: str, thread: ThreadRef) -> None:
        """Somebody types in a thread: where talk may go to the customer, the next reply form says
        so. A lost sign is no loss.
        """
        person = self._access.known(surface, account)
        with suppress(TemporaryError):
            async with self._core.store.read() as work:
                item = await implied(work, thread, person)
            if person is not None and isinstance(item, Ticket) and self._relays(person, item):
                now = self._core.clock.now()
                self._core.presence.enter(item.id, person.key, Doing.TYPING, now)

    # ------------------------------------------------------------ looking

    async def home(self, surface: str, account: str) -> Home:
        """What the person finds first: what needs them, what is free, what burns."""
        person = self._access.known(surface, account)
        if person is None:
            return homes.stranger(self._core)
        try:
            async with asyncio.timeout(self._deadline.total_seconds()):
                async with self._core.store.read() as work:
                    return await homes.home(self._core, work, person)
        except (TimeoutError, TemporaryError):
            return homes.away(person)

    async def complete(
        self, surface: str, account: str, line: str, thread: ThreadRef | None
    ) -> Sequence[Completion]:
        """Proposals for a line being typed; nobody without a role gets any."""
        person = self._access.known(surface, account)
        if person is None:
            return ()
        try:
            async with self._core.store.read() as work:
                values = await completing.values(self._core, self._access, work, person, line)
        except TemporaryError:
            return ()
        return tuple(
            Completion(line=new, label=label, help=help_)
            for new, label, help_ in complete_line(self._table, line, values)
        )

    async def file(self, surface: str, account: str, file_id: int) -> Attachment:
        """A stored file, for somebody who may see its work item; Refused otherwise."""
        person = self._access.person(surface, account)
        async with self._core.store.read() as work:
            item_id = await work.messages.file_item(file_id)
            item = await work.items.by_id(item_id) if item_id is not None else None
            known = item is not None and knows_of(person, item)
            found = await work.messages.file(file_id) if known else None
        if item is None or found is None:
            raise UserError("There is no such file.", code="not_found")
        self._access.check(person, Right.SEE, item)
        return found

    # ------------------------------------------------------------ one gesture

    async def _answer(
        self, gesture: Coroutine[Any, Any, Answer], surface: str, account: str
    ) -> Answer | Reply:
        try:
            async with asyncio.timeout(self._deadline.total_seconds()):
                return await gesture
        except Taken as taken:
            return self._taken(taken, self._core.directory.person_at(surface, account))
        except Refused as refused:
            return refusal(refused)
        except (TimeoutError, TemporaryError):
            log.warning("a gesture was not saved", extra={"surface": surface})
            self._core.meter.count("gestures_not_saved", surface=surface)
            return refusal(UserError(NOT_SAVED, code="not_saved"))

    async def _run(
        self, invocation: Invocation, said: Said, besides: Besides | None = None
    ) -> Reply:
        person = self._access.person(invocation.surface, invocation.account)
        parsed = self._parse(invocation)
        command = parsed.command
        asks = bool(parsed.missing) or (invocation.asks and bool(command.params))
        # Before the database is asked: nothing of it may be held while the scanner looks.
        files = invocation.files if command.mails and not asks else ()
        verdict = await vetting.judge(self._core, files)
        async with self._unit(reads=command.reads or asks) as work:
            if command.holds:
                await self._access.hold(work, parsed, invocation.thread)
            choose = invocation.asks or (asks and parsed.pressed)
            find = self._access.offered if choose else self._access.target
            item = await find(work, parsed, invocation.thread, person)
            self._access.check(person, command.right, item)
            call = self._call(invocation, parsed, person, work, item, said)
            if asks:
                return await self._ask(call, parsed, asked=invocation.asks)
            checked = replace(
                call,
                args=check_choices(parsed),
                stopped=verdict.stopped,
                unchecked=verdict.unchecked,
            )
            if not command.reads:
                await _only_once(invocation, checked)
            reply = await command.handler(checked)
            if besides is not None:
                await besides(work)
            return reply

    def _unit(self, *, reads: bool) -> AbstractAsyncContextManager[UnitOfWork]:
        return self._core.store.read() if reads else self._core.store.work()

    def _parse(self, invocation: Invocation) -> Parsed:
        if invocation.action:
            return parse_action(self._table, invocation.action, invocation.args)
        parsed = parse_line(self._table, invocation.line, invocation.number)
        return parsed.with_args(invocation.args)

    def _call(
        self,
        invocation: Invocation,
        parsed: Parsed,
        person: Person,
        work: UnitOfWork,
        item: AnyItem | None,
        said: Said,
    ) -> Call:
        return Call(
            name=parsed.command.name,
            actor=person,
            now=self._core.clock.now(),
            work=work,
            args=parsed.args,
            item=item,
            files=invocation.files,
            surface=invocation.surface,
            place=invocation.place,
            thread=invocation.thread,
            said=said,
            from_button=parsed.pressed,
        )

    async def _ask(self, call: Call, parsed: Parsed, *, asked: bool) -> Reply:
        """A button or a bare verb opens a form; a line that lacks a word is told its usage."""
        command = parsed.command
        if not (asked or parsed.pressed or not parsed.args):
            names = ", ".join(param.name for param in parsed.missing)
            raise UserError(
                f"`/{command.name}` also needs: {names}.",
                code="missing",
                hint=f"Usage: `{command.usage}`, for example `{command.example}`.",
            )
        if command.form is not None and call.item is not None:
            return Reply(form=await command.form(call))
        people = [(p.key, p.name) for p in self._core.directory.people.values()]
        return Reply(form=form_of(parsed, call.item.number if call.item else "", people))

    async def _keep(self, invocation: Invocation) -> None:
        person, parsed = self._access.known(invocation.surface, invocation.account), None
        with suppress(UserError):
            parsed = self._parse(invocation)
        if person is None or parsed is None or parsed.command.form is None or not parsed.number:
            return
        text, then = parsed.args.get("text", ""), parsed.args.get("then", "")
        async with self._core.store.work() as work:
            found = await work.items.get(parsed.number)
            # It may have been merged while the form was open.
            item = await goes_on(work, found) if isinstance(found, Ticket) else None
            if item is not None and self._access.may(person, parsed.command.right, item):
                await replying.keep(self._core, work, item, person, text, then)

    def _relays(self, person: Person, ticket: Ticket) -> bool:
        desk = self._core.directory.desks.get(ticket.desk)
        relays = desk is not None and desk.reply_mode is not ReplyMode.EXPLICIT
        return relays and self._access.may(person, Right.REPLY, ticket)

    # ------------------------------------------------------------ the rest

    def _taken(self, taken: Taken, person: Person | None) -> Reply:
        name = self._core.directory.name_of(taken.holder)
        since = (Plain(" since "), When(taken.since)) if taken.since else ()
        desk = self._core.directory.desk_of_prefix(taken.number.partition("-")[0])
        leads = person and desk and may(person, Right.TAKE_OVER, desk=desk.key)
        take_over = Action(action_id("assign", taken.number, "me"), "Take over")
        card = Card(
            title="",
            fallback=f"{name} has it",
            tone=Tone.WARNING,
            status=(Plain(f"{name} has it"), *since, Plain(".")),
            context=() if leads else (Plain(f"Ask {name}, or a lead, who can hand it over."),),
            actions=(take_over,) if leads else (),
        )
        return Reply(card=card, refused=True)


def once_key(surface: str, gesture: str) -> str:
    """By what it is known that a gesture was done."""
    return f"gesture:{surface}:{gesture}"


async def _only_once(invocation: Invocation, call: Call) -> None:
    """Refuse a gesture that the platform delivers again."""
    key = once_key(invocation.surface, invocation.key)
    if invocation.key and not await call.work.seen.once(key, call.now):
        raise UserError("That was already done.", code="repeated")
