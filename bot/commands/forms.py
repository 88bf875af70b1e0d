"""Forms and help, made from the table: whatever can be typed can be filled in and looked up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from bot.cards import (
    Action,
    Block,
    Card,
    FieldKind,
    Form,
    FormField,
    Plain,
    Run,
    Style,
    action_id,
)
from bot.commands.call import Invocation, Reply
from bot.commands.parsing import ASKED_NUMBER, Parsed, parse_action, parse_line
from bot.commands.table import Command, Param, ParamKind, Table, Target
from bot.errors import Refused

# Whole logs are pasted into these; one message shows so much.
MAX_AREA: Final = 20_000
MAX_SHORT: Final = 3000
_KINDS: Final = {
    ParamKind.TEXT: FieldKind.AREA,
    ParamKind.CHOICE: FieldKind.CHOICE,
    ParamKind.PERSON: FieldKind.PERSON,
}


_IN_THREADS: Final = "In a thread the number is implied: type !claim there. Buttons do the same."


def form_of(parsed: Parsed, number: str, people: Sequence[tuple[str, str]]) -> Form:
    """A form that asks for the command's parameters; what is known already is filled in.

    Without a number it also asks for that, where the command needs one.
    """
    command = parsed.command
    about = () if number else _about(command)
    return Form(
        id=action_id(command.verb or command.root, number),
        title=f"{command.form_title or command.help.rstrip('.')} {number}".strip(),
        fields=(*about, *(_field(p, parsed.args, people) for p in command.params)),
        submit=command.form_submit,
    )


def _about(command: Command) -> tuple[FormField, ...]:
    """The field that asks which work item is meant."""
    if command.target is Target.NOTHING or command.target_optional:
        return ()
    sample = "INC-7" if command.target is Target.INCIDENT else "SUP-42"
    label = f"Which {command.target}"
    return (FormField(name=ASKED_NUMBER, label=label, hint=f"Its number, such as {sample}"),)


def _field(param: Param, given: Mapping[str, str], people: Sequence[tuple[str, str]]) -> FormField:
    options: tuple[tuple[str, str], ...] = tuple((c, c.replace("_", " ")) for c in param.choices)
    if param.kind is ParamKind.PERSON:
        options = tuple(people)
    value, kind = given.get(param.name, ""), _KINDS.get(param.kind, FieldKind.LINE)
    if options and value not in [key for key, _ in options]:
        value = ""
    return FormField(
        name=param.name,
        label=param.name.replace("_", " ").capitalize(),
        kind=kind,
        hint=param.help,
        value=value,
        required=not param.optional,
        max_length=MAX_AREA if kind is FieldKind.AREA else MAX_SHORT,
        options=options,
    )


def may_ask(table: Table, invocation: Invocation) -> bool:
    """Whether a form may come of it, which a platform takes only as its first answer."""
    try:
        if invocation.action:
            parsed = parse_action(table, invocation.action, invocation.args)
        else:
            parsed = parse_line(table, invocation.line, invocation.number)
            parsed = parsed.with_args(invocation.args)
    except Refused:
        return False
    return invocation.asks or bool(parsed.missing)


def offered(form: Form) -> Reply:
    """A button for the form, where the platform gives no occasion to open one."""
    fill_in = Action(form.id, "Fill it in", Style.PRIMARY)
    card = Card(title="", fallback=form.title, status=(Plain(form.title),), actions=(fill_in,))
    return Reply(card=card)


def short_help(table: Table, root: str) -> Card:
    """A friendly word for somebody who spoke to us and named no verb: what one can say."""
    verbs = ", ".join(verb for verb in table.verbs(root) if verb)
    return Card(
        title="",
        fallback="I did not find a verb in that. Begin with one, for example: help",
        status=(Plain("I did not find a verb in that. Begin with one of these:"),),
        blocks=(Block((Plain(verbs, code=True),)),),
        context=(Plain(f"“help” tells all of them. {_IN_THREADS}", dim=True),),
        actions=(Action(action_id("help", ""), "All commands"),),
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
