"""What a mail is to us: one visible outcome each, decided from facts alone, with a reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bot.domain.directory import Desk, ReopenMode
from bot.domain.mail import InboundMail
from bot.domain.reply_keys import ReplyKey
from bot.domain.work_items import Participant, Ticket

NEW_AFTER: Final = timedelta(days=14)


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


Outcome = NewTicket | FollowUp | AutoReply | Bounced | Held | Quarantined


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """The tickets a mail may belong to, by how strong the evidence is.

    `by_key` comes from a signed key in a recipient, `by_own_id` from a signed Message-ID of ours,
    `by_known_id` from a Message-ID we stored, `by_subject` from the tag in the subject line.
    """

    by_key: Ticket | None = None
    key: ReplyKey | None = None
    by_own_id: Ticket | None = None
    by_known_id: Ticket | None = None
    by_subject: Ticket | None = None


def decide(mail: InboundMail, evidence: Evidence, desk: Desk, now: datetime) -> Outcome:
    """Which of the outcomes this mail has; the reason goes into the timeline, ledger and metrics."""
    if mail.loop_marks:
        return Quarantined(reason="our own mail came back to us (a loop)")
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
    ways: Mapping[str, Ticket | None] = {
        "the signed reply address": evidence.by_key,
        "our signed Message-ID": evidence.by_own_id,
        "a Message-ID of the ticket": evidence.by_known_id,
        "the tag in the subject, from a participant": evidence.by_subject,
    }
    for reason, ticket in ways.items():
        if ticket is None:
            continue
        participant = ticket.participant(address)
        if participant is not None:
            return _go_on(ticket, participant, reason, desk, now)
        if ticket in (evidence.by_key, evidence.by_own_id):
            return Held(ticket=ticket, reason=f"{address} is no participant of {ticket.number}")
    return NewTicket(reason=mail.automatic or "a new mail", greet=not mail.automatic)


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
