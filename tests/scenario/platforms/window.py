"""What a person does and sees on a platform, in words that fit every platform."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from bot.domain.threads import Space
from bot.ports import ChatSurface
from tests.scenario.house import House

CHANNELS = ("support", "billing", "incidents")


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A message as it stood at one moment; `it` is the platform's own."""

    words: str
    buttons: tuple[str, ...]
    it: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a person alone saw of a gesture: words, or a `form`, the platform's own."""

    words: str = ""
    form: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """Something said in a work item's thread; `it` is the platform's own."""

    person: str
    text: str
    it: Any


class Window(Protocol):
    """One platform from its people's side; people and channels go by their keys.

    `opens` makes the platform, with these people in it, and `joins` puts it before a desk. One that
    `hides` has channels in which a thread can be hidden. `by` says who looks, where it matters.
    """

    name: str
    hides: bool
    surface: ChatSurface

    async def opens(self, stack: AsyncExitStack, people: Collection[str]) -> None: ...

    async def joins(self, desk: House, stack: AsyncExitStack) -> None: ...

    def account(self, person: str) -> str:
        """What the platform calls this person."""
        ...

    def space(self, channel: str) -> Space:
        """What the platform calls this channel."""
        ...

    # ------------------------------------------------------------ looking

    async def card(self, number: str, by: str = "") -> Picture:
        """The card of a work item; AssertionError unless there is exactly one."""
        ...

    async def thread(self, number: str, by: str = "") -> list[str]:
        """What stands in its thread, oldest first."""
        ...

    async def pages(self, person: str) -> list[Picture]:
        """What one person was sent directly, oldest first."""
        ...

    # ------------------------------------------------------------ doing

    async def presses(self, person: str, picture: Picture, label: str) -> Seen:
        """Press a button as it is seen, however old the picture is."""
        ...

    async def submits(self, person: str, seen: Seen, **fields: str) -> Seen:
        """Fill in the form that opened, and send it."""
        ...

    async def types(self, person: str, number: str, verb: str, /, **options: str) -> Seen:
        """Type a command about a work item; options in the command's order."""
        ...

    async def says(self, person: str, number: str, text: str) -> Said:
        """Talk in the thread of a work item."""
        ...

    async def edits(self, said: Said, text: str) -> None:
        """Change one's own words."""
        ...

    async def deletes(self, said: Said) -> None:
        """Delete one's own words."""
        ...

    async def reacts(self, person: str, number: str, emoji: str) -> None:
        """Put an emoji on the card."""
        ...

    # ------------------------------------------------------------ the platform itself

    async def quiet(self) -> None:
        """Return once everything that people did was taken."""
        ...

    def repeats(self) -> None:
        """From now on bring every event two times."""
        ...


@runtime_checkable
class Chat(Window, Protocol):
    """A platform that is somebody else's: its line breaks, and it goes away."""

    async def jolts(self) -> None:
        """Break the line; return when it stands again."""
        ...

    async def goes_down(self) -> None:
        """A whole outage begins."""
        ...

    def comes_back(self) -> None:
        """The outage is over."""
        ...

    async def connected(self) -> None:
        """Wait until it is listened to."""
        ...


def root(number: str) -> str:
    """The command's root that works on such a number."""
    return "incident" if number.startswith("INC-") else "ticket"
