"""The way of every human gesture: who is it, what is meant, may they, then one unit of work, then
the reply.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from difflib import get_close_matches
from typing import Any, Final, TypeVar

from bot.cards import Action, Card, Form, Plain, Style, Tone, When, action_id
from bot.commands.call import Call, Completion, Invocation, Reply, Talk, refusal
from bot.commands.forms import form_of
from bot.commands.parsing import (
    Parsed,
    check_choices,
    complete_line,
    parse_action,
    parse_line,
    parse_typed,
)
from bot.commands.table import Command, ParamKind, Table, Target
from bot.domain.assignment import Taken
from bot.domain.mail import Attachment
from bot.domain.people import Person, Right, may
from bot.domain.threads import ThreadRef
from bot.domain.work_items import AnyItem, Incident, Kind, Ticket, kind_of
from bot.errors import Refused, TemporaryError, UserError
from bot.ports import ItemQuery, UnitOfWork
from bot.services import talk as talking
from bot.services.core import Core
from bot.services.incidents import PREFIX as INCIDENTS

log = logging.getLogger(__name__)

Answer = TypeVar("Answer")

# What has no second delivery must be committed within this, or the person is told to try again.
DEADLINE: Final = timedelta(seconds=2.5)
NOT_SAVED: Final = "Not saved: the database did not answer in time. Nothing was changed; try again."
# So many newest numbers are compared with a mistyped one.
NEAR: Final = 200


class Dispatcher:
    """What every surface calls with what a person did; it never raises for a person's mistake."""

    def __init__(self, core: Core, table: Table, deadline: timedelta = DEADLINE) -> None:
        self._core = core
        self._table = table
        self._deadline = deadline

    @property
    def table(self) -> Table:
        """The command table, for help, manifests and menus."""
        return self._table

    async def run(self, invocation: Invocation) -> Reply:
        """Run a typed line, a button or a form; what was refused comes back as a reply, too."""
        return await self._answer(self._run(invocation), invocation.surface, invocation.account)

    async def say(self, talk: Talk) -> Reply | None:
        """Talk in a thread: `!verb` runs a command, everything else becomes an internal note.

        On a desk that relays its talk, what is meant for the customer becomes a reply.
        """
        return await self._answer(self._say(talk), talk.surface, talk.account)

    async def complete(
        self, surface: str, account: str, line: str, thread: ThreadRef | None
    ) -> Sequence[Completion]:
        """Proposals for a line being typed; nobody without a role gets any."""
        person = self._core.directory.person_at(surface, account)
        if person is None or not person.grants:
            return ()
        try:
            async with self._core.store.read() as work:
                values = await self._values(work, person)
        except TemporaryError:
            return ()
        return tuple(
            Completion(line=new, label=label, help=help_)
            for new, label, help_ in complete_line(self._table, line, values)
        )

    async def file(self, surface: str, account: str, file_id: int) -> Attachment:
        """A stored file, for somebody who may see its work item; Refused otherwise."""
        person = self._person(surface, account)
        async with self._core.store.read() as work:
            item_id = await work.messages.file_item(file_id)
            item = await work.items.by_id(item_id) if item_id is not None else None
            found = await work.messages.file(file_id) if item is not None else None
        if item is None or found is None:
            raise UserError("There is no such file.", code="not_found")
        self._check(person, Right.SEE, item)
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

    async def _run(self, invocation: Invocation) -> Reply:
        person = self._person(invocation.surface, invocation.account)
        parsed = self._parse(invocation)
        reads = parsed.command.reads or bool(parsed.missing)
        async with self._unit(reads=reads) as work:
            item = await self._item(work, parsed, invocation.thread, person)
            self._check(person, parsed.command.right, item)
            if parsed.missing:
                return self._ask(parsed, item)
            call = self._call(invocation, parsed, person, work, item)
            if not reads:
                await _only_once(invocation, call)
            return await parsed.command.handler(call)

    def _unit(self, *, reads: bool) -> AbstractAsyncContextManager[UnitOfWork]:
        return self._core.store.read() if reads else self._core.store.work()

    def _parse(self, invocation: Invocation) -> Parsed:
        if invocation.action:
            return parse_action(self._table, invocation.action, invocation.args)
        return parse_line(self._table, invocation.line)

    def _call(
        self,
        invocation: Invocation,
        parsed: Parsed,
        person: Person,
        work: UnitOfWork,
        item: AnyItem | None,
    ) -> Call:
        return Call(
            name=parsed.command.name,
            actor=person,
            now=self._core.clock.now(),
            work=work,
            args=check_choices(parsed),
            item=item,
            files=invocation.files,
            surface=invocation.surface,
            place=invocation.place,
            thread=invocation.thread,
            from_button=parsed.pressed,
        )

    def _ask(self, parsed: Parsed, item: AnyItem | None) -> Reply:
        """A button or a bare verb opens a form; a line that lacks a word is told its usage."""
        command = parsed.command
        if parsed.pressed or not parsed.args:
            people = [(p.key, p.name) for p in self._core.directory.people.values()]
            return Reply(form=form_of(parsed, item.number if item else "", people))
        names = ", ".join(param.name for param in parsed.missing)
        raise UserError(
            f"`/{command.name}` also needs: {names}.",
            code="missing",
            hint=f"Usage: `{command.usage}`, for example `{command.example}`.",
        )

    # ------------------------------------------------------------ talk in a thread

    async def _say(self, talk: Talk) -> Reply | None:
        async with self._core.store.read() as work:
            item = await _implied(work, talk.thread)
        if item is None:
            return None
        line = self._typed_line(talk.text, item)
        if line:
            reply = await self._run(_gesture(talk, line=line))
            return _offered(reply.form) if reply.form is not None else reply
        person = self._person(talk.surface, talk.account)
        self._check(person, Right.NOTE, item)
        words = talking.for_customer(self._core, item, person, talk.text)
        if words:
            action = action_id("reply", item.number)
            return await self._run(_gesture(talk, action=action, args={"text": words}))
        await talking.note(self._core, talk, person)
        return None

    def _typed_line(self, text: str, item: AnyItem) -> str:
        """The whole line that `!verb` in the item's thread stands for; empty for mere talk."""
        parsed = parse_typed(self._table, text, kind_of(item).value)
        if parsed is None:
            return ""
        command = parsed.command
        if parsed.number != item.number and self._is_number(parsed.number):
            raise UserError(
                f"In this thread everything is about {item.number}.",
                code="other_number",
                hint=f"Type `/{command.name} {parsed.number}` elsewhere, or in its own thread.",
            )
        _, *rest = text.strip().split(maxsplit=1)
        if parsed.number == item.number:
            rest = rest[0].split(maxsplit=1)[1:]
        implied = "" if command.target is Target.NOTHING else item.number
        return " ".join(filter(None, (f"/{command.name}", implied, *rest)))

    def _is_number(self, word: str) -> bool:
        """Whether the word is a number of ours, and not something like UTF-8."""
        prefix = word.partition("-")[0]
        return prefix == INCIDENTS or self._core.directory.desk_of_prefix(prefix) is not None

    # ------------------------------------------------------------ who, what, may they

    def _person(self, surface: str, account: str) -> Person:
        person = self._core.directory.person_at(surface, account)
        if person is None or not person.grants:
            raise UserError(
                "You have no role here, so you cannot do that.",
                code="nobody",
                hint="Ask an operator to add you under [people] in the configuration.",
            )
        return person

    async def _item(
        self, work: UnitOfWork, parsed: Parsed, thread: ThreadRef | None, person: Person
    ) -> AnyItem | None:
        command = parsed.command
        if command.target is Target.NOTHING:
            return await _implied(work, thread) if command.target_optional else None
        if parsed.number:
            found = await work.items.get(parsed.number)
            if found is None:
                raise await self._unknown(work, parsed.number, person)
            return self._of_kind(command, found)
        item = await _implied(work, thread)
        if item is None and command.target_optional:
            return None
        if item is None:
            raise UserError(
                f"Tell me which {command.target}: `{command.usage}`.",
                code="no_target",
                hint=f"For example `{command.example}`, or type `!{command.verb}` in its thread.",
            )
        return self._of_kind(command, item)

    def _of_kind(self, command: Command, item: AnyItem) -> AnyItem:
        if kind_of(item).value != command.target.value:
            other = self._table.verbs(kind_of(item).value).get(command.verb)
            hint = f"Try `/{other.name} {item.number}`." if other else ""
            words = f"{item.number} is an {kind_of(item)}, not a {command.target}."
            raise UserError(
                words.replace("an ticket", "a ticket").replace("a incident", "an incident"),
                code="wrong_kind",
                hint=hint,
            )
        return item

    async def _unknown(self, work: UnitOfWork, number: str, person: Person) -> UserError:
        """What to say about a number that nothing has: the nearest one that the person may see."""
        newest = await work.items.find(ItemQuery(newest_first=True, limit=NEAR))
        seen = {item.number: item for item in newest if self._may(person, Right.SEE, item)}
        near = get_close_matches(number, seen, n=1)
        hint = (
            f"Did you mean {near[0]} “{seen[near[0]].title}”?"
            if near
            else "`/ticket find` searches by number, subject and customer."
        )
        return UserError(f"There is no {number}.", code="not_found", hint=hint)

    def _may(self, person: Person, right: Right, item: AnyItem | None) -> bool:
        desk = item.desk if isinstance(item, Ticket) else ""
        leads = isinstance(item, Incident) and item.assignee == person.key
        return may(person, right, desk=desk, leads=leads)

    def _check(self, person: Person, right: Right, item: AnyItem | None) -> None:
        if isinstance(item, Ticket) and item.desk not in self._core.directory.desks:
            raise UserError(
                f"{item.number} belongs to the desk “{item.desk}”, which is configured no more.",
                code="no_desk",
                hint=f"An operator can bring it back under [desks.{item.desk}].",
            )
        if self._may(person, right, item):
            return
        where = f" on {item.number}" if item is not None else ""
        raise UserError(
            f"You may not do that{where}: it needs the right to {right.replace('_', ' ')}.",
            code="no_right",
            hint=f"Your roles: {_roles(person) or 'none'}. An operator can change them.",
        )

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

    async def _values(
        self, work: UnitOfWork, person: Person
    ) -> Mapping[str, Sequence[tuple[str, str]]]:
        open_items = {
            kind: await work.items.find(
                ItemQuery(kind=kind, open_only=True, newest_first=True, limit=25)
            )
            for kind in Kind
        }
        values: dict[str, list[tuple[str, str]]] = {
            kind.value: [(i.number, i.title) for i in items if self._may(person, Right.SEE, i)]
            for kind, items in open_items.items()
        }
        directory = self._core.directory
        values[ParamKind.PERSON.value] = [
            ("me", person.name),
            *((p.key, p.name) for p in directory.people.values()),
        ]
        values["desk"] = [
            (desk.key, desk.name)
            for desk in directory.desks.values()
            if may(person, Right.SEE, desk=desk.key)
        ]
        values["schedule"] = [(key, "schedule") for key in directory.schedules]
        values["who"] = [
            *((f"@{p.key}", p.name) for p in directory.people.values()),
            *((f"schedule:{key}", "schedule") for key in directory.schedules),
            *((f"policy:{key}", "escalation policy") for key in directory.escalations),
        ]
        return values


