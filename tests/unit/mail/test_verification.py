"""How the check of an address ends, in the order in which its faults are looked for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.verification import (
    ADVICE,
    TIMEFRAME,
    AddressCheck,
    CheckFault,
    CheckState,
    dump,
    judged,
    load,
    mark,
    marked,
)

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
TOKEN = "0123456789abcdef"
CHECK = AddressCheck(desk="support", token=TOKEN, started_at=NOW)
LATER = NOW + timedelta(minutes=1)
TOO_LATE = NOW + TIMEFRAME + timedelta(seconds=1)


@pytest.mark.parametrize(
    ("token", "target", "sender", "at", "fault"),
    [
        (TOKEN, True, True, LATER, CheckFault.NONE),
        ("f" * 16, False, False, TOO_LATE, CheckFault.NOT_RECEIVED),
        ("f" * 16, False, False, LATER, CheckFault.WRONG_TARGET),
        ("f" * 16, True, False, LATER, CheckFault.WRONG_FROM),
        ("f" * 16, True, True, LATER, CheckFault.WRONG_TOKEN),
    ],
)
def test_the_first_fault_is_told(
    token: str, target: bool, sender: bool, at: datetime, fault: CheckFault
) -> None:
    ended = judged(CHECK, token, target=target, sender=sender, now=at)
    assert ended.fault is fault
    assert (ended.state is CheckState.FINISHED) == (fault is CheckFault.NONE)
    assert ended.ended_at == at


def test_what_has_ended_is_not_judged_again() -> None:
    failed = CHECK.failed(CheckFault.CREDENTIALS, LATER)
    assert judged(failed, TOKEN, target=True, sender=True, now=LATER) == failed


def test_a_check_without_its_mail_fails_when_its_time_is_over() -> None:
    assert CHECK.seen(NOW + TIMEFRAME).state is CheckState.STARTED
    assert CHECK.seen(TOO_LATE).fault is CheckFault.NOT_RECEIVED


def test_it_is_kept_as_text() -> None:
    assert load(dump(CHECK)) == CHECK
    failed = CHECK.failed(CheckFault.TIMEOUT, LATER)
    assert load(dump(failed)) == failed
    assert load("") is None


def test_a_subject_carries_desk_and_token() -> None:
    assert marked(f"Fwd: Address check {mark('eu-support', TOKEN)}") == ("eu-support", TOKEN)
    assert marked("Address check") is None


def test_every_fault_says_what_to_do() -> None:
    assert set(ADVICE) == set(CheckFault)
