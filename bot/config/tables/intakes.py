"""Alert intakes (doors with a token), routes (which service an alert belongs to), and rules."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Annotated, Final

from pydantic import AfterValidator, Field

from bot.config.problems import Invalid
from bot.config.tables.section import Ref, Section, Unique
from bot.config.values import Condition, Duration, RouteCondition, Token
from bot.domain.work_items import Severity

_EVENT: Final = re.compile(r"(ticket|incident|alert|mail)\.[a-z]+(_[a-z]+)*")


class IntakeKind(StrEnum):
    """The wire formats alerts come in."""

    ALERTMANAGER = "alertmanager"
    GRAFANA = "grafana"
    GITLAB = "gitlab"
    SENTRY = "sentry"
    DATADOG = "datadog"
    CLOUDWATCH = "cloudwatch"
    UPTIMEKUMA = "uptimekuma"
    GENERIC = "generic"
    SLACK = "slack"
    DISCORD = "discord"
    PAGERDUTY = "pagerduty"
    OPSGENIE = "opsgenie"
    VICTOROPS = "victorops"
    HEARTBEAT = "heartbeat"


class Route(Section):
    """`[[routes]]`: where alerts go for which the condition holds; the first one wins."""

    when: RouteCondition
    """A condition over labels, title, severity (sev1 to sev4), intake and group."""
    service: Annotated[str, Ref("services")] = ""
    """The service they belong to."""
    severity: Severity | None = None
    """How severe they are; what the source says when absent."""
    desk: Annotated[str, Ref("desks")] = ""
    """The desk that is told."""


class Intake(Section):
    """`[intakes.<key>]`: a door for alerts of one kind."""

    kind: IntakeKind
    """The wire format."""
    token: Annotated[Token, Unique("token")]
    """What the sender must know."""
    service: Annotated[str, Ref("services")] = ""
    """Where its alerts go that no route claims."""
    routes: tuple[Route, ...] = ()
    """Routes for this intake alone, tried before the general ones."""
    every: Duration | None = None
    """For a heartbeat: how often it must come."""
    grace: Duration | None = None
    """For a heartbeat: how late it may be."""


def _event(text: str) -> str:
    if not _EVENT.fullmatch(text):
        raise Invalid(f"{text!r} is no event", "Events look like ticket.created")
    return text


class Rule(Section):
    """`[[rules]]`: what is done by itself when something happens."""

    name: Annotated[str, Unique("rule"), Field(min_length=1)]
    """What the timeline calls it."""
    on: Annotated[tuple[Annotated[str, AfterValidator(_event)], ...], Field(min_length=1)]
    """The events: ticket.created and so on."""
    when: Condition | None = None
    """A condition; without it the rule always applies."""
    do: Annotated[tuple[Annotated[str, Field(min_length=1)], ...], Field(min_length=1)]
    """The acts, as they would be typed: priority high, tag vip."""
