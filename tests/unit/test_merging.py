"""Both sides of a merge: what moves, what stays, and what is refused."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain import merging, tickets
from bot.domain.events import SYSTEM
from bot.domain.messages import Delivery, MailCopy, Message, Voice
from bot.domain.refusals import Refused
from bot.domain.work_items import TicketStatus
from tests.unit.samples import MARIA, MINUTE, NOW, names, ticket

BOB = "bob@acme.example"
LOSER, WINNER = ticket(id=2, people=[BOB, MARIA]), ticket(id=1)
MERGED = merging.merge(LOSER, WINNER, NOW).item


def said(voice: Voice, id: int = 1, author: str = "", state: Delivery = Delivery.SENT) -> Message:
    copies = (MailCopy(recipient=BOB, delivery=state),) if voice is Voice.REPLY else ()
    author = author or ("person:ana" if voice is Voice.REPLY else f"mail:{BOB}")
    return Message(
        id=id, item=2, at=NOW, voice=voice, author=author, author_name="", text="x", copies=copies
    )


def test_a_merged_ticket_is_closed_and_says_where_it_went() -> None:
    assert (MERGED.status, MERGED.merged_into) == (TicketStatus.CLOSED, "SUP-1")
    assert (MERGED.resolved_at, MERGED.key_turn) == (NOW, 0)


def test_an_ended_ticket_keeps_the_time_of_its_end() -> None:
    ended = ticket(TicketStatus.RESOLVED, id=2, resolved_at=NOW - MINUTE)
    assert merging.merge(ended, WINNER, NOW).item.resolved_at == NOW - MINUTE


def test_those_who_join_take_part_from_now_on() -> None:
    fresh = merging.newcomers(LOSER, WINNER)
    change = merging.take_in(WINNER, LOSER, fresh, NOW + MINUTE)
    assert names(change.events) == ["TicketTakenIn", "ParticipantAdded"]
    assert [(p.address, p.number) for p in change.item.participants] == [(MARIA, 1), (BOB, 2)]
    assert change.item.participants[1].joined_at == NOW + MINUTE


def test_who_has_no_address_cannot_join() -> None:
    assert merging.newcomers(ticket(id=2, people=[""]), WINNER) == ()


@pytest.mark.parametrize(
    ("of_loser", "after"),
    [(TicketStatus.OPEN, TicketStatus.OPEN), (TicketStatus.RESOLVED, TicketStatus.RESOLVED)],
)
def test_only_work_to_do_opens_an_ended_ticket(of_loser: TicketStatus, after: TicketStatus) -> None:
    ended = ticket(TicketStatus.RESOLVED, resolved_at=NOW)
    assert merging.take_in(ended, ticket(of_loser, id=2), (), NOW).item.status is after


@pytest.mark.parametrize(
    ("history", "waiting"),
    [
        ([said(Voice.CUSTOMER, 1)], [1]),
        ([said(Voice.CUSTOMER, 1), said(Voice.REPLY, 2), said(Voice.CUSTOMER, 3)], [3]),
        ([said(Voice.CUSTOMER, 1), said(Voice.REPLY, 2)], []),
        ([said(Voice.CUSTOMER, 1), said(Voice.REPLY, 2, SYSTEM)], [1]),
        ([said(Voice.CUSTOMER, 1), said(Voice.REPLY, 2, state=Delivery.UNDONE)], [1]),
        ([said(Voice.AUTOMATIC, 1), said(Voice.NOTE, 2), said(Voice.HELD, 3)], []),
        ([said(Voice.CUSTOMER, n) for n in range(30)], list(range(10, 30))),
    ],
)
def test_what_the_customer_waits_for(history: list[Message], waiting: list[int]) -> None:
    assert [m.id for m in merging.unanswered(LOSER, history)] == waiting


def test_on_an_ended_ticket_nobody_waits() -> None:
    ended = ticket(TicketStatus.RESOLVED, id=2)
    assert merging.unanswered(ended, [said(Voice.CUSTOMER)]) == ()


def test_a_merged_ticket_is_never_opened_again() -> None:
    for change in (tickets.reopen, tickets.resolve):
        with pytest.raises(Refused, match="SUP-2 was merged into SUP-1") as refused:
            change(MERGED, NOW)
        assert "`/ticket show SUP-1`" in refused.value.hint
    taken_back = tickets.undo_reply(MERGED, 7, TicketStatus.OPEN, NOW)
    assert taken_back.item == MERGED


def test_a_ticket_that_leads_nowhere_takes_nothing_in() -> None:
    into = replace(WINNER, merged_into="SUP-9")
    with pytest.raises(Refused, match="SUP-1 was merged into SUP-9"):
        merging.refuse_circle(LOSER, into, None)


def test_every_end_replaces_the_keys_and_nothing_else_does() -> None:
    closed = tickets.resolve(WINNER, NOW).item
    again = tickets.reopen(closed, NOW).item
    assert [t.key_turn for t in (WINNER, closed, again)] == [0, 1, 1]
    assert tickets.set_status(closed, TicketStatus.CLOSED, NOW).item.key_turn == 1
