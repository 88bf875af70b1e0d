"""The outbox: what must leave, as units of work put it and the engine carries it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from bot.domain.effects import Effect, Parcel, ParcelState, Pool


class OutboxPut(Protocol):
    """The outbox as a unit of work sees it."""

    async def put(self, effect: Effect, *, not_before: datetime | None = None) -> int:
        """Add a row to the effect's pool and lane; a known key adds nothing and gives that row."""
        ...

    async def refresh(self, effect: Effect) -> None:
        """Add a state effect unless one just like it waits: that will draw the newest state."""
        ...

    async def waits(self, effect: Effect) -> bool:
        """Whether a row of the effect's kind waits in its lane and was certainly not brought about
        in part: it will draw what this unit of work changes. It is held until that is true.
        """
        ...

    async def cancel(self, key: str, by: str) -> bool:
        """Cancel a row that still waits; False when it is gone, leased, or sent."""
        ...

    async def cancel_lane(self, lane: str, by: str) -> int:
        """Cancel all rows of the lane that still wait."""
        ...

    async def cancel_mail(self, recipient: str, why: str, *, ticket: str = "") -> Sequence[Parcel]:
        """Cancel mail to that address that still waits, on one ticket when its number is given;
        what it was. A mail that may have left before is not tried again.
        """
        ...

    async def sent(self, parcel: Parcel, external_id: str, detail: str = "") -> bool:
        """End the row as sent, fenced by the attempt; False when the lease was lost."""
        ...

    async def cancelled(self, parcel: Parcel, why: str) -> bool:
        """End the leased row without its effect, fenced by the attempt; False when the lease was
        lost.
        """
        ...

    async def dead(self, parcel: Parcel, error: str) -> bool:
        """Park the row for an operator, fenced by the attempt; False when the lease was lost."""
        ...

    async def external_id(self, key: str) -> str:
        """The platform's id of what the row with that key posted; empty when it is not sent yet."""
        ...

    async def row(self, id_: int) -> Parcel | None:
        """One row; None when it is gone."""
        ...


class Outbox(Protocol):
    """The queue of what must leave, as the engine and operators see it."""

    async def lease(
        self, pool: Pool, limit: int, lease: timedelta, now: datetime
    ) -> Sequence[Parcel]:
        """Take the first unsent row of up to `limit` lanes whose `not_before` has come.

        A row whose lease ran out is given again as ambiguous: its last worker may have got through.
        """
        ...

    async def renew(self, parcel: Parcel, lease: timedelta) -> bool:
        """Hold on to a leased row; False when the lease was lost."""
        ...

    async def retry(
        self, parcel: Parcel, error: str, not_before: datetime, *, ambiguous: bool
    ) -> bool:
        """Give the row back for a later try, fenced by the attempt."""
        ...

    async def find(
        self, state: ParcelState | None = None, words: str = "", limit: int = 50
    ) -> Sequence[Parcel]:
        """Rows, newest first."""
        ...

    async def replay(self, id_: int, now: datetime) -> bool:
        """Let a dead row wait again; False when it is not dead."""
        ...

    async def drop(self, id_: int, by: str) -> bool:
        """Cancel a dead or waiting row, naming who said so."""
        ...

    async def depth(self) -> Mapping[tuple[Pool, ParcelState], int]:
        """How many rows stand in each state, for the metrics."""
        ...

    async def oldest_waiting(self, pool: Pool) -> datetime | None:
        """When the oldest row that should have left by now was made."""
        ...
