"""Where incidents are told: their channels, and what of these a confidential one may use."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bot.domain.directory import Service
from bot.domain.threads import Space, conversation_with
from bot.domain.work_items import Incident
from bot.services.core import Core


def places_of(core: Core, service: Service | None) -> tuple[Space, ...]:
    """The channels an incident is told in: its service's, else all services', else all desks'."""
    if service is not None and service.channels:
        return service.channels
    of_services = [c for s in core.directory.services.values() for c in s.channels]
    of_desks = [c for d in core.directory.desks.values() for c in d.channels]
    return tuple(dict.fromkeys(of_services or of_desks))


def hidden_places(core: Core, incident: Incident) -> tuple[Space, ...]:
    """Where a confidential incident is told, on the platforms on which an open one would be and in
    our own console: in a channel that can hide it, else with each insider alone.
    """
    usual = places_of(core, core.directory.services.get(incident.service))
    surfaces = dict.fromkeys((core.fallback, *(place.surface for place in usual)))
    found: list[Space] = []
    for surface in surfaces:
        if surface in core.hiding:
            found += [place for place in usual if place.surface == surface][:1]
        else:
            found += _conversations(core, surface, incident.insiders)
    return tuple(found)


def next_hidden(
    core: Core, incident: Incident, taken: Iterable[Space], refused: Space
) -> Space | None:
    """Another channel of the platform that may hide what the refused one could not."""
    if refused.surface not in core.hiding:
        return None
    usual, known = places_of(core, core.directory.services.get(incident.service)), set(taken)
    others = (place for place in usual if place.surface == refused.surface)
    return next((place for place in others if place not in known), None)


def account_on(core: Core, person: str, surface: str) -> str:
    """What a platform calls the person; empty when they are not there."""
    known = core.directory.people.get(person)
    if known is None:
        return ""
    # Our own console has no accounts: people sign in there as themselves.
    return person if surface == core.fallback else known.accounts.get(surface, "")


def _conversations(core: Core, surface: str, people: Iterable[str]) -> Iterator[Space]:
    for person in people:
        if account := account_on(core, person, surface):
            yield conversation_with(surface, account)
