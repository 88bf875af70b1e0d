"""Which work items a person is shown: what is open, what is theirs, what is free, what burns."""

from __future__ import annotations

from typing import Final

from bot.domain.people import Person, Right, Role, may
from bot.domain.work_items import Kind, TicketStatus
from bot.ports import ItemQuery
from bot.services.core import Core

# A query for no desk at all, since one without desks is for every desk.
NO_DESKS: Final = ("",)
ON_US: Final = (TicketStatus.NEW, TicketStatus.OPEN)


def desks_of(core: Core, person: Person, right: Right = Right.SEE) -> tuple[str, ...]:
    """The desks on which the person has the right; a name of no desk when there are none."""
    found = tuple(desk for desk in core.directory.desks if may(person, right, desk=desk))
    return found or NO_DESKS


def open_on(desks: tuple[str, ...]) -> ItemQuery:
    """Open tickets of the desks, the most urgent first."""
    return ItemQuery(kind=Kind.TICKET, desks=desks, open_only=True, urgent_first=True)


def theirs(person: Person) -> ItemQuery:
    """The person's own open tickets, the most urgent first."""
    return ItemQuery(kind=Kind.TICKET, assignee=person.key, open_only=True, urgent_first=True)


def free_for(core: Core, person: Person) -> ItemQuery:
    """Tickets that wait for us and that the person could claim, the most urgent first."""
    return ItemQuery(
        kind=Kind.TICKET,
        desks=desks_of(core, person, Right.CLAIM),
        statuses=ON_US,
        unassigned=True,
        awake=True,
        urgent_first=True,
    )


def burning(person: Person) -> ItemQuery:
    """Open incidents that the person knows of, the newest first."""
    return ItemQuery(
        kind=Kind.INCIDENT, open_only=True, newest_first=True, known_to=eyes_of(person)
    )


def eyes_of(person: Person) -> str | None:
    """For whom to look: for the person, or for everybody when nothing is kept from them."""
    return None if person.has(Role.ADMIN) else person.key
