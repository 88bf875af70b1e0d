"""Which channels the console has, and who may read each of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from adapters.console.surface import ConsoleSurface, direct_space
from bot.domain.directory import Desk, Directory, Service
from bot.domain.people import Person, Right, may


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """A channel as the page lists it; `kind` is `desk`, `service` or `direct`."""

    space: str
    title: str
    kind: str
    hint: str


def channels_of(directory: Directory, person: Person) -> Sequence[Channel]:
    """The channels the person may read: those of desks, those of services, those that stand in for
    channels elsewhere, then their own.
    """
    spaces = [*_shared(directory), *(owner.stand_in for owner in _elsewhere(directory))]
    readable = [space for space in spaces if may_read(directory, person, space)]
    own = Channel(
        space=direct_space(person.key),
        title="Only for you",
        kind="direct",
        hint="Pages arrive here, and confidential incidents that you were let in on.",
    )
    return [*(_channel(directory, space) for space in readable), own]


def may_read(directory: Directory, person: Person, space: str) -> bool:
    """Whether the person may read the channel.

    A direct channel is its owner's alone. A desk's channel is for those who may see the desk, also
    when a service shares it or it stands in for one elsewhere; a channel of services only is for
    everybody with a role.
    """
    if space.startswith("@"):
        return space == direct_space(person.key)
    if desks := _desks_at(directory, space):
        return any(may(person, Right.SEE, desk=desk.key) for desk in desks)
    return bool(person.grants) and bool(_services_at(directory, space))


def _channel(directory: Directory, space: str) -> Channel:
    for owner in _elsewhere(directory):
        if space == owner.stand_in:
            hint = f"What cannot be told in the channels of {owner.name} appears here."
            return Channel(space=space, title=owner.key, kind=space.partition(":")[0], hint=hint)
    if desks := _desks_at(directory, space):
        addresses = _listed(desk.addresses[0] for desk in desks if desk.addresses)
        hint = f"Mail to {addresses} lands here." if addresses else "Tickets land here."
        return Channel(space=space, title=space, kind="desk", hint=hint)
    names = _listed(service.name for service in _services_at(directory, space))
    return Channel(
        space=space, title=space, kind="service", hint=f"Incidents of {names} are told here."
    )


def _elsewhere(directory: Directory) -> Sequence[Desk | Service]:
    """Desks and services whose channels are all on other platforms."""
    owners: tuple[Desk | Service, ...] = (*directory.desks.values(), *directory.services.values())
    on_others = (owner for owner in owners if owner.channels)
    return [
        owner
        for owner in on_others
        if all(place.surface != ConsoleSurface.name for place in owner.channels)
    ]


def _shared(directory: Directory) -> Sequence[str]:
    owners: tuple[Desk | Service, ...] = (*directory.desks.values(), *directory.services.values())
    places = (place for owner in owners for place in owner.channels)
    return list(dict.fromkeys(p.id for p in places if p.surface == ConsoleSurface.name))


def _desks_at(directory: Directory, space: str) -> Sequence[Desk]:
    return [desk for desk in directory.desks.values() if _hangs_in(desk, space)]


def _services_at(directory: Directory, space: str) -> Sequence[Service]:
    return [service for service in directory.services.values() if _hangs_in(service, space)]


def _hangs_in(owner: Desk | Service, space: str) -> bool:
    here = any(p.surface == ConsoleSurface.name and p.id == space for p in owner.channels)
    return here or space == owner.stand_in


def _listed(names: Iterable[str]) -> str:
    *first, last = list(dict.fromkeys(names)) or [""]
    return f"{', '.join(first)} and {last}" if first else last
