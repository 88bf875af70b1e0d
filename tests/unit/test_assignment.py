"""Claiming, releasing and handing over: at most one has it, and losers are told who."""

from __future__ import annotations

import pytest

from bot.domain.assignment import Taken, assign, claim, release
from bot.domain.events import Assigned, Claimed, Released, TakenOver
from bot.domain.refusals import Refused
from tests.unit.samples import MINUTE, NOW, incident, ticket

LATER = NOW + MINUTE


def test_a_free_one_is_claimed() -> None:
    change = claim(ticket(), "ana", LATER)
    assert (change.item.assignee, change.item.assigned_at) == ("ana", LATER)
    assert change.events == (Claimed(),)


def test_an_incident_is_claimed_likewise() -> None:
    assert claim(incident(), "ana", LATER).item.assignee == "ana"


def test_claiming_twice_changes_nothing() -> None:
    mine = ticket(assignee="ana")
    assert claim(mine, "ana", LATER).events == ()
    assert claim(mine, "ana", LATER).item is mine


def test_the_loser_of_a_race_is_told_who_has_it_and_since_when() -> None:
    with pytest.raises(Taken) as caught:
        claim(ticket(assignee="ana"), "ben", LATER)
    taken = caught.value
    assert (taken.holder, taken.since, taken.number, taken.code) == ("ana", NOW, "SUP-1", "taken")


def test_taking_over_names_the_one_it_was_taken_from() -> None:
    claimed = claim(ticket(assignee="ana"), "lea", LATER, take_over=True)
    assigned = assign(ticket(assignee="ana"), "lea", "lea", LATER, take_over=True)
    assert (claimed.item.assignee, claimed.item.assigned_at) == ("lea", LATER)
    assert claimed.events == (TakenOver(previous="ana"),)
    assert assigned == claimed


@pytest.mark.parametrize(("by", "for_others"), [("ana", False), ("lea", True)])
def test_it_is_given_back(by: str, for_others: bool) -> None:
    change = release(ticket(assignee="ana"), by, for_others=for_others)
    assert (change.item.assignee, change.item.assigned_at) == (None, None)
    assert change.events == (Released(previous="ana"),)


def test_nobody_gives_back_what_is_not_theirs() -> None:
    with pytest.raises(Taken):
        release(ticket(assignee="ana"), "ben")
    with pytest.raises(Refused, match="Nobody has SUP-1"):
        release(ticket(), "ana", for_others=True)


@pytest.mark.parametrize(
    ("holder", "to", "by", "take_over", "event"),
    [
        (None, "ben", "ana", False, Assigned(assignee="ben")),
        ("ana", "ben", "ana", False, Assigned(assignee="ben", previous="ana")),
        ("ana", "ben", "lea", True, Assigned(assignee="ben", previous="ana")),
        (None, "ana", "ana", False, Claimed()),
    ],
)
def test_it_is_handed_over(
    holder: str | None, to: str, by: str, take_over: bool, event: Assigned | Claimed
) -> None:
    change = assign(ticket(assignee=holder), to, by, LATER, take_over=take_over)
    assert (change.item.assignee, change.item.assigned_at) == (to, LATER)
    assert change.events == (event,)


@pytest.mark.parametrize(("to", "by"), [("ben", "ben"), ("cleo", "ben")])
def test_what_somebody_else_has_is_not_handed_over(to: str, by: str) -> None:
    with pytest.raises(Taken):
        assign(ticket(assignee="ana"), to, by, LATER, take_over=False)


@pytest.mark.parametrize("by", ["ana", "ben", "lea"])
def test_handing_it_to_the_one_who_has_it_changes_nothing(by: str) -> None:
    assert assign(ticket(assignee="ana"), "ana", by, LATER, take_over=False).events == ()
