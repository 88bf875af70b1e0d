"""What mail keeps of its own between runs: how far a mailbox was read, who may let us in."""

from __future__ import annotations

from typing import Protocol


class Notes(Protocol):
    """Small facts that outlive the process; TemporaryError when they cannot be reached."""

    async def recall(self, name: str) -> str:
        """What was noted under the name; empty when nothing was."""
        ...

    async def note(self, name: str, value: str) -> None:
        """Keep it under the name, in place of what was there."""
        ...
