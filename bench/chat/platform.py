"""A chat platform in a process of its own, with a person in it who types at a pace."""

from __future__ import annotations

import asyncio
import multiprocessing
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection
from time import monotonic, process_time
from typing import Final, Protocol, TypeVar

from bench.load import Pace, paced
from bench.processes import ProcessFailed, server
from bot.clock import SystemClock

T = TypeVar("T")

PATIENCE: Final = 30.0
ACKNOWLEDGE: Final = 3.0
"""So many seconds both platforms give a bot to acknowledge."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """What a bot must know of its platform: the address, and ids of a person and two channels."""

    api_url: str
    person: str
    support: str
    incidents: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """What became of the commands that somebody typed, and what else the platform saw meanwhile.

    `seconds` to each acknowledgement, as the platform measures it: ACKNOWLEDGE when there was none;
    `done` counts the answers that say so. `first_page` is in seconds since the pace began. Near 1,
    `cpu` says that the platform itself was the bottleneck.
    """

    seconds: list[float]
    done: int
    edits: int
    first_page: float | None
    cpu: float


class Scene(Protocol):
    """A platform from inside its process."""

    @property
    def site(self) -> Site:
        """Where it is."""
        ...

    async def until_bot(self) -> None:
        """Wait until a bot is there that takes commands."""
        ...

    async def types(self, number: int) -> float:
        """Type a command, by turns one that reads and one that writes; seconds until it was
        acknowledged.
        """
        ...

    async def answers(self) -> list[str]:
        """Wait until every command has its answer; those that came since the last time."""
        ...

    @property
    def edits(self) -> int:
        """How often messages were edited so far."""
        ...

    @property
    def paged_at(self) -> float | None:
        """When the first direct message came, in seconds since 1970."""
        ...


OpenScene = Callable[[], AbstractAsyncContextManager[Scene]]

DONE: Final = ("Queue", "Noted on SUP-1")
"""What the answer to a reading or to a writing command holds when it was carried out."""


class Platform:
    """The process as the measurement sees it; ProcessFailed when it is gone or too slow."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self.site = self._hear(Site, PATIENCE)

    def until_bot(self) -> None:
        """Wait until a bot is there; once, before anything is typed."""
        self._hear(bool, PATIENCE)

    def begin(self, pace: Pace) -> None:
        """Let the person type."""
        self._pipe.send(pace)

    def result(self) -> Typed:
        """Wait until what was begun last is typed and answered."""
        return self._hear(Typed, 2 * PATIENCE)

    def _hear(self, kind: type[T], within: float) -> T:
        try:
            if not self._pipe.poll(within):
                raise ProcessFailed(f"a chat platform said nothing for {within:g} s")
            told = self._pipe.recv()
        except EOFError:
            raise ProcessFailed("a chat platform failed") from None
        assert isinstance(told, kind)
        return told


@contextmanager
def platform(open_scene: OpenScene) -> Iterator[Platform]:
    """Run a platform until the block ends."""
    ours, theirs = multiprocessing.get_context("spawn").Pipe()
    with server(partial(_live, open_scene, theirs)):
        theirs.close()
        yield Platform(ours)


async def _live(open_scene: OpenScene, pipe: Connection, ready: Connection) -> None:
    """Do as the pipe says, until the process is ended."""
    async with open_scene() as scene:
        ready.send(0)
        pipe.send(scene.site)
        await scene.until_bot()
        pipe.send(True)
        while True:
            pace: Pace = await asyncio.to_thread(pipe.recv)
            pipe.send(await _type(scene, pace))


async def _type(scene: Scene, pace: Pace) -> Typed:
    seconds: list[float] = []
    edits, spent = scene.edits, process_time()

    async def type_one(number: int, _: float) -> None:
        seconds.append(await scene.types(number))

    await paced(pace, type_one)
    cpu = (process_time() - spent) / (monotonic() - pace.start)
    answers = await scene.answers()
    return Typed(
        seconds=seconds,
        done=sum(any(words in answer for words in DONE) for answer in answers),
        edits=scene.edits - edits,
        first_page=_since(pace, scene.paged_at),
        cpu=cpu,
    )


def _since(pace: Pace, instant: float | None) -> float | None:
    """Seconds of the pace at an instant of the wall clock."""
    if instant is None:
        return None
    began = SystemClock().now().timestamp() - (monotonic() - pace.start)
    return instant - began
