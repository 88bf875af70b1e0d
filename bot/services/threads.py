"""Opening a work item's thread at another place, with the newest of what was said on it."""

from __future__ import annotations

from typing import Final

from bot.domain.effects import OpenThread, PostMessage
from bot.domain.threads import Space
from bot.ports import UnitOfWork

# So many of its newest messages follow a work item to another place.
FOLLOW: Final = 20


async def open_thread(work: UnitOfWork, item: int, place: Space) -> None:
    """Ask for a thread at the place."""
    added = await work.threads.add(item, place)
    await work.outbox.put(OpenThread(thread=added.id))
    for message in (await work.messages.of(item))[-FOLLOW:]:
        await work.outbox.put(PostMessage(thread=added.id, message=message.id))
