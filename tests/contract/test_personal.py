"""Every column of text or bytes is named, and an address is swept out of each that may hold one."""

from __future__ import annotations

from collections import defaultdict

import pytest

from bot.domain.erasure import Erasure
from bot.domain.scrubbing import AddressScrub
from bot.ports.privacy import RowKey
from storage.database import Database
from storage.privacy.personal import IMPERSONAL, PERSONAL, Holds, swept
from tests.contract.work import NOW, opened_item, store_on

MARIA = "maria@acme.example"
SCRUB = AddressScrub(MARIA, "erased person 1")
NUMBERS = {"bigint", "integer", "boolean"}
SAYS = {
    Holds.TEXT: f"Who? MARIA@acme.example! <{MARIA}>",
    Holds.JSON: '{"a":["x\\nmaria@acme.example"]}',
    Holds.KEY: f"greeting:support:{MARIA}",
    Holds.BYTES: b"x",
}

Columns = dict[str, dict[str, str]]


async def columns(database: Database) -> Columns:
    """Every column of every table, with its type."""
    if database.dialect == "postgres":
        rows = await database.fetch(
            "SELECT table_name AS of, column_name AS name, data_type AS type"
            " FROM information_schema.columns WHERE table_schema = 'public'"
        )
    else:
        rows = await database.fetch(
            "SELECT t.name AS of, c.name AS name, c.type AS type FROM sqlite_master AS t,"
            " pragma_table_info(t.name) AS c WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite!_%'"
            " ESCAPE '!'"
        )
    found: Columns = defaultdict(dict)
    for row in rows:
        found[row["of"]][row["name"]] = row["type"].lower()
    return found


def named() -> set[tuple[str, str]]:
    personal = {(table, name) for table, names in PERSONAL.items() for name in names}
    return personal | {(table, name) for table, names in IMPERSONAL.items() for name in names}


async def texts(database: Database) -> set[tuple[str, str]]:
    """All columns that are no numbers."""
    return {
        (table, name)
        for table, names in (await columns(database)).items()
        for name, kind in names.items()
        if kind not in NUMBERS
    }


async def test_every_column_that_is_no_number_is_named(database: Database) -> None:
    there = await texts(database)
    assert there - named() == set(), "name these in storage/privacy/personal.py"
    assert named() - there == set(), "these are in storage/privacy/personal.py, and nowhere else"


@pytest.mark.parametrize("kind_of", ["TEXT", "VARCHAR(9)"])
async def test_a_new_column_or_table_is_noticed(database: Database, kind_of: str) -> None:
    await database.execute(f"ALTER TABLE message ADD COLUMN mood {kind_of}")
    await database.execute(f"CREATE TABLE survey (id BIGINT, answer {kind_of})")
    fresh = {("message", "mood"), ("survey", "answer")}
    assert await texts(database) - named() == fresh


def test_no_column_is_named_twice() -> None:
    for table, names in PERSONAL.items():
        assert not set(names) & set(IMPERSONAL.get(table, ()))


async def put(database: Database, table: str) -> None:
    """A row whose every column that may hold the address does."""
    store = store_on(database)
    async with store.work() as work:
        await work.erasures.begin(
            Erasure(address=MARIA, mark="m", by="ops", started_at=NOW, touched_at=NOW)
        )
    item = await opened_item(store)
    there, values = (await columns(database))[table], dict[str, object]()
    for name, kind in there.items():
        if name in PERSONAL[table]:
            values[name] = SAYS[PERSONAL[table][name]]
        elif name == "item" and kind in NUMBERS:
            values[name] = item
        elif name not in ("id", "incident"):
            values[name] = (kind != "boolean" and 1) if kind in NUMBERS else "x"
    if table == "work_item":
        values["number"] = "SUP-77"
    marks = ", ".join("?" * len(values))
    statement = f"INSERT INTO {table} ({', '.join(values)}) VALUES ({marks})"
    await database.execute(statement, [*values.values()])


async def sweep(database: Database, table: str) -> list[RowKey]:
    async with store_on(database).work() as work:
        found = await work.sweep.find(table, SCRUB, None, 10)
        changed = await work.sweep.scrub(table, found.keys, SCRUB)
        assert (await work.sweep.find(table, SCRUB, None, 10)).keys == ()
        return list(changed)


@pytest.mark.parametrize("table", [table for table in PERSONAL if swept(table)])
async def test_an_address_is_swept_out_of_every_column(database: Database, table: str) -> None:
    await put(database, table)
    assert len(await sweep(database, table)) == 1
    rows = await database.fetch(f"SELECT * FROM {table}")
    told = " ".join(str(value) for row in rows for value in row.values())
    assert "acme.example" not in told.lower()
    for name, holds in PERSONAL[table].items():
        if holds in (Holds.TEXT, Holds.JSON) and not swept_as_a_row(table):
            assert any("erased person 1" in str(row[name]) for row in rows), name


def swept_as_a_row(table: str) -> bool:
    return Holds.KEY in PERSONAL[table].values()


async def test_a_sweep_goes_through_a_table_in_pages(database: Database) -> None:
    async with store_on(database).work() as work:
        for person in ("anna-maria", "maria", "ria", "maria"):
            scope = f"{await work.seen.tally('n', NOW, NOW - NOW)}:{person}@acme.example"
            await work.seen.once(scope, NOW)
        first = await work.sweep.find("seen", SCRUB, None, 2)
        assert first.last is not None
        second = await work.sweep.find("seen", SCRUB, first.last, 2)
    assert len(first.keys) + len(second.keys) == 1


HISTORY = "UPDATE timeline SET fields = '{}'"


async def test_history_is_rewritten_only_while_somebody_is_erased(database: Database) -> None:
    await put(database, "timeline")
    assert await database.execute(HISTORY) == 1
    for change in ("UPDATE timeline SET kind = 'y'", "DELETE FROM timeline"):
        with pytest.raises(Exception, match="the timeline is append-only"):
            await database.execute(change)
    await database.execute("UPDATE erasure SET stage = 'compacting'")
    with pytest.raises(Exception, match="the timeline is append-only"):
        await database.execute(HISTORY)


async def test_the_audit_keeps_what_was_done(database: Database) -> None:
    await put(database, "audit")
    for change in ("UPDATE audit SET action = 'y'", "UPDATE audit SET at = 2", "DELETE FROM audit"):
        with pytest.raises(Exception, match="the audit is append-only"):
            await database.execute(change)
