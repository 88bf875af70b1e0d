"""People, their roles, and the one table that says who may do what, on which object."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final


class Right(StrEnum):
    """An act that needs a right; `may` answers whether a person has it on a desk or incident."""

    SEE = "see"
    NOTE = "note"
    CLAIM = "claim"
    TAKE_OVER = "take_over"
    REPLY = "reply"
    TRIAGE = "triage"
    RESOLVE = "resolve"
    REVIEW_HELD = "review_held"
    MERGE = "merge"
    DECLARE = "declare"
    ACKNOWLEDGE = "acknowledge"
    ESCALATE = "escalate"
    RAISE_SEVERITY = "raise_severity"
    LOWER_SEVERITY = "lower_severity"
    LEAD = "lead"
    UPDATE = "update"
    RESOLVE_INCIDENT = "resolve_incident"
    OVERRIDE_OWN = "override_own"
    OVERRIDE_ANY = "override_any"
    ASK = "ask"
    OPERATE = "operate"


class Role(StrEnum):
    """What a person is here; `agent` and `lead` may be bound to one desk (`agent:support`)."""

    AGENT = "agent"
    LEAD = "lead"
    RESPONDER = "responder"
    COMMANDER = "commander"
    ADMIN = "admin"


class Mails(StrEnum):
    """Which news a person gets by mail: none, of what is theirs, or of new tickets as well."""

    OFF = "off"
    MINE = "mine"
    DESK = "desk"


_A, _L, _R, _C = Role.AGENT, Role.LEAD, Role.RESPONDER, Role.COMMANDER

# Rows of the authorisation matrix; `admin` may do everything and is not repeated. An agent's right
# holds on their desks, a responder's on incidents, a commander's there and where it is named below.
_MATRIX: Final[Mapping[Right, frozenset[Role]]] = {
    Right.SEE: frozenset({_A, _L, _R, _C}),
    Right.NOTE: frozenset({_A, _L, _R, _C}),
    Right.CLAIM: frozenset({_A, _L}),
    Right.TAKE_OVER: frozenset({_L}),
    Right.REPLY: frozenset({_A, _L}),
    Right.TRIAGE: frozenset({_A, _L, _C}),
    Right.RESOLVE: frozenset({_A, _L, _C}),
    Right.REVIEW_HELD: frozenset({_A, _L}),
    Right.MERGE: frozenset({_L}),
    Right.DECLARE: frozenset({_A, _L, _R, _C}),
    Right.ACKNOWLEDGE: frozenset({_L, _R, _C}),
    Right.ESCALATE: frozenset({_A, _L, _R, _C}),
    Right.RAISE_SEVERITY: frozenset({_L, _R, _C}),
    Right.LOWER_SEVERITY: frozenset({_L, _C}),
    Right.LEAD: frozenset({_L, _C}),
    Right.UPDATE: frozenset({_L, _R, _C}),
    Right.RESOLVE_INCIDENT: frozenset({_L, _C}),
    Right.OVERRIDE_OWN: frozenset({_L, _R}),
    Right.OVERRIDE_ANY: frozenset({_L}),
    Right.ASK: frozenset({_A, _L, _R, _C}),
    Right.OPERATE: frozenset(),
}

_ON_TICKETS: Final = frozenset({Role.AGENT, Role.LEAD, Role.COMMANDER})
_COMMANDER_ON_TICKETS: Final = frozenset({Right.NOTE, Right.TRIAGE, Right.RESOLVE, Right.ESCALATE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """One role of one person; `desk` is empty when it holds everywhere."""

    role: Role
    desk: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A member of the team; `accounts` maps a chat surface to that platform's user id.

    `mails` is what they get by mail until they say otherwise.
    """

    key: str
    name: str
    email: str = ""
    grants: tuple[Grant, ...] = ()
    accounts: Mapping[str, str] = field(default_factory=dict)
    contact: tuple[str, ...] = ()
    timezone: str = "UTC"
    mails: Mails = Mails.OFF

    def has(self, role: Role, desk: str = "") -> bool:
        """Whether the person has the role, on that desk when one is named."""
        return any(
            grant.role is role and (not grant.desk or not desk or grant.desk == desk)
            for grant in self.grants
        )


def may(person: Person, right: Right, *, desk: str = "", leads: bool = False) -> bool:
    """Whether the person has the right; `desk` names a ticket's desk, empty for an incident.

    `leads` says that the person leads the incident in question, which gives somebody who has any
    role a commander's rights on it.
    """
    if person.has(Role.ADMIN):
        return True
    roles = {role for role in _MATRIX[right] if person.has(role, desk)}
    if desk:
        roles &= _ON_TICKETS
        if right not in _COMMANDER_ON_TICKETS:
            roles -= {Role.COMMANDER}
    if leads and not desk and person.grants:
        roles |= {Role.COMMANDER} & _MATRIX[right]
    return bool(roles)


def parse_grant(text: str) -> Grant:
    """Read `agent:support`, `lead`, `responder` …; ValueError names the roles that exist."""
    name, colon, desk = text.partition(":")
    try:
        role = Role(name)
    except ValueError:
        known = ", ".join(Role)
        raise ValueError(f"there is no role {name!r}; roles are {known}") from None
    if colon and role not in (Role.AGENT, Role.LEAD):
        raise ValueError(f"the role {name!r} is not bound to a desk; write just {name!r}")
    if colon and not desk:
        raise ValueError(f"{text!r} names no desk; write {name!r}, or {name + ':support'!r}")
    return Grant(role=role, desk=desk)
