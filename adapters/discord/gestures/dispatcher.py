"""The core's door for what people do, as Discord uses it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from bot.cards import Home
from bot.commands.call import Completion, Invocation, Reaction, Reply, Talk
from bot.commands.table import Table
from bot.domain.threads import ThreadRef


class Dispatcher(Protocol):
    """Runs commands, takes talk and emoji, and proposes completions, each right checked."""

    @property
    def table(self) -> Table:
        """The command table."""
        ...

    async def run(self, invocation: Invocation) -> Reply:
        """Do what was typed, pressed or filled in; a person's mistake is a refused reply."""
        ...

    async def say(self, talk: Talk) -> Reply | None:
        """Take something said in a thread; None when there is nothing to answer."""
        ...

    async def revise(self, talk: Talk) -> Reply | None:
        """What was said was edited."""
        ...

    async def withdraw(self, surface: str, account: str, key: str) -> Reply | None:
        """What was said was deleted."""
        ...

    async def react(self, reaction: Reaction) -> Reply | None:
        """Take an emoji on somebody's message."""
        ...

    async def typing(self, surface: str, account: str, thread: ThreadRef) -> None:
        """Somebody types in a thread."""
        ...

    async def home(self, surface: str, account: str) -> Home:
        """What the person finds first."""
        ...

    async def complete(
        self, surface: str, account: str, line: str, thread: ThreadRef | None
    ) -> Sequence[Completion]:
        """Proposals for the line being typed."""
        ...
