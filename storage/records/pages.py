"""Pages and their state."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from tortoise.queryset import QuerySet

from bot.domain.paging import Page, PageState
from storage.rows import PageRow


class SqlPages:
    """Pages inside a unit of work; `locking` holds those that are loaded to be changed."""

    def __init__(self, *, locking: bool = False) -> None:
        self._locking = locking

    async def add(self, page: Page) -> Page:
        """Store a page."""
        row = await PageRow.create(item=page.item, **_state(page))
        return replace(page, id=row.id)

    async def get(self, id_: int) -> Page | None:
        """One page."""
        row = await self._held(PageRow.filter(id=id_)).first()
        return _page(row) if row else None

    async def save(self, page: Page) -> None:
        """Store the new state; LookupError when the page was never added."""
        if not await PageRow.filter(id=page.id).update(**_state(page)):
            raise LookupError(f"page {page.id} is not stored; add it first")

    async def of(self, item: int) -> Sequence[Page]:
        """All pages about the work item, oldest first."""
        return [_page(row) for row in await self._held(PageRow.filter(item=item).order_by("id"))]

    def _held(self, query: QuerySet[PageRow]) -> QuerySet[PageRow]:
        return query.select_for_update(no_key=True) if self._locking else query


def _state(page: Page) -> dict[str, Any]:
    """All of the page but its id and its item."""
    return {
        "person": page.person,
        "contact": page.contact,
        "reason": page.reason,
        "state": page.state.value,
        "created_at": page.created_at,
        "sent_at": page.sent_at,
        "ref": page.ref,
        "detail": page.detail,
    }


def _page(row: PageRow) -> Page:
    return Page(
        id=row.id,
        item=row.item,
        person=row.person,
        contact=row.contact,
        reason=row.reason,
        state=PageState(row.state),
        created_at=row.created_at,
        sent_at=row.sent_at,
        ref=row.ref,
        detail=row.detail,
    )
