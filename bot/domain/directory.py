"""What the operator configured, as the core sees it: desks, people, policies, alert intakes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from bot.domain.escalation import EscalationPolicy
from bot.domain.expressions import Expression
from bot.domain.people import Person, Role
from bot.domain.reply_keys import subaddress
from bot.domain.schedules import Schedule
from bot.domain.sla import SlaPolicy
from bot.domain.threads import Space
from bot.domain.work_items import Severity

MAIL_ROLES: Final = ("postmaster", "abuse")
"""Who answers for the mail of a domain, under these names (RFC 5321, 4.5.1, and RFC 2142)."""
MAIL_LINK: Final = "mail link"
"""The surface on which a person acts by the one-time link of a mail; only we act on it."""


class ReplyMode(StrEnum):
    """How talk in a ticket's thread relates to the customer; explicit sends only on purpose."""

    EXPLICIT = "explicit"
    PREFIX = "prefix"
    MIRROR = "mirror"


class ReopenMode(StrEnum):
    """What a customer's mail on an ended ticket does."""

    REOPEN = "reopen"
    NEW = "new"
    NEW_AFTER = "new_after"


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """A queue of tickets with its addresses and channels; it sends mail as `sender`."""

    key: str
    prefix: str
    name: str
    addresses: tuple[str, ...]
    sender: str
    channels: tuple[Space, ...]
    sla: str = ""
    reply_mode: ReplyMode = ReplyMode.EXPLICIT
    reopen: ReopenMode = ReopenMode.REOPEN
    escalation: str = ""
    templates: Mapping[str, str] = field(default_factory=dict)

    @property
    def domains(self) -> tuple[str, ...]:
        """Where its addresses are, each once."""
        return tuple(dict.fromkeys(address.rpartition("@")[2] for address in self.addresses))

    @property
    def stand_in(self) -> str:
        """The id of the channel that takes the place of those which cannot be written to."""
        return f"desk:{self.key}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedReply:
    """Words to begin a reply with, on some desks or (without any) on all.

    `text` has placeholders in braces.
    """

    key: str
    name: str
    text: str
    desks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """Something that can break: who is paged for it, and in which channels it is told.

    Incidents of a `confidential` one are known to those alone who are let in.
    """

    key: str
    name: str
    escalation: str = ""
    channels: tuple[Space, ...] = ()
    runbook: str = ""
    confidential: bool = False

    @property
    def stand_in(self) -> str:
        """The id of the channel that takes the place of those which cannot be written to."""
        return f"service:{self.key}"


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertIntake:
    """A door for alerts of one kind, opened by its token."""

    name: str
    kind: str
    token: str = field(repr=False)
    service: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Which service (and severity) an alert belongs to; the first whose expression holds wins."""

    when: Expression
    service: str
    severity: Severity | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Directory:
    """Everything configured, by key; complete and consistent, as the configuration was checked.

    `postmaster` names the desk that answers for the mail of all domains of desks, where one does.
    """

    desks: Mapping[str, Desk] = field(default_factory=dict)
    people: Mapping[str, Person] = field(default_factory=dict)
    slas: Mapping[str, SlaPolicy] = field(default_factory=dict)
    services: Mapping[str, Service] = field(default_factory=dict)
    schedules: Mapping[str, Schedule] = field(default_factory=dict)
    escalations: Mapping[str, EscalationPolicy] = field(default_factory=dict)
    intakes: Mapping[str, AlertIntake] = field(default_factory=dict)
    routes: tuple[Route, ...] = ()
    saved_replies: Mapping[str, SavedReply] = field(default_factory=dict)
    postmaster: str = ""

    def desk_at(self, address: str) -> Desk | None:
        """The desk that receives at the address (without a subaddress), compared without case."""
        wanted = address.lower()
        return next((d for d in self.desks.values() if wanted in d.addresses), None)

    def role_desk(self, address: str) -> Desk | None:
        """The desk that takes what comes to postmaster or abuse of a domain where desks receive:
        the one that is named for all of them, else the first of the domain.
        """
        local, _, domain = address.lower().rpartition("@")
        if local not in MAIL_ROLES:
            return None
        there = (d for d in self.desks.values() if domain in d.domains)
        first = next(there, None)
        return self.desks.get(self.postmaster, first) if first is not None else None

    def takes(self, address: str) -> Desk | None:
        """The desk that takes what comes to the address: as its own, or for its domain."""
        return self.desk_at(subaddress(address)[0]) or self.role_desk(address)

    @property
    def postmaster_address(self) -> str:
        """What `postmaster` alone stands for; empty without a desk."""
        desk = self.desks.get(self.postmaster) or next(iter(self.desks.values()), None)
        return f"{MAIL_ROLES[0]}@{desk.domains[0]}" if desk is not None else ""

    def desk_of_prefix(self, prefix: str) -> Desk | None:
        """The desk whose tickets are numbered with the prefix."""
        return next((d for d in self.desks.values() if d.prefix == prefix.upper()), None)

    def person_at(self, surface: str, account: str) -> Person | None:
        """The team member behind a platform's user id; None means: nobody, without any right.

        On a surface of our own (`MAIL_LINK`) a person's key is their account.
        """
        if surface == MAIL_LINK:
            return self.people.get(account)
        return next((p for p in self.people.values() if p.accounts.get(surface) == account), None)

    def name_of(self, key: str) -> str:
        """A person's name, or the key of somebody who is no longer configured."""
        person = self.people.get(key)
        return person.name if person else key

    @property
    def admins(self) -> tuple[Person, ...]:
        """Who may do everything."""
        return tuple(p for p in self.people.values() if p.has(Role.ADMIN))

    def agents_of(self, desk: str) -> tuple[Person, ...]:
        """Who may work the desk's tickets."""
        return tuple(
            p
            for p in self.people.values()
            if p.has(Role.AGENT, desk) or p.has(Role.LEAD, desk) or p.has(Role.ADMIN)
        )

    def saved_for(self, desk: str) -> tuple[SavedReply, ...]:
        """The saved replies of a desk."""
        saved = self.saved_replies.values()
        return tuple(each for each in saved if not each.desks or desk in each.desks)

    def own_address(self, address: str) -> bool:
        """Whether the address is one of the desks' (it must never become a participant)."""
        return self.desk_at(subaddress(address)[0]) is not None
