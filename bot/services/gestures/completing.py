"""What may stand in the line that somebody is typing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.commands.parsing import MAX_PROPOSALS
from bot.commands.table import ParamKind
from bot.domain.people import Person, Right, may
from bot.domain.work_items import Kind
from bot.ports import ItemQuery, UnitOfWork
from bot.services.core import Core
from bot.services.gestures.access import Access
from bot.services.queues import desks_of, eyes_of

Values = Mapping[str, Sequence[tuple[str, str]]]


async def values(core: Core, access: Access, work: UnitOfWork, person: Person, line: str) -> Values:
    """Numbers, people, desks and the rest, each with a label, that the person may see."""
    word = line.rpartition(" ")[2].lstrip("@#")
    return {**await _numbers(core, access, work, person, word), **_names(core, person)}


async def _numbers(
    core: Core, access: Access, work: UnitOfWork, person: Person, word: str
) -> Values:
    """What is open and found by the word already typed, the newest first; what has ended is found
    by its number alone.
    """
    found: dict[str, Sequence[tuple[str, str]]] = {}
    for kind in Kind:
        query = ItemQuery(
            kind=kind,
            desks=desks_of(core, person) if kind is Kind.TICKET else (),
            words=word,
            open_only=not any(map(str.isdigit, word)),
            newest_first=True,
            known_to=eyes_of(person),
            limit=MAX_PROPOSALS,
        )
        items = await work.items.find(query)
        found[kind.value] = [
            (item.number, item.title) for item in items if access.may(person, Right.SEE, item)
        ]
    return found


def _names(core: Core, person: Person) -> Values:
    directory = core.directory
    people = [(p.key, p.name) for p in directory.people.values()]
    return {
        ParamKind.PERSON.value: [("me", person.name), *people],
        "desk": [
            (desk.key, desk.name)
            for desk in directory.desks.values()
            if may(person, Right.SEE, desk=desk.key)
        ],
        "saved": [(saved.key, saved.name) for saved in directory.saved_replies.values()],
        "schedule": [(key, "schedule") for key in directory.schedules],
        "who": [
            *((f"@{key}", name) for key, name in people),
            *((f"schedule:{key}", "schedule") for key in directory.schedules),
            *((f"policy:{key}", "escalation policy") for key in directory.escalations),
        ],
    }
