"""A task may be cancelled anywhere: what it wrote is whole or not there, and the others go on."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import os
import random
import signal
from collections.abc import Callable, Coroutine, Generator
from functools import partial
from itertools import count
from types import coroutine
from typing import Any, TypeAlias

import pytest
from tortoise.exceptions import TransactionManagementError

from storage.database import Database, Transaction
from storage.engines import postgres
from tests.contract.databases import ON_POSTGRES
from tests.contract.sample import ADD, PATIENCE, Note, come, halves

Writer: TypeAlias = Callable[[Database, int, set[int]], Coroutine[Any, Any, None]]


async def in_a_transaction(database: Database, pair: int, told: set[int]) -> None:
    async with database.transaction() as transaction:
        transaction.after_commit(partial(told.add, pair))
        await transaction.execute(ADD, (pair, "a"))
        await Note.create(pair=pair, half="b")


async def in_a_nested_one(database: Database, pair: int, told: set[int]) -> None:
    async with database.transaction():
        async with database.transaction() as nested:
            nested.after_commit(partial(told.add, pair))
            await nested.execute(ADD, (pair, "a"))
        await Note.bulk_create([Note(pair=pair, half="b")])


async def in_one_statement(database: Database, pair: int, told: set[int]) -> None:
    with database.session():
        await Note.bulk_create([Note(pair=pair, half="a"), Note(pair=pair, half="b")])


async def in_one_call(database: Database, pair: int, told: set[int]) -> None:
    await database.execute_all([(ADD, (pair, "a")), (ADD, (pair, "b"))])


WRITERS: list[Writer] = [in_a_transaction, in_a_nested_one, in_one_statement, in_one_call]


@coroutine
def cancelled_at(step: int, work: Coroutine[Any, Any, None]) -> Generator[Any, Any, None]:
    """Run `work`, and cancel the task that runs it when it waits for the `step`-th time."""
    task = asyncio.current_task()
    go_on: Callable[[Any], Any] = work.send
    value: Any = None
    for number in count():
        try:
            waiting = go_on(value)
        except StopIteration:
            return
        if number == step and task is not None:
            task.cancel()
        try:
            value = yield waiting
            go_on = work.send
        except BaseException as error:  # noqa: BLE001  # handed on, whatever it is
            value, go_on = error, work.throw


async def survives(step: int, work: Coroutine[Any, Any, None]) -> bool:
    """Whether the work ended before it could be cancelled."""

    async def run() -> None:
        async with asyncio.timeout(PATIENCE):
            await cancelled_at(step, work)

    (outcome,) = await asyncio.gather(run(), return_exceptions=True)
    assert outcome is None or isinstance(outcome, asyncio.CancelledError)
    return outcome is None


@pytest.mark.parametrize("write", WRITERS)
async def test_cancelled_at_any_wait_it_is_whole_or_not_there(
    notes: Database, write: Writer
) -> None:
    told: set[int] = set()
    for step in count():
        ended = await survives(step, write(notes, step, told))
        assert (await halves(notes)).get(step, 0) in ((2,) if ended or step in told else (0, 2))
        if ended:
            break

    assert step >= 1


@pytest.mark.parametrize("write", [in_a_transaction, in_a_nested_one])
async def test_what_waits_for_the_commit_comes_exactly_when_it_happened(
    notes: Database, write: Writer
) -> None:
    told: set[int] = set()
    for step in count():
        if await survives(step, write(notes, step, told)):
            break

    assert set(await halves(notes)) == told
    assert len(told) < step + 1


@pytest.mark.parametrize("seed", [1, 2])
async def test_two_hundred_cancelled_at_random_hold_nobody_up(notes: Database, seed: int) -> None:
    dice = random.Random(seed)
    told: set[int] = set()
    for round_ in range(200):
        first, victim, last = range(3 * round_, 3 * round_ + 3)
        await asyncio.gather(
            dice.choice(WRITERS)(notes, first, told),
            survives(dice.randrange(12), dice.choice(WRITERS)(notes, victim, told)),
            dice.choice(WRITERS)(notes, last, told),
        )

    written = await halves(notes)
    assert set(written.values()) == {2}
    assert {pair for pair in range(600) if pair % 3 != 1} <= set(written)


async def test_all_connections_come_back(notes: Database) -> None:
    async with asyncio.TaskGroup() as group:
        for pair in range(40):
            group.create_task(survives(pair % 8, in_a_transaction(notes, pair, set())))

    await asyncio.gather(*(in_a_transaction(notes, pair, set()) for pair in range(100, 140)))
    assert sum(pair >= 100 for pair in await halves(notes)) == 40


async def nested_well(database: Database, pair: int) -> None:
    async with database.transaction() as nested:
        await nested.execute(ADD, (pair, "n"))


async def nested_badly(database: Database, pair: int) -> None:
    with contextlib.suppress(ZeroDivisionError):
        async with database.transaction() as nested:
            await nested.execute(ADD, (pair, "n"))
            raise ZeroDivisionError


@pytest.mark.parametrize(("block", "whole"), [(nested_well, 3), (nested_badly, 2)])
async def test_a_nested_block_cancelled_at_any_wait_spares_the_rest(
    notes: Database, block: Any, whole: int
) -> None:
    ended = False
    for step in count():
        async with notes.transaction() as outer:
            await outer.execute(ADD, (step, "a"))
            ended = await survives(step, block(notes, step))
            await outer.execute(ADD, (step, "b"))
        assert (await halves(notes))[step] in ((whole,) if ended else (2, whole))
        if ended:
            break

    assert step >= 2


@ON_POSTGRES
async def test_a_commit_that_takes_long_is_waited_for(notes: Database) -> None:
    for statement in SLOW_COMMIT:
        await notes.execute(statement)
    told: set[int] = set()
    at_commit = asyncio.Event()

    async def write() -> None:
        async with notes.transaction() as transaction:
            transaction.after_commit(partial(told.add, 1))
            await transaction.execute(ADD, (1, "a"))
            at_commit.set()

    async with asyncio.TaskGroup() as group:
        task = group.create_task(write())
        await come(at_commit)
        task.cancel()

    assert task.cancelled()
    assert told == set(await halves(notes)) == {1}


SLOW_COMMIT = [
    "CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql"
    " AS $$ BEGIN PERFORM pg_sleep(0.05); RETURN NULL; END $$",
    "CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON sample_note"
    " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION dawdle()",
]


@ON_POSTGRES
async def test_a_server_that_no_longer_answers_holds_no_connection(
    notes: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "CONTROL_TIMEOUT", 0.05)
    with contextlib.suppress(ZeroDivisionError), contextlib.ExitStack() as finally_:
        async with asyncio.timeout(PATIENCE), notes.transaction() as transaction:
            server = (await transaction.fetch("SELECT pg_backend_pid() AS pid"))[0]["pid"]
            finally_.callback(os.kill, server, signal.SIGCONT)
            os.kill(server, signal.SIGSTOP)
            raise ZeroDivisionError
    monkeypatch.undo()

    assert await survives(99, in_a_transaction(notes, 1, set()))


async def test_a_timeout_inside_a_nested_block_spares_the_rest(notes: Database) -> None:
    async with notes.transaction() as transaction:
        await transaction.execute(ADD, (1, "a"))
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(dawdle(notes), 0.01)
        await transaction.execute(ADD, (3, "a"))

    assert await halves(notes) == {1: 1, 3: 1}


async def dawdle(database: Database) -> None:
    slow = {
        "sqlite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 300000)"
        " SELECT count(*) FROM n",
        "postgres": "SELECT pg_sleep(30)",
    }
    async with database.transaction() as nested:
        await nested.execute(ADD, (2, "a"))
        await nested.fetch(slow[database.dialect])


# ---------------------------------------------------------------- tasks left behind


async def straggle(go: asyncio.Event, note: Coroutine[Any, Any, Any]) -> None:
    await go.wait()
    await note


@pytest.mark.parametrize("nested", [False, True])
async def test_a_task_left_behind_is_refused(notes: Database, nested: bool) -> None:
    go = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        async with notes.transaction() as outer, notes.transaction() as inner:
            by_sql = straggle(go, (inner if nested else outer).execute(ADD, (1, "a")))
            left = [
                group.create_task(refused(by_sql)),
                group.create_task(refused(straggle(go, Note.create(pair=1, half="b")))),
                group.create_task(refused(straggle(go, in_a_transaction(notes, 1, set())))),
            ]
        async with notes.transaction() as other:
            go.set()
            await asyncio.wait(left)
            await other.execute(ADD, (2, "a"))

    assert await halves(notes) == {2: 1}


async def refused(work: Coroutine[Any, Any, None]) -> None:
    with pytest.raises(TransactionManagementError, match="has ended"):
        await work


async def test_a_savepoint_left_open_does_not_touch_the_next_transaction(notes: Database) -> None:
    go = asyncio.Event()

    async def late() -> None:
        async with notes.transaction():
            await go.wait()

    async with asyncio.TaskGroup() as group:
        async with notes.transaction() as outer:
            task = group.create_task(refused(late()))
            await outer.execute(ADD, (1, "a"))
        async with notes.transaction() as other:
            await other.execute(ADD, (2, "a"))
            go.set()
            await asyncio.wait([task])

    assert await halves(notes) == {1: 1, 2: 1}


async def test_a_savepoint_left_open_can_still_be_cancelled(notes: Database) -> None:
    async def late() -> None:
        async with notes.transaction():
            await asyncio.Event().wait()

    async with asyncio.TaskGroup() as group:
        async with notes.transaction() as outer:
            task = group.create_task(late())
            await outer.execute(ADD, (1, "a"))
        task.cancel()

    assert task.cancelled()


async def test_a_task_of_its_own_context_has_a_transaction_of_its_own(notes: Database) -> None:
    async with asyncio.TaskGroup() as group:
        with contextlib.suppress(ZeroDivisionError):
            async with notes.transaction():
                group.create_task(in_a_transaction(notes, 1, set()), context=contextvars.Context())
                raise ZeroDivisionError

    assert await halves(notes) == {1: 2}


async def test_a_transaction_ended_by_hand_takes_no_more(notes: Database) -> None:
    async def write(transaction: Transaction) -> None:
        await transaction.execute(ADD, (1, "b"))

    async with notes.transaction() as transaction:
        await transaction.execute(ADD, (1, "a"))
        kept = transaction
    with pytest.raises(TransactionManagementError):
        await write(kept)

    assert await halves(notes) == {1: 1}
