"""What a person types into the command line of the client, read as the client reads it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.fakes.discord_server import payloads
from tests.fakes.discord_server.interactions import partial
from tests.fakes.discord_server.places import Attachment, Guild
from tests.fakes.discord_server.world import World

JSON = dict[str, Any]
SUBCOMMAND, GROUP, STRING, INTEGER, BOOLEAN = 1, 2, 3, 4, 5
USER, CHANNEL, ROLE, MENTIONABLE, NUMBER, ATTACHMENT = 6, 7, 8, 9, 10, 11


class CannotSend(AssertionError):
    """Discord's own client would not let the person do this."""


@dataclass(slots=True)
class Reading:
    """A typed line on its way to an interaction's data."""

    world: World
    guild: Guild | None
    files: Sequence[Attachment] = ()
    resolved: JSON = field(default_factory=dict)

    def command(self, commands: list[JSON], line: str) -> JSON:
        """The data of the command; CannotSend for what the client refuses."""
        command, path, options, rest = self._find(commands, line)
        given = self._split(options, rest)
        values = [
            self._option(option, given[option["name"]])
            for option in options
            if option["name"] in given
        ]
        missing = [
            option["name"]
            for option in options
            if option.get("required") and option["name"] not in given
        ]
        if missing:
            raise CannotSend(f"{line!r} lacks {', '.join(missing)}")
        return self._data(command, path, values)

    def partial(self, commands: list[JSON], line: str) -> JSON:
        """The data of an autocomplete request: the last option is being typed."""
        command, path, options, rest = self._find(commands, line)
        given = self._split(options, rest)
        if not given:
            raise CannotSend(f"{line!r} has no option to complete")
        by_name = {option["name"]: option for option in options}
        *before, last = given
        values = [self._option(by_name[name], given[name]) for name in before]
        if not by_name[last].get("autocomplete"):
            raise CannotSend(f"{last} is not completed by the bot")
        kind = by_name[last]["type"]
        values.append({"name": last, "type": kind, "value": given[last], "focused": True})
        return self._data(command, path, values)

    def _data(self, command: JSON, path: list[tuple[int, str]], values: list[JSON]) -> JSON:
        options = values
        for kind, name in reversed(path):
            options = [{"type": kind, "name": name, "options": options}]
        data: JSON = {"id": command["id"], "name": command["name"], "type": 1, "options": options}
        if self.resolved:
            data["resolved"] = self.resolved
        return data | ({"guild_id": command["guild_id"]} if "guild_id" in command else {})

    def _find(
        self, commands: list[JSON], line: str
    ) -> tuple[JSON, list[tuple[int, str]], list[JSON], str]:
        name, _, rest = line.removeprefix("/").partition(" ")
        command = next((one for one in commands if one["type"] == 1 and one["name"] == name), None)
        if command is None or not line.startswith("/"):
            raise CannotSend(f"there is no command /{name}")
        path: list[tuple[int, str]] = []
        options: list[JSON] = command.get("options") or []
        while options and options[0]["type"] in {SUBCOMMAND, GROUP}:
            word, _, rest = rest.strip().partition(" ")
            chosen = next((one for one in options if one["name"] == word), None)
            if chosen is None:
                raise CannotSend(f"/{name} has no subcommand {word!r}")
            path.append((chosen["type"], word))
            options = chosen.get("options") or []
        return command, path, options, rest.strip()

    def _split(self, options: list[JSON], rest: str) -> dict[str, str]:
        names = "|".join(re.escape(option["name"]) for option in options)
        parts = re.split(rf"(?:^|\s)({names}):", rest) if names else [rest]
        if parts[0].strip():
            raise CannotSend(f"{parts[0].strip()!r} belongs to no option")
        return {name: value.strip() for name, value in zip(parts[1::2], parts[2::2], strict=True)}

    def _option(self, option: JSON, typed: str) -> JSON:
        value = self._choice(option, typed) if option.get("choices") else self._value(option, typed)
        _check_bounds(option, value)
        return {"name": option["name"], "type": option["type"], "value": value}

    def _choice(self, option: JSON, typed: str) -> Any:
        for choice in option["choices"]:
            if typed in (choice["name"], str(choice["value"])):
                return choice["value"]
        raise CannotSend(f"{typed!r} is no choice of {option['name']}")

    def _value(self, option: JSON, typed: str) -> Any:
        kind = option["type"]
        try:
            if kind == INTEGER:
                return int(typed)
            if kind == NUMBER:
                return float(typed)
            if kind == BOOLEAN:
                return {"true": True, "false": False}[typed.lower()]
        except (ValueError, KeyError):
            raise CannotSend(f"{typed!r} does not fit {option['name']}") from None
        return typed if kind == STRING else self.resolve(kind, typed)

    def resolve(self, kind: int, typed: str) -> str:
        """The id of a person, channel, role or file, named by name, mention or id."""
        word = re.sub(r"[<>@#&!]", "", typed)
        finders = {
            USER: [self._user],
            CHANNEL: [self._channel],
            ROLE: [self._role],
            MENTIONABLE: [self._user, self._role],
            ATTACHMENT: [self._file],
        }
        for find in finders[kind]:
            found = find(word)
            if found is not None:
                return found
        raise CannotSend(f"nothing here is called {typed!r}")

    def _user(self, word: str) -> str | None:
        for user in self.world.users.values():
            if word in (user.id, user.name):
                self.resolved.setdefault("users", {})[user.id] = payloads.user(user)
                if self.guild and user.id in self.guild.members:
                    member = payloads.bare_member(self.guild.members[user.id])
                    member["permissions"] = "0"
                    self.resolved.setdefault("members", {})[user.id] = member
                return user.id
        return None

    def _channel(self, word: str) -> str | None:
        for channel in self.world.channels.values():
            if word in (channel.id, channel.name):
                told = partial(self.world, channel)
                self.resolved.setdefault("channels", {})[channel.id] = told
                return channel.id
        return None

    def _role(self, word: str) -> str | None:
        for role in self.guild.roles.values() if self.guild else ():
            if word in (role.id, role.name):
                self.resolved.setdefault("roles", {})[role.id] = payloads.role(role)
                return role.id
        return None

    def _file(self, word: str) -> str | None:
        for file in self.files:
            if word in (file.id, file.filename):
                told = payloads.attachment(file)
                self.resolved.setdefault("attachments", {})[file.id] = told
                return file.id
        return None


def _check_bounds(option: JSON, value: Any) -> None:
    size = len(value) if isinstance(value, str) else value
    keys = ("min_length", "max_length") if isinstance(value, str) else ("min_value", "max_value")
    low, high = option.get(keys[0]), option.get(keys[1])
    if (low is not None and size < low) or (high is not None and size > high):
        raise CannotSend(f"{option['name']} is out of bounds: {value!r}")


def usable(command: JSON, bits: int, *, direct: bool) -> bool:
    """Whether a person with these permissions is offered the command, here or in a DM."""
    contexts = command.get("contexts")
    if contexts is not None and int(direct) not in contexts:
        return False
    if direct and command.get("dm_permission") is False:
        return False
    needed = command.get("default_member_permissions")
    if needed is None or bits & (1 << 3):
        return True
    return int(needed) != 0 and bits & int(needed) == int(needed)
