"""What a transaction is on both databases: its control statements run to their end, once."""

from __future__ import annotations

import asyncio
import logging
from abc import abstractmethod
from collections.abc import Callable, Coroutine
from itertools import count
from types import TracebackType
from typing import Any, TypeVar

from tortoise.backends.base.client import TransactionalDBClient, TransactionContext
from tortoise.connection import get_connections
from tortoise.exceptions import TransactionManagementError

T = TypeVar("T")

log = logging.getLogger(__name__)

_numbers = count(1)


async def to_the_end(work: asyncio.Future[T] | Coroutine[Any, Any, T]) -> T:
    """Await `work` until it is done, however often the caller is cancelled meanwhile.

    Its answer is then known; a cancellation that came goes on from here.
    """
    if not isinstance(work, asyncio.Future):
        work = asyncio.get_running_loop().create_task(work)
    cancelled: asyncio.CancelledError | None = None
    while not work.done():
        try:
            await asyncio.wait([work])
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is not None:
        raise cancelled from None if work.cancelled() else work.exception()
    return work.result()


class Bracket(TransactionalDBClient):
    """A Tortoise client inside BEGIN … COMMIT, or inside a savepoint.

    Once it has ended it refuses every further statement with TransactionManagementError, so that a
    task left behind cannot write into a transaction that is not its own.
    """

    #: What a driver raises when a control statement cannot be carried out.
    driver_errors: tuple[type[Exception], ...]
    #: Called in order after the outermost COMMIT.
    hooks: list[Callable[[], None]]
    committed: bool
    _outer: Bracket | None

    def _start(self, outer: Bracket | None) -> None:
        self._outer = outer
        self._savepoint = f"nested_{next(_numbers)}"
        self._finalized = False
        self.committed = False
        self.hooks = []

    @abstractmethod
    async def control(self, *statements: str) -> None:
        """Send SAVEPOINT, RELEASE, ROLLBACK TO."""

    @property
    def over(self) -> bool:
        """Whether this transaction, or the one around it, has ended."""
        return self._finalized or (self._outer is not None and self._outer.over)

    def refuse_if_over(self) -> None:
        """Raise TransactionManagementError when the transaction has ended."""
        if self.over:
            raise TransactionManagementError(
                "this transaction has ended; a task that was started inside it must not outlive it"
            )

    async def undo(self, work: Coroutine[Any, Any, object]) -> None:
        """Roll back by `work`; a failure is only logged, since its cause is the news."""
        self._finalized = True
        try:
            await to_the_end(work)
        except self.driver_errors as error:
            log.warning("a rollback failed: %s", error)

    async def savepoint(self) -> None:
        """Begin a nested transaction."""
        self.refuse_if_over()
        await to_the_end(self.control(f"SAVEPOINT {self._savepoint}"))

    async def savepoint_rollback(self) -> None:
        """Undo the nested transaction."""
        self.refuse_if_over()
        await self.undo(
            self.control(f"ROLLBACK TO {self._savepoint}", f"RELEASE {self._savepoint}")
        )

    async def release_savepoint(self) -> None:
        """End the nested transaction well; it becomes part of the one around it."""
        self.refuse_if_over()
        self._finalized = True
        await to_the_end(self.control(f"RELEASE {self._savepoint}"))
        if self._outer is not None:
            self._outer.hooks.extend(self.hooks)


class Outermost(TransactionContext):
    """BEGIN … COMMIT or ROLLBACK round a block; the task's Tortoise models join it."""

    client: Bracket

    def __init__(self, client: Bracket) -> None:
        self.client = client
        self._connections = get_connections()

    @abstractmethod
    async def take(self) -> None:
        """Get what the transaction needs alone: SQLite's lock, a connection of the pool."""

    @abstractmethod
    async def give_back(self) -> None:
        """Give it back; never raises for a connection that is gone."""

    async def __aenter__(self) -> Bracket:
        await self.take()
        try:
            await self._begin()
        except BaseException:
            await self.give_back()
            raise
        self._token = self._connections.set(self.client.connection_name, self.client)
        return self.client

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc_val: BaseException | None,
        exc_tb: TracebackType | None,
    ) -> None:
        try:
            await self._end(failed=exc_type is not None)
        finally:
            try:
                await self.give_back()
            finally:
                self._connections.reset(self._token)
                if self.client.committed:
                    for hook in self.client.hooks:
                        hook()

    async def _begin(self) -> None:
        try:
            await self.client.begin()
        except asyncio.CancelledError:
            await self.client.rollback()
            raise

    async def _end(self, *, failed: bool) -> None:
        if self.client._finalized:
            return
        if failed:
            await self.client.rollback()
        else:
            await self.client.commit()


class Nested(TransactionContext):
    """A savepoint round a block: what fails in it is undone, the transaction around it goes on."""

    client: Bracket

    def __init__(self, client: Bracket) -> None:
        self.client = client

    async def __aenter__(self) -> Bracket:
        await self.client.savepoint()
        return self.client

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc_val: BaseException | None,
        exc_tb: TracebackType | None,
    ) -> None:
        if self.client._finalized:
            return
        if exc_type is None:
            await self.client.release_savepoint()
        elif not self.client.over:
            await self.client.savepoint_rollback()
