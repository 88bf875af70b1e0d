"""What tells where a mail belongs: the desks it was sent to, the tickets it may continue."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from bot.domain.directory import Desk
from bot.domain.events import mail_actor
from bot.domain.intake import Evidence, TeamEvidence, key_lives
from bot.domain.mail import Forwarded, InboundMail
from bot.domain.people import Right, may
from bot.domain.reply_keys import ReplyKey, subaddress
from bot.domain.work_items import Ticket
from bot.errors import PermanentError
from bot.ports import InboxRow, UnitOfWork
from bot.services.core import Core
from bot.services.mailing.incoming import copied
from bot.services.mailing.incoming.forwards import is_kept
from bot.services.mailing.incoming.origin import agent_of
from bot.services.merging import goes_on

MAX_SHARED: Final = 20  # tickets that have one Message-ID
MAX_TAGS: Final = 5  # in one subject
NO_DESK: Final = "no desk has any of this mail's recipient addresses"
_TAG: Final = re.compile(r"\[([A-Za-z]{1,10}-[0-9]{1,9})\]")


def desks_of(core: Core, row: InboxRow, mail: InboundMail) -> Sequence[Desk]:
    """The desks the mail was sent to, the one it belongs to first.

    That is the one whose address carries a reply key; else the envelope's recipients come before
    the headers' (RFC 5321 before RFC 5322). PermanentError when there is none.
    """
    addresses = sorted(_recipients(row, mail), key=lambda a: not _signed(core, subaddress(a)[1]))
    envelope, at = _envelope(row), core.directory
    found = (at.takes(a) if a in envelope else at.desk_at(subaddress(a)[0]) for a in addresses)
    desks = tuple({desk.key: desk for desk in filter(None, found)}.values())
    if not desks:
        raise PermanentError(NO_DESK)
    return desks


def _to_role(core: Core, row: InboxRow) -> str:
    """The address of whoever answers for the mail of a domain, where it came to no other one."""
    at, envelope = core.directory, _envelope(row)
    if any(at.role_desk(a) is None or at.desk_at(a) is not None for a in envelope):
        return ""
    return next(iter(envelope), "")


def _signed(core: Core, key: str) -> bool:
    """Whether the key is one of ours, for a customer or for the team."""
    if not key:
        return False
    team = core.team_keys
    return bool(core.keys.check(key) or team.check_answer(key) or team.check_return(key))


def _recipients(row: InboxRow, mail: InboundMail) -> Iterable[str]:
    yield from _envelope(row)
    yield from mail.delivered_to
    yield from (a.address for a in (*mail.to, *mail.cc))


def _envelope(row: InboxRow) -> Sequence[str]:
    return [address for address in row.meta.get("rcpt", "").split(",") if address]


def desk_of_envelope(core: Core, row: InboxRow) -> Desk | None:
    """The desk of the first envelope recipient that has one: known before a byte is read."""
    return next(filter(None, map(core.directory.takes, _envelope(row))), None)


async def by_envelope(core: Core, work: UnitOfWork, row: InboxRow, now: datetime) -> Ticket | None:
    """The ticket that goes on for the one whose living reply key, or key for an answer of the team,
    stands in an envelope recipient: all that is known of a mail that cannot be read.
    """
    codes = [subaddress(recipient)[1] for recipient in _envelope(row)]
    team = next(filter(None, map(core.team_keys.check_answer, codes)), None)
    key = _first_key(core, codes)
    ticket = await _ticket(work, key.ticket if key else team.ticket if team else None)
    if ticket is None or (key is not None and not key_lives(key, ticket, now)):
        return None
    return await goes_on(work, ticket)


async def gather(
    core: Core, work: UnitOfWork, row: InboxRow, mail: InboundMail, desk: Desk, now: datetime
) -> Evidence:
    """The tickets the mail may belong to, by each way that leads to one.

    Of tickets that were merged it is the one that goes on for them.
    """
    key = _first_key(core, (subaddress(a)[1] for a in _recipients(row, mail)))
    ids = (*mail.in_reply_to, *reversed(mail.references))
    own = next(filter(None, (core.keys.in_message_id(i) for i in ids)), None)
    if mail.bounce is not None and own is None:
        own = core.keys.in_message_id(mail.bounce.original_message_id)
    by_known_id = await _known(work, mail, ids)
    keyed = await _ticket(work, key.ticket if key else None)
    lives = key is not None and keyed is not None and key_lives(key, keyed, now)
    by_key = await _goes_on(work, mail, keyed)
    return Evidence(
        key=key,
        by_key=by_key if lives else None,
        by_old_key=None if lives else by_key,
        by_own_id=await _goes_on(work, mail, await _ticket(work, own.ticket if own else None)),
        by_known_id=await _goes_on(work, mail, by_known_id),
        in_copy=await _in_copy(work, by_known_id, mail),
        by_subject=await _tagged(work, mail),
        same=await _same(work, mail),
        passed_on=_passed_on(core, row, mail, desk),
        to_role=_to_role(core, row),
        team=await _team(core, work, row, mail),
    )


async def _team(
    core: Core, work: UnitOfWork, row: InboxRow, mail: InboundMail
) -> TeamEvidence | None:
    """Whose mail is answered or comes back, by a key of theirs in a recipient; of a report also by
    the id it quotes.
    """
    keys, given = core.team_keys, [subaddress(a)[1] for a in _recipients(row, mail)]
    answered = next(filter(None, map(keys.check_answer, given)), None)
    if answered is not None:
        ticket = await goes_on(work, await _ticket(work, answered.ticket))
        theirs = ticket is not None and _may_write(core, mail, answered.person, ticket)
        return TeamEvidence(person=answered.person, ticket=ticket, theirs=theirs)
    returned = next(filter(None, map(keys.check_return, given)), None)
    if returned is None and mail.bounce is not None:
        returned = keys.in_message_id(mail.bounce.original_message_id)
    return TeamEvidence(person=returned.person) if returned is not None else None


def _may_write(core: Core, mail: InboundMail, key: str, ticket: Ticket) -> bool:
    """Whether the mail is from the person's own address, and they may still note on the ticket."""
    person = core.directory.people[key]
    ours = mail.sender is not None and mail.sender.address == person.email.lower()
    return bool(person.email) and ours and may(person, Right.NOTE, desk=ticket.desk)


