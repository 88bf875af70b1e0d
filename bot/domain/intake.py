"""What a mail is to us: one visible outcome each, decided from facts alone, with a reason."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bot.domain.directory import Desk, ReopenMode
from bot.domain.mail import InboundMail
from bot.domain.reply_keys import ReplyKey
from bot.domain.work_items import Participant, Ticket

NEW_AFTER: Final = timedelta(days=14)
# What mail programs of many languages put before the subject of a forwarded mail.
_FORWARDED: Final = re.compile(
    r"\s*(?:fwd?|wg|tr|rv|i|doorst|vs|vb|vl|enc|pd|转发|轉寄)\s*[:\uff1a]", re.IGNORECASE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTicket:
    """The mail opens a ticket; `follows` names the ended ticket it continues, if any."""

    reason: str
    follows: str = ""
    greet: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUp:
    """A participant goes on with a ticket."""

    ticket: Ticket
    participant: Participant
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AutoReply:
    """A machine wrote; it is kept on the ticket it belongs to (if any) and changes nothing."""

    ticket: Ticket | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounced:
    """A delivery report about a mail of ours."""

    ticket: Ticket | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A stranger wrote with a valid key; an agent decides, and nobody outside is told anything."""

    ticket: Ticket
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarantined:
    """It is neither shown to a customer nor made a ticket; an operator sees it."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Duplicate:
    """The very mail that is on the ticket came once more, to another of our addresses."""

    ticket: Ticket
    reason: str


Outcome = NewTicket | FollowUp | AutoReply | Bounced | Held | Quarantined | Duplicate


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """The tickets a mail may belong to, by how strong the evidence is.

    `by_key` comes from a signed key in a recipient, `by_own_id` from a signed Message-ID of ours,
    `by_known_id` from a Message-ID we stored, `by_subject` from the tag in the subject line. `same`
    has this mail already, by its id, its sender and its words.
    """

    by_key: Ticket | None = None
    key: ReplyKey | None = None
    by_own_id: Ticket | None = None
    by_known_id: Ticket | None = None
    by_subject: Ticket | None = None
    same: Ticket | None = None


def decide(mail: InboundMail, evidence: Evidence, desk: Desk, now: datetime) -> Outcome:
    """Which outcome this mail has; its reason goes into timeline, ledger and metrics."""
    if mail.loop_marks:
        return Quarantined(reason="our own mail came back to us (a loop)")
    if evidence.same is not None:
        return Duplicate(ticket=evidence.same, reason="the same mail came to another address")
    likely = evidence.by_key or evidence.by_own_id or evidence.by_known_id
    if mail.bounce is not None:
        return Bounced(ticket=likely, reason=f"delivery report {mail.bounce.status or ''}".strip())
    if mail.automatic and likely is not None:
        return AutoReply(ticket=likely, reason=mail.automatic)
    if mail.sender is None:
        return _doubtful(mail, likely)
    return _from_person(mail, mail.sender.address, evidence, desk, now)


def _doubtful(mail: InboundMail, likely: Ticket | None) -> Outcome:
    reason = f"the sender is in doubt: {mail.sender_doubt or 'no single From address'}"
    if likely is not None:
        return Held(ticket=likely, reason=reason)
    return NewTicket(reason=reason, greet=False)


def _from_person(
    mail: InboundMail, address: str, evidence: Evidence, desk: Desk, now: datetime
) -> Outcome:
    forwarded = _FORWARDED.match(mail.subject) is not None
    for ticket, reason, signed in _ways(evidence, forwarded=forwarded):
        participant = ticket.participant(address)
        if participant is not None and mail.automatic:
            return AutoReply(ticket=ticket, reason=mail.automatic)
        if participant is not None:
            return _go_on(ticket, participant, reason, desk, now)
        if signed:
            return Held(ticket=ticket, reason=f"{address} is no participant of {ticket.number}")
    reason = mail.automatic or ("a forwarded mail" if forwarded else "a new mail")
    return NewTicket(reason=reason, greet=not mail.automatic)


def _ways(evidence: Evidence, *, forwarded: bool) -> Iterator[tuple[Ticket, str, bool]]:
    """The tickets by the strength of their evidence, in words, and whether it is signed by us.

    Somebody who forwards a mail begins something new, unless they send it to the reply address.
    """
    if evidence.by_key is not None:
        yield evidence.by_key, "the signed reply address", True
    if forwarded:
        return
    if evidence.by_own_id is not None:
        yield evidence.by_own_id, "our signed Message-ID", True
    if evidence.by_known_id is not None:
        yield evidence.by_known_id, "a Message-ID of the ticket", False
    if evidence.by_subject is not None:
        yield evidence.by_subject, "the tag in the subject, from a participant", False


def _go_on(
    ticket: Ticket, participant: Participant, reason: str, desk: Desk, now: datetime
) -> Outcome:
    ended_long_ago = ticket.resolved_at is not None and now - ticket.resolved_at > NEW_AFTER
    starts_anew = desk.reopen is ReopenMode.NEW or (
        desk.reopen is ReopenMode.NEW_AFTER and ended_long_ago
    )
    if ticket.ended and starts_anew:
        return NewTicket(reason=f"{ticket.number} is {ticket.status}", follows=ticket.number)
    return FollowUp(ticket=ticket, participant=participant, reason=reason)
