"""Who somebody is here, which work item they mean, and what they may do with it."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Final

from bot.commands.parsing import Parsed
from bot.commands.table import Command, Table, Target
from bot.domain import tickets
from bot.domain.incidents import knows_of
from bot.domain.people import Person, Right, may
from bot.domain.threads import ThreadRef
from bot.domain.work_items import AnyItem, Incident, Ticket, kind_of
from bot.errors import UserError
from bot.ports import ItemQuery, UnitOfWork
from bot.services.alerts.incidents import PREFIX as INCIDENTS
from bot.services.core import Core
from bot.services.insiders import is_hidden
from bot.services.queues import eyes_of

# So many newest numbers are compared with a mistyped one.
NEAR: Final = 200
# What may still be done with a ticket that was merged into another one; whoever may merge it may
# undo that.
_ON_MERGED: Final = (Right.SEE, Right.NOTE, Right.MERGE)


class Access:
    """Every gesture passes here; what is refused is refused in words for the person."""

    def __init__(self, core: Core, table: Table) -> None:
        self._core = core
        self._table = table

    def known(self, surface: str, account: str) -> Person | None:
        """The team member behind an account; None is nobody, who has no role."""
        person = self._core.directory.person_at(surface, account)
        return person if person is not None and person.grants else None

    def person(self, surface: str, account: str) -> Person:
        """The team member behind an account; UserError for nobody."""
        person = self.known(surface, account)
        if person is None:
            raise UserError(
                "You have no role here, so you cannot do that.",
                code="nobody",
                hint="Ask an operator to add you under [people] in the configuration.",
            )
        return person

    def may(self, person: Person, right: Right, item: AnyItem | None) -> bool:
        """Whether the person has the right, on the item when there is one.

        On what does not exist for them they have none, not even that to see it.
        """
        if item is not None and not knows_of(person, item):
            return False
        desk = item.desk if isinstance(item, Ticket) else ""
        leads = isinstance(item, Incident) and item.assignee == person.key
        return may(person, right, desk=desk, leads=leads)

    def check(self, person: Person, right: Right, item: AnyItem | None) -> None:
        """Refused unless the person has the right, and there is still work on the item."""
        if isinstance(item, Ticket) and item.desk not in self._core.directory.desks:
            raise UserError(
                f"{item.number} belongs to the desk “{item.desk}”, which is configured no more.",
                code="no_desk",
                hint=f"An operator can bring it back under [desks.{item.desk}].",
            )
        if self.may(person, right, item):
            if isinstance(item, Ticket) and right not in _ON_MERGED:
                tickets.refuse_merged(item)
            return
        where = f" on {item.number}" if item is not None else ""
        raise UserError(
            f"You may not do that{where}: it needs the right to {right.replace('_', ' ')}.",
            code="no_right",
            hint=f"Your roles: {_roles(person) or 'none'}. An operator can change them.",
        )

    # ------------------------------------------------------------ which one

    async def hold(self, work: UnitOfWork, parsed: Parsed, thread: ThreadRef | None) -> None:
        """Lock all that the command changes before any of it is looked at, in one order: of two
        people who mean the same items the other way round one waits, and sees what became of them.
        """
        named = [parsed.args.get(name, "").lstrip("#") for name in parsed.command.holds]
        here = await work.threads.item_at(thread) if thread and not parsed.number else None
        numbers = [number for number in (parsed.number, *named) if number]
        await work.items.hold(numbers, [here] if here is not None else [])

    async def target(
        self, work: UnitOfWork, parsed: Parsed, thread: ThreadRef | None, person: Person
    ) -> AnyItem | None:
        """The work item a command is about: the one named, else the thread's."""
        command = parsed.command
        if command.target is Target.NOTHING:
            return await implied(work, thread, person) if command.target_optional else None
        if parsed.number:
            found = await named(work, parsed.number, person)
            if found is None:
                raise await self._unknown(work, parsed.number, person)
            return self._of_kind(command, found)
        item = await implied(work, thread, person)
        if item is None and command.target_optional:
            return None
        if item is None:
            raise UserError(
                f"Tell me which {command.target}: `{command.usage}`.",
                code="no_target",
                hint=f"For example `{command.example}`, or type `!{command.verb}` in its thread.",
            )
        return self._of_kind(command, item)

    async def offered(
        self, work: UnitOfWork, parsed: Parsed, thread: ThreadRef | None, person: Person
    ) -> AnyItem | None:
        """The same for a form, which can still ask for what is not implied: then None."""
        if not parsed.number and parsed.command.target is not Target.NOTHING:
            item = await implied(work, thread, person)
            suits = item is not None and kind_of(item).value == parsed.command.target.value
            return item if suits else None
        return await self.target(work, parsed, thread, person)

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
        query = ItemQuery(newest_first=True, limit=NEAR, known_to=eyes_of(person))
        newest = await work.items.find(query)
        seen = {item.number: item for item in newest if self.may(person, Right.SEE, item)}
        near = get_close_matches(number, seen, n=1)
        hint = _where_to_look(number)
        if near:
            hint = f"Did you mean {near[0]} “{seen[near[0]].title}”?"
        return UserError(f"There is no {number}.", code="not_found", hint=hint)


async def named(work: UnitOfWork, number: str, person: Person | None) -> AnyItem | None:
    """The work item of that number, if it exists for the person."""
    return _known_to(person, await work.items.get(number))


async def implied(
    work: UnitOfWork, thread: ThreadRef | None, person: Person | None
) -> AnyItem | None:
    """The work item of the thread, if it exists for the person (None: for nobody in particular)."""
    item_id = await work.threads.item_at(thread) if thread is not None else None
    return _known_to(person, await work.items.by_id(item_id)) if item_id is not None else None


def _known_to(person: Person | None, item: AnyItem | None) -> AnyItem | None:
    """The item, unless it is confidential and not for this person."""
    if item is None or not is_hidden(item):
        return item
    return item if person is not None and knows_of(person, item) else None


def _where_to_look(number: str) -> str:
    if number.startswith(f"{INCIDENTS}-"):
        return "`/incident list` shows what is open."
    return "`/ticket find` searches by number, subject and customer."


def _roles(person: Person) -> str:
    return ", ".join(f"{g.role}:{g.desk}" if g.desk else g.role.value for g in person.grants)
