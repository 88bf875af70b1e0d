"""News for the team: what concerns whom, and how much of it anybody gets."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.events import (
    Assigned,
    Claimed,
    CustomerWrote,
    Event,
    MachineWrote,
    NoteAdded,
    SlaBreached,
    TicketOpened,
    TimelineEntry,
    mail_actor,
    person_actor,
)
from bot.domain.intake import forwarded_by
from bot.domain.notifications import (
    HOUR,
    MOST,
    Ration,
    dump_ration,
    load_ration,
    news_for,
    take_one,
)
from bot.domain.people import Mails, Person
from bot.domain.work_items import TicketStatus
from tests.unit.samples import MARIA, MINUTE, NOW, person, ticket

ANA = replace(person("ana", "agent:support"), email="ana@desk.example")
CUSTOMER, BEN = mail_actor(MARIA), person_actor("ben")
BREACH = SlaBreached(metric="first_reply", cycle=0, due_at=NOW)


def entries(*told: tuple[str, Event]) -> list[TimelineEntry]:
    return [
        TimelineEntry(id=id_, item=1, at=NOW, actor=actor, event=event)
        for id_, (actor, event) in enumerate(told, start=1)
    ]


def found(*told: tuple[str, Event], who: Person = ANA, mails: Mails = Mails.MINE) -> list[int]:
    news = news_for(who, mails, ticket(assignee="ana"), entries(*told))
    return [entry.id for entry in news]


@pytest.mark.parametrize(
    ("actor", "event", "concerns"),
    [
        (BEN, Assigned(assignee="ana"), True),
        (BEN, Assigned(assignee="carla"), False),
        (person_actor("ana"), Assigned(assignee="ana"), False),
        (CUSTOMER, CustomerWrote(message=1), True),
        (mail_actor("ana@desk.example"), CustomerWrote(message=1), False),
        ("system", BREACH, True),
        (BEN, NoteAdded(message=1), False),
        (CUSTOMER, MachineWrote(message=1), False),
        (CUSTOMER, TicketOpened(), False),
    ],
)
def test_what_concerns_who_wants_news_of_what_is_theirs(
    actor: str, event: Event, concerns: bool
) -> None:
    assert found((actor, event)) == ([1] if concerns else [])


def test_a_new_ticket_concerns_who_wants_those_too() -> None:
    opened = ((CUSTOMER, TicketOpened()), (CUSTOMER, CustomerWrote(message=1)))
    assert found(*opened, mails=Mails.DESK) == [1, 2]
    lead = replace(ANA, key="carla", grants=person("carla", "lead").grants)
    assert found(*opened, mails=Mails.DESK, who=lead) == [1]


def test_a_ticket_that_a_machine_opened_is_no_news() -> None:
    opened = ((CUSTOMER, TicketOpened()), (CUSTOMER, MachineWrote(message=1)))
    assert found(*opened, mails=Mails.DESK) == []


def test_a_ticket_that_one_forwarded_oneself_is_no_news() -> None:
    reason = f"{forwarded_by('ana@desk.example')}; also to bob@acme.example"
    assert found((CUSTOMER, TicketOpened(reason=reason)), mails=Mails.DESK) == []


def test_what_came_before_ones_own_act_is_known() -> None:
    told = ((CUSTOMER, CustomerWrote(message=1)), (person_actor("ana"), Claimed()))
    assert found(*told) == []
    assert found(*told, (CUSTOMER, CustomerWrote(message=2))) == [3]


@pytest.mark.parametrize(
    "changes", [{"email": ""}, {"grants": ()}, {"grants": person("x", "agent:other").grants}]
)
def test_who_may_not_see_it_or_has_no_address_gets_nothing(changes: dict[str, object]) -> None:
    who = replace(ANA, **changes)  # type: ignore[arg-type]
    assert found((CUSTOMER, CustomerWrote(message=1)), who=who) == []


def test_of_ended_and_merged_tickets_less_is_news() -> None:
    breach = entries(("system", BREACH))
    ended = ticket(TicketStatus.RESOLVED, assignee="ana")
    assert news_for(ANA, Mails.MINE, ended, breach) == ()
    merged = replace(ticket(assignee="ana"), merged_into="SUP-9")
    assert news_for(ANA, Mails.MINE, merged, breach) == ()


def test_nothing_is_news_to_who_wants_none() -> None:
    assert found((CUSTOMER, CustomerWrote(message=1)), mails=Mails.OFF) == []


def test_the_last_one_before_a_pause_says_so() -> None:
    ration = Ration()
    for number in range(MOST):
        portion = take_one(ration, NOW + number * MINUTE)
        assert (portion.granted, portion.pauses_until) == (True, None)
        ration = portion.ration
    at = NOW + MOST * MINUTE
    last = take_one(ration, at)
    assert (last.granted, last.pauses_until) == (True, at + HOUR)
    assert not take_one(last.ration, at + HOUR - MINUTE).granted
    assert take_one(last.ration, at + HOUR).pauses_until is None


@given(st.lists(st.integers(0, 20 * 60), min_size=1, max_size=80))
def test_never_more_than_thirty_one_leave_within_an_hour(seconds: list[int]) -> None:
    ration, now, sent = Ration(), NOW, []
    for step in seconds:
        now += timedelta(seconds=step // 10)
        portion = take_one(load_ration(dump_ration(ration)), now)
        ration = portion.ration
        sent += [now] if portion.granted else []
    assert all(sum(at - HOUR < other <= at for other in sent) <= MOST + 1 for at in sent)
