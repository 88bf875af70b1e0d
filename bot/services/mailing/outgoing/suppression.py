"""Addresses that take no mail: nothing more is sent there for a while, after one failure where
there is no such mailbox, after three where it only fails again and again.

Mail that bounces again and again costs a sender its good name. An agent who knows better sends
again, and thereby lifts the stop.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Final

from bot.ports import UnitOfWork

LASTS: Final = timedelta(days=30)
MOST_FAILURES: Final = 3
MAX_WHY: Final = 400

# RFC 3463: the mailbox or its domain is no good (5.1.x but for the sender's own), or is disabled.
_HARD: Final = re.compile(r"5\.1\.(?:[0-46]|10)\Z|5\.2\.1\Z|5\.4\.4\Z")
# The mailbox, its system or the way there; not this mail's size or content, nor a policy.
_THEIRS: Final = re.compile(r"[45]\.(?:0\.\d{1,3}|2\.[0-24-9]|3\.[0-35-9]|4\.\d{1,3})\Z")


def hard(status: str) -> bool:
    """Whether the enhanced status says that the address is no good, and not the mail or the day."""
    return _HARD.match(status) is not None


def lasting(status: str) -> bool:
    """Whether the enhanced status says that it lies with the mailbox, its system or the way there;
    and not with this mail, or with a policy.
    """
    return hard(status) or _THEIRS.match(status) is not None


async def failed(work: UnitOfWork, address: str, status: str, why: str, now: datetime) -> None:
    """A mail to the address failed for good, with that enhanced status: stop where that is due."""
    if hard(status):
        await stop(work, address, why, now)
    elif _THEIRS.match(status):
        times = await work.seen.tally(f"failed:{address.lower()}", now, LASTS)
        if times >= MOST_FAILURES:
            await stop(work, address, f"{why} ({times} failures in {LASTS.days} days)", now)


async def stop(work: UnitOfWork, address: str, why: str, now: datetime) -> None:
    """Send nothing more there for a while."""
    await work.facts.put(_name(address), f"{now.isoformat()} {why[:MAX_WHY]}", now)


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
