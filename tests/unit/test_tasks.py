"""Background tasks: in a context of their own, named, stopped for good, missed when dead."""

from __future__ import annotations

import asyncio
import logging
from contextvars import ContextVar

import pytest

from bot.tasks import Promise, spawn, stop

TRANSACTION: ContextVar[str] = ContextVar("transaction", default="none")


async def test_a_task_has_its_name_and_not_the_callers_context() -> None:
    seen: list[str] = []

    async def work() -> None:
        seen.append(TRANSACTION.get())

    TRANSACTION.set("the caller's")
    task = spawn(work(), "outbox")
    await task
    assert (task.get_name(), seen) == ("outbox", ["none"])


async def test_stopping_waits_until_the_task_has_tidied_up() -> None:
    tidied: list[bool] = []

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            tidied.append(True)

    task = spawn(work(), "outbox")
    await asyncio.sleep(0)
    await stop(task)
    assert tidied == [True]
    assert task.cancelled()


async def test_a_task_that_dies_is_told_with_its_name(caplog: pytest.LogCaptureFixture) -> None:
    async def work() -> None:
        raise LookupError("lost")

    with pytest.raises(LookupError):
        await spawn(work(), "outbox")
    (record,) = caplog.records
    assert (record.levelno, record.__dict__["task"]) == (logging.ERROR, "outbox")
    assert record.exc_info is not None
    assert isinstance(record.exc_info[1], LookupError)


async def test_a_task_that_is_stopped_is_no_death(caplog: pytest.LogCaptureFixture) -> None:
    async def work() -> None:
        await asyncio.Event().wait()

    task = spawn(work(), "outbox")
    await stop(task)
    await stop(task)
    assert caplog.records == []


async def test_a_promise_is_worked_on_whether_it_is_waited_for_or_not() -> None:
    go = asyncio.Event()

    async def work() -> str:
        await go.wait()
        return "done"

    promise = Promise(work(), "gesture")
    assert (await promise.soon(0), promise.over) == (None, False)
    go.set()
    assert await promise.kept() == await promise.soon() == "done"


async def test_a_promise_that_failed_has_nothing_to_give() -> None:
    async def work() -> str:
        raise LookupError("lost")

    promise = Promise(work(), "gesture")
    assert (await promise.soon(), promise.over) == (None, True)
    with pytest.raises(LookupError):
        await promise.kept()


async def test_a_promise_that_is_given_up_is_worked_on_no_more() -> None:
    async def work() -> str:
        await asyncio.Event().wait()
        return "never"

    promise = Promise(work(), "gesture")
    await promise.give_up()
    assert (await promise.soon(), promise.over) == (None, True)
