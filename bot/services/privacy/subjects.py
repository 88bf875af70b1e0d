"""Who is meant by an address, and what is known of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from bot.domain.effects import ParcelState
from bot.domain.erasure import Gone
from bot.domain.messages import Delivery, Message
from bot.domain.scrubbing import Scrub, canonical
from bot.domain.work_items import Ticket
from bot.errors import UserError
from bot.ports import UnitOfWork
from bot.ports.privacy import RowKey
from bot.services.core import Core

MAX_ADDRESS: Final = 254
#: So many rows are looked at, or changed, at once: others wait for no more than that.
AT_ONCE: Final = 50

_LEFT: Final = (Delivery.SENT, Delivery.BOUNCED)
_TO_LEAVE: Final = (ParcelState.WAITING, ParcelState.LEASED, ParcelState.DEAD)


def subject_of(core: Core, word: str) -> str:
    """The address in its plain form; UserError when it is none, the team's, or a desk's own."""
    address = word.strip().strip("<>").lower()
    local, _, domain = address.rpartition("@")
    if not (local and domain) or len(address) > MAX_ADDRESS or address.split() != [address]:
        raise UserError(f"“{address[:60]}” is no mail address.", code="address")
    senders = {desk.sender.lower() for desk in core.directory.desks.values()}
    if core.directory.own_address(address) or address in senders:
        raise UserError(
            f"{address} is a desk's own address.",
            code="own",
            hint="It stands in the configuration, under [desks].",
        )
    for person in core.directory.people.values():
        if person.email.lower() == address:
            raise UserError(
                f"{address} belongs to {person.name}, who is one of the team.",
                code="team",
                hint="The team stands in the configuration, under [people].",
            )
    return canonical(address)


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known of somebody: the numbers of their tickets, all else in figures.

    `mail_left` are copies that reached the smarthost, `said_in_chat` words that people typed in
    chat themselves, `mentions` rows that name the address, wherever. `similar` are other people's
    addresses, for all we know: they differ in their plus part.
    """

    address: str
    own: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    messages: int = 0
    files: int = 0
    letters: int = 0
    mail_waiting: int = 0
    mail_left: int = 0
    said_in_chat: int = 0
    mentions: int = 0
    similar: tuple[str, ...] = ()

    @property
    def nothing(self) -> bool:
        """Whether the address is not known here at all."""
        return not (self.own or self.others or self.messages or self.letters or self.mentions)


async def look(core: Core, gone: Gone) -> Known:
    """What is known of them; changes nothing. TemporaryError when the database is away."""
    async with core.store.read() as work:
        known = Known(address=gone.address)
        for id_ in await work.belongings.items_of(gone.scrub.spellings):
            item = await work.items.by_id(id_)
            if isinstance(item, Ticket):
                known = await _with_ticket(work, known, item, gone)
        mail = await work.belongings.mail_to(gone.scrub.spellings)
        return replace(
            known,
            letters=len(await work.belongings.letters(gone.scrub)),
            mail_waiting=sum(parcel.state in _TO_LEAVE for parcel in mail),
            mentions=await _mentions(work, gone.scrub),
            similar=tuple(await work.belongings.like(gone.address)),
        )


async def _with_ticket(work: UnitOfWork, known: Known, ticket: Ticket, gone: Gone) -> Known:
    said = await work.messages.of(ticket.id)
    theirs = [message for message in said if gone.wrote(message)]
    own = gone.owns(ticket)
    if not (own or theirs or gone.place_on(ticket)):
        return known
    files = sum(len(message.attachments) for message in theirs)
    if own:
        files = len(await work.belongings.files_of(ticket.id))
    return replace(
        known,
        own=(*known.own, ticket.number) if own else known.own,
        others=known.others if own else (*known.others, ticket.number),
        messages=known.messages + len(theirs),
        files=known.files + files,
        mail_left=known.mail_left + _copies_left(said, gone),
        said_in_chat=known.said_in_chat + _said_in_chat(said, gone.scrub),
    )


def _copies_left(said: Sequence[Message], gone: Gone) -> int:
    copies = (copy for message in said for copy in message.copies)
    return sum(copy.delivery in _LEFT and gone.has(copy.recipient) for copy in copies)


def _said_in_chat(said: Sequence[Message], scrub: Scrub) -> int:
    return sum(bool(message.said.key) and scrub.concerns([message.text]) for message in said)


async def _mentions(work: UnitOfWork, scrub: Scrub) -> int:
    count = 0
    for table in work.sweep.tables:
        after: RowKey | None = None
        while True:
            found = await work.sweep.find(table, scrub, after, AT_ONCE)
            count += len(found.keys)
            if found.last is None:
                break
            after = found.last
    return count
