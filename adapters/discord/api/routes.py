"""Where a request goes, and which of Discord's limits it counts against."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

_MAJOR: Final = ("channel", "guild", "webhook", "token")


@dataclass(frozen=True, slots=True)
class Route:
    """A method and a path; `major` parts it into buckets of their own.

    One that is `open` carries its own token, and stands outside the bot's limits: the answer to an
    interaction.
    """

    method: str
    template: str
    path: str
    major: str = ""
    open: bool = False

    @property
    def key(self) -> str:
        """What Discord's limits call the same route."""
        return f"{self.method} {self.template}"

    @property
    def writes(self) -> bool:
        """Whether a repeat would do it twice."""
        return self.method == "POST"


def route(method: str, template: str, **parts: str) -> Route:
    """`route("GET", "/channels/{channel}", channel="42")`."""
    path = template.format_map({name: quote(part, safe="@") for name, part in parts.items()})
    return Route(method, template, path, _major(parts))


def answer_route(method: str, template: str, **parts: str) -> Route:
    """A route of an interaction, which carries its own token."""
    made = route(method, template, **parts)
    return Route(made.method, made.template, made.path, made.major, open=True)


def _major(parts: Mapping[str, str]) -> str:
    return "+".join(parts[name] for name in _MAJOR if name in parts)
