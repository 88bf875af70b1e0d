"""What a mail is to us: one visible outcome each, decided from facts alone, with a reason."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bot.domain.directory import Desk, ReopenMode
from bot.domain.mail import Forwarded, InboundMail
from bot.domain.reply_keys import ReplyKey
from bot.domain.subjects import is_forward
from bot.domain.work_items import Participant, Ticket

NEW_AFTER: Final = timedelta(days=14)
# So long after its ticket ended a reply key lives.
KEY_LIFE: Final = timedelta(days=90)
# What people do not do in a day, and machines without any mark do.
SAME_WORDS_A_DAY: Final = 3
REOPENED_A_DAY: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTicket:
    """The mail opens a ticket; `follows` names the ended ticket it continues, if any.

    With `on_behalf` it is the ticket of the customer whose mail an agent passed on.
    """

    reason: str
    follows: str = ""
    greet: bool = True
    on_behalf: Forwarded | None = None


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
    """A delivery report about a mail of ours; `returned` is the key of the return path it used.

    With `person` it is about a mail to one of the team, and no ticket has to do with it.
    """

    ticket: Ticket | None
    reason: str
    returned: ReplyKey | None = None
    person: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A stranger wrote with a valid key; an agent decides, and nobody outside is told anything."""

    ticket: Ticket
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ForReview:
    """Somebody with a team member's address and key (`person`) answered our mail to them.

    Mail never acts as staff: it waits on the ticket until one of the team says what becomes of it.
    """

    ticket: Ticket
    person: str
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


Outcome = NewTicket | FollowUp | AutoReply | Bounced | Held | ForReview | Quarantined | Duplicate


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamEvidence:
    """A mail came to an address that only one of the team (`person`) was given.

    `ticket` is what that address is about, None for a return path. `theirs` says that it is from
    the person's own address, and that they may write on the ticket.
    """

    person: str
    ticket: Ticket | None = None
    theirs: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """The tickets a mail may belong to, by how strong the evidence is.

    `by_key` comes from a signed key in a recipient, `by_old_key` from one that lives no more (then
    `by_key` is None), `by_own_id` from a signed Message-ID of ours (also by the one a provider gave
    that mail), `by_known_id` from a Message-ID we stored (`in_copy`: its mail went to this sender,
    too), `by_subject` from the tag in the subject line. `same` has this mail already, by its id,
    its sender and its words. `passed_on` is a customer's mail that beyond doubt one of the desk's
    agents forwards. `team` comes from a key of our mail to the team. `to_role` is the
    address of a postmaster where it came to no other one: there nobody is thanked.
    """

    by_key: Ticket | None = None
    key: ReplyKey | None = None
    by_old_key: Ticket | None = None
    by_own_id: Ticket | None = None
    by_known_id: Ticket | None = None
    by_subject: Ticket | None = None
    in_copy: bool = False
    same: Ticket | None = None
    passed_on: Forwarded | None = None
    team: TeamEvidence | None = None
    to_role: str = ""

    @property
    def addressed(self) -> Ticket | None:
        """The ticket whose signed address the mail came to; a key of the team's in other hands is
        no better than a customer's.
        """
        return self.by_key or (self.team.ticket if self.team is not None else None)


def forwarded_by(address: str) -> str:
    """Why there is a ticket of somebody whose mail an agent passed on."""
    return f"forwarded by {address}"


def key_lives(key: ReplyKey, ticket: Ticket, now: datetime) -> bool:
    """Whether the key still proves that its holder has seen the thread of the ticket it names.

    Every end of the ticket replaces its keys, and the last ones die some time after it: until then
    they may have been passed on to anybody.
    """
    if key.turn != ticket.key_turn:
        return False
    return not ticket.ended or ticket.resolved_at is None or now - ticket.resolved_at <= KEY_LIFE


