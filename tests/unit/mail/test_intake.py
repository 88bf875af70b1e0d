"""What a mail is to us: one outcome each, whatever it claims. T4, A2 … name the rules of mail."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.directory import Directory, ReopenMode
from bot.domain.intake import (
    KEY_LIFE,
    AutoReply,
    Bounced,
    Evidence,
    FollowUp,
    ForReview,
    Held,
    NewTicket,
    Outcome,
    Quarantined,
    TeamEvidence,
    decide,
    key_lives,
    one_of_many,
)
from bot.domain.mail import Address, Bounce, Forwarded, InboundMail
from bot.domain.reply_keys import ReplyKey
from bot.domain.work_items import Ticket, TicketStatus
from tests.unit.samples import MARIA, NOW, desk, ticket

BOB, MALLORY = "bob@acme.example", "mallory@evil.example"
TICKET = ticket(people=[MARIA, BOB])
OTHER = ticket(id=2, people=["zoe@else.example"])
KEY, OWN_ID = Evidence(by_key=TICKET), Evidence(by_own_id=TICKET)
KNOWN_ID, SUBJECT = Evidence(by_known_id=TICKET), Evidence(by_subject=TICKET)
EVERY_WAY = [KEY, OWN_ID, KNOWN_ID, SUBJECT]
OUT_OF_OFFICE = "auto-submitted: auto-replied"
BOUNCE = Bounce(recipient=MARIA, status="5.1.1", permanent=True, diagnostic="no such user")


def mail(sender: str | None = MARIA, **facts: object) -> InboundMail:
    found: dict[str, object] = {
        "message_id": "m1@acme.example",
        "subject": "Re: Invoice",
        "sender": Address(address=sender) if sender else None,
    }
    return InboundMail(**(found | facts))  # type: ignore[arg-type]


def outcome(
    mail: InboundMail, evidence: Evidence | None = None, reopen: ReopenMode = ReopenMode.REOPEN
) -> Outcome:
    return decide(mail, evidence or Evidence(), desk(reopen=reopen), NOW)


def test_a_mail_out_of_the_blue_is_a_new_ticket() -> None:
    assert outcome(mail()) == NewTicket(reason="a new mail")


@pytest.mark.parametrize("way", EVERY_WAY)
@pytest.mark.parametrize("sender", [MARIA, BOB])
def test_a_participant_goes_on_by_any_evidence(way: Evidence, sender: str) -> None:
    result = outcome(mail(sender), way)
    assert isinstance(result, FollowUp)
    assert (result.ticket, result.participant.address) == (TICKET, sender)


@pytest.mark.parametrize("way", [KEY, OWN_ID])
def test_t4_a_stranger_with_a_valid_key_is_held(way: Evidence) -> None:
    result = outcome(mail(MALLORY), way)
    assert result == Held(ticket=TICKET, reason=f"{MALLORY} is no participant of SUP-1")


@pytest.mark.parametrize("way", [KNOWN_ID, SUBJECT])
def test_t6_a_strangers_parent_id_or_subject_tag_joins_nothing(way: Evidence) -> None:
    assert outcome(mail(MALLORY), way) == NewTicket(reason="a new mail")


def test_t3_the_signed_key_is_stronger_than_everything_else() -> None:
    others = Evidence(by_own_id=OTHER, by_known_id=OTHER, by_subject=OTHER)
    result = outcome(mail(), replace(others, by_key=TICKET))
    assert isinstance(result, FollowUp)
    assert result.ticket == TICKET


def test_t4_a_strangers_key_is_not_made_up_for_by_a_thread_of_their_own() -> None:
    assert isinstance(outcome(mail(), Evidence(by_key=OTHER, by_known_id=TICKET)), Held)


def test_t3_weak_evidence_of_another_thread_is_passed_over() -> None:
    result = outcome(mail(), Evidence(by_known_id=OTHER, by_subject=TICKET))
    assert isinstance(result, FollowUp)
    assert result.ticket == TICKET


@pytest.mark.parametrize(
    "subject",
    ["Fwd: Invoice", "FW: x", "WG: x", "TR : x", "RV:x", " I: x", "转发\uff1ax", "Doorst: x"],
)
@pytest.mark.parametrize("sender", [MARIA, MALLORY])
def test_t7_a_forwarded_mail_joins_no_thread(subject: str, sender: str) -> None:
    threaded = Evidence(by_own_id=TICKET, by_known_id=TICKET, by_subject=TICKET)
    result = outcome(mail(sender, subject=subject), threaded)
    assert result == NewTicket(reason="a forwarded mail")


def test_t7_a_forwarded_mail_to_the_reply_address_goes_on() -> None:
    assert isinstance(outcome(mail(subject="Fwd: Invoice"), KEY), FollowUp)
    assert isinstance(outcome(mail(MALLORY, subject="Fwd: Invoice"), KEY), Held)


@pytest.mark.parametrize("subject", ["Re: Fwd: x", "Invoice I: two", "Travel", "Vista: x", ""])
def test_what_only_looks_like_a_forward_is_none(subject: str) -> None:
    assert isinstance(outcome(mail(subject=subject), OWN_ID), FollowUp)


@pytest.mark.parametrize("way", EVERY_WAY)
def test_a2_an_automatic_mail_is_kept_on_its_ticket_and_changes_nothing(way: Evidence) -> None:
    result = outcome(mail(automatic=OUT_OF_OFFICE), way)
    assert result == AutoReply(ticket=TICKET, reason=OUT_OF_OFFICE)


def test_an_automatic_mail_is_not_greeted() -> None:
    assert outcome(mail(automatic="list-id")) == NewTicket(reason="list-id", greet=False)


def test_an_automatic_mail_of_a_stranger_with_a_tag_joins_nothing() -> None:
    result = outcome(mail(MALLORY, automatic="list-id"), SUBJECT)
    assert result == NewTicket(reason="list-id", greet=False)


@pytest.mark.parametrize(
    ("way", "expected"), [(OWN_ID, TICKET), (KNOWN_ID, TICKET), (SUBJECT, None)]
)
def test_b3_a_bounce_never_makes_a_ticket(way: Evidence, expected: Ticket | None) -> None:
    result = outcome(mail(None, automatic="multipart/report", bounce=BOUNCE), way)
    assert result == Bounced(ticket=expected, reason="delivery report 5.1.1")


def test_a_loop_is_quarantined_whatever_else_it_is() -> None:
    loop = mail(loop_marks=("ourselves",), bounce=BOUNCE, automatic=OUT_OF_OFFICE)
    assert isinstance(outcome(loop, KEY), Quarantined)


@pytest.mark.parametrize("way", EVERY_WAY[:3])
def test_s1_a_doubtful_sender_never_joins(way: Evidence) -> None:
    result = outcome(mail(None, sender_doubt="two From headers"), way)
    assert result == Held(ticket=TICKET, reason="the sender is in doubt: two From headers")


def test_s1_a_doubtful_sender_may_open_a_ticket_but_is_not_greeted() -> None:
    result = outcome(mail(None), SUBJECT)
    assert result == NewTicket(reason="the sender is in doubt: no single From address", greet=False)


@pytest.mark.parametrize("way", EVERY_WAY[:3])
def test_z2_a_forged_mail_of_a_participant_is_held(way: Evidence) -> None:
    result = outcome(mail(sender_doubt="forged"), way)
    assert result == Held(ticket=TICKET, reason="the sender is in doubt: forged")


def test_z2_a_forged_mail_by_its_subject_alone_opens_a_ticket_without_greeting() -> None:
    result = outcome(mail(sender_doubt="forged"), SUBJECT)
    assert result == NewTicket(reason="the sender is in doubt: forged", greet=False)


def test_t4_a_participant_goes_on_by_an_old_key_and_a_stranger_does_not() -> None:
    old = Evidence(by_old_key=TICKET)
    assert isinstance(outcome(mail(), old), FollowUp)
    assert outcome(mail(MALLORY), old) == NewTicket(reason="a new mail")
    assert isinstance(outcome(mail(None, sender_doubt="forged"), old), NewTicket)


def test_t4_what_machines_send_to_an_old_key_stays_on_its_ticket() -> None:
    old = Evidence(by_old_key=TICKET)
    assert outcome(mail(automatic="list-id"), old) == AutoReply(ticket=TICKET, reason="list-id")
    bounced = outcome(mail(None, bounce=BOUNCE), old)
    assert bounced == Bounced(ticket=TICKET, reason="delivery report 5.1.1")


@pytest.mark.parametrize(
    ("turn", "ago", "lives"),
    [
        (1, None, True),
        (0, None, False),
        (2, None, False),
        (1, KEY_LIFE, True),
        (1, KEY_LIFE + timedelta(seconds=1), False),
    ],
)
def test_t4_a_key_lives_for_its_turn(turn: int, ago: timedelta | None, lives: bool) -> None:
    status = TicketStatus.RESOLVED if ago is not None else TicketStatus.OPEN
    named = ticket(status, resolved_at=NOW - ago if ago is not None else None)
    key = ReplyKey(ticket=1, participant=1, turn=turn)
    assert key_lives(key, replace(named, key_turn=1), NOW) is lives


PASSED_ON = Forwarded(sender=Address(address="zoe@else.example"), text="My bill is wrong.")


@pytest.mark.parametrize("way", [Evidence(), OWN_ID, KNOWN_ID, SUBJECT])
def test_s5_what_an_agent_forwards_is_the_customers(way: Evidence) -> None:
    result = outcome(mail(), replace(way, passed_on=PASSED_ON))
    reason = f"forwarded by {MARIA}"
    assert result == NewTicket(reason=reason, greet=False, on_behalf=PASSED_ON)


def test_s5_a_forward_to_the_reply_address_goes_on() -> None:
    assert isinstance(outcome(mail(), replace(KEY, passed_on=PASSED_ON)), FollowUp)


def test_b2_a_complaint_is_named_as_one() -> None:
    complaint = replace(BOUNCE, status="", complaint=True)
    result = outcome(mail(None, bounce=complaint), OWN_ID)
    assert result == Bounced(ticket=TICKET, reason="complaint")


def test_b1_the_key_of_the_return_path_is_kept() -> None:
    key = ReplyKey(ticket=1, participant=1)
    result = outcome(mail(None, bounce=BOUNCE), replace(KEY, key=key))
    assert result == Bounced(ticket=TICKET, reason="delivery report 5.1.1", returned=key)


@pytest.mark.parametrize(
    ("same_words", "reopened", "reason"),
    [
        (3, 5, ""),
        (4, 0, "the same words for the 4th time within a day"),
        (1, 6, "mail opened SUP-1 again 5 times within a day"),
    ],
)
def test_a3_storms_are_known_by_their_number(same_words: int, reopened: int, reason: str) -> None:
    before = outcome(mail(), KEY)
    after = one_of_many(before, same_words=same_words, reopened=reopened)
    assert after == (AutoReply(ticket=TICKET, reason=reason) if reason else before)


def test_a3_only_follow_ups_are_counted() -> None:
    fresh = outcome(mail())
    assert one_of_many(fresh, same_words=99, reopened=99) is fresh


SHORT, LONG = timedelta(days=14), timedelta(days=14, seconds=1)


@pytest.mark.parametrize("status", [TicketStatus.RESOLVED, TicketStatus.CLOSED])
@pytest.mark.parametrize(
    ("mode", "ago", "reopens"),
    [
        (ReopenMode.REOPEN, LONG, True),
        (ReopenMode.NEW, timedelta(0), False),
        (ReopenMode.NEW_AFTER, SHORT, True),
        (ReopenMode.NEW_AFTER, LONG, False),
    ],
)
def test_t5_an_ended_ticket_is_reopened_as_its_desk_says(
    status: TicketStatus, mode: ReopenMode, ago: timedelta, reopens: bool
) -> None:
    ended = ticket(status, resolved_at=NOW - ago)
    result = outcome(mail(), Evidence(by_key=ended), mode)
    if reopens:
        assert isinstance(result, FollowUp)
    else:
        assert result == NewTicket(reason=f"SUP-1 is {status.value}", follows="SUP-1")


@pytest.mark.parametrize("mode", ReopenMode)
def test_an_open_ticket_goes_on_whatever_the_desk_says(mode: ReopenMode) -> None:
    assert isinstance(outcome(mail(), KEY, mode), FollowUp)


@pytest.mark.parametrize(
    ("address", "ours"),
    [
        ("support@desk.example", True),
        ("Support+key@DESK.example", True),
        ("support@desk.example.evil.example", False),
        (MARIA, False),
        ("support", False),
        ("", False),
    ],
)
def test_t3_our_own_addresses_are_known_as_ours(address: str, ours: bool) -> None:
    assert Directory(desks={"support": desk()}).own_address(address) is ours


# ---------------------------------------------------------------- answers to the team's mail

ANA = "ana@desk.example"
THEIRS = Evidence(team=TeamEvidence(person="ana", ticket=TICKET, theirs=True))
NOT_THEIRS = Evidence(team=TeamEvidence(person="ana", ticket=TICKET))
RETURNED = Evidence(team=TeamEvidence(person="ana"))


def test_the_teams_answer_waits_for_review_whatever_the_subject() -> None:
    for subject in ("Re: Invoice", "Fwd: Invoice", "!close"):
        answer = outcome(mail(ANA, subject=subject), THEIRS)
        assert answer == ForReview(ticket=TICKET, person="ana", reason=answer.reason)


def test_z2_an_answer_that_may_be_forged_is_held_as_a_strangers() -> None:
    assert isinstance(outcome(mail(ANA, sender_doubt="forged"), THEIRS), Held)
    assert isinstance(outcome(mail(None), THEIRS), Held)


def test_the_teams_key_is_in_other_hands_no_better_than_a_customers() -> None:
    assert isinstance(outcome(mail(MALLORY), NOT_THEIRS), Held)
    assert isinstance(outcome(mail(MARIA), NOT_THEIRS), FollowUp)


@pytest.mark.parametrize("evidence", [THEIRS, NOT_THEIRS, RETURNED])
def test_a2_machines_that_answer_the_team_touch_no_ticket(evidence: Evidence) -> None:
    answer = outcome(mail(ANA, automatic=OUT_OF_OFFICE), evidence)
    assert answer == AutoReply(ticket=None, reason=f"{OUT_OF_OFFICE}, on mail to the team")
    report = outcome(mail(None, bounce=BOUNCE), evidence)
    assert isinstance(report, Bounced)
    assert (report.ticket, report.person) == (None, "ana")


def test_a_person_who_writes_to_a_return_path_is_nobody_special() -> None:
    assert isinstance(outcome(mail(ANA), RETURNED), NewTicket)
