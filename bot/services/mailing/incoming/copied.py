"""Who else got a customer's mail: they take part when an agent says so, and never before."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

from bot.domain.mail import InboundMail
from bot.domain.work_items import Ticket
from bot.ports import UnitOfWork
from bot.services.core import Core

MAX_NAMED: Final = 10
MAX_KNOWN: Final = 50
_KIND: Final = "copied:"


def strangers(core: Core, ticket: Ticket, mail: InboundMail) -> Sequence[str]:
    """The other recipients of the mail who are neither ours nor take part, the first few."""
    others = dict.fromkeys(a.address for a in (*mail.to, *mail.cc))
    outside = [a for a in others if not core.directory.own_address(a)]
    return [a for a in outside if ticket.participant(a) is None][:MAX_NAMED]


async def note(work: UnitOfWork, ticket: Ticket, found: Sequence[str], now: datetime) -> None:
    """Remember them, so that their answer to all is held on the ticket."""
    if not found:
        return
    known = (await work.facts.get(_name(ticket))).split()
    together = list(dict.fromkeys((*known, *found)))[:MAX_KNOWN]
    if together != known:
        await work.facts.put(_name(ticket), " ".join(together), now)


async def includes(work: UnitOfWork, ticket: Ticket, address: str) -> bool:
    """Whether a mail of the ticket went to that address, too."""
    return address in (await work.facts.get(_name(ticket))).split()


async def forget(
    work: UnitOfWork, names: Sequence[str], gone: Callable[[str], bool], now: datetime
) -> None:
    """Take somebody who is erased out of those of the facts that are such lists."""
    for name in names:
        known = (await work.facts.get(name)).split() if name.startswith(_KIND) else []
        left = [each for each in known if not gone(each)]
        if known and left:
            await work.facts.put(name, " ".join(left), now)
        elif known:
            await work.facts.drop(name)


def _name(ticket: Ticket) -> str:
    return f"{_KIND}{ticket.id}"
