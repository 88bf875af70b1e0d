"""Slack's signatures: what is signed rightly and lately counts, everything else is a no."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from adapters.slack.events.signature import genuine, signed

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
BODY = b'{"type":"event_callback"}'
STAMP = str(int(NOW.timestamp()))


def test_the_example_of_the_documentation_is_signed_the_same() -> None:
    body = (
        b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow"
        b"&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner"
        b"&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands"
        b"%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN"
        b"&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
    )
    expected = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"
    assert signed(SECRET, "1531420618", body) == expected


def test_what_slack_signed_counts() -> None:
    assert genuine(SECRET, STAMP, signed(SECRET, STAMP, BODY), BODY, NOW)


@pytest.mark.parametrize(
    "shift", [timedelta(minutes=-5, seconds=-1), timedelta(minutes=5, seconds=1)]
)
def test_five_minutes_are_the_most(shift: timedelta) -> None:
    stamp = str(int((NOW + shift).timestamp()))
    assert not genuine(SECRET, stamp, signed(SECRET, stamp, BODY), BODY, NOW)


@pytest.mark.parametrize("stamp", ["", "abc", "-1", "1.5", "9" * 11, "9" * 400, "١٢٣", "²"])
def test_a_malformed_stamp_is_a_no(stamp: str) -> None:
    assert not genuine(SECRET, stamp, signed(SECRET, stamp, BODY), BODY, NOW)


@pytest.mark.parametrize(
    "signature", ["", "v0=", "v0=abc", "v0=\udce9\udcff", "v0=\ud800", "v0=é", "x" * 10_000]
)
def test_a_malformed_signature_is_a_no(signature: str) -> None:
    assert not genuine(SECRET, STAMP, signature, BODY, NOW)


def test_another_secret_another_body_or_none_is_a_no() -> None:
    assert not genuine("other", STAMP, signed(SECRET, STAMP, BODY), BODY, NOW)
    assert not genuine(SECRET, STAMP, signed(SECRET, STAMP, BODY), BODY + b" ", NOW)
    assert not genuine("", STAMP, signed("", STAMP, BODY), BODY, NOW)
