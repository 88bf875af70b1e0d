"""Reading in processes that can be killed: a hostile mail costs one of them, and five seconds.

The processes import the reader and little else. pebble ends one that takes too long or too much
memory, and starts another.
"""

from __future__ import annotations

import asyncio
import resource
import signal
import sys
from dataclasses import dataclass
from multiprocessing.context import ForkServerContext, ForkServerProcess
from types import ModuleType

from pebble import ProcessExpired, ProcessPool

from bot.domain.mail import InboundMail
from bot.errors import PermanentError, TemporaryError

MEBIBYTE = 1024 * 1024

# How many times its own timeout a mail may wait for others, or for a process that died unseen.
_PATIENCE = 6
# How many times its own size a mail may take in all its forms.
_COPIES = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerSettings:
    """How many processes, and what each may take: seconds a mail, bytes of address space, mails."""

    workers: int = 2
    timeout: float = 5.0
    memory: int = 768 * MEBIBYTE
    max_tasks: int = 1000


class WorkerReader:
    """A MailReader. `start` before use; it restarts its processes by itself."""

    def __init__(self, settings: WorkerSettings | None = None) -> None:
        self._settings = settings or WorkerSettings()
        self._pool: ProcessPool | None = None

    async def start(self) -> None:
        """Start the processes and wait until each has read a mail."""
        warm_up = [self.read(b"Subject: warm-up\r\n\r\n") for _ in range(self._settings.workers)]
        await asyncio.gather(*warm_up)

    async def read(self, raw: bytes) -> InboundMail:
        """What the message says. PermanentError when it cannot be read within the bounds."""
        settings = self._settings
        if len(raw) * _COPIES > settings.memory:
            raise PermanentError("it is too large to be read here")
        pool = self._running()
        try:
            return await self._result(pool, raw)
        except TimeoutError:
            words = f"it could not be read within {settings.timeout:g} s"
        except MemoryError:
            words = f"reading it takes more than {settings.memory // MEBIBYTE} MiB of memory"
        except ProcessExpired as error:
            words = f"the process that read it ended with exit code {error.exitcode}"
        except RuntimeError:  # the pool broke; BrokenProcessPool is one
            await self._retire(pool)
            raise TemporaryError("the processes that read mail are being restarted") from None
        raise PermanentError(words)

    async def stop(self) -> None:
        """End the processes; what they were reading is given up."""
        if self._pool is not None:
            await self._retire(self._pool)

    async def _result(self, pool: ProcessPool, raw: bytes) -> InboundMail:
        timeout = self._settings.timeout
        future = asyncio.wrap_future(pool.schedule(_read, args=(raw,), timeout=timeout))
        try:
            done, _ = await asyncio.wait([future], timeout=timeout * _PATIENCE)
        finally:
            future.cancel()
        if not done:
            raise TemporaryError("no process was free to read the mail")
        return future.result()

    def _running(self) -> ProcessPool:
        """The pool; a new one when there is none."""
        if self._pool is None:
            self._pool = ProcessPool(
                max_workers=self._settings.workers,
                max_tasks=self._settings.max_tasks,
                initializer=_confine,
                initargs=(self._settings.memory,),
                context=_Context(),
            )
        return self._pool

    async def _retire(self, pool: ProcessPool) -> None:
        """Take the pool out of use and end what is left of it; another may be there already."""
        if self._pool is pool:
            self._pool = None
        pool.stop()  # type: ignore[no-untyped-call]
        await asyncio.to_thread(pool.join)


class _Process(ForkServerProcess):
    """Started without the program's own main module.

    multiprocessing would run that again in each process, and so load the whole service there.
    """

    def start(self) -> None:
        """Start while another, empty module is the main one."""
        main = sys.modules["__main__"]
        sys.modules["__main__"] = ModuleType("__main__")
        try:
            super().start()
        finally:
            sys.modules["__main__"] = main


class _Context(ForkServerContext):
    """Processes are forked from one that holds the reader and none of the service's state."""

    Process = _Process

    def __init__(self) -> None:
        super().__init__()
        self.set_forkserver_preload(["adapters.mail.reader"])


def _read(raw: bytes) -> InboundMail:
    # Loaded where mail is read, and not in the service.
    from adapters.mail.reader import read_mail

    return read_mail(raw)


def _confine(memory: int) -> None:
    """Runs in each process: bounds that the kernel keeps, and an end without farewell."""
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
