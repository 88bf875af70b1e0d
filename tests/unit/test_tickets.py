"""What may happen to a ticket, and what is told about it."""

from __future__ import annotations

from datetime import datetime

import pytest

from bot.domain import tickets
from bot.domain.events import PriorityChanged, StatusChanged, TagsChanged
from bot.domain.refusals import Refused
from bot.domain.work_items import Kind, Priority, TicketStatus, kind_of
from tests.unit.samples import MARIA, MINUTE, NOW, names, ticket

LATER = NOW + MINUTE
NEW, OPEN, PENDING, ON_HOLD, RESOLVED, CLOSED = TicketStatus


@pytest.mark.parametrize("old", TicketStatus)
@pytest.mark.parametrize("new", [s for s in TicketStatus if s is not NEW])
def test_a_status_moves_and_says_so(old: TicketStatus, new: TicketStatus) -> None:
    change = tickets.set_status(ticket(old), new, LATER, "why")
    assert change.item.status is new
    assert change.events == (() if old is new else (StatusChanged(old=old, new=new, reason="why"),))


@pytest.mark.parametrize(
    ("old", "resolved_at", "new", "expected"),
    [
        (OPEN, None, RESOLVED, LATER),
        (RESOLVED, NOW, CLOSED, NOW),
        (RESOLVED, NOW, OPEN, None),
        (OPEN, None, PENDING, None),
    ],
)
def test_the_end_has_an_instant(
    old: TicketStatus, resolved_at: datetime | None, new: TicketStatus, expected: datetime | None
) -> None:
    change = tickets.set_status(ticket(old, resolved_at=resolved_at), new, LATER)
    assert change.item.resolved_at == expected


def test_nothing_becomes_new_again() -> None:
    with pytest.raises(Refused, match="use open"):
        tickets.set_status(ticket(OPEN), NEW, LATER)


def test_a_status_ends_its_sleep() -> None:
    asleep = ticket(snoozed_until=LATER)
    assert tickets.set_status(asleep, PENDING, NOW).item.snoozed_until is None


@pytest.mark.parametrize("ended", [RESOLVED, CLOSED])
def test_what_is_ended_is_not_resolved_again(ended: TicketStatus) -> None:
    with pytest.raises(Refused) as caught:
        tickets.resolve(ticket(ended), LATER)
    assert caught.value.words == f"SUP-1 is already {ended.value}."
    assert "/ticket reopen SUP-1" in caught.value.hint


@pytest.mark.parametrize("status", TicketStatus)
def test_only_what_is_ended_is_reopened(status: TicketStatus) -> None:
    if status.ended:
        assert tickets.reopen(ticket(status), LATER).item.status is OPEN
    else:
        with pytest.raises(Refused, match="already"):
            tickets.reopen(ticket(status), LATER)


def test_a_priority_is_set_once() -> None:
    change = tickets.set_priority(ticket(), Priority.HIGH)
    assert change.events == (PriorityChanged(old=Priority.NORMAL, new=Priority.HIGH),)
    assert tickets.set_priority(change.item, Priority.HIGH).events == ()


@pytest.mark.parametrize(
    ("add", "remove", "tags", "event"),
    [
        (["vat"], [], ("old", "vat"), TagsChanged(added=("vat",))),
        (["vat", "vat", ""], [""], ("old", "vat"), TagsChanged(added=("vat",))),
        ([], ["old"], (), TagsChanged(removed=("old",))),
        (["vat"], ["old"], ("vat",), TagsChanged(added=("vat",), removed=("old",))),
        (["old"], ["gone"], ("old",), None),
    ],
)
def test_tags_come_and_go(
    add: list[str], remove: list[str], tags: tuple[str, ...], event: TagsChanged | None
) -> None:
    change = tickets.retag(ticket(tags=("old",)), add, remove)
    assert change.item.tags == tags
    assert change.events == ((event,) if event else ())


def test_tags_have_a_bound_that_never_stops_one_from_being_taken_off() -> None:
    many = tuple(f"t{n}" for n in range(tickets.MAX_TAGS + 5))
    with pytest.raises(Refused, match="at most 20"):
        tickets.retag(ticket(tags=many[:20]), ["more"], [])
    assert len(tickets.retag(ticket(tags=many[:19]), ["more"], []).item.tags) == 20
    assert len(tickets.retag(ticket(tags=many), [], ["t0"]).item.tags) == len(many) - 1


