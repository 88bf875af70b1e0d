"""A meter that remembers every figure, for assertions and for the simulator's summary."""

from __future__ import annotations

from collections import defaultdict

_Series = tuple[str, frozenset[tuple[str, str]]]


class MemoryMeter:
    """Meter in memory; a question without labels is about all series of the name."""

    def __init__(self) -> None:
        self._counts: defaultdict[_Series, float] = defaultdict(float)
        self._observed: defaultdict[_Series, list[float]] = defaultdict(list)
        self._gauges: dict[_Series, float] = {}

    def count(self, name: str, amount: float = 1, **labels: str) -> None:
        """Add to a counter."""
        self._counts[_series(name, labels)] += amount

    def observe(self, name: str, value: float, **labels: str) -> None:
        """Remember an observation."""
        self._observed[_series(name, labels)].append(value)

    def gauge(self, name: str, value: float, **labels: str) -> None:
        """Remember the latest value."""
        self._gauges[_series(name, labels)] = value

    def counted(self, name: str, **labels: str) -> float:
        """The sum of the counters that have these labels; 0 when there are none."""
        wanted = _series(name, labels)
        return sum(value for series, value in self._counts.items() if _within(wanted, series))

    def observed(self, name: str, **labels: str) -> tuple[float, ...]:
        """All observations with these labels."""
        wanted = _series(name, labels)
        found = (values for series, values in self._observed.items() if _within(wanted, series))
        return tuple(value for values in found for value in values)

    def gauged(self, name: str, **labels: str) -> float:
        """The gauge with exactly these labels; KeyError when it was never set."""
        return self._gauges[_series(name, labels)]


def _series(name: str, labels: dict[str, str]) -> _Series:
    return name, frozenset(labels.items())


def _within(wanted: _Series, series: _Series) -> bool:
    return wanted[0] == series[0] and wanted[1] <= series[1]