def decide(mail: InboundMail, evidence: Evidence, desk: Desk, now: datetime) -> Outcome:
    """Which outcome this mail has; its reason goes into timeline, ledger and metrics."""
    if mail.loop_marks:
        return Quarantined(reason="our own mail came back to us (a loop)")
    if evidence.same is not None:
        return Duplicate(ticket=evidence.same, reason="the same mail came to another address")
    if (answered := _to_the_team(mail, evidence.team)) is not None:
        return answered
    likely = evidence.addressed or evidence.by_own_id or evidence.by_known_id
    if mail.bounce is not None:
        kind = "complaint" if mail.bounce.complaint else "delivery report"
        reason = f"{kind} {mail.bounce.status}".strip()
        about = likely or evidence.by_old_key
        return Bounced(ticket=about, reason=reason, returned=evidence.key)
    if mail.automatic and (about := likely or evidence.by_old_key) is not None:
        return AutoReply(ticket=about, reason=mail.automatic)
    if mail.sender is None or mail.sender_doubt:
        return _doubtful(mail, likely)
    return _from_person(mail, mail.sender.address, evidence, desk, now)


def _to_the_team(mail: InboundMail, team: TeamEvidence | None) -> Outcome | None:
    """What comes back on a mail to one of the team; None when a stranger uses their address, or
    their own mail cannot be told for theirs.
    """
    if team is None:
        return None
    if mail.bounce is not None:
        kind = "complaint" if mail.bounce.complaint else "delivery report"
        reason = f"{kind} {mail.bounce.status}, about mail to the team"
        return Bounced(ticket=None, reason=reason, person=team.person)
    if mail.automatic:
        return AutoReply(ticket=None, reason=f"{mail.automatic}, on mail to the team")
    if team.ticket is None or not team.theirs or mail.sender is None or mail.sender_doubt:
        return None
    reason = f"an answer from {team.person}'s address"
    return ForReview(ticket=team.ticket, person=team.person, reason=reason)


def one_of_many(outcome: Outcome, *, same_words: int, reopened: int) -> Outcome:
    """The outcome of a mail that may be one of a storm: a machine's that does not say it is one.

    `same_words` counts the mails of this sender that said the same within a day, `reopened` how
    often mail opened the ticket again in it; both with this one.
    """
    if not isinstance(outcome, FollowUp):
        return outcome
    if same_words > SAME_WORDS_A_DAY:
        reason = f"the same words for the {same_words}th time within a day"
    elif reopened > REOPENED_A_DAY:
        reason = f"mail opened {outcome.ticket.number} again {REOPENED_A_DAY} times within a day"
    else:
        return outcome
    return AutoReply(ticket=outcome.ticket, reason=reason)


def _doubtful(mail: InboundMail, likely: Ticket | None) -> Outcome:
    reason = f"the sender is in doubt: {mail.sender_doubt or 'no single From address'}"
    if likely is not None:
        return Held(ticket=likely, reason=reason)
    return NewTicket(reason=reason, greet=False)


def _from_person(
    mail: InboundMail, address: str, evidence: Evidence, desk: Desk, now: datetime
) -> Outcome:
    if evidence.passed_on is not None and not (evidence.addressed or evidence.by_old_key):
        reason = forwarded_by(address)
        return NewTicket(reason=reason, greet=False, on_behalf=evidence.passed_on)
    forwarded = is_forward(mail.subject)
    for ticket, reason, worth_a_look in _ways(evidence, forwarded=forwarded):
        participant = ticket.participant(address)
        if participant is not None and mail.automatic:
            return AutoReply(ticket=ticket, reason=mail.automatic)
        if participant is not None:
            return _go_on(ticket, participant, reason, desk, now)
        if worth_a_look:
            return Held(ticket=ticket, reason=f"{address} is no participant of {ticket.number}")
    new = f"a mail to {evidence.to_role}" if evidence.to_role else "a new mail"
    reason = mail.automatic or ("a forwarded mail" if forwarded else new)
    return NewTicket(reason=reason, greet=not mail.automatic and not evidence.to_role)


def _ways(evidence: Evidence, *, forwarded: bool) -> Iterator[tuple[Ticket, str, bool]]:
    """The tickets by the strength of their evidence, in words, and whether it is worth an agent's
    look when its sender takes no part: it is signed by us, or the customer had written to them. A
    key that lives no more is no better than a tag in the subject.

    Somebody who forwards a mail begins something new, unless they send it to the reply address.
    """
    if evidence.addressed is not None:
        yield evidence.addressed, "the signed reply address", True
    if evidence.by_old_key is not None:
        yield evidence.by_old_key, "an old reply address, from a participant", False
    if forwarded:
        return
    if evidence.by_own_id is not None:
        yield evidence.by_own_id, "the Message-ID of a mail of ours", True
    if evidence.by_known_id is not None:
        yield evidence.by_known_id, "a Message-ID of the ticket", evidence.in_copy
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