def _passed_on(core: Core, row: InboxRow, mail: InboundMail, desk: Desk) -> Forwarded | None:
    """The customer's mail that an agent of the desk forwards; none when it is not surely theirs, or
    the agent keeps it.
    """
    original = mail.forwarded
    if original is None or agent_of(core, row, mail, desk) is None or is_kept(original.comment):
        return None
    address = original.sender.address
    team = {person.email.lower() for person in core.directory.people.values()}
    return None if address in team or core.directory.own_address(address) else original


async def _goes_on(work: UnitOfWork, mail: InboundMail, ticket: Ticket | None) -> Ticket | None:
    """The ticket that goes on for this one; a delivery report stays with the mail it is about."""
    return ticket if mail.bounce is not None else await goes_on(work, ticket)


async def _known(work: UnitOfWork, mail: InboundMail, ids: Sequence[str]) -> Ticket | None:
    """The ticket that has the nearest of these ids; of several the sender's own, or the oldest.

    A stranger who writes an id once more takes nobody's answers away.
    """
    found = await work.messages.items_of_mail_ids(ids) if ids else {}
    items = next((found[id_] for id_ in ids if id_ in found), ())
    tickets = [t for item in items[:MAX_SHARED] if (t := await _ticket(work, item)) is not None]
    address = mail.sender.address if mail.sender else ""
    own = (ticket for ticket in tickets if ticket.participant(address) is not None)
    return next(own, tickets[0] if tickets else None)


async def _tagged(work: UnitOfWork, mail: InboundMail) -> Ticket | None:
    """The ticket of the last tag in the subject whose ticket the sender takes part in: the desk of
    a customer may have put its own tag behind ours, and be numbered like us.
    """
    address = mail.sender.address if mail.sender else ""
    tags = dict.fromkeys(tag.upper() for tag in reversed(_TAG.findall(mail.subject)))
    for tag in list(tags)[:MAX_TAGS]:
        ticket = await goes_on(work, _as_ticket(await work.items.get(tag)))
        if ticket is not None and ticket.participant(address) is not None:
            return ticket
    return None


async def _in_copy(work: UnitOfWork, ticket: Ticket | None, mail: InboundMail) -> bool:
    """Whether a stranger answers a mail that the customer had sent to them as well."""
    if ticket is None or mail.sender is None or ticket.participant(mail.sender.address):
        return False
    return await copied.includes(work, ticket, mail.sender.address)


async def _same(work: UnitOfWork, mail: InboundMail) -> Ticket | None:
    """The ticket that has this very mail; an id alone proves nothing, anybody can write it."""
    if not mail.message_id or mail.sender is None:
        return None
    found = await work.messages.items_of_mail_ids((mail.message_id,))
    told = (mail.message_id, mail_actor(mail.sender.address), mail.text)
    for item in found.get(mail.message_id, ())[:MAX_SHARED]:
        messages = await work.messages.of(item)
        if told in {(m.mail_id, m.author, m.full_text) for m in messages}:
            return await _ticket(work, item)
    return None


def _first_key(core: Core, candidates: Iterable[str]) -> ReplyKey | None:
    return next(filter(None, (core.keys.check(c) for c in candidates if c)), None)


async def _ticket(work: UnitOfWork, id_: int | None) -> Ticket | None:
    return _as_ticket(await work.items.by_id(id_)) if id_ is not None else None


def _as_ticket(item: object) -> Ticket | None:
    return item if isinstance(item, Ticket) else None
