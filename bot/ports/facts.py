"""Small facts that outlive a run: how far a mailbox was read, whether an address was verified."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol


class Facts(Protocol):
    """Texts by name, inside a unit of work; a name begins with its kind: `imap:`, `stop:` …"""

    async def get(self, name: str) -> str:
        """What is known under the name; empty when nothing is."""
        ...

    async def known(self, names: Sequence[str]) -> Mapping[str, str]:
        """What is known under these names; those that nothing is known of are left out."""
        ...

    async def put(self, name: str, value: str, at: datetime) -> None:
        """Keep it, in place of what was known."""
        ...

    async def drop(self, name: str) -> bool:
        """Forget it; False when nothing was known."""
        ...

    async def starting(self, prefix: str, limit: int = 100) -> Mapping[str, str]:
        """What is known under names that start so, in the order of the names."""
        ...
