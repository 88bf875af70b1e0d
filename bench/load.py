"""The loads: each runs in a process of its own, in a loop of its own, and brings figures back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterable
from dataclasses import dataclass
from itertools import count
from time import monotonic
from typing import Any, Final

from bench.clients.console import Console
from bench.clients.http import HttpConnection, get
from bench.clients.smtp import SmtpConnection
from bench.samples import Alerts, Mails

# How long the last card may take to come when all was sent.
_LATE: Final = 30.0
_STARTING: Final = 2.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Flood:
    """As much as goes through some connections in some seconds; `first` numbers the first item."""

    connections: int
    seconds: float
    seed: int
    first: int


async def flood_mails(port: int, flood: Flood) -> float:
    """Mails a second that were accepted, many on each connection."""
    samples = Mails(flood.seed)

    async def keep_sending(numbers: Iterable[int], until: float) -> int:
        connection = await SmtpConnection.open(port)
        try:
            return await _as_many(numbers, until, lambda n: _send(connection, samples, n))
        finally:
            connection.close()

    return await _rate(flood, keep_sending)


async def flood_alerts(kind: str, port: int, flood: Flood) -> float:
    """Alerts a second that were answered with a 2xx, one in each request."""
    samples = Alerts(kind, flood.seed)

    async def keep_posting(numbers: Iterable[int], until: float) -> int:
        connection = await HttpConnection.open(port)
        try:
            return await _as_many(numbers, until, lambda n: connection.exchange(samples.request(n)))
        finally:
            connection.close()

    return await _rate(flood, keep_posting)


async def _rate(flood: Flood, keep_on: Callable[[Iterable[int], float], Awaitable[int]]) -> float:
    until = monotonic() + flood.seconds
    numbers = (count(flood.first + i, flood.connections) for i in range(flood.connections))
    done = await asyncio.gather(*(keep_on(mine, until) for mine in numbers))
    return sum(done) / flood.seconds


async def _as_many(
    numbers: Iterable[int], until: float, act: Callable[[int], Awaitable[None]]
) -> int:
    """How many were done in time; the one that crosses the line does not count."""
    done = 0
    for number in numbers:
        await act(number)
        if monotonic() > until:
            break
        done += 1
    return done


async def _send(connection: SmtpConnection, samples: Mails, number: int) -> None:
    await connection.send(samples.sender(number), samples.recipient, samples.content(number))


# ---------------------------------------------------------------- at a fixed pace


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """So many items a second for some seconds, whatever becomes of those before.

    It begins at `start`, an instant of `monotonic`, which is the same in all processes.
    """

    each_second: float
    seconds: float
    seed: int
    start: float

    @property
    def items(self) -> int:
        """How many in all."""
        return round(self.each_second * self.seconds)

    async def instants(self) -> AsyncIterator[tuple[int, float]]:
        """The number of each item and its instant, when that has come."""
        for number in range(self.items):
            at = self.start + number / self.each_second
            if (early := at - monotonic()) > 0:
                await asyncio.sleep(early)
            yield number, at


def soon(each_second: float, seconds: float, seed: int) -> Pace:
    """A pace that begins when the processes that were just asked for are there."""
    start = monotonic() + _STARTING
    return Pace(each_second=each_second, seconds=seconds, seed=seed, start=start)


async def mails(port: int, pace: Pace) -> dict[int, float]:
    """Bring mails, each on a connection of its own; the instant at which each was to begin."""
    samples, begun = Mails(pace.seed), dict[int, float]()

    async def deliver(number: int, at: float) -> None:
        begun[number] = at
        connection = await SmtpConnection.open(port)
        await _send(connection, samples, number)
        connection.close()

    await paced(pace, deliver)
    return begun


async def mails_to_cards(port: int, url: str, sign_in: str, pace: Pace) -> list[float]:
    """For each mail the seconds from its begin until an open console shows its card."""
    samples, seen = Mails(pace.seed), dict[int, float]()
    async with (
        Console(url, sign_in) as console,
        asyncio.timeout(pace.start - monotonic() + pace.seconds + _LATE),
        asyncio.TaskGroup() as group,
    ):
        lines = await console.watch()
        delivering = group.create_task(mails(port, pace))
        async for line in lines:
            for number in samples.numbers_in(line):
                seen.setdefault(number, monotonic())
            if len(seen) == pace.items:
                break
    return [seen[number] - at for number, at in delivering.result().items()]


async def alerts(port: int, connections: int, kind: str, pace: Pace) -> list[float]:
    """For each alert the seconds from its instant to its 2xx, also while no connection is free."""
    samples, took = Alerts(kind, pace.seed), list[float]()
    free: asyncio.Queue[HttpConnection] = asyncio.Queue()
    for _ in range(connections):
        free.put_nowait(await HttpConnection.open(port))

    async def fire(number: int, at: float) -> None:
        connection = await free.get()
        await connection.exchange(samples.request(number))
        free.put_nowait(connection)
        took.append(monotonic() - at)

    await paced(pace, fire)
    return took


@dataclass(frozen=True, slots=True, kw_only=True)
class Replies:
    """The seconds until a person had each reply, and how many told that nothing was done."""

    seconds: list[float]
    refused: int


async def command(url: str, sign_in: str, line: str, pace: Pace) -> Replies:
    """Type a command again and again; `{}` in it becomes its number."""
    name, took, done = line.split()[1], list[float](), list[bool]()
    async with Console(url, sign_in) as console:

        async def gesture(number: int, at: float) -> None:
            done.append(await console.run(line.format(number), f"bench-{name}-{number}"))
            took.append(monotonic() - at)

        await paced(pace, gesture)
    return Replies(seconds=took, refused=done.count(False))


async def glance(port: int, path: str, pace: Pace) -> list[float]:
    """For each request the seconds to its answer: of a path that needs no I/O, the loop's lag."""
    took: list[float] = []
    connection, request = await HttpConnection.open(port), get(path)
    async for _, at in pace.instants():
        await connection.exchange(request)
        took.append(monotonic() - at)
    connection.close()
    return took


async def paced(pace: Pace, act: Callable[[int, float], Coroutine[Any, Any, None]]) -> None:
    """Begin `act(number, its instant)` at its instant, and wait for all."""
    async with asyncio.TaskGroup() as group:
        async for number, at in pace.instants():
            group.create_task(act(number, at))
