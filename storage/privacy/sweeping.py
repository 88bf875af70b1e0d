"""Sweeping every column that may say something of a person, as the table of columns names them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

from bot.domain.scrubbing import Scrub
from bot.ports.privacy import Found, RowKey
from storage.database import Connection
from storage.privacy.personal import PERSONAL, Holds, key_of, swept
from storage.records.search import every_word
from storage.sql import Row
from storage.statements import marks


class SqlSweep:
    """The columns inside a unit of work; `lock` ends a SELECT whose rows are to be held."""

    def __init__(self, connection: Connection, lock: str = "") -> None:
        self._connection = connection
        self._lock = lock

    @property
    def tables(self) -> Sequence[str]:
        """The tables that have such columns; of one that holds bytes alone nothing is swept."""
        return tuple(filter(swept, PERSONAL))

    async def find(self, table: str, scrub: Scrub, after: RowKey | None, limit: int) -> Found:
        """Look at up to `limit` rows that may be concerned; never more than that is in memory."""
        key, columns = key_of(table), tuple(swept(table))
        conditions = [every_word(needle, columns) for needle in scrub.needles]
        where = " OR ".join(f"({condition})" for condition, _ in conditions)
        values: list[object] = [*chain.from_iterable(values for _, values in conditions)]
        if after is not None:
            where = f"({where}) AND ({', '.join(key)}) > {marks(len(key))}"
            values += after
        rows = await self._connection.fetch(
            f"SELECT {_columns(table)} FROM {table} WHERE {where}"
            f" ORDER BY {', '.join(key)} LIMIT ?",
            [*values, limit],
        )
        concerned = tuple(_key(table, row) for row in rows if _concerned(table, row, scrub))
        return Found(keys=concerned, last=_key(table, rows[-1]) if len(rows) == limit else None)

    async def scrub(self, table: str, keys: Sequence[RowKey], scrub: Scrub) -> Sequence[RowKey]:
        """Change the rows as they are now; a row that is known by the address goes."""
        changed = []
        for key in keys:
            rows = await self._connection.fetch(
                f"SELECT {_columns(table)} FROM {table} WHERE {_is(table)} {self._lock}", key
            )
            if rows and _concerned(table, rows[0], scrub):
                await self._change(table, rows[0], key, scrub)
                changed.append(key)
        return changed

    async def _change(self, table: str, row: Row, key: RowKey, scrub: Scrub) -> None:
        fresh = {
            name: _CLEANED[holds](row[name], scrub)
            for name, holds in swept(table).items()
            if row[name] is not None and holds in _CLEANED
        }
        if any(_keyed(table, row, scrub)):
            await self._connection.execute(f"DELETE FROM {table} WHERE {_is(table)}", key)
            return
        different = {name: value for name, value in fresh.items() if value != row[name]}
        if different:
            changes = ", ".join(f"{name} = ?" for name in different)
            await self._connection.execute(
                f"UPDATE {table} SET {changes} WHERE {_is(table)}", [*different.values(), *key]
            )


def _columns(table: str) -> str:
    return ", ".join(dict.fromkeys((*key_of(table), *swept(table))))


def _is(table: str) -> str:
    return " AND ".join(f"{name} = ?" for name in key_of(table))


def _key(table: str, row: Row) -> RowKey:
    return tuple(row[name] for name in key_of(table))


def _concerned(table: str, row: Row, scrub: Scrub) -> bool:
    return scrub.concerns([*_texts(table, row)])


def _texts(table: str, row: Row) -> Iterator[str]:
    for name, holds in swept(table).items():
        if row[name] is None:
            continue
        if holds is Holds.JSON:
            yield from _strings(json.loads(row[name]))
        else:
            yield row[name]


def _keyed(table: str, row: Row, scrub: Scrub) -> Iterator[bool]:
    for name, holds in swept(table).items():
        if holds is Holds.KEY:
            yield scrub.concerns([row[name]])


def _strings(value: Any) -> Iterator[str]:
    """All text in a value of JSON, names included."""
    match value:
        case str():
            yield value
        case list():
            yield from chain.from_iterable(map(_strings, value))
        case dict():
            yield from value
            yield from chain.from_iterable(map(_strings, value.values()))


def _walked(value: Any, scrub: Scrub) -> Any:
    match value:
        case str():
            return scrub(value)
        case list():
            return [_walked(each, scrub) for each in value]
        case dict():
            return {scrub(name): _walked(each, scrub) for name, each in value.items()}
        case _:
            return value


def _json(text: str, scrub: Scrub) -> str:
    """Written as it was: escaped to ASCII, or not."""
    walked = _walked(json.loads(text), scrub)
    return json.dumps(walked, ensure_ascii=text.isascii(), separators=(",", ":"))


def _text(text: str, scrub: Scrub) -> str:
    return scrub(text)


_CLEANED: Mapping[Holds, Callable[[str, Scrub], str]] = {Holds.TEXT: _text, Holds.JSON: _json}
