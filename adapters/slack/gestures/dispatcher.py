"""The core's door for what people do, as Slack uses it; and what else Slack asks of the service."""

from __future__ import annotations

from typing import Protocol

from bot.commands.doors import Acting, Following
from bot.domain.threads import ThreadRef


class Dispatcher(Acting, Following, Protocol):
    """Runs commands, and follows talk and emoji."""


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
