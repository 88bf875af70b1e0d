"""How single values are written, and what is said about those that are not."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from bot.config.dates import days_off
from bot.config.problems import Invalid
from bot.config.values import (
    Duration,
    EmailAddress,
    Key,
    Listen,
    ListenOn,
    Networks,
    RouteCondition,
    SigningKey,
    Socket,
    SocketAt,
    Token,
    Url,
    Zone,
)

TODAY = date(2026, 11, 21)


@pytest.mark.parametrize(
    ("kind", "written", "value"),
    [
        (ListenOn, "127.0.0.1:8025", Listen("127.0.0.1", 8025)),
        (ListenOn, "[::1]:0", Listen("::1", 0)),
        (SocketAt, "tcp://127.0.0.1:3310", Socket(host="127.0.0.1", port=3310)),
        (SocketAt, "tcp://[::1]:3310", Socket(host="::1", port=3310)),
        (SocketAt, "unix:///run/clamav/clamd.ctl", Socket(path="/run/clamav/clamd.ctl")),
        (Duration, "1h30m", timedelta(hours=1.5)),
        (EmailAddress, "Support@Example.com", "support@example.com"),
        (EmailAddress, "Hilfe@Bücher.example", "hilfe@xn--bcher-kva.example"),
        (EmailAddress, "o'brien+x@ex-ample.co.uk", "o'brien+x@ex-ample.co.uk"),
        (Url, "https://desk.example.com/", "https://desk.example.com"),
        (Key, "on-call_2", "on-call_2"),
    ],
)
def test_a_value_is_read(kind: Any, written: str, value: object) -> None:
    assert TypeAdapter(kind).validate_python(written) == value


@pytest.mark.parametrize(
    ("kind", "written"),
    [
        (ListenOn, "8025"),
        (ListenOn, ":8025"),
        (ListenOn, "::1:8025"),
        (ListenOn, "127.0.0.1:http"),
        (ListenOn, "127.0.0.1:99999"),
        (ListenOn, 8025),
        (SocketAt, "127.0.0.1:3310"),
        (SocketAt, "tcp://127.0.0.1"),
        (SocketAt, "unix://clamd.ctl"),
        (SocketAt, "http://127.0.0.1:3310"),
        (Duration, "0s"),
        (Duration, "soon"),
        (Duration, 5),
        (Zone, "Mars/Phobos"),
        (Zone, "../etc/passwd"),
        (Zone, ""),
        (EmailAddress, "support"),
        (EmailAddress, "a@b@c.example"),
        (EmailAddress, "a@straße.example"),
        (EmailAddress, "Ana <ana@example.com>"),
        (EmailAddress, "a\n@example.com"),
        (Url, "desk.example.com"),
        (Url, "ftp://desk.example.com"),
        (Url, "https://[::1"),
        (Key, "Support"),
        (Key, "-x"),
        (Key, ""),
        (Networks, ["10.0.0.0/99"]),
        (RouteCondition, "labels.severity = 1"),
        (RouteCondition, "requester == 'x'"),
        (Token, "0123456789abcde"),
        (Token, "0123456789abcdef/x"),
        (SigningKey, "0123456789abcdef0123456789abcde"),
    ],
)
def test_another_value_is_refused_with_words_and_a_hint(kind: Any, written: object) -> None:
    with pytest.raises(ValidationError) as raised:
        TypeAdapter(kind).validate_python(written)
    message = raised.value.errors()[0]["msg"]
    assert "; " in message


@pytest.mark.parametrize(
    ("listen", "local"),
    [("127.8.8.8", True), ("::1", True), ("localhost", True), ("0.0.0.0", False), ("::", False)],
)
def test_only_loopback_is_local(listen: str, local: bool) -> None:
    assert Listen(listen, 1).local is local


@pytest.mark.parametrize(
    ("entry", "days"),
    [
        ("2026-12-24", {date(2026, 12, 24)}),
        (date(2026, 12, 24), {date(2026, 12, 24)}),
        ("days.txt", {date(2026, 1, 2), date(2026, 3, 4)}),
    ],
)
def test_days_off_are_dates_and_files_of_dates(
    tmp_path: Path, entry: str | date, days: set[date]
) -> None:
    (tmp_path / "days.txt").write_text("# bridge days\n2026-01-02\n\n2026-03-04 # works outing\n")
    assert days_off(entry, tmp_path, TODAY) == days


def test_a_region_has_its_holidays_from_last_year_to_three_years_on(tmp_path: Path) -> None:
    berlin, bavaria = (days_off(each, tmp_path, TODAY) for each in ("DE-BE", "DE-BY"))
    assert {day.year for day in berlin} == {2025, 2026, 2027, 2028, 2029}
    assert date(2026, 3, 8) in berlin - bavaria


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ("2026-02-30", "'2026-02-30' is not a date"),
        ("XX", "no holidays are known for the country 'XX'"),
        ("DE-XX", "no holidays are known for 'XX' in DE"),
        ("nowhere.txt", "there is no file of holidays"),
        ("days.txt", "'tomorrow' in line 2 of"),
    ],
)
def test_other_days_off_are_refused(tmp_path: Path, entry: str, words: str) -> None:
    (tmp_path / "days.txt").write_text("2026-01-02\ntomorrow\n")
    with pytest.raises(Invalid, match=words):
        days_off(entry, tmp_path, TODAY)