def test_snoozing_and_waking() -> None:
    asleep = tickets.snooze(ticket(), LATER, NOW)
    awake = tickets.wake(asleep.item, "its time has come")
    assert asleep.item.snoozed_until == LATER
    assert awake.item.snoozed_until is None
    assert names((*asleep.events, *awake.events)) == ["Snoozed", "Woken"]
    assert tickets.wake(awake.item, "again").events == ()


@pytest.mark.parametrize(
    ("status", "until"), [(RESOLVED, LATER), (OPEN, NOW), (OPEN, NOW - MINUTE)]
)
def test_what_cannot_sleep(status: TicketStatus, until: datetime) -> None:
    with pytest.raises(Refused):
        tickets.snooze(ticket(status), until, NOW)


@pytest.mark.parametrize(
    ("status", "after"),
    [(NEW, NEW), (OPEN, OPEN), *((s, OPEN) for s in TicketStatus if s not in (NEW, OPEN))],
)
def test_a_customers_mail_brings_it_back(status: TicketStatus, after: TicketStatus) -> None:
    change = tickets.customer_wrote(ticket(status, assignee="ana"), 5, "a reply", LATER)
    assert (change.item.status, change.item.assignee) == (after, "ana")
    told = ["CustomerWrote"] + ["StatusChanged"] * (status is not after)
    assert names(change.events) == told


def test_a_customers_mail_wakes_it() -> None:
    change = tickets.customer_wrote(ticket(PENDING, snoozed_until=LATER), 5, "a reply", NOW)
    assert (change.item.status, change.item.snoozed_until) == (OPEN, None)
    assert names(change.events) == ["CustomerWrote", "Woken", "StatusChanged"]


@pytest.mark.parametrize(
    ("assignee", "after", "told"),
    [
        (None, "ben", ["Claimed", "ReplySent", "StatusChanged"]),
        ("ana", "ana", ["ReplySent", "StatusChanged"]),
    ],
)
def test_a_reply_makes_a_free_ticket_ones_own(
    assignee: str | None, after: str, told: list[str]
) -> None:
    change = tickets.reply(ticket(NEW, assignee=assignee), 5, "ben", (MARIA,), PENDING, LATER)
    assert (change.item.assignee, change.item.status) == (after, PENDING)
    assert names(change.events) == told


def test_a_reply_that_leaves_the_status_is_told_alone() -> None:
    change = tickets.reply(ticket(OPEN, assignee="ana"), 5, "ana", (MARIA,), OPEN, LATER)
    assert names(change.events) == ["ReplySent"]


@pytest.mark.parametrize("before", TicketStatus)
@pytest.mark.parametrize("then", [OPEN, PENDING, RESOLVED])
def test_an_undone_reply_leaves_the_status_as_it_was(
    before: TicketStatus, then: TicketStatus
) -> None:
    replied = tickets.reply(ticket(before), 5, "ana", (MARIA,), then, LATER).item
    undone = tickets.undo_reply(replied, 5, before, LATER)
    assert (undone.item.status, undone.item.ended) == (before, before.ended)
    assert names(undone.events) == ["ReplyUndone"] + ["StatusChanged"] * (before is not then)


def test_a_participant_joins_once_whatever_the_case() -> None:
    grown = tickets.add_participant(ticket(), "Bob@Acme.example", "Bob", LATER)
    assert [(p.number, p.address) for p in grown.item.participants] == [
        (1, MARIA),
        (2, "bob@acme.example"),
    ]
    assert grown.item.participants[1].joined_at == LATER
    assert tickets.add_participant(grown.item, "BOB@acme.example", "", LATER).events == ()


def test_participants_have_a_bound() -> None:
    full = ticket(people=[f"p{n}@acme.example" for n in range(tickets.MAX_PARTICIPANTS)])
    with pytest.raises(Refused, match="at most 10"):
        tickets.add_participant(full, "one@more.example", "", LATER)


@pytest.mark.parametrize(
    ("address", "number"), [(MARIA, 1), (MARIA.upper(), 1), ("bob@acme.example", 2), ("", None)]
)
def test_a_participant_is_found_by_address(address: str, number: int | None) -> None:
    found = ticket(people=[MARIA, "Bob@acme.example"]).participant(address)
    assert (found.number if found else None) == number


def test_a_ticket_is_of_the_kind_ticket_and_its_first_participant_asked() -> None:
    assert kind_of(ticket()) is Kind.TICKET
    assert str(ticket().requester) == MARIA
