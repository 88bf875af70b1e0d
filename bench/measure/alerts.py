"""Single alerts, durable, against aiohttp with a handler that only reads their JSON."""

from __future__ import annotations

from functools import partial

from bench.figures import Figure
from bench.load import flood_alerts
from bench.measure.contest import Plan, contest, rival_side, service_side
from bench.measure.ground import Ground
from bench.processes import Load, server
from bench.rivals import null_http


def measure(ground: Ground) -> list[Figure]:
    """Two wire formats on 10 and on 50 connections; every 2xx of ours is on disk."""
    figures = []
    for kind in ("generic", "alertmanager"):
        for connections in (10, 50):
            plan = Plan(connections=connections, rounds=3, seconds=1.5, seed=ground.seed, goal=0.4)
            with ground.service() as service, server(null_http) as rival:
                ours, limit = service_side(service, service.http), rival_side(*rival)
                begin = partial(Load, flood_alerts, kind)
                name = f"alert intake, {kind}, {connections} connections"
                figures.append(contest(name, ours, limit, begin, plan))
    return figures
