"""`/incident invite` and `/incident remove`: who is in on a confidential incident."""

from __future__ import annotations

from typing import Final

from bot.commands.call import Call, Reply, told
from bot.commands.table import Command, Param, ParamKind, Target
from bot.domain import incidents
from bot.domain.events import person_actor
from bot.domain.people import Person, Right, Role
from bot.domain.work_items import Incident
from bot.errors import UserError
from bot.services.alerts import incidents as running
from bot.services.core import Core
from bot.services.people import check_role, find_person
from bot.services.recording import record

_PERSON: Final = Param(name="person", help="who", kind=ParamKind.PERSON)


class InsiderVerbs:
    """Lets people in on a confidential incident, and puts them out of it again."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def commands(self) -> tuple[Command, ...]:
        """The entries of the table."""
        return (
            Command(
                root="incident",
                verb="invite",
                help="Let somebody in on a confidential one.",
                example="/incident invite INC-7 @ben",
                right=Right.ESCALATE,
                handler=self.invite,
                target=Target.INCIDENT,
                params=(_PERSON,),
            ),
            Command(
                root="incident",
                verb="remove",
                help="Put somebody out of a confidential one.",
                example="/incident remove INC-7 @ben",
                right=Right.ESCALATE,
                handler=self.remove,
                target=Target.INCIDENT,
                params=(_PERSON,),
            ),
        )

    async def invite(self, call: Call) -> Reply:
        """Let somebody in: they see all of it, from its beginning."""
        incident = call.incident
        person = find_person(self._core, call.arg("person"), call.actor)
        check_role(person)
        change = incidents.admit(incident, person.key)
        if not change.events:
            return told(f"{person.name} is in on {incident.number} already.")
        actor = person_actor(call.actor.key)
        await record(self._core, call.work, incident, change, actor, call.now, source=call.surface)
        return told(f"{person.name} is in on {incident.number} now, and sees all of it.")

    async def remove(self, call: Call) -> Reply:
        """Put somebody out: whoever leads it may, and admins; of admins nothing is hidden."""
        incident, actor = call.incident, call.actor
        person = find_person(self._core, call.arg("person"), actor)
        if incident.assignee != actor.key and not actor.has(Role.ADMIN):
            raise UserError(
                f"Whoever leads {incident.number}, or an admin, puts somebody out of it.",
                code="no_right",
            )
        if incident.confidential and person.has(Role.ADMIN):
            words = f"{person.name} is an admin: nothing is hidden from admins."
            raise UserError(words, code="admin")
        if incident.confidential and person.key not in incident.insiders:
            return told(f"{person.name} is not in on {incident.number}.")
        pages = await call.work.pages.of(incident.id)
        mailed = any(p.person == person.key and p.contact == "mail" and p.sent_at for p in pages)
        after = await running.remove(
            self._core, call.work, incident, person.key, actor.key, call.now
        )
        return told(_put_out(person, incident, after, mailed=mailed))


def _put_out(person: Person, before: Incident, after: Incident, *, mailed: bool) -> str:
    """What it means for the person, and honestly what it cannot undo."""
    kept = ", and keep the page that they got by mail" if mailed else ""
    words = [
        f"{person.name} is out of {after.number}: its threads and pages are closed to them.",
        f"They know what they have read{kept}.",
    ]
    if before.acknowledged_by == person.key and after.acknowledged_by != person.key:
        words.append("They had acknowledged it: you have it now.")
    return " ".join(words)
