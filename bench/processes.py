"""The processes of a measurement: apart from each other, ended for sure, and what they cost."""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from time import perf_counter, process_time
from typing import Any, Final, Generic, TypeVar

import uvloop

T = TypeVar("T")

_SPAWN: Final = multiprocessing.get_context("spawn")
_PR_SET_PDEATHSIG: Final = 1
_TICKS: Final = os.sysconf("SC_CLK_TCK")
_STARTS_WITHIN: Final = 60.0


class ProcessFailed(Exception):
    """A process of the measurement ended badly; what it said is on standard error."""


def die_with_parent() -> None:
    """Let the kernel end this process when the one that started it is gone, however it went."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran(Generic[T]):
    """What a load brought back, and how much of one core it used: near 1 it was the bottleneck."""

    result: T
    cpu: float


class Load(Generic[T]):
    """Work that runs in a process of its own from now on."""

    def __init__(self, work: Callable[..., Coroutine[Any, Any, T]], *args: object) -> None:
        self._pipe, theirs = _SPAWN.Pipe(duplex=False)
        self._process = _SPAWN.Process(target=_run, args=(theirs, work, args), daemon=True)
        self._process.start()
        theirs.close()

    def result(self, within: float) -> Ran[T]:
        """Wait for its end; ProcessFailed when it fails, or takes more than so many seconds."""
        try:
            if not self._pipe.poll(within):
                raise ProcessFailed(f"a load did not end within {within:g} s")
            ran: Ran[T] = self._pipe.recv()
        except EOFError:
            raise ProcessFailed("a load failed") from None
        finally:
            self._process.kill()
            self._process.join()
        return ran


def _run(
    pipe: Connection, work: Callable[..., Coroutine[Any, Any, T]], args: tuple[object, ...]
) -> None:
    die_with_parent()
    began, spent = perf_counter(), process_time()
    result = uvloop.run(work(*args))
    cpu = (process_time() - spent) / (perf_counter() - began)
    pipe.send(Ran(result=result, cpu=cpu))


@contextmanager
def server(serve: Callable[[Connection], Coroutine[Any, Any, None]]) -> Iterator[tuple[int, int]]:
    """Run a server in a process of its own; its pid, and the port that it sends when it listens."""
    ours, theirs = _SPAWN.Pipe(duplex=False)
    process = _SPAWN.Process(target=_serve, args=(theirs, serve), daemon=True)
    process.start()
    theirs.close()
    try:
        if not ours.poll(_STARTS_WITHIN):
            raise ProcessFailed(f"a server did not start within {_STARTS_WITHIN:g} s")
        port: int = ours.recv()
        yield process.pid or 0, port
    except EOFError:
        raise ProcessFailed("a server did not start") from None
    finally:
        process.kill()
        process.join()


def _serve(pipe: Connection, serve: Callable[[Connection], Coroutine[Any, Any, None]]) -> None:
    die_with_parent()
    uvloop.run(serve(pipe))


# ---------------------------------------------------------------- what Linux knows of them


def cpu_seconds(pid: int) -> float:
    """The processor time that a process has used so far, all its threads together."""
    user, system = _stat(pid)[11:13]
    return (int(user) + int(system)) / _TICKS


def members(session: int) -> list[int]:
    """The processes of a session: its leader and all that it started."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if int(_stat(int(folder.name))[3]) == session:
                found.append(int(folder.name))
    return found


def megabytes(pid: int, kind: str) -> float:
    """Its memory: `Rss` with everything it maps, `Pss` with its share of what others map, too."""
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
    line = next(line for line in rollup.splitlines() if line.startswith(f"{kind}:"))
    return int(line.split()[1]) / 1024


def _stat(pid: int) -> list[str]:
    """The fields of /proc/<pid>/stat from the third on: the second may hold anything."""
    text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    return text.rpartition(")")[2].split()
