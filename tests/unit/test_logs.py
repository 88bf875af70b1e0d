"""What never reaches a log: the local part of an address, and secrets."""

from __future__ import annotations

import pytest

from bot.logs import redact


@pytest.mark.parametrize(
    ("text", "logged"),
    [
        ("550 <maria.huber@acme.example>: unknown", "550 <…@acme.example>: unknown"),
        ("o'brien+desk@acme.example", "…@acme.example"),
        ("müller@acme.example or 用户@例え.example", "…@acme.example or …@例え.example"),
        ("a=b!c/d@acme.example", "…@acme.example"),
        ("POST /in/generic/0123456789abcdef 202", "POST /in/generic/… 202"),
        ("no address, no secret", "no address, no secret"),
    ],
)
def test_addresses_and_secrets_are_taken_out(text: str, logged: str) -> None:
    assert redact(None, "", {"why": text, "inbox": 1}) == {"why": logged, "inbox": 1}
