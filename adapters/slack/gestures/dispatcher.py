"""The core's door for what people do, as Slack uses it; and what else Slack asks of the service."""

from __future__ import annotations

from typing import Protocol

from bot.cards import Home
from bot.commands.call import Invocation, Reaction, Reply, Talk
from bot.commands.table import Table
from bot.domain.threads import ThreadRef


class Dispatcher(Protocol):
    """Runs commands and takes talk, each right checked; a person's mistake is a refused reply."""

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

    async def revise(self, talk: Talk) -> Reply | None:
        """What was said was edited."""
        ...

    async def withdraw(self, surface: str, account: str, key: str) -> Reply | None:
        """What was said was deleted."""
        ...

    async def react(self, reaction: Reaction) -> Reply | None:
        """Take an emoji on a message."""
        ...

    async def home(self, surface: str, account: str) -> Home:
        """What somebody's home shows now."""
        ...

    async def keep(self, invocation: Invocation) -> None:
        """Keep what stood in a form that was closed unsent."""
        ...


class Around(Protocol):
    """What the service does for a platform."""

    async def knows(self, thread: ThreadRef) -> bool:
        """Whether a work item is talked about in the thread."""
        ...

    async def adopt(self, thread: ThreadRef, key: str) -> None:
        """A thread of ours whose root was posted with that key; its making may not have been
        written down.
        """
        ...

    async def tell(self, key: str, title: str, text: str) -> None:
        """Tell the operators, once for the key."""
        ...
