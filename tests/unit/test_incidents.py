"""What may happen to an incident, and what is told about it."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import pytest

from bot.domain import incidents
from bot.domain.escalation import Escalation, EscalationPolicy, Step, start, stop
from bot.domain.events import LeadChanged, SeverityChanged, StatusChanged, StatusUpdatePosted
from bot.domain.refusals import Refused
from bot.domain.work_items import Incident, IncidentStatus, Kind, Severity, kind_of
from tests.unit.samples import MINUTE, NOW, incident, names, person

LATER = NOW + MINUTE
POLICY = EscalationPolicy(name="p", steps=(Step(targets=("person:ana",), after=MINUTE),))
PAGING = start(POLICY, NOW)
RESOLVED = IncidentStatus.RESOLVED


def test_acknowledging_stops_the_paging() -> None:
    change = incidents.acknowledge(incident(escalation=PAGING), "ana", LATER)
    assert (change.item.acknowledged_by, change.item.acknowledged_at) == ("ana", LATER)
    assert change.item.escalation == stop(PAGING)
    assert names(change.events) == ["Acknowledged"]


def test_the_first_to_acknowledge_keeps_it() -> None:
    first = incidents.acknowledge(incident(), "ana", LATER).item
    assert incidents.acknowledge(first, "ben", LATER).events == ()
    assert incidents.acknowledge(first, "ben", LATER).item is first


def test_escalating_an_acknowledged_incident_asks_for_an_answer_again() -> None:
    acked = incidents.acknowledge(incident(escalation=PAGING), "ana", NOW).item
    hastened = incidents.hasten(acked, LATER, NOW, "need the DBA")
    assert names(hastened.events) == ["EscalationHastened"]
    assert hastened.item.escalation is not None
    assert hastened.item.escalation.due_at == LATER
    answered = incidents.acknowledge(hastened.item, "ben", LATER).item
    assert answered.acknowledged_by == "ben"
    assert answered.escalation == stop(PAGING)


@pytest.mark.parametrize(
    ("escalation", "status", "code"),
    [
        (PAGING, RESOLVED, "ended"),
        (None, IncidentStatus.MONITORING, "no_policy"),
        (
            Escalation(policy=POLICY, due_at=None, stepped_at=LATER),
            "monitoring",
            "already_escalated",
        ),
    ],
)
def test_what_cannot_be_hastened(escalation: Escalation | None, status: str, code: str) -> None:
    with pytest.raises(Refused) as caught:
        incidents.hasten(
            incident(escalation=escalation, status=IncidentStatus(status)), LATER, NOW, "why"
        )
    assert caught.value.code == code


def test_what_is_over_is_over() -> None:
    over = incident(status=RESOLVED)
    with pytest.raises(Refused, match="INC-7 is already resolved"):
        incidents.acknowledge(over, "ana", LATER)
    with pytest.raises(Refused, match="INC-7 is already resolved"):
        incidents.resolve(over, LATER)


def test_resolving_stops_the_paging_and_reopening_does_not_begin_it() -> None:
    over = incidents.resolve(incident(escalation=PAGING), LATER, "bad deploy")
    assert (over.item.resolved_at, over.item.escalation) == (LATER, stop(PAGING))
    assert over.events == (StatusChanged(old="investigating", new="resolved", reason="bad deploy"),)
    again = incidents.set_status(over.item, IncidentStatus.INVESTIGATING, LATER).item
    assert (again.resolved_at, again.escalation) == (None, stop(PAGING))


@pytest.mark.parametrize("old", IncidentStatus)
@pytest.mark.parametrize("new", IncidentStatus)
def test_a_status_moves_both_ways(old: IncidentStatus, new: IncidentStatus) -> None:
    change = incidents.set_status(incident(status=old), new, LATER)
    assert (change.item.status, bool(change.events)) == (new, old is not new)


def test_a_severity_is_set_once() -> None:
    change = incidents.set_severity(incident(), Severity.SEV1)
    assert change.events == (SeverityChanged(old=Severity.SEV3, new=Severity.SEV1),)
    assert incidents.set_severity(change.item, Severity.SEV1).events == ()


def test_a_lead_is_set_once() -> None:
    first = incidents.set_lead(incident(), "ana", NOW)
    second = incidents.set_lead(first.item, "ben", LATER)
    assert (second.item.assignee, second.item.assigned_at) == ("ben", LATER)
    assert (*first.events, *second.events) == (
        LeadChanged(lead="ana"),
        LeadChanged(lead="ben", previous="ana"),
    )
    assert incidents.set_lead(second.item, "ben", LATER).events == ()


def test_an_update_is_kept_and_told() -> None:
    change = incidents.post_update(incident(), "rolled back", LATER)
    assert (change.item.latest_update, change.item.latest_update_at) == ("rolled back", LATER)
    assert change.events == (StatusUpdatePosted(text="rolled back"),)


def test_sev1_is_the_worst() -> None:
    assert all(worse.worse_than(better) for worse, better in combinations(Severity, 2))
    assert not any(better.worse_than(worse) for worse, better in combinations(Severity, 2))
    assert not Severity.SEV1.worse_than(Severity.SEV1)


def test_an_incident_is_of_the_kind_incident() -> None:
    assert kind_of(incident()) is Kind.INCIDENT


# ---------------------------------------------------------------- confidential ones

SECRET = incident(confidential=True, insiders=("ana",))


def test_a_confidential_incident_exists_for_its_insiders_and_admins_alone() -> None:
    people = {key: person(key, role) for key, role in (("ana", "agent"), ("ben", "commander"))}
    assert incidents.knows_of(people["ana"], SECRET)
    assert not incidents.knows_of(people["ben"], SECRET)
    assert incidents.knows_of(person("zoe", "admin"), SECRET)
    assert incidents.knows_of(people["ben"], incident())


def test_letting_somebody_in_is_told_once() -> None:
    change = incidents.admit(SECRET, "ben")
    assert change.item.insiders == ("ana", "ben")
    assert names(change.events) == ["PersonAdmitted"]
    assert incidents.admit(change.item, "ben").events == ()


BOTH = replace(SECRET, insiders=("ana", "ben"))


def test_putting_somebody_out_is_told_once() -> None:
    change = incidents.remove(BOTH, "ben", "ana", NOW)
    assert change.item.insiders == ("ana",)
    assert names(change.events) == ["PersonRemoved"]
    assert incidents.remove(change.item, "ben", "ana", NOW).events == ()


@pytest.mark.parametrize(
    ("who", "words"),
    [
        (replace(BOTH, assignee="ben"), "leads INC-7"),
        (replace(BOTH, insiders=("ben",)), "nobody would be left"),
        (incident(), "not confidential"),
    ],
)
def test_who_cannot_be_put_out(who: Incident, words: str) -> None:
    with pytest.raises(Refused, match=words):
        incidents.remove(who, "ben", "zoe", NOW)


def test_who_puts_out_whoever_acknowledged_it_has_it() -> None:
    theirs = incidents.acknowledge(BOTH, "ben", NOW).item
    change = incidents.remove(theirs, "ben", "zoe", NOW)
    assert (change.item.acknowledged_by, change.item.insiders) == ("zoe", ("ana", "zoe"))
    assert names(change.events) == ["PersonRemoved", "Acknowledged"]


def test_nobody_is_let_in_where_everybody_is() -> None:
    with pytest.raises(Refused, match="not confidential"):
        incidents.admit(incident(), "ben")


def test_whoever_runs_a_confidential_incident_knows_of_it() -> None:
    led = incidents.set_lead(SECRET, "ben", NOW).item
    acknowledged = incidents.acknowledge(led, "zoe", NOW).item
    assert acknowledged.insiders == ("ana", "ben", "zoe")


def test_an_open_incident_has_no_insiders() -> None:
    assert incidents.set_lead(incident(), "ben", NOW).item.insiders == ()
