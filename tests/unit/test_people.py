"""The authorisation matrix, cell by cell, and what scopes a right."""

from __future__ import annotations

import pytest

from bot.domain.people import Right, Role, may, parse_grant
from tests.unit.samples import person

PEOPLE = {
    "guest": (),
    "agent": ("agent",),
    "desk agent": ("agent:support",),
    "other agent": ("agent:sales",),
    "lead": ("lead",),
    "other lead": ("lead:sales",),
    "responder": ("responder",),
    "commander": ("commander",),
    "admin": ("admin",),
}

# On a ticket of the desk `support`; the columns are the people above, y: may.
ON_A_TICKET = """
    see          - y y - y - - - y
    note         - y y - y - - y y
    claim        - y y - y - - - y
    take_over    - - - - y - - - y
    reply        - y y - y - - - y
    triage       - y y - y - - y y
    resolve      - y y - y - - y y
    review_held  - y y - y - - - y
    merge        - - - - y - - - y
    escalate     - y y - y - - y y
    operate      - - - - - - - - y
"""

# On an incident, or on nothing in particular: desks do not matter there.
ELSEWHERE = """
    see               - y y y y y y y y
    note              - y y y y y y y y
    declare           - y y y y y y y y
    acknowledge       - - - - y y y y y
    escalate          - y y y y y y y y
    raise_severity    - - - - y y y y y
    lower_severity    - - - - y y - y y
    lead              - - - - y y - y y
    update            - - - - y y y y y
    resolve_incident  - - - - y y - y y
    override_own      - - - - y y y - y
    override_any      - - - - y y - - y
    ask               - y y y y y y y y
    operate           - - - - - - - - y
"""


def cells(table: str) -> list[tuple[Right, str, bool]]:
    rows = [line.split() for line in table.strip().splitlines()]
    return [
        (Right(right), who, cell == "y")
        for right, *marks in rows
        for who, cell in zip(PEOPLE, marks, strict=True)
    ]


@pytest.mark.parametrize(("right", "who", "allowed"), cells(ON_A_TICKET))
def test_the_matrix_on_a_ticket(right: Right, who: str, allowed: bool) -> None:
    assert may(person("ana", *PEOPLE[who]), right, desk="support") is allowed


@pytest.mark.parametrize(("right", "who", "allowed"), cells(ELSEWHERE))
def test_the_matrix_elsewhere(right: Right, who: str, allowed: bool) -> None:
    assert may(person("ana", *PEOPLE[who]), right) is allowed


def test_the_matrix_is_complete() -> None:
    assert {right for right, _, _ in cells(ON_A_TICKET) + cells(ELSEWHERE)} == set(Right)


@pytest.mark.parametrize("right", Right)
def test_leading_an_incident_gives_a_commanders_rights_there(right: Right) -> None:
    responder, commander = person("ben", "responder"), person("cleo", "commander")
    expected = may(responder, right) or may(commander, right)
    assert may(responder, right, leads=True) is expected
    assert may(responder, right, desk="support", leads=True) is False


@pytest.mark.parametrize("right", Right)
def test_who_has_no_role_has_no_right_even_as_leader(right: Right) -> None:
    assert not may(person("guest"), right, leads=True)


def test_one_grant_of_several_is_enough() -> None:
    both = person("ana", "agent:sales", "agent:support")
    assert may(both, Right.CLAIM, desk="sales")
    assert may(both, Right.CLAIM, desk="support")
    assert not may(both, Right.CLAIM, desk="billing")


@pytest.mark.parametrize(
    ("text", "role", "desk"),
    [
        ("agent", Role.AGENT, ""),
        ("lead:support", Role.LEAD, "support"),
        ("commander", Role.COMMANDER, ""),
    ],
)
def test_a_grant_is_read(text: str, role: Role, desk: str) -> None:
    grant = parse_grant(text)
    assert (grant.role, grant.desk) == (role, desk)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("boss", "roles are agent, lead, responder, commander, admin"),
        ("Agent", "no role 'Agent'"),
        ("", "no role ''"),
        ("admin:support", "not bound to a desk"),
        ("responder:", "not bound to a desk"),
        ("agent:", "names no desk"),
    ],
)
def test_a_grant_that_means_nothing_is_refused(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        parse_grant(text)
