"""Channels that refuse us: an operator is told once a day, and what is new appears elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from bot.domain.directory import Desk, Service
from bot.domain.effects import (
    Admit,
    Announce,
    CleanThread,
    Effect,
    OpenThread,
    PostLine,
    PostMessage,
    Remove,
    Tell,
    UpdateCard,
    UpdateMessage,
)
from bot.domain.threads import Space, ThreadLink
from bot.domain.work_items import AnyItem, Incident, Ticket
from bot.errors import Fault, PermanentError
from bot.ports import UnitOfWork
from bot.services.core import Core
from bot.services.hosting import admins_at, operators_at
from bot.services.places import next_hidden
from bot.services.threads import open_thread

_TITLES: Final = {
    Fault.DESTINATION: "⚠️ I cannot write to {place}",
    Fault.PAYLOAD: "⚠️ Something could not be shown in {place}",
    Fault.CREDENTIAL: "⚠️ I may not write to {place}",
}
_FIXES: Final = {
    Fault.DESTINATION: (
        "Invite the bot to the channel and let it write there, or name another channel in the"
        " configuration. Until then what belongs there is here, or in the console."
    ),
    Fault.PAYLOAD: "The console shows it. `deskhand outbox list` tells what it was.",
    Fault.CREDENTIAL: (
        "Give the bot a valid token and the rights that `deskhand doctor` names. What waits leaves"
        " then by itself."
    ),
}


async def channel_failed(
    core: Core, work: UnitOfWork, effect: Effect, error: PermanentError
) -> None:
    """Something for a channel was given up, or waits for a token that is taken: tell it elsewhere,
    and show the work item there. Of a confidential one only the admins are told, and not its name.
    """
    place = await _place(work, effect)
    if place is None:
        return
    item = await _item(work, effect)
    if isinstance(item, Incident) and item.confidential:
        # What waits for a token leaves by itself.
        given_up = isinstance(effect, OpenThread) and error.fault is not Fault.CREDENTIAL
        if not (given_up and await _hide_elsewhere(core, work, item, place)):
            await _tell_once(core, work, place, error, admins_at(core.directory))
        return
    await _tell_once(core, work, place, error, _elsewhere(core, place))
    if isinstance(effect, OpenThread):
        await _move(core, work, effect.thread)


async def _place(work: UnitOfWork, effect: Effect) -> Space | None:
    if isinstance(effect, Announce | Tell):
        return Space(surface=effect.surface, id=effect.space)
    link = await _link(work, effect)
    return link.place if link is not None else None


async def _item(work: UnitOfWork, effect: Effect) -> AnyItem | None:
    """The work item that the effect shows in a thread."""
    link = await _link(work, effect)
    return await work.items.by_id(link.item) if link is not None else None


async def _link(work: UnitOfWork, effect: Effect) -> ThreadLink | None:
    match effect:
        case (
            OpenThread(thread=thread)
            | Admit(thread=thread)
            | Remove(thread=thread)
            | UpdateCard(thread=thread)
            | PostMessage(thread=thread)
            | UpdateMessage(thread=thread)
            | PostLine(thread=thread)
            | CleanThread(thread=thread)
        ):
            return await work.threads.get(thread)
        case _:
            return None


async def _hide_elsewhere(core: Core, work: UnitOfWork, incident: Incident, refused: Space) -> bool:
    """Try another channel that may hide it; False when there is none."""
    taken = {link.place for link in await work.threads.of(incident.id)}
    place = next_hidden(core, incident, taken, refused)
    if place is not None:
        await open_thread(work, incident.id, place)
    return place is not None


async def _tell_once(
    core: Core,
    work: UnitOfWork,
    place: Space,
    error: PermanentError,
    told_at: Sequence[Space],
) -> None:
    now = core.clock.now()
    # Those who are told of one item's trouble need not be those who are told of another's.
    key = f"channel failed:{error.fault}:{place}:{','.join(map(str, told_at))}:{now:%Y-%m-%d}"
    if not await work.seen.once(key, now):
        return
    title = _TITLES[error.fault].format(place=place)
    text = f"{place} says: {error.words}. {_FIXES[error.fault]}"
    for other in told_at:
        await work.outbox.put(Tell(surface=other.surface, space=other.id, title=title, text=text))


def _elsewhere(core: Core, place: Space) -> tuple[Space, ...]:
    """One channel on another surface of each desk and service that lives there; else wherever
    operators are told.
    """
    found: list[Space] = []
    for owner in _owners(core, place):
        others = [channel for channel in owner.channels if channel.surface != place.surface]
        found += others[:1] or [stand_in(core, owner)]
    found = found or list(operators_at(core.directory))
    return tuple(each for each in dict.fromkeys(found) if each != place)


def _owners(core: Core, place: Space) -> Iterator[Desk | Service]:
    directory = core.directory
    owners: list[Desk | Service] = [*directory.desks.values(), *directory.services.values()]
    for owner in owners:
        if place in owner.channels or place == stand_in(core, owner):
            yield owner


async def _move(core: Core, work: UnitOfWork, thread: int) -> None:
    """Open the work item where it can be seen, when none of its threads is there."""
    link = await work.threads.get(thread)
    item = await work.items.by_id(link.item) if link is not None else None
    if link is None or item is None:
        return
    links = await work.threads.of(item.id)
    if any(other.ref is not None for other in links):
        return
    taken = {other.place for other in links}
    place = next((place for place in _candidates(core, item, link) if place not in taken), None)
    if place is None:
        return
    await open_thread(work, item.id, place)


def _candidates(core: Core, item: AnyItem, link: ThreadLink) -> Iterator[Space]:
    """Where the item may be shown to the same people: in the console, at the latest."""
    owners: list[Desk | Service] = []
    if isinstance(item, Ticket):
        owners += filter(None, [core.directory.desks.get(item.desk)])
    else:
        owners += filter(None, [core.directory.services.get(item.service)])
        owners = owners or [each for each in _owners(core, link.place) if isinstance(each, Service)]
    for owner in owners:
        yield from (channel for channel in owner.channels if channel != link.place)
        yield stand_in(core, owner)


def stand_in(core: Core, owner: Desk | Service) -> Space:
    """The channel of our own that a desk or service has where no other can be written to."""
    return Space(surface=core.fallback, id=owner.stand_in)
