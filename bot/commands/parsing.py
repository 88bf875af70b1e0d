"""From a typed line or a pressed button to a command with its arguments, or to what is wrong."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Final

from bot.cards import read_action
from bot.commands.table import Command, Param, ParamKind, Table, Target
from bot.errors import UserError

NUMBER: Final = re.compile(r"#?([A-Za-z][A-Za-z0-9]{0,9}-[0-9]{1,9})\Z")
MAX_LINE: Final = 8000
# The field of a form that asks which work item is meant.
ASKED_NUMBER: Final = "number"
MAX_PROPOSALS: Final = 25
_TYPED_VERB: Final = re.compile(r"!([a-z]+)(?:\s+|\Z)", re.IGNORECASE)
# Some keyboards turn straight quotes into others. An apostrophe inside a word is none.
_QUOTED: Final = re.compile(
    r"""(?:"([^"]*)"|'([^']*)'|“([^”]*)”|„([^“”]*)[“”]|‘([^’]*)’|«([^»]*)»)(?=\s|\Z)"""
)
_TAKES_REST: Final = (ParamKind.TEXT, ParamKind.WORDS, ParamKind.MOMENT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """A command, the number that was named (empty: the thread's own), and its arguments as text."""

    command: Command
    number: str = ""
    args: Mapping[str, str]
    pressed: bool = False

    @property
    def missing(self) -> tuple[Param, ...]:
        """Required parameters that have no value."""
        command, given = self.command, {name for name, text in self.args.items() if text.strip()}
        wanted = set() if given & set(command.one_of) else set(command.one_of)
        return tuple(
            p
            for p in command.params
            if p.name not in given and (not p.optional or p.name in wanted)
        )

    def with_args(self, args: Mapping[str, str]) -> Parsed:
        """The same with what was filled in beside the line."""
        known = _names(self.command)
        filled = {name: text for name, text in args.items() if name in known}
        return replace(self, args={**self.args, **filled})


def parse_line(table: Table, line: str, number: str = "") -> Parsed:
    """Read `/ticket claim SUP-42` or `ticket claim`; UserError says what is wrong or missing.

    Where the `number` is named apart from the line, all words after the verb are its arguments.
    """
    text = line.strip().lstrip("/")
    if len(text) > MAX_LINE:
        raise UserError(f"That is longer than {MAX_LINE} characters.", code="too_long")
    root, rest = _first(text)
    verb, tail = _first(rest)
    if not table.verbs(root.lower()):
        raise _unknown_root(table, root)
    command = table.find(root.lower(), verb)
    words = tail if command.verb else rest
    if number:
        return Parsed(command=command, number=_number(number), args=_arguments(command, words))
    return _bind(command, words)


def _number(text: str) -> str:
    """A number as it is kept; UserError for what is none."""
    found = NUMBER.match(text.strip())
    if found is None:
        raise UserError(f"“{text[:40]}” is no number.", code="number", hint="Write it like SUP-42.")
    return found.group(1).upper()


def spoken_verb(
    table: Table, text: str, prefer: str, *, addressed: bool = False
) -> tuple[Command, str] | None:
    """The command that talk begins with (`!claim`, known verbs only), and the words after it.

    Talk `addressed` to us needs no mark, and may name the root as well (`ticket claim`). None when
    it is mere talk.
    """
    said = text.strip()
    if addressed:
        root, rest = _first(said.lstrip("/!"))
        rooted = root.lower() in table.roots() and "" not in table.verbs(root.lower())
        said, prefer = (f"!{rest}", root.lower()) if rooted else (f"!{said.lstrip('/!')}", prefer)
    found = _TYPED_VERB.match(said)
    command = table.verb_anywhere(found.group(1), prefer) if found else None
    if found is None or command is None:
        return None
    return command, said[found.end() :].strip()


def refuse_mistyped(table: Table, text: str) -> None:
    """UserError for words that begin like a command and nearly name one: they must not be mailed
    to anybody.
    """
    found = _TYPED_VERB.match(text.strip())
    word = found.group(1).lower() if found else ""
    near = get_close_matches(
        word, [command.verb or command.root for command in table], n=1, cutoff=0.75
    )
    if near:
        raise UserError(
            f"“!{word}” looks like a command, so nothing was sent.",
            code="unknown_command",
            hint=f"Did you mean `!{near[0]}`?",
        )


def parse_typed(table: Table, text: str, prefer: str, *, addressed: bool = False) -> Parsed | None:
    """Read `!claim` in a thread; None when it is no command."""
    found = spoken_verb(table, text, prefer, addressed=addressed)
    return _bind(*found) if found is not None else None


def parse_action(table: Table, action: str, args: Mapping[str, str]) -> Parsed:
    """Read a button's or form's action id; further parts of the id fill in arguments in order.

    The number of an id without one is what was filled in for it, and says of what kind the verb is.
    """
    found = read_action(action)
    if found is None:
        raise UserError("This control is not one of mine.", code="unknown_action")
    verb, number, more = found
    number = (number or args.get(ASKED_NUMBER, "").strip().lstrip("#")).upper()
    command = table.verb_anywhere(verb, _root_of(number))
    if command is None:
        raise UserError(f"There is no verb {verb!r} any more.", code="unknown_action")
    named = dict(zip(_names(command), more, strict=False))
    parsed = Parsed(command=command, number=number, args=named, pressed=True)
    return parsed.with_args(args)


def _names(command: Command) -> tuple[str, ...]:
    """The arguments of a command in the order of an action id's further parts."""
    return (*command.keeps, *(param.name for param in command.params))


def _root_of(number: str) -> str:
    return "incident" if number.upper().startswith("INC-") else "ticket"


def _unknown_root(table: Table, root: str) -> UserError:
    near = get_close_matches(root.lower(), table.roots(), n=1, cutoff=0.5)
    known = ", ".join(f"/{name}" for name in table.roots())
    hint = f"Did you mean `/{near[0]}`?" if near else f"Commands: {known}."
    return UserError(f"There is no command /{root[:40]}.", code="unknown_command", hint=hint)


def target_number(command: Command, tail: str) -> tuple[str, str]:
    """The number of the work item that the words begin with, and the words after it.

    Empty when they name none: one number alone is the argument of a verb that takes one.
    """
    first, after = _first(tail)
    found = NUMBER.match(first) if command.target is not Target.NOTHING else None
    if found is None:
        return "", tail
    takes_one = bool(command.params) and command.params[0].source == command.target
    if takes_one and NUMBER.match(_first(after)[0]) is None:
        return "", tail
    return found.group(1).upper(), after


def _bind(command: Command, tail: str) -> Parsed:
    number, rest = target_number(command, tail)
    return Parsed(command=command, number=number, args=_arguments(command, rest))


def _arguments(command: Command, text: str) -> dict[str, str]:
    args: dict[str, str] = {}
    rest = text
    for param in command.params:
        if not rest:
            break
        if param.kind in _TAKES_REST:
            args[param.name], rest = rest, ""
        else:
            args[param.name], rest = _word(rest)
    if rest:
        raise UserError(
            f"I do not know what to do with “{rest[:60]}”.",
            code="surplus",
            hint=f"Usage: `{command.usage}`, for example `{command.example}`.",
        )
    return args


def _word(text: str) -> tuple[str, str]:
    """The first word of the text, which may be quoted, and the rest."""
    quoted = _QUOTED.match(text)
    if quoted is None:
        return _first(text)
    return quoted[quoted.lastindex or 0], text[quoted.end() :].strip()


def _first(text: str) -> tuple[str, str]:
    """What stands before the first white space, and the rest."""
    word, *rest = text.split(maxsplit=1) or [""]
    return word, rest[0].strip() if rest else ""


def check_choices(parsed: Parsed) -> Mapping[str, str]:
    """The arguments with every choice in its canonical spelling; UserError with the nearest one."""
    checked = dict(parsed.args)
    for param in parsed.command.params:
        value = checked.get(param.name, "").strip()
        if param.kind is ParamKind.CHOICE and value:
            checked[param.name] = _choice(param, value)
    return checked


def _choice(param: Param, value: str) -> str:
    if value in param.choices:
        return value
    spelled = {_folded(choice): str(choice) for choice in param.choices}
    if (found := spelled.get(_folded(value))) is not None:
        return found
    near = get_close_matches(_folded(value), spelled, n=1, cutoff=0.5)
    known = ", ".join(spelled.values()) or "there is none"
    hint = f"Did you mean `{spelled[near[0]]}`?" if near else f"One of: {known}."
    raise UserError(f"{param.name} cannot be “{value[:40]}”.", code="choice", hint=hint)


def _folded(word: str) -> str:
    return word.lower().replace("-", "_").replace(" ", "_")


def complete_line(
    table: Table, line: str, values: Mapping[str, Sequence[tuple[str, str]]]
) -> list[tuple[str, str, str]]:
    """Proposals (new line, label, help) for a line being typed.

    `values` gives what may stand for a number (`ticket`, `incident`), for a person (`person`) and
    for a parameter's `source`, with labels.
    """
    root, space, rest = line.lstrip().lstrip("/").partition(" ")
    if not space:
        return [(f"/{r} ", f"/{r}", "") for r in table.roots() if r.startswith(root.lower())]
    verbs, rest = table.verbs(root.lower()), rest.lstrip()
    verb, space, tail = rest.partition(" ")
    if not space and "" not in verbs:
        return [
            (f"/{c.name} ", f"/{c.name}", c.help)
            for c in verbs.values()
            if c.verb.startswith(verb.lower())
        ]
    command = verbs.get(verb.lower()) or verbs.get("")
    if command is None:
        return []
    return _complete_arguments(command, tail if command.verb else rest, values)


def _complete_arguments(
    command: Command, tail: str, values: Mapping[str, Sequence[tuple[str, str]]]
) -> list[tuple[str, str, str]]:
    done, _, word = tail.rpartition(" ")
    given = done.split()
    options: list[tuple[str, str]] = []
    if command.target is not Target.NOTHING:
        if not given:
            options += values.get(command.target.value, ())
        elif NUMBER.match(given[0]) is not None:
            del given[0]
    if (param := _param_at(command, len(given))) is not None:
        options += _param_options(param, values)
    prefix = f"/{command.name} {done + ' ' if done else ''}"
    wanted = word.lower().lstrip("@#")
    return [
        (f"{prefix}{value} ", f"{prefix}{value}", label)
        for value, label in dict.fromkeys(options)
        if wanted in value.lower() or wanted in label.lower()
    ][:MAX_PROPOSALS]


def _param_at(command: Command, place: int) -> Param | None:
    """The parameter that the word at that place belongs to; one that takes the rest keeps it."""
    for position, param in enumerate(command.params):
        if position == place or param.kind in _TAKES_REST:
            return param
    return None


def _param_options(
    param: Param, values: Mapping[str, Sequence[tuple[str, str]]]
) -> Sequence[tuple[str, str]]:
    if param.kind is ParamKind.CHOICE:
        return [(choice, param.help) for choice in param.choices]
    source = param.source or ("person" if param.kind is ParamKind.PERSON else "")
    return values.get(source, ())
