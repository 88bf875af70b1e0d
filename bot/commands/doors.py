"""The core's doors for what people do; a surface asks for those it needs, and one object has all.

Each right is checked behind them, and a person's mistake is a refused reply, never an error.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from bot.cards import Home
from bot.commands.call import Completion, Invocation, Reaction, Reply, Talk
from bot.commands.table import Table
from bot.domain.mail import Attachment
from bot.domain.threads import ThreadRef


class Acting(Protocol):
    """Commands, talk, forms and homes: what people do on every surface."""

    @property
    def table(self) -> Table:
        """The command table."""
        ...

    async def run(self, invocation: Invocation) -> Reply:
        """Do what was typed, pressed or filled in."""
        ...

    async def say(self, talk: Talk) -> Reply | None:
        """Take something said in a thread; None when there is nothing to answer."""
        ...

    async def keep(self, invocation: Invocation) -> None:
        """Keep what stood in a form that was closed without sending."""
        ...

    async def home(self, surface: str, account: str) -> Home:
        """What the person finds first."""
        ...


class Following(Protocol):
    """What becomes of messages on a platform where people edit, delete and mark them."""

    async def revise(self, talk: Talk) -> Reply | None:
        """What was said was edited."""
        ...

    async def withdraw(self, surface: str, account: str, key: str) -> Reply | None:
        """What was said was deleted."""
        ...

    async def react(self, reaction: Reaction) -> Reply | None:
        """Take an emoji on somebody's message."""
        ...


class Completing(Protocol):
    """Proposals while somebody types."""

    async def complete(
        self, surface: str, account: str, line: str, thread: ThreadRef | None
    ) -> Sequence[Completion]:
        """Proposals for the line being typed."""
        ...


class Noticing(Protocol):
    """What is seen of people before they are done."""

    async def typing(self, surface: str, account: str, thread: ThreadRef) -> None:
        """Somebody types in a thread."""
        ...


class Fetching(Protocol):
    """Stored files, for those who may see them."""

    async def file(self, surface: str, account: str, file_id: int) -> Attachment:
        """A stored file; Refused when it is not there or not for this person."""
        ...
