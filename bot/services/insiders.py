"""Who is in on a confidential incident: letting people in and putting them out, in a hidden thread
or in threads of their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bot.domain.effects import (
    Admit,
    CleanThread,
    OpenThread,
    PostLine,
    PostMessage,
    Redraw,
    Remove,
    UpdateCard,
    UpdateMessage,
    key_of,
    lane_of,
)
from bot.domain.escalation import Resolve
from bot.domain.events import PersonRemoved
from bot.domain.incidents import knows_of
from bot.domain.threads import ThreadLink, conversation_with
from bot.domain.work_items import AnyItem, Incident
from bot.ports import UnitOfWork
from bot.services.core import Core
from bot.services.places import account_on, hidden_places
from bot.services.threads import FOLLOW, open_thread


def is_hidden(item: AnyItem | None) -> bool:
    """Whether the item is told where nobody reads along but its insiders."""
    return isinstance(item, Incident) and item.confidential


def is_closed(core: Core, item: AnyItem | None, link: ThreadLink) -> bool:
    """Whether the thread is the direct conversation of somebody who must not know of the item."""
    if not isinstance(item, Incident) or not item.confidential or not link.place.direct:
        return False
    surface = link.place.surface
    readers = (account_on(core, person, surface) for person in item.insiders)
    return link.place not in {conversation_with(surface, each) for each in readers if each}


def open_to(core: Core, item: AnyItem | None, links: Iterable[ThreadLink]) -> list[ThreadLink]:
    """Those of the threads in which the item may be told."""
    return [link for link in links if not is_closed(core, item, link)]


def knows(core: Core, person: str, item: AnyItem) -> bool:
    """Whether the item exists for the person of that key."""
    known = core.directory.people.get(person)
    return known is not None and knows_of(known, item)


async def follow(core: Core, work: UnitOfWork, before: AnyItem, after: AnyItem) -> None:
    """Bring the incident to those who know of it now and did not before, and close it to those who
    did and do no more.
    """
    if not isinstance(before, Incident) or not isinstance(after, Incident):
        return
    leavers = [person for person in before.insiders if person not in after.insiders]
    newcomers = [person for person in after.insiders if person not in before.insiders]
    links = await work.threads.of(after.id) if leavers or newcomers else ()
    for person in leavers:
        await _put_out(core, work, links, person)
    if newcomers:
        await _let_in(core, work, after, links, newcomers)


async def admit_all(core: Core, work: UnitOfWork, link: ThreadLink) -> None:
    """Let everybody who may know of the item into its thread, which has just been made."""
    if link.place.surface not in core.hiding:
        return
    item = await work.items.by_id(link.item)
    if isinstance(item, Incident):
        await _admit(core, work, link, item.insiders)


async def put_out_of(work: UnitOfWork, item: AnyItem | None) -> frozenset[str]:
    """Who was put out of the incident and not let in again: nothing but their name brings them
    back, neither a policy nor a schedule.
    """
    if not isinstance(item, Incident) or not item.confidential:
        return frozenset()
    told = (entry.event for entry in await work.timeline.of(item.id))
    out = {event.person for event in told if isinstance(event, PersonRemoved)}
    return frozenset(out - set(item.insiders))


def without(resolve: Resolve, people: frozenset[str]) -> Resolve:
    """The same look-up, which finds none of these people."""
    if not people:
        return resolve
    return lambda target: tuple(each for each in resolve(target) if each not in people)


async def _let_in(
    core: Core,
    work: UnitOfWork,
    incident: Incident,
    links: Sequence[ThreadLink],
    newcomers: Sequence[str],
) -> None:
    for link in links:
        # Who comes into a thread that is still to be made is let in when it is.
        if link.ref is not None:
            await _admit(core, work, link, newcomers)
    for link in _conversations(core, links, newcomers):
        await _redraw(work, link)
        for message in (await work.messages.of(incident.id))[-FOLLOW:]:
            await work.outbox.put(PostMessage(thread=link.id, message=message.id))
    taken = {link.place for link in links}
    for place in hidden_places(core, incident):
        if place not in taken:
            await open_thread(work, incident.id, place)


async def _put_out(core: Core, work: UnitOfWork, links: Sequence[ThreadLink], person: str) -> None:
    for link in links:
        if not link.place.direct and account_on(core, person, link.place.surface):
            await work.outbox.put(Remove(thread=link.id, person=person))
    for link in _conversations(core, links, [person]):
        if link.ref is None:
            await work.outbox.cancel_lane(lane_of(OpenThread(thread=link.id)), "put out of it")
        else:
            await _redraw(work, link)


async def _admit(core: Core, work: UnitOfWork, link: ThreadLink, people: Iterable[str]) -> None:
    if link.place.direct:
        return
    for person in people:
        if account_on(core, person, link.place.surface):
            await work.outbox.put(Admit(thread=link.id, person=person))


def _conversations(
    core: Core, links: Iterable[ThreadLink], people: Sequence[str]
) -> list[ThreadLink]:
    """The threads that these people have in their direct conversations."""
    return [
        link
        for link in links
        if link.place.direct
        and any(account_on(core, each, link.place.surface) == link.place.account for each in people)
    ]


async def _redraw(work: UnitOfWork, link: ThreadLink) -> None:
    """Let all that stands in the thread be drawn as its reader may see it now."""
    await work.outbox.refresh(UpdateCard(thread=link.id))
    await work.outbox.refresh(CleanThread(thread=link.id))
    for message in await work.messages.of(link.item):
        await work.outbox.refresh(UpdateMessage(thread=link.id, message=message.id))
    lines = [PostLine(thread=link.id, entry=e.id) for e in await work.timeline.of(link.item)]
    for row, lane in await work.belongings.posted([key_of(line) for line in lines]):
        await work.outbox.refresh(Redraw(row=row, lane=lane))
