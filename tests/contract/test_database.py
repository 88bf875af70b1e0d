"""SQL and models on every kind of database: statements, transactions, and transactions in them."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
from functools import partial

import pytest
from tortoise.exceptions import IntegrityError, TransactionManagementError

from storage.database import Database
from tests.contract.sample import ADD, PATIENCE, Note, halves

# ---------------------------------------------------------------- SQL


async def test_a_statement_tells_how_many_rows_it_changed(notes: Database) -> None:
    await notes.executemany(ADD, [(1, "a"), (1, "b"), (2, "a")])

    assert await notes.execute("UPDATE sample_note SET half = ? WHERE pair = ?", ("c", 2)) == 1
    assert await notes.execute("DELETE FROM sample_note WHERE pair < ?", (9,)) == 3


async def test_rows_come_back_as_dictionaries_from_returning_too(notes: Database) -> None:
    rows = await notes.fetch(f"{ADD} RETURNING pair, half", (1, "a"))

    assert rows == [{"pair": 1, "half": "a"}]


async def test_a_question_mark_in_quotes_is_no_placeholder(notes: Database) -> None:
    rows = await notes.fetch("SELECT 'why?' AS \"a?\", CAST(? AS INT) AS n -- really?", (7,))

    assert rows == [{"a?": "why?", "n": 7}]


async def test_many_rows_are_written_all_or_none(notes: Database) -> None:
    with pytest.raises(IntegrityError):
        await notes.executemany(ADD, [(1, "a"), (1, "a")])

    assert await halves(notes) == {}


async def test_different_statements_are_run_all_or_none(notes: Database) -> None:
    assert await notes.execute_all([(ADD, (1, "a")), ("DELETE FROM sample_note", ())]) == [1, 1]
    with pytest.raises(IntegrityError):
        await notes.execute_all([(ADD, (1, "a")), (ADD, (1, "a"))])

    assert await halves(notes) == {}


async def test_the_databases_clock_is_read_at_each_statement(notes: Database) -> None:
    async with asyncio.timeout(PATIENCE), notes.transaction() as transaction:
        clock = partial(transaction.fetch, f"SELECT {notes.sql_now_us} AS now")
        first = (await clock())[0]["now"]
        while (later := (await clock())[0]["now"]) == first:
            pass

    assert 0 < later - first < PATIENCE * 1_000_000


async def test_the_databases_clock_leaves_an_index_usable(notes: Database) -> None:
    await notes.execute("CREATE INDEX sample_due ON sample_note (due_at)")
    explain = "EXPLAIN QUERY PLAN" if notes.dialect == "sqlite" else "EXPLAIN"
    async with notes.transaction() as transaction:
        if notes.dialect == "postgres":
            await transaction.execute("SET LOCAL enable_seqscan = off")
        plan = await transaction.fetch(
            f"{explain} SELECT id FROM sample_note WHERE due_at <= {notes.sql_now_us}"
        )

    assert "sample_due" in str(plan)


async def test_a_claim_is_one_statement(notes: Database) -> None:
    await notes.executemany(ADD, [(1, "a"), (2, "a"), (3, "a")])
    rows = await notes.fetch(
        "UPDATE sample_note SET half = 'mine' WHERE id IN"
        f" (SELECT id FROM sample_note ORDER BY id LIMIT ? {notes.skip_locked}) RETURNING pair",
        (2,),
    )

    assert sorted(row["pair"] for row in rows) == [1, 2]


# ---------------------------------------------------------------- transactions


async def test_a_block_that_raises_leaves_nothing(notes: Database) -> None:
    with contextlib.suppress(ZeroDivisionError):
        async with notes.transaction() as transaction:
            await transaction.execute(ADD, (1, "a"))
            raise ZeroDivisionError

    assert await halves(notes) == {}


async def test_sql_and_models_share_the_transaction(notes: Database) -> None:
    with contextlib.suppress(ZeroDivisionError):
        async with notes.transaction() as transaction:
            await Note.create(pair=1, half="a")
            await transaction.execute(ADD, (1, "b"))
            assert await Note.filter(pair=1).count() == 2
            assert await halves(notes) == {1: 2}
            raise ZeroDivisionError

    assert await Note.all().count() == 0


async def test_a_nested_block_is_undone_alone(notes: Database) -> None:
    async with notes.transaction() as transaction:
        await transaction.execute(ADD, (1, "a"))
        with contextlib.suppress(IntegrityError):
            async with notes.transaction() as nested:
                await nested.execute(ADD, (2, "a"))
                await nested.execute(ADD, (1, "a"))
        await Note.create(pair=3, half="a")

    assert await halves(notes) == {1: 1, 3: 1}


async def test_nested_blocks_nest(notes: Database) -> None:
    async with notes.transaction(), notes.transaction() as middle:
        await middle.execute(ADD, (1, "a"))
        with contextlib.suppress(ZeroDivisionError):
            async with notes.transaction() as inner:
                await inner.execute(ADD, (1, "b"))
                raise ZeroDivisionError
        await middle.execute(ADD, (1, "c"))

    assert await halves(notes) == {1: 2}


async def test_a_swallowed_failure_is_never_taken_for_a_commit(notes: Database) -> None:
    told: list[str] = []
    with contextlib.suppress(TransactionManagementError):
        async with notes.transaction() as transaction:
            transaction.after_commit(partial(told.append, "committed"))
            await transaction.execute(ADD, (1, "a"))
            with contextlib.suppress(IntegrityError):
                await transaction.execute(ADD, (1, "a"))

    assert bool(told) == (await halves(notes) == {1: 1})


async def test_what_waits_for_the_commit_comes_after_it_in_order(notes: Database) -> None:
    told: list[int] = []
    async with notes.transaction() as transaction:
        transaction.after_commit(partial(told.append, 1))
        async with notes.transaction() as nested:
            nested.after_commit(partial(told.append, 2))
        transaction.after_commit(partial(told.append, 3))
        assert told == []

    assert told == [1, 2, 3]


async def test_what_waits_for_the_commit_of_something_undone_never_comes(notes: Database) -> None:
    told: list[str] = []
    with contextlib.suppress(ZeroDivisionError):
        async with notes.transaction() as transaction:
            transaction.after_commit(partial(told.append, "outer"))
            raise ZeroDivisionError
    async with notes.transaction():
        with contextlib.suppress(ZeroDivisionError):
            async with notes.transaction() as nested:
                nested.after_commit(partial(told.append, "nested"))
                raise ZeroDivisionError

    assert told == []


async def test_reading_waits_for_no_transaction(notes: Database) -> None:
    if notes.file is None and notes.dialect == "sqlite":
        pytest.skip("a database in memory has one connection")
    async with notes.transaction() as transaction:
        await transaction.execute(ADD, (1, "a"))
        seen = await asyncio.get_running_loop().create_task(
            _read(notes), context=contextvars.Context()
        )
        with notes.reading() as inside:
            assert len(await inside.fetch("SELECT id FROM sample_note")) == 1

    assert seen == (0, 0)
    assert await _read(notes) == (1, 1)


async def _read(database: Database) -> tuple[int, int]:
    async with asyncio.timeout(PATIENCE):
        with database.reading() as connection:
            rows = await connection.fetch("SELECT id FROM sample_note")
            return len(rows), await Note.all().count()


async def test_a_transaction_inside_reading_writes(notes: Database) -> None:
    with notes.reading():
        async with notes.transaction() as transaction:
            await transaction.execute(ADD, (1, "a"))
        assert await Note.all().count() == 1
