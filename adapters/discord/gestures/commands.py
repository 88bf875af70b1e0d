"""The command table as Discord's application commands, written there only when it changed.

https://discord.com/developers/docs/interactions/application-commands
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from adapters.discord.api.rest import Rest
from adapters.discord.api.routes import route
from bot.cards import shorten
from bot.commands.shortcuts import SHORTCUTS, Shortcut
from bot.commands.table import Command, Param, ParamKind, Table, Target

Json = dict[str, Any]

CHAT: Final = 1
MESSAGE: Final = 3
SUBCOMMAND: Final = 1
GROUP: Final = 2
STRING: Final = 3
ATTACHMENT: Final = 11

MAX_OPTIONS: Final = 25
MAX_CHOICES: Final = 25
MAX_HELP: Final = 100
MAX_MENU: Final = 15
MORE: Final = "more"
"""The group of the verbs for which a root has no more room: those that are seldom typed."""
FILE: Final = "file"
"""The option of commands that take a file."""
FREE: Final = (ParamKind.TEXT, ParamKind.WORDS)
"""What may be left out when typing: a form asks for it."""


def tree(table: Table, names: Mapping[str, str], shortcuts: Sequence[Shortcut] = SHORTCUTS) -> Any:
    """All commands, each root under the name it has here, and the entries of message menus."""
    roots = [_root(table, root, names.get(root, root)) for root in table.roots()]
    menus = [{"type": MESSAGE, "name": entry.label} for entry in shortcuts[:MAX_MENU]]
    return [*roots, *menus]


def number_option(command: Command) -> str:
    """What the option is called that names the work item; empty for a command about none."""
    return "" if command.target is Target.NOTHING else str(command.target)


async def sync(rest: Rest, application: str, guild: str, wanted: Sequence[Json]) -> bool:
    """Write the commands, for one server or (empty) for all; False when they stand there so."""
    where = "/applications/{application}/commands"
    parts = {"application": application}
    if guild:
        where = "/applications/{application}/guilds/{guild}/commands"
        parts["guild"] = guild
    present = await rest.ask(route("GET", where, **parts))
    if _canonical(present) == _canonical(wanted):
        return False
    await rest.ask(route("PUT", where, **parts), list(wanted))
    return True


def _root(table: Table, root: str, name: str) -> Json:
    verbs = list(table.verbs(root).values())
    drawn: Json = {"type": CHAT, "name": name, "description": f"{root.capitalize()} commands."}
    if len(verbs) == 1 and not verbs[0].verb:
        return drawn | {
            "description": _help(verbs[0].help),
            "options": _options(verbs[0]),
        }
    return drawn | {"options": _subcommands(verbs)}


def _subcommands(verbs: Sequence[Command]) -> list[Json]:
    if len(verbs) <= MAX_OPTIONS:
        return [_subcommand(verb) for verb in verbs]
    ranked = sorted(verbs, key=lambda verb: verb.seldom)
    first, rest = ranked[: MAX_OPTIONS - 1], ranked[MAX_OPTIONS - 1 : 2 * MAX_OPTIONS - 1]
    more = {
        "type": GROUP,
        "name": MORE,
        "description": "Further commands.",
        "options": [_subcommand(verb) for verb in rest],
    }
    return [*map(_subcommand, first), more]


def _subcommand(command: Command) -> Json:
    return {
        "type": SUBCOMMAND,
        "name": command.verb,
        "description": _help(command.help),
        "options": _options(command),
    }


def _options(command: Command) -> list[Json]:
    """Required ones first, as Discord demands; the number is implied in a thread."""
    params = [_param(param) for param in command.params]
    number = number_option(command)
    if number:
        said = "Its number; in its own thread it is implied"
        params.append(_option(number, said, autocomplete=True))
    if any(param.kind is ParamKind.TEXT for param in command.params) and number:
        params.append({"type": ATTACHMENT, "name": FILE, "description": "A file to go along"})
    return sorted(params, key=lambda option: not option.get("required", False))[:MAX_OPTIONS]


def _param(param: Param) -> Json:
    required = not param.optional and param.kind not in FREE
    if param.kind is ParamKind.CHOICE and 0 < len(param.choices) <= MAX_CHOICES:
        choices = [{"name": str(c).replace("_", " "), "value": str(c)} for c in param.choices]
        return _option(param.name, param.help, required=required) | {"choices": choices}
    proposes = param.kind in (ParamKind.PERSON, ParamKind.CHOICE) or bool(param.source)
    return _option(param.name, param.help, required=required, autocomplete=proposes)


def _option(name: str, help_: str, *, required: bool = False, autocomplete: bool = False) -> Json:
    drawn: Json = {"type": STRING, "name": name, "description": _help(help_)}
    if required:
        drawn["required"] = True
    if autocomplete:
        drawn["autocomplete"] = True
    return drawn


def _help(text: str) -> str:
    return shorten(text, MAX_HELP) or "…"


_ORDER: Final = ("type", "name", "description", "required", "autocomplete")


def _canonical(commands: Iterable[Mapping[str, Any]]) -> list[Any]:
    """Only what we say of commands, without what Discord adds."""
    return sorted((_plain(command) for command in commands), key=repr)


def _plain(part: Mapping[str, Any]) -> Any:
    kept: Json = {name: part[name] for name in _ORDER if part.get(name)}
    if choices := part.get("choices"):
        kept["choices"] = [(choice["name"], choice["value"]) for choice in choices]
    if options := part.get("options"):
        kept["options"] = [_plain(option) for option in options]
    return kept