async def _implied(work: UnitOfWork, thread: ThreadRef | None) -> AnyItem | None:
    """The work item of the thread."""
    item_id = await work.threads.item_at(thread) if thread is not None else None
    return await work.items.by_id(item_id) if item_id is not None else None


async def _only_once(invocation: Invocation, call: Call) -> None:
    """Refuse a gesture that the platform delivers again."""
    key = f"gesture:{invocation.surface}:{invocation.key}"
    if invocation.key and not await call.work.seen.once(key, call.now):
        raise UserError("That was already done.", code="repeated")


def _offered(form: Form) -> Reply:
    """A button for the form: talk gives no platform the occasion to open one."""
    fill_in = Action(form.id, "Fill it in", Style.PRIMARY)
    card = Card(title="", fallback=form.title, status=(Plain(form.title),), actions=(fill_in,))
    return Reply(card=card)


def _roles(person: Person) -> str:
    return ", ".join(f"{g.role}:{g.desk}" if g.desk else g.role.value for g in person.grants)


def _gesture(
    talk: Talk, *, line: str = "", action: str = "", args: Mapping[str, str] | None = None
) -> Invocation:
    return Invocation(
        surface=talk.surface,
        account=talk.account,
        key=talk.key,
        line=line,
        action=action,
        args=args or {},
        thread=talk.thread,
        place=talk.thread.place,
        files=talk.files,
    )
