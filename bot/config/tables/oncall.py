"""Services (what can break), schedules (who is on call), escalations (who is paged in turn)."""

from __future__ import annotations

from datetime import date, time
from typing import Annotated, Final

from pydantic import Field

from bot.config.tables.section import Channel, Ref, Section, Target
from bot.config.values import ChannelSpace, Duration, Url, Zone, reading
from bot.domain.escalation import DEFAULT_WAIT, Urgency
from bot.domain.schedules import (
    Every,
    Restriction,
    parse_every,
    parse_handoff,
    parse_restriction,
)

FIRST_HANDOFF: Final = date(2024, 1, 1)
"""A Monday; rotations without a start are counted from it."""

PageTarget = Annotated[str, Target()]


class Service(Section):
    """`[services.<key>]`: something that can break."""

    name: str = ""
    """The name people see; the key when absent."""
    escalation: Annotated[str, Ref("escalations")] = ""
    """Who is paged for its incidents."""
    channels: tuple[Annotated[ChannelSpace, Channel()], ...] = ()
    """Where its incidents become threads."""
    runbook: Url | None = None
    """What to read when it is broken."""
    confidential: bool = False
    """Whether nobody sees its incidents but those who are paged or let in."""


class Layer(Section):
    """One rotation of a schedule."""

    people: Annotated[tuple[Annotated[str, Ref("people")], ...], Field(min_length=1)]
    """Who takes turns, in order."""
    handoff: Annotated[tuple[int | None, time], reading(parse_handoff, tuple)] = (0, time(9))
    """When a turn ends and the next begins: `mon 09:00`, or `09:00` of every day."""
    every: Annotated[Every, reading(parse_every, Every)] = Every(count=1, unit="weeks")
    """How long a turn lasts: 1w, 2d or 12h by the wall clock."""
    start: date = FIRST_HANDOFF
    """The first turn begins at the first handoff from this day on; nobody is on call before."""
    restrict: tuple[Annotated[Restriction, reading(parse_restriction, Restriction)], ...] = ()
    """The hours in which the layer counts: `mon-fri 09:00-17:00`; always when absent."""


class Schedule(Section):
    """`[schedules.<key>]`: layers, of which a later one wins where both have somebody."""

    timezone: Zone | None = None
    """The zone of handoffs and hours; the service's when absent."""
    layers: tuple[Layer, ...] = ()
    """Rotations: `{ people = ["ana", "ben"], handoff = "mon 09:00", every = "1w" }`."""
    ical: str = ""
    """A calendar (address or file) that is imported in place of layers."""


class Step(Section):
    """One step of an escalation."""

    page: Annotated[tuple[PageTarget, ...], Field(min_length=1)]
    """Who is paged: schedule:<key> or person:<key>."""
    after: Duration = DEFAULT_WAIT
    """How long to wait for an answer; half a minute is the least."""
    urgency: Urgency = Urgency.HIGH
    """low pages by the quiet contact methods only."""


class Escalation(Section):
    """`[escalations.<key>]`: steps, gone through again `repeat` times, then the catch-all."""

    steps: Annotated[tuple[Step, ...], Field(min_length=1)]
    """What is tried in order: `{ page = ["schedule:platform"], after = "5m" }`."""
    repeat: Annotated[int, Field(ge=0, le=20)] = 1
    """How often the steps are gone through again."""
    catch_all: PageTarget = ""
    """Who is paged, again and again, when the steps are used up."""
