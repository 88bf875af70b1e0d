"""The meter behind `/metrics`: Prometheus's client, its own registry, bounded labels."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

import prometheus_client
from aiohttp import web
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.metrics import MetricWrapperBase

from adapters.http.metric_table import COUNTERS, GAUGES, HISTOGRAMS, VALUES, Metric
from bot import __version__

_PREFIX: Final = "deskhand_"
_MOST_VALUES: Final = 100
_OTHER: Final = "other"


class PrometheusMeter:
    """Meter whose names and labels are those of the table; any other is a KeyError.

    A label's value outside its closed list, or after its first hundred values, counts as `other`.
    """

    def __init__(self) -> None:
        # The time a series began: nobody asks for it, and it doubles the text.
        prometheus_client.disable_created_metrics()  # type: ignore[no-untyped-call]
        self._registry = CollectorRegistry()
        self._counters = _Family(COUNTERS, self._counter)
        self._histograms = _Family(HISTOGRAMS, self._histogram)
        self._gauges = _Family(GAUGES, self._gauge)
        self.gauge("build_info", 1, version=__version__)

    def count(self, name: str, amount: float = 1, **labels: str) -> None:
        """Add to a counter."""
        self._counters.series(name, labels).inc(amount)

    def observe(self, name: str, value: float, **labels: str) -> None:
        """Add an observation, in seconds, to a histogram."""
        self._histograms.series(name, labels).observe(value)

    def gauge(self, name: str, value: float, **labels: str) -> None:
        """Set a gauge."""
        self._gauges.series(name, labels).set(value)

    def text(self) -> bytes:
        """Everything measured so far, in Prometheus's text format."""
        return generate_latest(self._registry)

    def _counter(self, name: str, metric: Metric) -> MetricWrapperBase:
        return Counter(_PREFIX + name, metric.help, metric.labels, registry=self._registry)

    def _histogram(self, name: str, metric: Metric) -> MetricWrapperBase:
        return Histogram(
            _PREFIX + name,
            metric.help,
            metric.labels,
            registry=self._registry,
            buckets=metric.buckets,
        )

    def _gauge(self, name: str, metric: Metric) -> MetricWrapperBase:
        return Gauge(_PREFIX + name, metric.help, metric.labels, registry=self._registry)


class _Family:
    """The metrics of one kind, and the series of each that were asked for."""

    def __init__(
        self,
        table: Mapping[str, Metric],
        make: Callable[[str, Metric], MetricWrapperBase],
    ) -> None:
        self._labels = {name: metric.labels for name, metric in table.items()}
        self._metrics = {name: make(name, metric) for name, metric in table.items()}
        self._series: dict[tuple[str, frozenset[tuple[str, str]]], Any] = {}
        self._met: dict[tuple[str, str], set[str]] = {}

    def series(self, name: str, labels: Mapping[str, str]) -> Any:
        """The one series of these label values; KeyError when the table does not know it."""
        key = name, frozenset(labels.items())
        known = self._series.get(key)
        return known if known is not None else self._make(name, labels)

    def _make(self, name: str, labels: Mapping[str, str]) -> Any:
        declared = self._labels[name]
        if set(labels) != set(declared):
            raise KeyError(f"the metric {name} has the labels {declared}, not {tuple(labels)}")
        values = {label: self._bounded(name, label, labels[label]) for label in declared}
        metric = self._metrics[name]
        series = metric.labels(**values) if declared else metric
        # Only what was within its bounds is remembered, or the memory would have none.
        self._series[name, frozenset(values.items())] = series
        return series

    def _bounded(self, name: str, label: str, value: str) -> str:
        closed = VALUES.get(label)
        if closed is not None:
            return value if value in closed else _OTHER
        met = self._met.setdefault((name, label), set())
        if value not in met and len(met) >= _MOST_VALUES:
            return _OTHER
        met.add(value)
        return value


def metrics_routes(meter: PrometheusMeter) -> list[web.RouteDef]:
    """`GET /metrics`."""
    return [web.get("/metrics", _endpoint(meter))]


def _endpoint(meter: PrometheusMeter) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def answer(_: web.Request) -> web.Response:
        headers = {"Content-Type": prometheus_client.CONTENT_TYPE_LATEST}
        return web.Response(body=meter.text(), headers=headers)

    return answer
