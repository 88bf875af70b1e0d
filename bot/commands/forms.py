"""Forms and help, made from the table: whatever can be typed can be filled in and looked up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from bot.cards import Block, Card, FieldKind, Form, FormField, Plain, Run, action_id
from bot.commands.parsing import Parsed
from bot.commands.table import Command, Param, ParamKind, Table

_KINDS: Final = {
    ParamKind.TEXT: FieldKind.AREA,
    ParamKind.CHOICE: FieldKind.CHOICE,
    ParamKind.PERSON: FieldKind.PERSON,
}


_IN_THREADS: Final = "In a thread the number is implied: type !claim there. Buttons do the same."


def form_of(parsed: Parsed, number: str, people: Sequence[tuple[str, str]]) -> Form:
    """A form that asks for the command's parameters; what is known already is filled in."""
    command = parsed.command
    return Form(
        id=action_id(command.verb or command.root, number),
        title=f"{command.form_title or command.help.rstrip('.')} {number}".strip(),
        fields=tuple(_field(p, parsed.args, people) for p in command.params),
        submit=command.form_submit,
    )


def _field(param: Param, given: Mapping[str, str], people: Sequence[tuple[str, str]]) -> FormField:
    options: tuple[tuple[str, str], ...] = tuple((c, c.replace("_", " ")) for c in param.choices)
    if param.kind is ParamKind.PERSON:
        options = tuple(people)
    return FormField(
        name=param.name,
        label=param.name.replace("_", " ").capitalize(),
        kind=_KINDS.get(param.kind, FieldKind.LINE),
        hint=param.help,
        value=given.get(param.name, ""),
        required=not param.optional,
        options=options,
    )


def help_card(table: Table, root: str, verb: str) -> Card:
    """Help for one command (of another root, too), for one root, or for everything.

    UserError with the nearest verb when there is none of that name.
    """
    if verb:
        return _command_help(table.verb_anywhere(verb, root) or table.find(root, verb))
    roots = [root] if root else list(table.roots())
    blocks: list[Block] = []
    for name in roots:
        blocks.append(Block((Plain(f"/{name}", bold=True),)))
        blocks += [_help_line(command) for command in table.verbs(name).values()]
    blocks.append(Block((Plain(_IN_THREADS, dim=True),)))
    title = f"/{root} commands" if root else "Commands"
    return Card(title=title, fallback=title, blocks=tuple(blocks))


def _help_line(command: Command) -> Block:
    runs: tuple[Run, ...] = (Plain(command.usage, code=True), Plain(f"  {command.help}"))
    return Block(runs)


def _command_help(command: Command) -> Card:
    blocks = [
        Block((Plain(command.help),)),
        Block((Plain(command.usage, code=True),)),
        Block((Plain("For example "), Plain(command.example, code=True))),
    ]
    blocks += [
        Block((Plain(param.name, bold=True), Plain(f"  {param.help}{_choices(param)}")))
        for param in command.params
    ]
    return Card(title=f"/{command.name}", fallback=command.help, blocks=tuple(blocks))


def _choices(param: Param) -> str:
    return f" ({', '.join(param.choices)})" if param.choices else ""
