"""Overrides of schedules, made by people."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.domain.schedules import Override
from storage.rows import OverrideRow


class SqlOverrides:
    """Overrides inside a unit of work."""

    async def add(self, override: Override) -> None:
        """Store one; the latest made wins."""
        await OverrideRow.create(
            schedule=override.schedule,
            person=override.person,
            start_at=override.start,
            end_at=override.end,
        )

    async def of(self, schedule: str, start: datetime, end: datetime) -> Sequence[Override]:
        """Those that touch [start, end), in the order they were made."""
        rows = await OverrideRow.filter(
            schedule=schedule, start_at__lt=end, end_at__gt=start
        ).order_by("id")
        return [
            Override(schedule=row.schedule, person=row.person, start=row.start_at, end=row.end_at)
            for row in rows
        ]
