"""Finding people by what others type for them."""

from __future__ import annotations

from difflib import get_close_matches
from zoneinfo import ZoneInfo

from bot.domain.people import Person
from bot.errors import UserError
from bot.services.core import Core


def find_person(core: Core, word: str, asker: Person) -> Person:
    """The person meant by `me`, `@ana`, a name, or a platform mention; UserError with the nearest
    name, and for a name that several have.
    """
    wanted = word.strip().removeprefix("@").removeprefix("person:").strip("<>@!").lower()
    if wanted == "me":
        return asker
    people = core.directory.people
    found = [p for p in people.values() if wanted == p.key.lower()]
    found = found or [p for p in people.values() if wanted in _names(p)]
    if len(found) == 1:
        return found[0]
    if found:
        keys = " or ".join(f"@{person.key}" for person in found)
        raise UserError(
            f"{len(found)} people are called “{word[:40]}”.",
            code="ambiguous",
            hint=f"Say which one: {keys}.",
        )
    near = get_close_matches(wanted, people, n=1, cutoff=0.5)
    hint = f"Did you mean @{near[0]}?" if near else f"People: {', '.join(people)}."
    raise UserError(f"I do not know “{word[:40]}”.", code="unknown_person", hint=hint)


def _names(person: Person) -> tuple[str, ...]:
    """What others may call somebody besides the key, without case."""
    names = (person.name, person.email, *person.accounts.values())
    return tuple(name.lower() for name in names if name)


def check_role(person: Person) -> None:
    """Refuse to bring in somebody who could do nothing, and must see nothing."""
    if not person.grants:
        raise UserError(
            f"{person.name} has no role here, so they see nothing.",
            code="no_right",
            hint="An operator gives them one under [people] in the configuration.",
        )


def zone_of(person: Person) -> ZoneInfo:
    """The time zone a person's words about time are meant in."""
    return ZoneInfo(person.timezone)
