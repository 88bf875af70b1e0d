"""Instants come back as they were, in UTC, and are compared as instants, on every database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tortoise.functions import Max

from storage.database import Database
from storage.fields import from_us, to_us
from tests.contract.sample import Note

NOON = datetime(2026, 11, 21, 12, 0, 0, 123457, tzinfo=UTC)

instants = st.datetimes(
    timezones=st.builds(timezone, st.timedeltas(timedelta(hours=-23), timedelta(hours=23)))
)


@given(instants)
def test_an_instant_comes_back_to_the_microsecond(instant: datetime) -> None:
    assert from_us(to_us(instant)) == instant


@given(instants, instants)
def test_microseconds_order_as_instants_do(one: datetime, other: datetime) -> None:
    assert (to_us(one) < to_us(other)) == (one < other)


def test_a_naive_datetime_is_refused() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        to_us(NOON.replace(tzinfo=None))


async def test_a_row_gives_its_instant_back_in_utc(notes: Database) -> None:
    local = NOON.astimezone(timezone(timedelta(hours=5, minutes=30)))
    note = await Note.create(pair=1, half="a", due_at=local)
    await note.refresh_from_db()

    assert (note.due_at, note.due_at and note.due_at.tzinfo) == (NOON, UTC)
    assert await notes.fetch("SELECT due_at FROM sample_note") == [{"due_at": to_us(NOON)}]


async def test_no_instant_is_none(notes: Database) -> None:
    await Note.create(pair=1, half="a")

    assert [note.due_at for note in await Note.filter(due_at=None)] == [None]


async def test_a_row_with_a_naive_datetime_is_refused(notes: Database) -> None:
    with pytest.raises(ValueError, match="no time zone"):
        await Note.create(pair=1, half="a", due_at=NOON.replace(tzinfo=None))


async def test_rows_are_filtered_and_ordered_by_instants(notes: Database) -> None:
    hour = timedelta(hours=1)
    times = [NOON + hour, NOON - hour, NOON]
    await Note.bulk_create([Note(pair=n, half="a", due_at=at) for n, at in enumerate(times)])

    assert [note.pair for note in await Note.all().order_by("due_at")] == [1, 2, 0]
    assert await Note.filter(due_at__lte=NOON).count() == 2
    assert await Note.filter(due_at__in=times[:2]).count() == 2
    assert await Note.filter(due_at__range=(NOON, NOON + hour)).count() == 2
    assert await Note.all().order_by("-due_at").first().values_list("due_at") == (NOON + hour,)


async def test_rows_are_changed_to_instants(notes: Database) -> None:
    await Note.create(pair=1, half="a")
    other = await Note.create(pair=2, half="a")
    await Note.filter(pair=1).update(due_at=NOON)
    other.due_at = NOON + timedelta(days=1)
    await Note.bulk_update([other], ["due_at"])

    assert [note.due_at for note in await Note.all().order_by("pair")] == [NOON, other.due_at]
    assert await Note.annotate(last=Max("due_at")).values("last") == [{"last": other.due_at}]
