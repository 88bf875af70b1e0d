"""When to try again: full jitter for chat and pages, the long patience of mail for mail."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from bot.domain.effects import Pool

# RFC 5321 §4.5.4.1 asks for four to five days; the first tries come soon, then about hourly.
_MAIL_WAITS: Final = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15))
_MAIL_LATER: Final = timedelta(minutes=30)
_CAPS: Final = {Pool.CHAT: timedelta(seconds=60), Pool.PAGE: timedelta(seconds=15)}
MAIL_PATIENCE: Final = timedelta(days=5)
MAIL_WARN_AFTER: Final = timedelta(minutes=15)
# Failures that nobody foresaw end a row after so many tries: it is poison, an operator looks at it.
MAX_SURPRISES: Final = 8


def next_try(pool: Pool, attempt: int, luck: float) -> timedelta:
    """How long to wait after the attempt (counted from 1); `luck` is a random number, 0 to 1."""
    if pool is Pool.MAIL:
        if attempt <= len(_MAIL_WAITS):
            return _MAIL_WAITS[attempt - 1]
        return _MAIL_LATER + luck * timedelta(minutes=36)
    ceiling = min(_CAPS[pool], timedelta(seconds=2.0 ** min(attempt - 1, 10)))
    return max(luck * ceiling, timedelta(milliseconds=200))
