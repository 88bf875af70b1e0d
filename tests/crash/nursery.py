"""Lives of the service, each forked from a process that has loaded its code and done nothing else.

Loading takes longer than most of these lives last, and no data is at stake in it.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from importlib import import_module
from pathlib import Path
from typing import BinaryIO, Final, NoReturn

from bot.tasks import Promise

# What `deskhand run` loads, with the parts that it loads late.
_LOADED: Final = ("bot.cli", "bot.app", "bot.operate.serving", "adapters.slack.app", "uvloop")


class Life:
    """A process that `deskhand` runs in, as its parent sees it."""

    def __init__(self, pid: int, code: Promise[int]) -> None:
        self._pid = pid
        self._code = code

    @property
    def ended(self) -> bool:
        """Whether it is over."""
        return self._code.over

    def send_signal(self, number: int) -> None:
        """Nothing, when it has ended."""
        if not self.ended:
            os.kill(self._pid, number)

    async def wait(self) -> int:
        """How it ended; negative is the signal that ended it."""
        return await self._code.kept()


class Nursery:
    """The process that all lives come from; one at a time."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._asks, self._hears = process.stdin, process.stdout

    async def bear(self, *words: str | Path, log: Path) -> Life:
        """`deskhand` with these words; what it prints is added to the log."""
        asked = {"words": [str(word) for word in words], "log": str(log)}
        self._asks.write(json.dumps(asked).encode() + b"\n")
        pid = await self._number()
        return Life(pid, Promise(self._number(), f"life {pid}"))

    async def _number(self) -> int:
        return int(await self._hears.readline())


@asynccontextmanager
async def nursery(root: Path, environment: Mapping[str, str]) -> AsyncIterator[Nursery]:
    """The process, until the end of the block."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        __name__,
        cwd=root,
        env=environment,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        yield Nursery(process)
    finally:
        assert process.stdin is not None
        process.stdin.close()
        await process.wait()


# ------------------------------------------------------------ in the process itself


def _serve(asked: BinaryIO, told: BinaryIO) -> None:
    for line in asked:
        wish = json.loads(line)
        pid = os.fork()
        if pid == 0:
            _live(wish["words"], wish["log"])
        told.write(b"%d\n" % pid)
        told.flush()
        _, status = os.waitpid(pid, 0)
        told.write(b"%d\n" % os.waitstatus_to_exitcode(status))
        told.flush()


def _live(words: list[str], log: str) -> NoReturn:
    """Be what a shell would have started."""
    from bot.cli import main

    null = os.open(os.devnull, os.O_RDONLY)
    written = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    for number, file in enumerate((null, written, written)):
        os.dup2(file, number)
    sys.argv = ["deskhand", *words]
    code = 1
    try:
        main()
    except SystemExit as end:
        code = int(end.code or 0)
    finally:
        os._exit(code)


if __name__ == "__main__":
    for part in _LOADED:
        import_module(part)
    _serve(sys.stdin.buffer, sys.stdout.buffer)
