"""Days off: dates, regions such as DE-BE, and files with one date a line."""

from __future__ import annotations

import re
from datetime import date, datetime
from pathlib import Path
from typing import Final

from bot.config.problems import Invalid, did_you_mean

_ISO: Final = re.compile(r"\d{4}-\d{1,2}-\d{1,2}")
_REGION: Final = re.compile(r"([A-Z]{2,3})(?:-([A-Za-z0-9]{1,8}))?")


def days_off(entry: str | date, folder: Path, today: date) -> frozenset[date]:
    """The days an entry stands for; a region's from last year to three years on. Raises Invalid."""
    if isinstance(entry, date):
        return frozenset({entry})
    if _ISO.fullmatch(entry):
        return frozenset({_date(entry)})
    if region := _REGION.fullmatch(entry):
        return _of_region(region[1], region[2], range(today.year - 1, today.year + 4))
    return _of_file(folder / entry)


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Invalid(f"{text!r} is not a date", "Write it like 2026-12-24") from None


def _of_region(country: str, part: str | None, years: range) -> frozenset[date]:
    # Loading the calendars of the world takes half a second: only for those who name a region.
    import holidays

    try:
        return frozenset(holidays.country_holidays(country, subdiv=part, years=years))
    except NotImplementedError:
        known = holidays.list_supported_countries()
    if country not in known:
        hint = "Write an ISO 3166 code such as DE, or DE-BE for a part of the country"
        raise Invalid(f"no holidays are known for the country {country!r}", hint)
    hint = did_you_mean(part or "", known[country], f"Write {country} for the whole country")
    raise Invalid(f"no holidays are known for {part!r} in {country}", hint)


def _of_file(path: Path) -> frozenset[date]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError):
        hint = "Write a date, a region such as DE-BE, or the path of a file with a date a line"
        raise Invalid(f"there is no file of holidays {path}", hint) from None
    bare = [line.partition("#")[0].strip() for line in lines]
    return frozenset(_in_file(path, number, text) for number, text in enumerate(bare, 1) if text)


def _in_file(path: Path, number: int, text: str) -> date:
    try:
        return datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007 - a day has no zone
    except ValueError:
        words = f"{text[:40]!r} in line {number} of {path} is not a date"
        raise Invalid(words, "Write one date a line, like 2026-12-24") from None
