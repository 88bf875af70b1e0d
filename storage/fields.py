"""Instants in rows: aware datetimes outside, microseconds since the epoch in both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal, TypeVar, overload

from tortoise.fields import Field

if TYPE_CHECKING:
    from tortoise.models import Model

InstantOrNone = TypeVar("InstantOrNone", datetime, datetime | None)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def to_us(instant: datetime) -> int:
    """Microseconds since the epoch; ValueError for a naive datetime."""
    if instant.utcoffset() is None:
        raise ValueError(f"{instant.isoformat()} has no time zone; give an aware datetime")
    return (instant - _EPOCH) // _MICROSECOND


def from_us(microseconds: int) -> datetime:
    """The instant, aware, in UTC."""
    return _EPOCH + timedelta(microseconds=microseconds)


class InstantField(Field[InstantOrNone]):
    """A column of instants (BIGINT); filters and orders as the instants do."""

    SQL_TYPE = "BIGINT"
    field_type = datetime

    @overload
    def __init__(
        self: InstantField[datetime], *, null: Literal[False] = False, **kwargs: Any
    ) -> None: ...

    @overload
    def __init__(
        self: InstantField[datetime | None], *, null: Literal[True], **kwargs: Any
    ) -> None: ...

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)

    def to_db_value(self, value: Any, instance: type[Model] | Model) -> int | None:
        """Microseconds since the epoch; ValueError for a naive datetime."""
        self.validate(value)
        return None if value is None else to_us(value)

    def to_python_value(self, value: Any) -> datetime | None:
        """The instant, in UTC."""
        return from_us(value) if isinstance(value, int) else value
