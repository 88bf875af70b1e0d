"""Small work items, people and commands that the tests of the core are about."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from bot.commands.call import Call, Reply, told
from bot.commands.table import Command, Param, ParamKind, Table, Target
from bot.domain.directory import Desk
from bot.domain.events import Event
from bot.domain.people import Person, Right, parse_grant
from bot.domain.work_items import Incident, Participant, Priority, Ticket, TicketStatus

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
MARIA = "maria@acme.example"


def person(key: str, *grants: str) -> Person:
    return Person(key=key, name=key.title(), grants=tuple(map(parse_grant, grants)))


def desk(**changes: object) -> Desk:
    facts: dict[str, object] = {
        "key": "support",
        "prefix": "SUP",
        "name": "Support",
        "addresses": ("support@desk.example",),
        "sender": "support@desk.example",
        "channels": (),
    }
    return Desk(**(facts | changes))  # type: ignore[arg-type]


def ticket(
    status: TicketStatus = TicketStatus.OPEN,
    *,
    id: int = 1,
    assignee: str | None = None,
    people: Iterable[str] = (MARIA,),
    tags: tuple[str, ...] = (),
    resolved_at: datetime | None = None,
    snoozed_until: datetime | None = None,
) -> Ticket:
    return Ticket(
        id=id,
        number=f"SUP-{id}",
        title="Invoice shows wrong VAT",
        desk="support",
        status=status,
        assignee=assignee,
        assigned_at=NOW if assignee else None,
        participants=tuple(
            Participant(number=n, address=a, joined_at=NOW) for n, a in enumerate(people, start=1)
        ),
        tags=tags,
        created_at=NOW,
        resolved_at=resolved_at,
        snoozed_until=snoozed_until,
    )


def incident(**changes: object) -> Incident:
    facts: dict[str, object] = {
        "id": 7,
        "number": "INC-7",
        "title": "Checkout is down",
        "created_at": NOW,
    }
    return Incident(**(facts | changes))  # type: ignore[arg-type]


def names(events: Iterable[Event]) -> list[str]:
    return [type(event).__name__ for event in events]


async def _say(call: Call) -> Reply:
    return told(call.name)


def command(
    name: str,
    *params: Param,
    target: Target = Target.NOTHING,
    right: Right = Right.ASK,
) -> Command:
    root, _, verb = name.partition(" ")
    return Command(
        root=root,
        verb=verb,
        help=f"What {name} does.",
        example=f"/{name}",
        right=right,
        handler=_say,
        target=target,
        params=params,
    )


def param(name: str, kind: ParamKind = ParamKind.WORD, **more: object) -> Param:
    return Param(name=name, help=f"the {name}", kind=kind, **more)  # type: ignore[arg-type]


PRIORITY = param("priority", ParamKind.CHOICE, choices=tuple(Priority))
TABLE = Table(
    (
        command("ticket claim", target=Target.TICKET),
        command("ticket priority", PRIORITY, target=Target.TICKET),
        command("ticket assign", param("to", ParamKind.PERSON), target=Target.TICKET),
        command(
            "ticket reply",
            param("text", ParamKind.TEXT, optional=True),
            param("then", ParamKind.CHOICE, choices=("wait", "resolve"), optional=True),
            target=Target.TICKET,
        ),
        command("ticket resolve", target=Target.TICKET),
        command("ticket snooze", param("until", ParamKind.MOMENT), target=Target.TICKET),
        command("ticket find", param("words", ParamKind.WORDS)),
        command("ticket next"),
        command("incident ack", target=Target.INCIDENT),
        command("incident resolve", target=Target.INCIDENT),
        command(
            "oncall override",
            param("schedule", ParamKind.CHOICE, choices=("on-call", "platform")),
            param("person", ParamKind.PERSON),
            param("until", ParamKind.MOMENT),
        ),
        command("page", param("who", source="who"), param("reason", ParamKind.TEXT)),
    )
)
