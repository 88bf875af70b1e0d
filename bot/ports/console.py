"""What the console remembers of its own channels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedLine:
    """One message in a channel of the console; `body` is the surface's own JSON."""

    id: int
    revision: int
    space: str
    thread: int
    body: str
    at: datetime
    edited_at: datetime | None = None


class ConsoleFeed(Protocol):
    """What the console's channels show: its own platform's memory, as Slack keeps Slack's."""

    async def post(self, space: str, thread: int, body: str, key: str, at: datetime) -> int:
        """Add a line (`thread` 0: in the channel itself); a known key gives that line."""
        ...

    async def edit(self, id_: int, body: str, at: datetime) -> bool:
        """Change a line; False when there is none."""
        ...

    async def find(self, key: str) -> int | None:
        """The line that was posted with the key."""
        ...

    async def lines(self, space: str, limit: int = 100) -> Sequence[FeedLine]:
        """The newest lines of a channel, oldest first, without those inside threads."""
        ...

    async def thread(self, root: int) -> Sequence[FeedLine]:
        """The root line and everything in its thread."""
        ...

    async def changes(self, since: int, limit: int = 200) -> Sequence[FeedLine]:
        """Lines added or edited after the revision, in the order of their revisions."""
        ...

    async def revision(self) -> int:
        """The newest revision there is."""
        ...
