"""Waits grow, have a ceiling, are spread by luck; mail is patient."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.backoff import MAIL_PATIENCE, next_try
from bot.domain.effects import Pool

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


@pytest.mark.parametrize(
    ("pool", "attempt", "luck", "wait"),
    [
        (Pool.CHAT, 1, 1.0, SECOND),
        (Pool.CHAT, 4, 1.0, 8 * SECOND),
        (Pool.CHAT, 4, 0.5, 4 * SECOND),
        (Pool.CHAT, 7, 1.0, MINUTE),
        (Pool.CHAT, 10_000, 1.0, MINUTE),
        (Pool.CHAT, 4, 0.0, SECOND / 5),
        (Pool.PAGE, 4, 1.0, 8 * SECOND),
        (Pool.PAGE, 5, 1.0, 15 * SECOND),
        (Pool.MAIL, 1, 0.0, MINUTE),
        (Pool.MAIL, 2, 1.0, 5 * MINUTE),
        (Pool.MAIL, 3, 1.0, 15 * MINUTE),
        (Pool.MAIL, 4, 0.0, 30 * MINUTE),
        (Pool.MAIL, 99, 1.0, 66 * MINUTE),
    ],
)
def test_how_long_to_wait(pool: Pool, attempt: int, luck: float, wait: timedelta) -> None:
    assert next_try(pool, attempt, luck) == wait


@given(st.sampled_from(Pool), st.integers(1, 5_000), st.floats(0, 1))
def test_more_failures_never_mean_a_shorter_wait(pool: Pool, attempt: int, luck: float) -> None:
    assert timedelta(0) < next_try(pool, attempt, luck) <= next_try(pool, attempt + 1, luck)


def test_mail_is_tried_often_within_its_patience() -> None:
    waited, tries = timedelta(0), 0
    while waited < MAIL_PATIENCE:
        tries += 1
        waited += next_try(Pool.MAIL, tries, 0.5)
    assert 100 < tries < 250
