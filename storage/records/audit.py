"""The record of changes of state: rows are added, never changed or deleted."""

from __future__ import annotations

from collections.abc import Sequence

from bot.ports import AuditRow
from storage.rows import AuditLineRow


class SqlAudit:
    """The audit inside a unit of work."""

    async def record(self, row: AuditRow) -> None:
        """Add a row."""
        await AuditLineRow.create(
            at=row.at,
            actor=row.actor,
            action=row.action,
            subject=row.subject,
            before=row.before,
            after=row.after,
            source=row.source,
        )

    async def find(self, subject: str = "", limit: int = 50) -> Sequence[AuditRow]:
        """Rows, newest first; all subjects when none is named."""
        query = AuditLineRow.filter(subject=subject) if subject else AuditLineRow.all()
        return [_line(row) for row in await query.order_by("-id").limit(limit)]


def _line(row: AuditLineRow) -> AuditRow:
    return AuditRow(
        at=row.at,
        actor=row.actor,
        action=row.action,
        subject=row.subject,
        before=row.before,
        after=row.after,
        source=row.source,
    )
