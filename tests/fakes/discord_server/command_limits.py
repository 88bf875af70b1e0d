"""What Discord refuses in application commands: names, texts, options, choices, sizes.

https://discord.com/developers/docs/interactions/application-commands#application-command-object
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

from tests.fakes.discord_server.refusals import Faulty, Refusal

JSON = dict[str, Any]
CHAT, USER, MESSAGE = 1, 2, 3
SUBCOMMAND, GROUP = 1, 2
MOST = {CHAT: 100, USER: 15, MESSAGE: 15}
NAME = re.compile(r"^[-_'\w]{1,32}$")
TOTAL = 8000


def check_commands(commands: list[JSON]) -> None:
    """Refuse a bulk overwrite with one 50035, or with 30032 when there are too many."""
    for kind, most in MOST.items():
        if sum(each.get("type", CHAT) == kind for each in commands) > most:
            raise Refusal(400, 30032, f"Maximum number of application commands reached ({most})")
    faulty = Faulty()
    for place, command in enumerate(commands):
        _command(faulty, str(place), command)
    named = Counter((each.get("type", CHAT), each.get("name")) for each in commands)
    for place, command in enumerate(commands):
        if named[command.get("type", CHAT), command.get("name")] > 1:
            faulty.add(
                f"{place}.name",
                "APPLICATION_COMMANDS_DUPLICATE_NAME",
                "Application command names must be unique",
            )
    faulty.raise_any()


def _command(faulty: Faulty, path: str, command: JSON) -> None:
    if command.get("type", CHAT) != CHAT:
        faulty.length(f"{path}.name", command.get("name"), 1, 32)
        if command.get("description") or command.get("options"):
            faulty.add(path, "APPLICATION_COMMAND_MENU", "A menu entry has only a name.")
        return
    _named(faulty, path, command)
    _options(faulty, path, command.get("options") or [], depth=0)
    if _size(command) > TOTAL:
        faulty.add(
            path,
            "APPLICATION_COMMAND_TOO_LARGE",
            f"Command exceeds maximum size ({TOTAL})",
        )


def _named(faulty: Faulty, path: str, part: JSON) -> None:
    name = str(part.get("name") or "")
    if not NAME.match(name) or name != name.lower():
        faulty.add(
            f"{path}.name",
            "APPLICATION_COMMAND_INVALID_NAME",
            "Command name is invalid",
        )
    faulty.length(f"{path}.description", part.get("description"), 1, 100)


def _options(faulty: Faulty, path: str, options: list[JSON], depth: int) -> None:
    faulty.length(f"{path}.options", options, 0, 25)
    optional_seen = False
    names = Counter(option.get("name") for option in options)
    nested = {option.get("type") in {SUBCOMMAND, GROUP} for option in options}
    if len(nested) > 1 or (nested == {True} and depth > 1):
        faulty.add(
            f"{path}.options",
            "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID",
            "Sub-command and sub-command group option types are mutually exclusive to others",
        )
    for place, option in enumerate(options):
        here = f"{path}.options.{place}"
        _named(faulty, here, option)
        if names[option.get("name")] > 1:
            faulty.add(
                f"{here}.name",
                "APPLICATION_COMMAND_OPTIONS_NAME_INVALID",
                "Option names must be unique",
            )
        if option.get("type") in {SUBCOMMAND, GROUP}:
            _options(faulty, here, option.get("options") or [], depth + 1)
            continue
        if option.get("required") and optional_seen:
            faulty.add(
                f"{path}.options",
                "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID",
                "Required options must be placed before non-required options",
            )
        optional_seen = optional_seen or not option.get("required")
        _choices(faulty, here, option)


def _choices(faulty: Faulty, path: str, option: JSON) -> None:
    choices = option.get("choices") or []
    faulty.length(f"{path}.choices", choices, 0, 25)
    for place, choice in enumerate(choices):
        faulty.length(f"{path}.choices.{place}.name", choice.get("name"), 1, 100)
        if isinstance(choice.get("value"), str):
            faulty.length(f"{path}.choices.{place}.value", choice["value"], 1, 100)
    if choices and option.get("autocomplete"):
        faulty.add(
            path,
            "APPLICATION_COMMAND_OPTION_AUTOCOMPLETE_CHOICES",
            "Autocomplete and choices are mutually exclusive",
        )


def _size(part: JSON) -> int:
    size = len(part.get("name") or "") + len(part.get("description") or "")
    size += sum(
        len(choice.get("name") or "") + len(str(choice.get("value") or ""))
        for choice in part.get("choices") or []
    )
    return size + sum(_size(option) for option in part.get("options") or [])
