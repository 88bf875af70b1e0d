"""Ours and the limit by turns: who is not measured stands still, so that each has the machine."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import Final

from bench.figures import Figure, Round, ratio
from bench.load import Flood
from bench.processes import Load, cpu_seconds
from bench.service import Service

Begin = Callable[[int, Flood], Load[float]]

# No two floods of a contest send the same items.
_APART: Final = 1_000_000
_WARM_UP: Final = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How a contest goes: connections of the flood, how many rounds of so many seconds."""

    connections: int
    rounds: int
    seconds: float
    seed: int
    goal: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One flood: items a second, and the cores that its load and its server kept busy."""

    rate: float
    load_cpu: float
    server_cpu: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """A server in the contest."""

    pid: int
    port: int
    freeze: Callable[[], None]
    thaw: Callable[[], None]

    def turn(self, begin: Begin, flood: Flood) -> Turn:
        """Flood it."""
        self.thaw()
        try:
            spent = cpu_seconds(self.pid)
            ran = begin(self.port, flood).result(flood.seconds + 30)
            busy = (cpu_seconds(self.pid) - spent) / flood.seconds
            return Turn(rate=ran.result, load_cpu=ran.cpu, server_cpu=busy)
        finally:
            self.freeze()


def service_side(service: Service, port: int) -> Side:
    """The service at one of its ports."""
    return Side(pid=service.pid, port=port, freeze=service.freeze, thaw=service.thaw)


def rival_side(pid: int, port: int) -> Side:
    """A server of one process."""

    def signalled(number: signal.Signals) -> Callable[[], None]:
        return lambda: os.kill(pid, number)

    return Side(
        pid=pid, port=port, freeze=signalled(signal.SIGSTOP), thaw=signalled(signal.SIGCONT)
    )


def contest(name: str, ours: Side, limit: Side, begin: Begin, plan: Plan) -> Figure:
    """Our rate as a share of the limit's; a short round before the first one warms both up."""
    ours.freeze()
    limit.freeze()
    rounds: list[tuple[Turn, Turn]] = []
    for number in range(plan.rounds + 1):
        flood = Flood(
            connections=plan.connections,
            seconds=plan.seconds if number else _WARM_UP,
            seed=plan.seed,
            first=number * _APART,
        )
        pair = [side.turn(begin, flood) for side in (ours, limit)]
        rounds.append((pair[0], pair[1]))
    return _figure(name, plan.goal, rounds[1:])


def _figure(name: str, goal: float, rounds: list[tuple[Turn, Turn]]) -> Figure:
    pairs = [Round(ours=mine.rate, limit=theirs.rate) for mine, theirs in rounds]
    turns = [turn for pair in rounds for turn in pair]
    return Figure(
        name=name,
        value=ratio(pairs),
        unit="of the limit",
        goal=goal,
        more_is_better=True,
        details={
            "ours_per_s": round(median(pair.ours for pair in pairs)),
            "limit_per_s": round(median(pair.limit for pair in pairs)),
            "lowest_ratio": round(min(pair.ours / pair.limit for pair in pairs), 2),
            "highest_ratio": round(max(pair.ours / pair.limit for pair in pairs), 2),
            "service_cores": round(median(mine.server_cpu for mine, _ in rounds), 2),
            "load_cores": round(max(turn.load_cpu for turn in turns), 2),
        },
    )
