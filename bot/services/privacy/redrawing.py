"""What was posted of somebody is drawn again, as it is now: the platforms lose it as well."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import product

from bot.domain.effects import (
    Announce,
    CleanThread,
    Effect,
    PostLine,
    Redraw,
    UpdatePage,
    key_of,
)
from bot.domain.threads import ThreadLink
from bot.ports import UnitOfWork
from bot.services.recording import refresh_cards, refresh_message


async def redraw_item(work: UnitOfWork, item: int) -> None:
    """Its cards and pages, and whatever else its threads hold beside messages."""
    await refresh_cards(work, item)
    for link in await work.threads.of(item):
        await work.outbox.refresh(CleanThread(thread=link.id))
    for page in await work.pages.of(item):
        if page.ref:
            await work.outbox.refresh(UpdatePage(page=page.id))


async def redraw_lines(
    work: UnitOfWork, item: int, told: Iterable[int], announced: Iterable[int]
) -> None:
    """Lines of its timeline in its threads (`told`), and in channels (`announced`)."""
    links = await work.threads.of(item)
    lines = (PostLine(thread=link.id, entry=entry) for link, entry in product(links, told))
    heard = (_announcement(link, entry) for link, entry in product(links, announced))
    await _again(work, await work.belongings.posted([key_of(e) for e in (*lines, *heard)]))


async def redraw_message(work: UnitOfWork, id_: int) -> None:
    """A message wherever it stands, and its item's card, which may quote it."""
    message = await work.messages.get(id_)
    if message is not None:
        await refresh_message(work, message)
        await refresh_cards(work, message.item)


async def redraw_entry(work: UnitOfWork, id_: int) -> None:
    """A line of a timeline, wherever it stands."""
    entry = await work.timeline.entry(id_)
    if entry is not None:
        await redraw_lines(work, entry.item, [id_], [id_])


async def redraw_notices(work: UnitOfWork, rows: Sequence[int]) -> None:
    """What these rows of the outbox told a channel."""
    await _again(work, await work.belongings.notices(rows))


async def _again(work: UnitOfWork, posted: Sequence[tuple[int, str]]) -> None:
    for row, lane in posted:
        await work.outbox.refresh(Redraw(row=row, lane=lane))


def _announcement(link: ThreadLink, entry: int) -> Effect:
    return Announce(surface=link.place.surface, space=link.place.id, entry=entry)
