"""Durable mail intake against aiosmtpd with a handler that keeps nothing."""

from __future__ import annotations

from functools import partial

from bench.figures import Figure
from bench.load import flood_mails
from bench.measure.contest import Plan, contest, rival_side, service_side
from bench.measure.ground import Ground
from bench.processes import Load, server
from bench.rivals import null_smtp


def measure(ground: Ground) -> list[Figure]:
    """Mails of 4 KB on 10 connections, many on each; every 250 of ours is on disk."""
    plan = Plan(connections=10, rounds=5, seconds=2, seed=ground.seed, goal=0.5)
    with ground.service() as service, server(null_smtp) as rival:
        ours, limit = service_side(service, service.smtp), rival_side(*rival)
        return [contest("mail intake", ours, limit, partial(Load, flood_mails), plan)]
