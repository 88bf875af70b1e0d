"""Application commands as people use them: a line with arguments; and completion."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from adapters.discord.gestures.commands import ATTACHMENT, GROUP, SUBCOMMAND, number_option
from bot.cards import shorten
from bot.commands.call import Completion
from bot.commands.parsing import NUMBER
from bot.commands.table import Command, Table

Json = dict[str, Any]

MAX_PROPOSALS: Final = 25
MAX_TEXT: Final = 100
# Stands for a number that is implied, so that the places of what follows are clear.
_IMPLIED: Final = "A-1"
_SOME: Final = "-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """One use of a command: which, for which number, with what."""

    command: Command
    number: str = ""
    args: Mapping[str, str]
    files: tuple[str, ...] = ()
    focused: str = ""

    @property
    def line(self) -> str:
        """The command, as it is typed elsewhere; its number is an option of its own."""
        return f"/{self.command.name}"

    @property
    def lacks(self) -> bool:
        """Whether something is missing that a form has to ask for."""
        given = {name for name, text in self.args.items() if text.strip()}
        needed = {param.name for param in self.command.params if not param.optional}
        return bool(needed - given)


def read_typed(table: Table, names: Mapping[str, str], data: Mapping[str, Any]) -> Typed:
    """What the interaction's data says; UserError for a command that is there no more."""
    ours = {name: root for root, name in names.items()}
    root = ours.get(str(data.get("name", "")), str(data.get("name", "")))
    verb, options = _verb(data.get("options") or ())
    command = table.find(root, verb)
    values = {str(option["name"]): str(option.get("value", "")) for option in options}
    number = values.pop(number_option(command), "") if number_option(command) else ""
    files = tuple(str(o["value"]) for o in options if o.get("type") == ATTACHMENT)
    known = {param.name for param in command.params}
    return Typed(
        command=command,
        number=number.strip(),
        args={name: value for name, value in values.items() if name in known},
        files=files,
        focused=next((str(o["name"]) for o in options if o.get("focused")), ""),
    )


def completion_line(typed: Typed) -> str:
    """The line as it would stand if everything before the focused option were typed."""
    command, parts = typed.command, [f"/{typed.command.name}"]
    if number_option(command):
        if typed.focused == number_option(command):
            return f"{parts[0]} {_last_word(typed.number)}"
        parts.append(typed.number if NUMBER.match(typed.number) else _IMPLIED)
    for param in command.params:
        if param.name == typed.focused:
            parts.append(_last_word(typed.args.get(param.name, "")))
            break
        parts.append(_last_word(typed.args.get(param.name, "")) or _SOME)
    return " ".join(parts)


def choices(typed: Typed, found: Iterable[Completion]) -> list[Json]:
    """The proposals for the focused option as Discord shows them."""
    asks_number = typed.focused == number_option(typed.command)
    drawn: dict[str, Json] = {}
    for each in found:
        value = each.line.split()[-1] if each.line.split() else ""
        if not 0 < len(value) <= MAX_TEXT or asks_number != bool(NUMBER.match(value)):
            continue
        name = f"{value}  {each.help}" if each.help and each.help != value else value
        drawn.setdefault(value, {"name": shorten(name, MAX_TEXT), "value": value})
    return list(drawn.values())[:MAX_PROPOSALS]


def _verb(options: Sequence[Mapping[str, Any]]) -> tuple[str, Sequence[Mapping[str, Any]]]:
    """The verb beneath a root, if it has verbs, and the options given to it."""
    first = options[0] if options else {}
    if first.get("type") == SUBCOMMAND:
        return str(first["name"]), first.get("options") or ()
    if first.get("type") == GROUP:
        return _verb(first.get("options") or ())
    return "", options


def _last_word(text: str) -> str:
    return (text.split() or [""])[-1].lstrip("@#") if text and not text.endswith(" ") else ""
