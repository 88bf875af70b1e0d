"""The core's door for what people do, as the console uses it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from bot.cards import Home
from bot.commands.call import Completion, Invocation, Reply, Talk
from bot.commands.table import Table
from bot.domain.mail import Attachment
from bot.domain.threads import ThreadRef


class Dispatcher(Protocol):
    """Runs commands, takes talk, proposes completions and hands out files, each right checked."""

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

    async def keep(self, invocation: Invocation) -> None:
        """Keep what stood in a form that was closed without sending."""
        ...

    async def home(self, surface: str, account: str) -> Home:
        """What the person finds first."""
        ...

    async def complete(
        self, surface: str, account: str, line: str, thread: ThreadRef | None
    ) -> Sequence[Completion]:
        """Proposals for the line being typed."""
        ...

    async def file(self, surface: str, account: str, file_id: int) -> Attachment:
        """A stored file; Refused when it is not there or not for this person."""
        ...
