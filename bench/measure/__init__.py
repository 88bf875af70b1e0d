"""What is measured, by name; each measurement starts what it needs and ends it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from bench.figures import Figure
from bench.measure import alerts, cards, chats, footprint, mails, storm
from bench.measure.ground import Ground

Measurement = Callable[[Ground], list[Figure]]

MEASUREMENTS: Final[Mapping[str, Measurement]] = {
    "mails": mails.measure,
    "cards": cards.measure,
    "alerts": alerts.measure,
    "storm": storm.measure,
    "chats": chats.measure,
    "footprint": footprint.measure,
}
