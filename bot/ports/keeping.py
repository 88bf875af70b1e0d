"""What the database counts over a time, and what it forgets when its time is over."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol


class Ledger(Protocol):
    """The inbox, counted."""

    async def counts(
        self, kind: str, since: datetime, until: datetime
    ) -> Mapping[tuple[str, str], int]:
        """How many rows of the kind (`mail`) came in that time, by (state, outcome)."""
        ...


class Keeping(Protocol):
    """What may be forgotten: each call takes at most `limit` rows of a table and says how many."""

    async def forget_raw(self, before: datetime, limit: int) -> int:
        """Drop the bytes of what came before then and has ended; its ledger line stays."""
        ...

    async def forget_quarantine(self, before: datetime, limit: int) -> int:
        """End what lies in quarantine since before then, and drop its bytes."""
        ...

    async def forget_seen(self, before: datetime, limit: int) -> int:
        """Drop keys that were seen, and what was counted, before then."""
        ...

    async def forget_sent(self, before: datetime, limit: int) -> int:
        """Drop rows of the outbox that ended and were made before then.

        Those stay by which a posted thread or message is found again.
        """
        ...

    async def forget_feed(self, before: datetime, limit: int) -> int:
        """Drop the console's lines from before then, whole threads at a time."""
        ...
