"""Which channels of a platform the configuration names."""

from __future__ import annotations

from bot.domain.directory import Directory


def channels_on(directory: Directory, surface: str) -> tuple[str, ...]:
    """The channels of desks and services on one platform, each once."""
    channels = [desk.channels for desk in directory.desks.values()]
    channels += [service.channels for service in directory.services.values()]
    places = [place for listed in channels for place in listed]
    return tuple(dict.fromkeys(place.id for place in places if place.surface == surface))
