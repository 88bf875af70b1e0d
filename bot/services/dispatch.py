"""The way of every human gesture: who is it, what is meant, may they, then one unit of work, then
the reply.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Final

from bot.cards import Card, Plain, Tone, When
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

log = logging.getLogger(__name__)

# What has no second delivery must be committed within this, or the person is told to try again.
DEADLINE: Final = timedelta(seconds=2.5)
NOT_SAVED: Final = "Not saved: the database did not answer in time. Nothing was changed; try again."


class Dispatcher:
    """What every surface calls with what a person did; it never raises for a person's mistake."""

    def __init__(self, core: Core, table: Table) -> None:
        self._core = core
        self._table = table

    @property
    def table(self) -> Table:
        """The command table, for help, manifests and menus."""
        return self._table

    async def run(self, invocation: Invocation) -> Reply:
        """Run a typed line, a button or a form; what was refused comes back as a reply, too."""
        try:
            async with asyncio.timeout(DEADLINE.total_seconds()):
                return await self._run(invocation)
        except Taken as taken:
            return self._taken(taken)
        except Refused as refused:
            return refusal(refused)
        except (TimeoutError, TemporaryError):
            log.warning("a gesture was not saved", extra={"surface": invocation.surface})
            self._core.meter.count("gestures_not_saved", surface=invocation.surface)
            return refusal(UserError(NOT_SAVED, code="not_saved"))

    async def say(self, talk: Talk) -> Reply | None:
        """Talk in a thread: `!verb` runs a command, everything else becomes an internal note."""
        number, item = await self._thread_item(talk.thread)
        if item is None:
            return None
        parsed = parse_typed(self._table, talk.text, kind_of(item).value)
        if parsed is not None:
            implied = "" if parsed.command.target is Target.NOTHING else number
            _, *rest = talk.text.strip().split(maxsplit=1)
            line = " ".join(filter(None, (f"/{parsed.command.name}", implied, *rest)))
            return await self.run(_typed(talk, line))
        return await self._note(talk, item)

    async def complete(
        self, surface: str, account: str, line: str, thread: ThreadRef | None
    ) -> Sequence[Completion]:
        """Proposals for a line being typed; nobody without a role gets any."""
        person = self._core.directory.person_at(surface, account)
        if person is None:
            return ()
        async with self._core.store.read() as work:
            values = await self._values(work, person)
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

    async def _run(self, invocation: Invocation) -> Reply:
        person = self._person(invocation.surface, invocation.account)
        parsed = self._parse(invocation)
        async with self._core.store.work() as work:
            item = await self._item(work, parsed, invocation.thread)
            self._check(person, parsed.command.right, item)
            if parsed.missing:
                return self._ask(parsed, item)
            now = self._core.clock.now()
            key = f"gesture:{invocation.surface}:{invocation.key}"
            if invocation.key and not await work.seen.once(key, now):
                raise UserError("That was already done.", code="repeated")
            call = Call(
                name=parsed.command.name,
                actor=person,
                now=now,
                work=work,
                args=check_choices(parsed),
                item=item,
                files=invocation.files,
                surface=invocation.surface,
                place=invocation.place,
                thread=invocation.thread,
                from_button=parsed.pressed,
            )
            return await parsed.command.handler(call)

    def _parse(self, invocation: Invocation) -> Parsed:
        if invocation.action:
            return parse_action(self._table, invocation.action, invocation.args)
        return parse_line(self._table, invocation.line)

    def _ask(self, parsed: Parsed, item: AnyItem | None) -> Reply:
        """A button without its arguments opens a form; a typed line is told its usage."""
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
        self, work: UnitOfWork, parsed: Parsed, thread: ThreadRef | None
    ) -> AnyItem | None:
        command = parsed.command
        if command.target is Target.NOTHING:
            return await self._implied(work, thread) if command.target_optional else None
        if parsed.number:
            return self._of_kind(command, await self._numbered(work, parsed.number))
        item = await self._implied(work, thread)
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

    async def _numbered(self, work: UnitOfWork, number: str) -> AnyItem:
        item = await work.items.get(number)
        if item is not None:
            return item
        near = await work.items.find(ItemQuery(words=number.partition("-")[2], limit=1))
        hint = (
            f"Did you mean {near[0].number} {near[0].title}?"
            if near
            else ("`/ticket queue` lists what is open.")
        )
        raise UserError(f"There is no {number}.", code="not_found", hint=hint)

    async def _implied(self, work: UnitOfWork, thread: ThreadRef | None) -> AnyItem | None:
        item_id = await work.threads.item_at(thread) if thread is not None else None
        return await work.items.by_id(item_id) if item_id is not None else None

    def _check(self, person: Person, right: Right, item: AnyItem | None) -> None:
        desk = item.desk if isinstance(item, Ticket) else ""
        leads = isinstance(item, Incident) and item.assignee == person.key
        if may(person, right, desk=desk, leads=leads):
            return
        where = f" on {item.number}" if item is not None else ""
        raise UserError(
            f"You may not do that{where}: it needs the right to {right.replace('_', ' ')}.",
            code="no_right",
            hint=f"Your roles: {_roles(person) or 'none'}. An operator can change them.",
        )

    # ------------------------------------------------------------ the rest

    async def _thread_item(self, thread: ThreadRef) -> tuple[str, AnyItem | None]:
        async with self._core.store.read() as work:
            item = await self._implied(work, thread)
        return (item.number, item) if item is not None else ("", None)

    async def _note(self, talk: Talk, item: AnyItem) -> Reply | None:
        try:
            person = self._person(talk.surface, talk.account)
            self._check(person, Right.NOTE, item)
            async with asyncio.timeout(DEADLINE.total_seconds()):
                await talking.note(self._core, talk, person)
        except Refused as refused:
            return refusal(refused)
        except (TimeoutError, TemporaryError):
            return refusal(UserError(NOT_SAVED, code="not_saved"))
        return None

    def _taken(self, taken: Taken) -> Reply:
        name = self._core.directory.name_of(taken.holder)
        since = (Plain(" since "), When(taken.since)) if taken.since else ()
        card = Card(
            title="",
            fallback=f"{name} has it",
            tone=Tone.WARNING,
            status=(Plain(f"{name} has it"), *since, Plain(".")),
            context=(Plain("A lead can take it over with `assign me`."),),
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
            kind.value: [(i.number, i.title) for i in items if self._sees(person, i)]
            for kind, items in open_items.items()
        }
        directory = self._core.directory
        values[ParamKind.PERSON.value] = [
            ("me", person.name),
            *((p.key, p.name) for p in directory.people.values()),
        ]
        values["schedule"] = [(key, "schedule") for key in directory.schedules]
        values["who"] = [
            *((f"@{p.key}", p.name) for p in directory.people.values()),
            *((f"schedule:{key}", "schedule") for key in directory.schedules),
            *((f"policy:{key}", "escalation policy") for key in directory.escalations),
        ]
        return values

    def _sees(self, person: Person, item: AnyItem) -> bool:
        desk = item.desk if isinstance(item, Ticket) else ""
        return may(person, Right.SEE, desk=desk)


def _roles(person: Person) -> str:
    return ", ".join(f"{g.role}:{g.desk}" if g.desk else g.role.value for g in person.grants)


def _typed(talk: Talk, line: str) -> Invocation:
    return Invocation(
        surface=talk.surface,
        account=talk.account,
        key=talk.key,
        line=line,
        thread=talk.thread,
        place=talk.thread.place,
        files=talk.files,
    )
