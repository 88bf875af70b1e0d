"""How a person's commands fare while alerts pour in, and how soon the alerts are worked off."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from bench import load
from bench.figures import Figure, milliseconds, percentile
from bench.measure.ground import Ground
from bench.processes import Load, Ran
from bench.service import Service, sign_in_path

_SECONDS: Final = 10
_ALERTS: Final = 10_000
_CONNECTIONS: Final = 50
_READS: Final = "/ticket queue"
_WRITES: Final = "/ticket note SUP-1 Note {}."
_PATIENCE: Final = 60.0


def measure(ground: Ground) -> list[Figure]:
    """10,000 alerts in 10 s; meanwhile an agent reads the queue and writes notes."""
    with ground.service() as service:
        _make_tickets(ground, service)
        pour = load.soon(_ALERTS / _SECONDS, _SECONDS, ground.seed)
        each = replace(pour, each_second=20)
        storm = Load(load.alerts, service.http, _CONNECTIONS, "generic", pour)
        reads = Load(load.command, service.url, sign_in_path(), _READS, each)
        writes = Load(load.command, service.url, sign_in_path(), _WRITES, each)
        looks = Load(load.glance, service.http, "/healthz", replace(pour, each_second=50))
        figures = [
            _commands("reading", reads.result(_PATIENCE)),
            _commands("writing", writes.result(_PATIENCE)),
            _p99("loop's lag in a storm", looks.result(_PATIENCE), 50),
            _p99("alert intake in a storm", storm.result(_PATIENCE), 250),
        ]
        folded = service.until_counted("alerts_folded", _ALERTS) - pour.start
    return [*figures, Figure(name="storm folded", value=folded, unit="s", goal=2 * _SECONDS)]


def _make_tickets(ground: Ground, service: Service) -> None:
    pace = load.soon(20, 1, ground.seed)
    Load(load.mails_to_cards, service.smtp, service.url, sign_in_path(), pace).result(_PATIENCE)


def _commands(kind: str, ran: Ran[load.Replies]) -> Figure:
    name, told = f"{kind} command in a storm", ran.result
    return _p99(name, Ran(result=told.seconds, cpu=ran.cpu), 100, refused=told.refused)


def _p99(name: str, ran: Ran[list[float]], goal: float, **more: int) -> Figure:
    details = {
        "p50": milliseconds(percentile(ran.result, 0.5)),
        "longest": milliseconds(max(ran.result)),
        "of": len(ran.result),
        **more,
        "load_cores": round(ran.cpu, 2),
    }
    p99 = milliseconds(percentile(ran.result, 0.99))
    return Figure(name=f"{name}, p99", value=p99, unit="ms", goal=goal, details=details)
