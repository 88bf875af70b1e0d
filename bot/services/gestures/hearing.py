"""Talk in threads: what is a command, what is meant for the customer, and what stays a note; and
what becomes of it when it is edited or deleted where it was said.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from bot.cards import action_id
from bot.commands.call import Invocation, Reply, Talk
from bot.commands.forms import offered, short_help
from bot.commands.parsing import parse_typed, refuse_mistyped, spoken_verb, target_number
from bot.commands.table import Command, Table, Target
from bot.domain.incidents import knows_of
from bot.domain.messages import Message, Said, Voice
from bot.domain.people import Person, Right
from bot.domain.work_items import AnyItem, Kind, Ticket, kind_of
from bot.errors import UserError
from bot.ports import UnitOfWork
from bot.services.alerts.incidents import PREFIX as INCIDENTS
from bot.services.core import Core
from bot.services.gestures import revising
from bot.services.gestures import talk as talking
from bot.services.gestures.access import Access, implied

Run = Callable[[Invocation, Said], Awaitable[Reply]]

# The verb whose words became a message of that voice.
_VERBS: Final[Mapping[Voice, str]] = {Voice.NOTE: "note", Voice.REPLY: "reply"}


class Hearing:
    """Takes talk; commands in it go the way of every command (`run`)."""

    def __init__(self, core: Core, table: Table, access: Access, run: Run) -> None:
        self._core = core
        self._table = table
        self._access = access
        self._run = run

    async def say(self, talk: Talk) -> Reply | None:
        """A command, a reply to the customer where the desk relays its talk, or else a note.

        What is addressed to us and names no verb is answered with help, and kept by nobody.
        """
        someone = self._access.known(talk.surface, talk.account)
        async with self._core.store.read() as work:
            item = await implied(work, talk.thread, someone)
        if item is None and not talk.addressed:
            return None
        line = self._typed_line(talk, item)
        if line:
            reply = await self._run(_gesture(talk, line=line), talking.said_in(talk))
            return offered(reply.form) if reply.form is not None else reply
        person = self._access.person(talk.surface, talk.account)
        if item is None or talk.addressed:
            return Reply(card=short_help(self._table, kind_of(item) if item else Kind.TICKET))
        self._access.check(person, Right.NOTE, item)
        words = talking.for_customer(self._core, item, person, talk.text)
        if words:
            refuse_mistyped(self._table, words)
            action = action_id("reply", item.number)
            gesture = _gesture(talk, action=action, args={"text": words})
            return await self._run(gesture, talking.said_in(talk))
        await talking.note(self._core, talk, person)
        return None

    async def revise(self, talk: Talk) -> Reply | None:
        """The writer edited what they said: the note changes, and so does a mail not yet sent."""
        person = self._access.known(talk.surface, talk.account)
        async with self._core.store.work() as work:
            found = await self._theirs(work, f"{talk.surface}:{talk.key}", person)
            if found is None or person is None:
                return None
            message, item = found
            words = self._words(talk, message, item, person)
            if words is None or words == message.text:
                return None
            if message.voice is Voice.NOTE:
                await revising.edit_note(self._core, work, item, message, words)
                return None
            return await self._reword(work, talk, message, item, person, words)

    async def _reword(
        self,
        work: UnitOfWork,
        talk: Talk,
        message: Message,
        item: AnyItem,
        person: Person,
        words: str,
    ) -> Reply | None:
        if not isinstance(item, Ticket):
            return None
        if words:
            self._access.check(person, Right.REPLY, item)
            return await revising.reword(self._core, work, item, message, person, words)
        # What has become internal is nothing to correct the customer with.
        reply = await revising.take_back(self._core, work, item, message, person, "")
        if not reply.refused:
            said = talking.said_in(talk)
            now = self._core.clock.now()
            kept = talking.Note(text=talk.text, said=said)
            await talking.add_note(self._core, work, item, person, kept, now)
        return reply

    async def withdraw(self, surface: str, account: str, key: str) -> Reply | None:
        """The writer deleted what they said: the team still sees it, struck through."""
        person = self._access.known(surface, account)
        async with self._core.store.work() as work:
            found = await self._theirs(work, f"{surface}:{key}", person)
            if found is None or person is None:
                return None
            message, item = found
            if message.voice is Voice.NOTE:
                await revising.withdraw_note(self._core, work, item, message)
                return None
            if not isinstance(item, Ticket):
                return None
            return await revising.take_back(self._core, work, item, message, person, "")

    async def _theirs(
        self, work: UnitOfWork, key: str, person: Person | None
    ) -> tuple[Message, AnyItem] | None:
        """What this person said in that message of a platform, with its item; None if they did
        not.
        """
        found = await work.messages.said(key) if person is not None else None
        if found is None or person is None or not revising.may_change(found, person):
            return None
        # Locked in the order of every other gesture: the item, then what is said on it.
        item = await work.items.by_id(found.item)
        message = await work.messages.get(found.id)
        if item is None or message is None or not revising.may_change(message, person):
            return None
        if not knows_of(person, item):
            return None
        return message, item

    def _words(self, talk: Talk, message: Message, item: AnyItem, person: Person) -> str | None:
        """What the edited talk now says for such a message; None when it says something else."""
        found = parse_typed(self._table, talk.text, kind_of(item).value, addressed=talk.addressed)
        if found is not None:
            same = found.command.verb == _VERBS.get(message.voice)
            return (found.args.get("text", "").strip() or None) if same else None
        if message.voice is Voice.REPLY:
            return talking.for_customer(self._core, item, person, talk.text)
        return talk.text.strip()

    def _typed_line(self, talk: Talk, item: AnyItem | None) -> str:
        """The whole line that a verb in the item's thread stands for; empty for mere talk."""
        prefer = kind_of(item).value if item is not None else Kind.TICKET.value
        found = spoken_verb(self._table, talk.text, prefer, addressed=talk.addressed)
        if found is None:
            return ""
        command, tail = found
        if item is None:
            return f"/{command.name} {tail}".rstrip()
        tail = self._about(command, tail, item)
        implied_number = "" if command.target is Target.NOTHING else item.number
        return " ".join(filter(None, (f"/{command.name}", implied_number, tail)))

    def _about(self, command: Command, tail: str, item: AnyItem) -> str:
        """The words without the thread's own number; UserError for another one."""
        number, rest = target_number(command, tail)
        if number == item.number:
            return rest
        if number and self._is_number(number):
            raise UserError(
                f"In this thread everything is about {item.number}.",
                code="other_number",
                hint=f"Type `/{command.name} {number}` elsewhere, or in its own thread.",
            )
        return tail

    def _is_number(self, word: str) -> bool:
        """Whether the word is a number of ours, and not something like UTF-8."""
        prefix = word.partition("-")[0]
        return prefix == INCIDENTS or self._core.directory.desk_of_prefix(prefix) is not None


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
