"""Addresses that do not exist: after a hard bounce nothing more is sent there for a while.

Mail that bounces again and again costs a sender its good name. An agent who knows better sends
again, and thereby lifts the stop.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Final

from bot.ports import UnitOfWork

LASTS: Final = timedelta(days=30)

# RFC 3463: the mailbox or its domain is no good (5.1.x but for the sender's own), or is disabled.
_HARD: Final = re.compile(r"5\.1\.(?:[0-46]|10)\Z|5\.2\.1\Z|5\.4\.4\Z")


def hard(status: str) -> bool:
    """Whether the enhanced status says that the address is no good, and not the mail or the day."""
    return _HARD.match(status) is not None


async def stop(work: UnitOfWork, address: str, why: str, now: datetime) -> None:
    """Send nothing more there for a while."""
    await work.facts.put(_name(address), f"{now.isoformat()} {why[:300]}", now)


async def stopped(work: UnitOfWork, address: str, now: datetime) -> str:
    """Why nothing is sent there; empty when something is."""
    known = await work.facts.get(_name(address))
    at, _, why = known.partition(" ")
    if not known or now - datetime.fromisoformat(at) > LASTS:
        return ""
    return why or "it bounced"


async def lift(work: UnitOfWork, address: str) -> bool:
    """Send there again; False when nothing was stopped."""
    return await work.facts.drop(_name(address))


def _name(address: str) -> str:
    return f"stop:{address.lower()}"
