"""The people of the team: who they are on each platform, what they may do, how they are reached."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Final

from pydantic import AfterValidator

from bot.config.problems import Invalid, did_you_mean
from bot.config.tables.chat import PlatformId
from bot.config.tables.section import Granted, Section, Unique
from bot.config.values import EmailAddress, Zone, reading
from bot.domain.durations import parse_duration
from bot.domain.people import Grant, Mails, parse_grant

SURFACES: Final = ("slack", "discord", "console")
METHODS: Final = (*SURFACES, "mail")
"""Contact methods that need no address of their own."""
ADDRESSED: Final = ("push", "sms", "voice")
"""Contact methods written with an address: `sms:+43660123456`."""


def _contact(text: str) -> str:
    method, colon, address = text.partition(":")
    if method in ADDRESSED:
        if not address:
            raise Invalid(f"{method} needs an address", f"Write it like {method}:+43660123456")
        return text
    if method not in METHODS or colon:
        known = did_you_mean(text if not colon else method, (*METHODS, *ADDRESSED), "")
        raise Invalid(f"there is no contact method {text!r}", known)
    return text


def _contact_or_wait(text: str) -> str | timedelta:
    return parse_duration(text) if text[:1].isdecimal() else _contact(text)


Contact = Annotated[str, AfterValidator(_contact)]
ContactOrWait = Annotated[str | timedelta, reading(_contact_or_wait, timedelta)]


class PersonRules(Section):
    """How one person wants to be paged: contact methods in order, with waits such as 5m between."""

    high: tuple[ContactOrWait, ...] = ()
    """For pages of high urgency."""
    low: tuple[ContactOrWait, ...] = ()
    """For pages of low urgency."""


class Person(Section):
    """`[people.<key>]`: a member of the team."""

    name: str = ""
    """The name people see; the key when absent."""
    email: Annotated[EmailAddress, Unique("mail address")] | None = None
    """Where pages and sign-in links by mail go."""
    slack: Annotated[PlatformId, Unique("Slack account")] | None = None
    """The Slack member id, U…"""
    discord: Annotated[PlatformId, Unique("Discord account")] | None = None
    """The Discord user id."""
    roles: tuple[Annotated[Grant, Granted(), reading(parse_grant, Grant)], ...] = ()
    """agent or lead (bound to a desk: agent:support), responder, commander, admin."""
    contact: tuple[Contact, ...] = ()
    """How pages reach them, in order; every account they have when absent."""
    rules: PersonRules = PersonRules()
    """Other orders of contact, by urgency."""
    mails: Mails = Mails.OFF
    """News by mail until they say otherwise: off, mine (what is theirs), desk (new ones, too)."""
    timezone: Zone | None = None
    """Their time zone; the service's when absent."""
