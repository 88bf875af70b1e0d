"""`/incident` verbs: declare, ack, escalate, sev, status, lead, update, note, resolve, reopen,
list, timeline.
"""

from __future__ import annotations

from bot.commands.call import Call, Reply, told
from bot.commands.table import Command, Handler, Param, ParamKind, Target
from bot.domain import incidents
from bot.domain.changes import Change
from bot.domain.events import person_actor
from bot.domain.people import Right, may
from bot.domain.work_items import Incident, IncidentStatus, Kind, Severity
from bot.errors import UserError
from bot.ports import ItemQuery
from bot.services import drawing, paging, talk
from bot.services import incidents as running
from bot.services.core import Core
from bot.services.drawing.words import SEVERITY
from bot.services.people import find_person
from bot.services.recording import record

_SEVERITY = Param(
    name="severity", help="sev1 is the worst", kind=ParamKind.CHOICE, choices=tuple(Severity)
)


class IncidentVerbs:
    """Carries out what commanders and responders do on an incident."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def commands(self) -> tuple[Command, ...]:
        """The entries of the table."""
        text = Param(name="text", help="in words", kind=ParamKind.TEXT)
        reason = Param(name="reason", help="why", kind=ParamKind.TEXT, optional=True)
        status = Param(
            name="status",
            help="it may go back",
            kind=ParamKind.CHOICE,
            choices=tuple(IncidentStatus),
        )
        person = Param(name="person", help="who leads", kind=ParamKind.PERSON)
        return (
            Command(
                root="incident",
                verb="declare",
                help="Declare an incident.",
                example="/incident declare checkout down --sev1 --service checkout",
                right=Right.DECLARE,
                handler=self.declare,
                params=(
                    Param(name="title", help="what is broken", kind=ParamKind.TEXT),
                    Param(
                        name="severity",
                        help="sev1 is the worst",
                        kind=ParamKind.CHOICE,
                        choices=tuple(Severity),
                        optional=True,
                    ),
                    Param(
                        name="service",
                        help="which service",
                        kind=ParamKind.CHOICE,
                        choices=tuple(self._core.directory.services),
                        optional=True,
                    ),
                ),
                form_submit="Declare",
            ),
            _verb(
                "ack",
                "You have it: paging stops.",
                "/incident ack INC-7",
                Right.ACKNOWLEDGE,
                self.ack,
            ),
            _verb(
                "escalate",
                "Page the next step now.",
                "/incident escalate INC-7 need the DBA",
                Right.ESCALATE,
                self.escalate,
                reason,
            ),
            _verb(
                "sev",
                "Say how bad it is.",
                "/incident sev INC-7 sev1",
                Right.RAISE_SEVERITY,
                self.sev,
                _SEVERITY,
            ),
            _verb(
                "status",
                "Say how far you are.",
                "/incident status INC-7 monitoring",
                Right.UPDATE,
                self.status,
                status,
            ),
            _verb(
                "lead",
                "Say who commands it.",
                "/incident lead INC-7 me",
                Right.DECLARE,
                self.lead,
                person,
            ),
            _verb(
                "update",
                "Tell everybody how it stands.",
                "/incident update INC-7 rolled back",
                Right.UPDATE,
                self.update,
                text,
            ),
            _verb(
                "note",
                "Add to the timeline, internally.",
                "/incident note INC-7 saw it in logs",
                Right.NOTE,
                self.note,
                text,
            ),
            _verb(
                "resolve",
                "End the incident.",
                "/incident resolve INC-7 bad deploy",
                Right.RESOLVE_INCIDENT,
                self.resolve,
                reason,
            ),
            _verb(
                "reopen",
                "It is not over.",
                "/incident reopen INC-7",
                Right.RESOLVE_INCIDENT,
                self.reopen,
            ),
            _verb("show", "Show an incident's card.", "/incident show INC-7", Right.SEE, self.show),
            _verb(
                "timeline",
                "Everything that happened.",
                "/incident timeline INC-7",
                Right.SEE,
                self.timeline,
            ),
            Command(
                root="incident",
                verb="list",
                help="What is burning.",
                example="/incident list",
                right=Right.ASK,
                handler=self.list,
            ),
        )

    async def declare(self, call: Call) -> Reply:
        """Open an incident; the one who declares it leads it until somebody else does."""
        title, severity, service = _declared(call, tuple(self._core.directory.services))
        draft = Incident(
            title=title[:200],
            service=service,
            severity=severity,
            assignee=call.actor.key,
            assigned_at=call.now,
            created_at=call.now,
        )
        incident = await running.declare(
            self._core,
            call.work,
            draft,
            person_actor(call.actor.key),
            call.now,
            reason=f"declared by {call.actor.name}",
        )
        return Reply(card=await drawing.item_card(self._core, call.work, incident.id))

    async def ack(self, call: Call) -> Reply:
        """Acknowledge; the second one is told who was first."""
        before = call.incident
        after = await running.acknowledge(
            self._core, call.work, before, call.actor.key, person_actor(call.actor.key), call.now
        )
        name = self._core.directory.name_of(after.acknowledged_by or "")
        if before.acknowledged_by is not None and before.acknowledged_by != call.actor.key:
            return told(f"{name} has {after.number} since {before.acknowledged_at:%H:%M} UTC.")
        return told(f"{after.number} is yours; nobody else is paged.")

    async def escalate(self, call: Call) -> Reply:
        """Take the next step at once; two people pressing move one step, not two."""
        before = call.incident
        reason = call.arg("reason") or f"asked by {call.actor.name}"
        as_of = call.now - paging.DOUBLE_PRESS
        change = incidents.hasten(before, call.now, as_of, reason)
        await self._record(call, change)
        moved = await paging.step(self._core, call.work, change.item, change.item, call.now)
        due = moved.escalation.due_at if moved.escalation else None
        return told(f"Escalated {moved.number}; the step after this comes at {due:%H:%M} UTC.")

    async def sev(self, call: Call) -> Reply:
        """Set the severity; lowering it needs a commander."""
        incident, severity = call.incident, Severity(call.arg("severity"))
        lowers = incident.severity.worse_than(severity)
        leads = incident.assignee == call.actor.key
        if lowers and not may(call.actor, Right.LOWER_SEVERITY, leads=leads):
            raise UserError(
                "Responders may raise the severity; a commander lowers it.", code="no_right"
            )
        await self._record(call, incidents.set_severity(incident, severity))
        return told(f"{incident.number} is {SEVERITY[severity][0]} now.")

    async def status(self, call: Call) -> Reply:
        """Set the stage; `resolved` needs the right to resolve."""
        incident, status = call.incident, IncidentStatus(call.arg("status"))
        if status.ended:
            leads = incident.assignee == call.actor.key
            if not may(call.actor, Right.RESOLVE_INCIDENT, leads=leads):
                raise UserError("A commander resolves incidents.", code="no_right")
            return await self.resolve(call)
        await self._record(call, incidents.set_status(incident, status, call.now))
        return told(f"{incident.number} is {status} now.")

    async def lead(self, call: Call) -> Reply:
        """Take or hand over the command; without that right only a leaderless incident can be
        taken.
        """
        incident = call.incident
        person = find_person(self._core, call.arg("person"), call.actor)
        leads = incident.assignee == call.actor.key
        allowed = may(call.actor, Right.LEAD, leads=leads)
        takes_free = incident.assignee is None and person.key == call.actor.key
        if not (allowed or takes_free):
            raise UserError(
                "A commander, or the one who leads it, hands the lead over.", code="no_right"
            )
        await self._record(call, incidents.set_lead(incident, person.key, call.now))
        return told(f"{person.name} leads {incident.number} now.")

    async def update(self, call: Call) -> Reply:
        """Post how it stands."""
        await self._record(call, incidents.post_update(call.incident, call.arg("text"), call.now))
        return told(f"Told in every thread of {call.incident.number}.")

    async def note(self, call: Call) -> Reply:
        """Keep an internal note."""
        await talk.add_note(
            self._core,
            call.work,
            call.incident,
            call.actor,
            call.arg("text"),
            call.now,
            files=call.files,
        )
        return told(f"Noted on {call.incident.number}.")

    async def resolve(self, call: Call) -> Reply:
        """End it; alerts that still fire are named, not hidden."""
        incident = call.incident
        firing = await call.work.alerts.firing_in(incident.id)
        await running.resolve(
            self._core,
            call.work,
            incident,
            person_actor(call.actor.key),
            call.now,
            call.arg("reason"),
        )
        still = f" {firing} of its alerts are still firing." if firing else ""
        return told(f"{incident.number} is resolved.{still}")

    async def reopen(self, call: Call) -> Reply:
        """Bring it back; nobody is paged until somebody escalates."""
        incident = call.incident
        if not incident.ended:
            raise UserError(f"{incident.number} is {incident.status} already.", code="not_ended")
        change = incidents.set_status(incident, IncidentStatus.INVESTIGATING, call.now, "reopened")
        await self._record(call, change)
        return told(f"{incident.number} is open again; `/incident escalate` pages.")

    async def show(self, call: Call) -> Reply:
        """The incident's card."""
        return Reply(card=await drawing.item_card(self._core, call.work, call.incident.id))

    async def timeline(self, call: Call) -> Reply:
        """The incident's timeline."""
        entries = await call.work.timeline.of(call.incident.id)
        return Reply(card=drawing.history_card(call.incident, entries, self._core.directory))

    async def list(self, call: Call) -> Reply:
        """Open incidents."""
        query = ItemQuery(kind=Kind.INCIDENT, open_only=True, newest_first=True)
        found = await call.work.items.find(query)
        empty = "Nothing is burning. `/incident declare` raises the alarm."
        return Reply(card=drawing.queue_card("Incidents", found, empty, self._core.directory))

    async def _record(self, call: Call, change: Change[Incident]) -> None:
        actor = person_actor(call.actor.key)
        await record(
            self._core, call.work, call.incident, change, actor, call.now, source=call.surface
        )


def _declared(call: Call, services: tuple[str, ...]) -> tuple[str, Severity, str]:
    """Title, severity and service, from the form or from `--sev1 --service x` at the end of the
    line.
    """
    severity, service = Severity(call.arg("severity") or Severity.SEV3), call.arg("service")
    words = call.arg("title").split()
    kept: list[str] = []
    while words:
        word = words.pop(0)
        if word.startswith("--") and word[2:].lower() in tuple(Severity):
            severity = Severity(word[2:].lower())
        elif word == "--service" and words:
            service = words.pop(0).lower()
        else:
            kept.append(word)
    if service and service not in services:
        raise UserError(
            f"There is no service {service!r}.",
            code="not_found",
            hint=f"Services: {', '.join(services) or 'none configured'}.",
        )
    if not kept:
        raise UserError("Say what is broken.", code="missing")
    return " ".join(kept), severity, service


def _verb(
    verb: str, help_: str, example: str, right: Right, handler: Handler, *params: Param
) -> Command:
    return Command(
        root="incident",
        verb=verb,
        help=help_,
        example=example,
        right=right,
        handler=handler,
        target=Target.INCIDENT,
        params=params,
    )
