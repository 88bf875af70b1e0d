from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from adapters.http.metric_table import COUNTERS, GAUGES, HISTOGRAMS
from adapters.http.metrics import PrometheusMeter, metrics_routes

ROOT = Path(__file__).parents[3]
TABLES = {"count": COUNTERS, "observe": HISTOGRAMS, "gauge": GAUGES}


def shown(meter: PrometheusMeter) -> list[str]:
    return meter.text().decode().splitlines()


def test_counters_add_up() -> None:
    meter = PrometheusMeter()
    meter.count("alerts_folded", intake="prom", reason="new")
    meter.count("alerts_folded", 2, reason="new", intake="prom")
    assert 'deskhand_alerts_folded_total{intake="prom",reason="new"} 3.0' in shown(meter)


def test_histograms_keep_seconds() -> None:
    meter = PrometheusMeter()
    meter.observe("pass_seconds", 0.02, **{"pass": "outbox"})
    lines = shown(meter)
    assert 'deskhand_pass_seconds_bucket{le="0.01",pass="outbox"} 0.0' in lines
    assert 'deskhand_pass_seconds_bucket{le="0.025",pass="outbox"} 1.0' in lines


def test_gauges_show_the_latest() -> None:
    meter = PrometheusMeter()
    meter.gauge("outbox_pending", 5, pool="mail", state="waiting")
    meter.gauge("outbox_pending", 2, pool="mail", state="waiting")
    meter.gauge("inbox_pending", 7)
    lines = shown(meter)
    assert 'deskhand_outbox_pending{pool="mail",state="waiting"} 2.0' in lines
    assert "deskhand_inbox_pending 7.0" in lines


def test_every_metric_has_a_help_text() -> None:
    lines = shown(PrometheusMeter())
    assert "# HELP deskhand_page_ack_seconds From an incident to its acknowledgement." in lines
    assert not any("_created" in line for line in lines)


@pytest.mark.parametrize("name", ["typos", "inbox_pending", "pass_seconds"])
def test_a_name_that_is_no_counter_is_refused(name: str) -> None:
    with pytest.raises(KeyError, match=name):
        PrometheusMeter().count(name)


def test_other_labels_are_refused() -> None:
    with pytest.raises(KeyError, match="has the labels"):
        PrometheusMeter().count("alerts_folded", intake="prom")


def test_a_value_outside_a_closed_list_is_other() -> None:
    meter = PrometheusMeter()
    meter.count("incidents", severity="sev1")
    meter.count("incidents", severity="catastrophe")
    lines = shown(meter)
    assert 'deskhand_incidents_total{severity="sev1"} 1.0' in lines
    assert 'deskhand_incidents_total{severity="other"} 1.0' in lines


def test_open_labels_keep_their_first_hundred_values() -> None:
    meter = PrometheusMeter()
    for number in range(150):
        meter.count("mail_refused", reason=f"r{number}")
    meter.count("mail_refused", reason="r99")
    lines = [line for line in shown(meter) if line.startswith("deskhand_mail_refused_total{")]
    assert len(lines) == 101
    assert 'deskhand_mail_refused_total{reason="other"} 50.0' in lines
    assert 'deskhand_mail_refused_total{reason="r99"} 2.0' in lines


async def test_metrics_are_served_as_text() -> None:
    meter, app = PrometheusMeter(), web.Application()
    app.add_routes(metrics_routes(meter))
    async with TestClient(TestServer(app)) as client, client.get("/metrics") as answer:
        assert answer.headers["Content-Type"].startswith("text/plain; version=")
        assert "deskhand_http_requests_total" in await answer.text()


def test_whatever_the_product_measures_is_declared() -> None:
    uses = _all_uses()
    assert uses
    assert not [use for use in uses if use.name not in TABLES[use.method]]
    assert not [use for use in uses if use.labels != set(TABLES[use.method][use.name].labels)]


def test_whatever_is_declared_is_measured() -> None:
    assert {name for table in TABLES.values() for name in table} == {u.name for u in _all_uses()}


@dataclass(frozen=True)
class Use:
    """A call on something named `meter`, with a literal name and literal labels."""

    place: str
    method: str
    name: str
    labels: set[str]


def _all_uses() -> list[Use]:
    return [use for tree in ("bot", "adapters", "storage") for use in _uses(ROOT / tree)]


def _uses(tree: Path) -> Iterator[Use]:
    for path in tree.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            match node:
                case ast.Call(
                    func=ast.Attribute(
                        value=ast.Name(id=owner) | ast.Attribute(attr=owner), attr=method
                    ),
                    args=[ast.Constant(value=str(name)), *_],
                    keywords=keywords,
                ) if owner.strip("_") in ("meter", "self") and method in TABLES:
                    labels = {label for keyword in keywords for label in _labels(keyword)}
                    yield Use(f"{path.relative_to(ROOT)}:{node.lineno}", method, name, labels)


def _labels(keyword: ast.keyword) -> list[str]:
    """The name before `=`, or the keys of `**{"pass": …}`."""
    if keyword.arg is not None:
        return [keyword.arg]
    keys = keyword.value.keys if isinstance(keyword.value, ast.Dict) else []
    return [str(key.value) for key in keys if isinstance(key, ast.Constant)]
