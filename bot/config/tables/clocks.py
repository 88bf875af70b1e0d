"""Calendars (when a desk works) and SLAs (what it promises, counted in those hours)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Annotated, Final
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator

from bot.config.problems import Invalid
from bot.config.tables.section import Ref, Section
from bot.config.values import Duration, Zone, reading
from bot.domain.calendars import Calendar as Hours
from bot.domain.calendars import Span
from bot.domain.durations import WEEKDAYS, parse_duration
from bot.domain.sla import Metric, WarnAt
from bot.domain.work_items import Priority

ALWAYS_OPEN: Final = "always"
"""The calendar that exists without being written."""


def _warning(text: str) -> WarnAt:
    number, percent, rest = text.partition("%")
    if not percent:
        return WarnAt(before=parse_duration(text))
    if rest or not number.isdecimal() or not 0 < int(number) < 100:
        raise Invalid(f"{text!r} is no part of a target", "Write 1% to 99%, or a time such as 15m")
    return WarnAt(fraction=int(number) / 100)


def _span(text: str) -> Span:
    try:
        return Span.parse(text)
    except ValueError:
        raise Invalid(f"{text!r} are no opening hours", "Write them like 09:00-17:00") from None


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str | date) else value


def _day(value: object) -> object:
    if isinstance(value, datetime) or not isinstance(value, str | date):
        raise Invalid("it is no holiday", 'Write 2026-12-24, "DE-BE" or the path of a file')
    return value


DaySpans = tuple[Annotated[Span, reading(_span, Span)], ...]
Holidays = Annotated[
    tuple[Annotated[str | date, BeforeValidator(_day)], ...], BeforeValidator(_as_list)
]


class Calendar(Section):
    """`[calendars.<key>]`: opening hours by weekday, and the days without them."""

    timezone: Zone | None = None
    """The zone of the hours; the service's when absent."""
    monday: DaySpans = ()
    tuesday: DaySpans = ()
    wednesday: DaySpans = ()
    thursday: DaySpans = ()
    friday: DaySpans = ()
    saturday: DaySpans = ()
    sunday: DaySpans = ()
    holidays: Holidays = ()
    """Dates, regions such as DE-BE, or files with a date a line; one of them, or a list."""

    @field_validator(*WEEKDAYS)
    @classmethod
    def _apart(cls, spans: tuple[Span, ...], info: ValidationInfo) -> tuple[Span, ...]:
        weekday = WEEKDAYS.index(str(info.field_name))
        try:
            Hours(name="", timezone=ZoneInfo("UTC"), week={weekday: spans}, holidays=frozenset())
        except ValueError as error:
            # The domain names the calendar first; the key path says that already.
            raise ValueError(str(error).partition(": ")[2]) from None
        return spans

    @property
    def week(self) -> dict[int, tuple[Span, ...]]:
        """The hours by weekday (Monday is 0), without the closed days."""
        days = {number: getattr(self, name) for number, name in enumerate(WEEKDAYS)}
        return {number: spans for number, spans in days.items() if spans}


class Sla(Section):
    """`[slas.<key>]`: targets by priority and metric, and when to warn before each."""

    calendar: Annotated[str, Ref("calendars", (ALWAYS_OPEN,))] = ALWAYS_OPEN
    """The hours that count; always means around the clock."""
    targets: dict[Priority, dict[Metric, Duration]] = Field(default_factory=dict)
    """`normal.first_reply = "4h"` and so on."""
    warn: tuple[Annotated[WarnAt, reading(_warning, WarnAt)], ...] = (
        WarnAt(fraction=0.5),
        WarnAt(before=timedelta(minutes=15)),
    )
    """When a clock is at risk: after a part of its target, or a time before its end."""
