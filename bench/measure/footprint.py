"""How soon the service is ready, and how much memory it holds at rest and after work."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from statistics import median
from time import sleep
from typing import Final

from bench import load
from bench.figures import Figure
from bench.measure.ground import Ground
from bench.processes import Load, megabytes, server
from bench.rivals import null_smtp
from bench.service import Service, demo, ending, run

_STARTS: Final = 5
_REST_SECONDS: Final = 2.0
_MAILS: Final = 100
_ALERTS: Final = 1000


def measure(ground: Ground) -> list[Figure]:
    """Starts on the same folder, then the demonstration with and without work behind it."""
    return [_start(ground), *_memory(ground)]


def _start(ground: Ground) -> Figure:
    times = []
    with ground.place() as folder, server(null_smtp) as (_, smarthost):
        for _ in range(_STARTS):
            service = run(folder, smarthost)
            try:
                times.append(service.until_ready())
            finally:
                service.end()
    first, *later = times
    details = {"with_a_new_database": round(first, 2), "longest": round(max(later), 2)}
    name = "start to ready, after SIGKILL"
    return Figure(name=name, value=median(later), unit="s", goal=2, details=details)


def _memory(ground: Ground) -> list[Figure]:
    with ground.place() as folder, ending(demo(folder)) as service:
        sleep(_REST_SECONDS)
        at_rest = _held("at rest", service)
        _work(ground, service)
        return [*at_rest, *_held("after work", service)]


def _work(ground: Ground, service: Service) -> None:
    """Some hundred mails and some thousand alerts, until all of them are settled."""
    pace = load.soon(_ALERTS, 3, ground.seed)
    alerts = Load(load.alerts, service.http, 20, "alertmanager", pace)
    Load(load.mails, service.smtp, replace(pace, each_second=_MAILS)).result(60)
    alerts.result(60)
    service.until_counted("mail_outcomes", 3 * _MAILS)
    service.until_counted("alerts_folded", 3 * _ALERTS)


def _held(when: str, service: Service) -> list[Figure]:
    """Each process by itself, and what the machine gives to all: shared pages count once there."""
    processes = [service.pid, *service.workers()]
    rss = [megabytes(pid, "Rss") for pid in processes]
    pss = [megabytes(pid, "Pss") for pid in processes]
    apart = {"main": round(rss[0]), "workers": round(sum(rss[1:])), "processes": len(rss)}
    once = {"main": round(pss[0]), "workers": round(sum(pss[1:]))}
    return [
        _memory_figure(f"memory of the demo {when}, RSS", sum(rss), apart),
        _memory_figure(f"memory of the demo {when}, shared once", sum(pss), once),
    ]


def _memory_figure(name: str, held: float, details: Mapping[str, float]) -> Figure:
    return Figure(name=name, value=held, unit="MB", goal=150, details=details)
