"""Letting people in on a confidential incident: to a thread of their own, or into a hidden one."""

from __future__ import annotations

from collections.abc import Iterable

from bot.domain.effects import Admit
from bot.domain.threads import ThreadLink
from bot.domain.work_items import AnyItem, Incident
from bot.ports import UnitOfWork
from bot.services.core import Core
from bot.services.places import account_on, hidden_places
from bot.services.threads import open_thread


def is_hidden(item: AnyItem | None) -> bool:
    """Whether the item is told where nobody reads along but its insiders."""
    return isinstance(item, Incident) and item.confidential


async def let_in(core: Core, work: UnitOfWork, before: AnyItem, after: AnyItem) -> None:
    """Bring the incident to those who know of it now and did not before."""
    if not isinstance(before, Incident) or not isinstance(after, Incident):
        return
    newcomers = [person for person in after.insiders if person not in before.insiders]
    if not newcomers:
        return
    links = await work.threads.of(after.id)
    for link in links:
        # Who comes into a thread that is still to be made is let in when it is.
        if link.ref is not None:
            await _admit(core, work, link, newcomers)
    taken = {link.place for link in links}
    for place in hidden_places(core, after):
        if place not in taken:
            await open_thread(work, after.id, place)


async def admit_all(core: Core, work: UnitOfWork, link: ThreadLink) -> None:
    """Let everybody who may know of the item into its thread, which has just been made."""
    if link.place.surface not in core.hiding:
        return
    item = await work.items.by_id(link.item)
    if isinstance(item, Incident):
        await _admit(core, work, link, item.insiders)


async def _admit(core: Core, work: UnitOfWork, link: ThreadLink, people: Iterable[str]) -> None:
    if link.place.direct:
        return
    for person in people:
        if account_on(core, person, link.place.surface):
            await work.outbox.put(Admit(thread=link.id, person=person))
