"""The command table: every verb with its parameters, its help, who may run it, and its handler."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum

from bot.cards import Form
from bot.commands.call import Call, Reply
from bot.domain.people import Right
from bot.errors import UserError


class ParamKind(StrEnum):
    """How a parameter is typed, completed and drawn in a form."""

    WORD = "word"
    TEXT = "text"
    PERSON = "person"
    CHOICE = "choice"
    MOMENT = "moment"
    WORDS = "words"


class Target(StrEnum):
    """What a verb acts on: implied in its thread, elsewhere its number is typed first."""

    TICKET = "ticket"
    INCIDENT = "incident"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Param:
    """One parameter; TEXT and WORDS take the rest of the line, `optional` ones may be left out."""

    name: str
    help: str
    kind: ParamKind = ParamKind.WORD
    optional: bool = False
    choices: tuple[str, ...] = ()
    source: str = ""


Handler = Callable[[Call], Awaitable[Reply]]
MakeForm = Callable[[Call], Awaitable[Form]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One verb of one root; one that only `reads` changes nothing, so it may run at any time.

    `form_title` and `form_submit` are the words of the form that asks for missing parameters; a
    command with a `form` of its own draws that. Of the parameters in `one_of` at least one must
    have a value. `keeps` are arguments that nobody types: the id of a form holds them. `holds` are
    parameters that name further work items, which it changes together with its target. The files
    of one that `mails` go to the customer. One that is `seldom` typed gives way to others on a
    surface that has room for few.
    """

    root: str
    verb: str
    help: str
    example: str
    right: Right
    handler: Handler
    target: Target = Target.NOTHING
    target_optional: bool = False
    params: tuple[Param, ...] = ()
    reads: bool = False
    seldom: bool = False
    form_title: str = ""
    form_submit: str = "Save"
    form: MakeForm | None = None
    one_of: tuple[str, ...] = ()
    keeps: tuple[str, ...] = ()
    holds: tuple[str, ...] = ()
    mails: bool = False

    @property
    def name(self) -> str:
        """`ticket claim`; a root without verbs is just its root (`page`)."""
        return f"{self.root} {self.verb}".strip()

    @property
    def usage(self) -> str:
        """The line to type, optional parts in brackets: `/ticket priority [SUP-42] <priority>`."""
        parts = [f"/{self.name}"]
        if self.target is not Target.NOTHING:
            sample = "INC-7" if self.target is Target.INCIDENT else "SUP-42"
            parts.append(f"[{sample}]")
        parts += [f"[{p.name}]" if p.optional else f"<{p.name}>" for p in self.params]
        return " ".join(parts)


class Table:
    """All commands, by root and verb; a name that stands twice is refused at start."""

    def __init__(self, commands: Iterable[Command]) -> None:
        self._by_name: dict[tuple[str, str], Command] = {}
        for command in commands:
            key = (command.root, command.verb)
            if key in self._by_name:
                raise ValueError(f"the command {command.name!r} stands twice in the table")
            self._by_name[key] = command

    def __iter__(self) -> Iterator[Command]:
        return iter(self._by_name.values())

    def roots(self) -> tuple[str, ...]:
        """The roots, in the order of the table."""
        return tuple(dict.fromkeys(root for root, _ in self._by_name))

    def verbs(self, root: str) -> Mapping[str, Command]:
        """The verbs of a root, in the order of the table."""
        return {verb: command for (r, verb), command in self._by_name.items() if r == root}

    def find(self, root: str, verb: str) -> Command:
        """The command, or UserError with the nearest one."""
        found = self._by_name.get((root, verb.lower())) or self._by_name.get((root, ""))
        if found is not None:
            return found
        verbs = self.verbs(root)
        if not verbs:
            raise UserError(
                f"There is no command /{root}.",
                code="unknown_command",
                hint=f"Commands: {', '.join('/' + r for r in self.roots())}.",
            )
        near = get_close_matches(verb.lower(), verbs, n=1, cutoff=0.6)
        hint = f"Did you mean `/{root} {near[0]}`?" if near else f"Try `/{root} help`."
        words = f"`/{root} {verb}` is no command." if verb else f"`/{root}` needs a verb."
        raise UserError(words, code="unknown_command", hint=hint)

    def verb_anywhere(self, verb: str, prefer: str) -> Command | None:
        """The command of a bare verb in a thread; `prefer` is the root of the thread's item."""
        for root in (prefer, *self.roots()):
            if (command := self._by_name.get((root, verb.lower()))) is not None and verb:
                return command
        if verb.lower() in self.roots():
            return self._by_name.get((verb.lower(), ""))
        return None
