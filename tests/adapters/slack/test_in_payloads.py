"""Payloads are read without trust: nothing in them makes a reader fail."""

from __future__ import annotations

import pytest

from adapters.slack.events.payloads import part, parts, text, true, whole

BODY = {
    "a": {"b": "text", "n": 7, "yes": True, "list": [{"x": 1}, "no", None]},
    "s": "\x00a\ud800b",
}


def test_what_is_there_is_read() -> None:
    assert text(BODY, "a", "b") == "text"
    assert whole(BODY, "a", "n") == 7
    assert true(BODY, "a", "yes")
    assert part(BODY, "a")["n"] == 7
    assert parts(BODY, "a", "list") == [{"x": 1}]


def test_what_no_database_keeps_is_dropped() -> None:
    assert text(BODY, "s") == "ab"


@pytest.mark.parametrize("body", [None, 7, "x", [], {}, {"a": None}, {"a": [1]}, {"a": {"b": 5}}])
def test_what_is_not_there_is_empty(body: object) -> None:
    assert text(body, "a", "b") == ""
    assert part(body, "a", "b") == {}
    assert parts(body, "a", "b") == []
    assert whole(body, "a", "c") == 0
    assert not true(body, "a", "b")
