"""Duties that one of all instances has: the database says who."""

from __future__ import annotations

from bot.errors import TemporaryError
from storage.database import Database
from storage.kindly import FAILURES, passing
from storage.lock import Duty


async def take_duty(database: Database, name: str, patience: float = 0.0) -> Duty | None:
    """Take a duty as soon as it is free; None when another instance has it all those seconds.

    TemporaryError when the database does not say: a listener tries again, whatever is wrong there.
    """
    try:
        return await database.lock(name, patience)
    except FAILURES as failure:
        words = passing(failure) or f"the database refuses us ({type(failure).__name__})"
        raise TemporaryError(words) from failure
