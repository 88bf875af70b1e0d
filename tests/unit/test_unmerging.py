"""Undoing a merge: what both timelines tell of it, and what follows for both tickets."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.domain import events as happened
from bot.domain import merging, unmerging
from bot.domain.events import Event, TimelineEntry
from bot.domain.refusals import Refused
from bot.domain.work_items import TicketStatus
from tests.unit.samples import MARIA, MINUTE, NOW, names, ticket

BOB, EVE = "bob@acme.example", "eve@acme.example"
LOSER = ticket(id=2, people=[BOB])
MERGED = merging.merge(LOSER, ticket(), NOW).item
TAKEN = (
    happened.TicketTakenIn(number="SUP-2", title="x"),
    happened.ParticipantAdded(address=BOB),
    happened.StatusChanged(old="resolved", new="open"),
    happened.CustomerWrote(message=7, reason="on SUP-2"),
)
HOME = ticket(people=[MARIA, BOB])
RESOLVED = happened.StatusChanged(old="open", new="resolved")


def story(*told: tuple[datetime, Event]) -> list[TimelineEntry]:
    return [
        TimelineEntry(id=n, item=1, at=at, actor="", event=event)
        for n, (at, event) in enumerate(told)
    ]


def found(*since: Event) -> unmerging.Brought:
    before = [(NOW - MINUTE, RESOLVED)]
    later = [(NOW + MINUTE, event) for event in since]
    return unmerging.brought("SUP-2", story(*before, *((NOW, e) for e in TAKEN), *later))


def test_what_a_merge_did_is_read_from_the_timeline() -> None:
    assert (found().joined, found().since) == ((BOB,), ())
    assert found().carried == {7}
    assert found().before == unmerging.Standing(status=TicketStatus.RESOLVED, ended_at=NOW - MINUTE)


@pytest.mark.parametrize(
    ("since", "joined"),
    [
        (happened.ParticipantMoved(old_address=BOB, new_address=EVE), (EVE,)),
        (happened.ParticipantAdded(address=BOB), ()),
        (happened.ParticipantAdded(address=EVE), (BOB,)),
    ],
)
def test_who_is_there_by_the_merge_alone(since: Event, joined: tuple[str, ...]) -> None:
    assert found(since).joined == joined


def test_whose_ticket_it_has_become_stays() -> None:
    assert unmerging.leavers(ticket(people=[BOB, MARIA]), found(), []) == ()
    assert unmerging.leavers(HOME, found(), [ticket(id=3, people=[BOB])]) == ()
    assert unmerging.leavers(HOME, found(), [ticket(id=3, people=[EVE])]) == (BOB,)


def test_a_reply_that_was_taken_back_answered_nobody() -> None:
    sent = happened.ReplySent(message=9, recipients=(BOB,))
    assert unmerging.answered_at(MERGED, found(sent)) == NOW + MINUTE
    assert unmerging.answered_at(MERGED, found(sent, happened.ReplyUndone(message=9))) is None
    others = happened.ReplySent(message=9, recipients=(MARIA,))
    assert unmerging.answered_at(MERGED, found(others)) is None


def test_the_other_one_ends_again_when_nothing_moved_it() -> None:
    change = unmerging.give_back(HOME, MERGED, (BOB,), found(), NOW + MINUTE, settled=True)
    assert names(change.events) == ["TicketGivenBack", "ParticipantLeft", "StatusChanged"]
    assert (change.item.status, change.item.key_turn) == (TicketStatus.RESOLVED, 1)
    assert change.item.resolved_at == NOW - MINUTE
    assert [p.address for p in change.item.participants] == [MARIA]


def test_it_stays_as_it_is_when_somebody_wrote_since() -> None:
    wrote = found(happened.CustomerWrote(message=8))
    change = unmerging.give_back(HOME, MERGED, (), wrote, NOW + MINUTE, settled=False)
    assert names(change.events) == ["TicketGivenBack"]
    assert change.item == HOME


@pytest.mark.parametrize(("sleeps", "left"), [(2, True), (1, False)])
def test_a_sleep_goes_on_unless_its_time_has_come(sleeps: int, left: bool) -> None:
    until = NOW + timedelta(hours=sleeps)
    entries = story(
        (NOW, happened.Snoozed(until=until)), (NOW, happened.TicketMerged(into="SUP-1"))
    )
    back = unmerging.come_back(MERGED, entries, None, NOW + timedelta(hours=1)).item
    assert back.snoozed_until == (until if left else None)


def test_the_latest_merge_counts() -> None:
    merged = happened.TicketMerged(into="SUP-1")
    told = [(NOW, merged), (NOW, happened.TicketUnmerged(home="SUP-1")), (NOW, RESOLVED)]
    entries = story(*told, (NOW + MINUTE, merged))
    assert unmerging.come_back(MERGED, entries, None, NOW).item.status is TicketStatus.RESOLVED
    assert merging.standing_merges(entries) == {1: entries[-1]}
    assert merging.standing_merges(entries[:-1]) == {}


def test_one_that_took_others_in_names_the_latest_of_them() -> None:
    taken = [happened.TicketTakenIn(number=number, title="x") for number in ("SUP-2", "SUP-3")]
    back = happened.TicketGivenBack(number="SUP-3", title="x")
    for told, hint in (((*taken,), "SUP-3"), ((*taken, back), "SUP-2")):
        with pytest.raises(Refused, match="SUP-1 is merged into no other") as refused:
            unmerging.refuse_unmerged(HOME, story(*((NOW, event) for event in told)))
        assert f"`/ticket unmerge {hint}`" in refused.value.hint


def test_of_a_chain_the_later_merge_goes_first() -> None:
    with pytest.raises(Refused, match="SUP-1 went into SUP-9 itself"):
        unmerging.check(MERGED, replace(HOME, merged_into="SUP-9"), [], NOW)
