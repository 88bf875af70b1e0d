"""`/incident` verbs: declare, ack, escalate, sev, status, lead, update, note, resolve, reopen,
show, list, timeline.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final

from bot.cards import Card, Plain, Run, When, plain, shorten
from bot.commands.call import Call, Reply, told
from bot.commands.table import Command, Handler, Param, ParamKind, Target
from bot.domain import incidents
from bot.domain.changes import Change
from bot.domain.events import EscalationHastened, person_actor
from bot.domain.paging import Page
from bot.domain.people import Right, may
from bot.domain.work_items import Incident, IncidentStatus, Severity
from bot.errors import UserError
from bot.services import drawing, queues
from bot.services.alerts import incidents as running
from bot.services.alerts import paging
from bot.services.core import Core
from bot.services.drawing.words import SEVERITY, actor_name
from bot.services.gestures import talk
from bot.services.people import check_role, find_person
from bot.services.recording import record
from bot.services.verbs.declaring import MAX_TITLE, NO, PRIVATE, YES, declare, declared

# Who escalates within this of another one means the same step, not the one after it.
DOUBLE_PRESS: Final = timedelta(seconds=20)
MOST_NAMED: Final = 3

_TEXT: Final = Param(name="text", help="in words", kind=ParamKind.TEXT)
_REASON: Final = Param(name="reason", help="why", kind=ParamKind.TEXT, optional=True)
_SEVERITY: Final = Param(
    name="severity", help="sev1 is the worst", kind=ParamKind.CHOICE, choices=tuple(Severity)
)


class IncidentVerbs:
    """Carries out what commanders and responders do on an incident."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def commands(self) -> tuple[Command, ...]:
        """The entries of the table."""
        return (self._declaring(), *self._answering(), *self._running(), *self._looking())

    def _declaring(self) -> Command:
        title = Param(name="title", help="what is broken", kind=ParamKind.TEXT)
        severity = replace(_SEVERITY, optional=True)
        services = tuple(self._core.directory.services)
        service = _choice("service", "which service", services, optional=True)
        lasting = "yes: nobody but those let in ever sees it; this cannot be changed later"
        private = _choice(PRIVATE, lasting, (NO, YES), optional=True)
        return Command(
            root="incident",
            verb="declare",
            help="Declare an incident.",
            example="/incident declare checkout down --sev1 --service checkout",
            right=Right.DECLARE,
            handler=self.declare,
            params=(title, severity, service, private),
            form_submit="Declare",
        )

    def _answering(self) -> tuple[Command, ...]:
        more = "Page the next step now."
        return (
            _verb("ack", Right.ACKNOWLEDGE, self.ack, "You have it: paging stops."),
            _verb("escalate", Right.ESCALATE, self.escalate, more, "need the DBA", _REASON),
        )

    def _running(self) -> tuple[Command, ...]:
        status = _choice("status", "it may go back", tuple(IncidentStatus))
        person = Param(name="person", help="who leads", kind=ParamKind.PERSON)
        raises, leads = Right.RAISE_SEVERITY, "Say who commands it."
        update, note = "Tell everybody how it stands.", "Add to the timeline, internally."
        ends = Right.RESOLVE_INCIDENT
        return (
            _verb("sev", raises, self.sev, "Say how bad it is.", "sev1", _SEVERITY),
            _verb(
                "status", Right.UPDATE, self.status, "Say how far you are.", "monitoring", status
            ),
            _verb("lead", Right.DECLARE, self.lead, leads, "me", person),
            _verb("update", Right.UPDATE, self.update, update, "rolled back", _TEXT),
            _verb("note", Right.NOTE, self.note, note, "saw it in the logs", _TEXT),
            _verb("resolve", ends, self.resolve, "End the incident.", "bad deploy", _REASON),
            _verb("reopen", ends, self.reopen, "It is not over."),
        )

    def _looking(self) -> tuple[Command, ...]:
        burning = Command(
            root="incident",
            verb="list",
            help="What is burning.",
            example="/incident list",
            right=Right.ASK,
            handler=self.list,
            reads=True,
        )
        show = _verb("show", Right.SEE, self.show, "Show an incident's card.")
        story = _verb("timeline", Right.SEE, self.timeline, "Everything that happened.")
        return (replace(show, reads=True), replace(story, reads=True), burning)

    async def declare(self, call: Call) -> Reply:
        """Open an incident; the one who declares it leads it until somebody else does."""
        wish = declared(call, tuple(self._core.directory.services))
        draft = Incident(
            title=shorten(wish.title, MAX_TITLE),
            service=wish.service,
            severity=wish.severity,
            assignee=call.actor.key,
            assigned_at=call.now,
            created_at=call.now,
            confidential=wish.private,
        )
        incident = await declare(self._core, call, draft, call.arg("title"), "by hand")
        return Reply(card=await drawing.item_card(self._core, call.work, incident.id))

    async def ack(self, call: Call) -> Reply:
        """Acknowledge; the second one is told who was first."""
        return await acknowledge(self._core, call, call.incident)

    async def escalate(self, call: Call) -> Reply:
        """Take the next step at once; two people pressing move one step, not two."""
        before = call.incident
        if not before.ended:
            await self._check_first(call, before)
        reason = call.arg("reason") or "more help is needed"
        change = incidents.hasten(before, call.now, call.now, reason)
        await self._record(call, change)
        earlier = len(await call.work.pages.of(before.id))
        moved = await paging.step(self._core, call.work, change.item, change.item, call.now)
        await paging.redraw(call.work, moved.id)
        return self._escalated(moved, (await call.work.pages.of(moved.id))[earlier:])

    async def _check_first(self, call: Call, incident: Incident) -> None:
        """Refuse what is most likely the same wish, pressed by a second person or twice."""
        last = next(
            (
                entry
                for entry in reversed(await call.work.timeline.of(incident.id))
                if isinstance(entry.event, EscalationHastened)
            ),
            None,
        )
        if last is not None and last.at > call.now - DOUBLE_PRESS:
            who = actor_name(self._core.directory, last.actor)
            raise UserError(
                f"{who} escalated {incident.number} a moment ago.",
                code="already_escalated",
                hint="Its next step is taken; do it again if that one cannot help either.",
            )

    def _escalated(self, incident: Incident, pages: Sequence[Page]) -> Reply:
        keys = dict.fromkeys(page.person for page in pages)
        names = ", ".join(map(self._core.directory.name_of, keys)) or "nobody"
        runs: list[Run] = [Plain(f"Escalated {incident.number}: paging {names}.")]
        if incident.escalation is not None and incident.escalation.due_at is not None:
            runs += [
                Plain(" The step after this comes "),
                When(incident.escalation.due_at, relative=True),
            ]
        return shown(*runs)

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
        """Set the stage; to end it or to bring it back needs the right to resolve."""
        incident, status = call.incident, IncidentStatus(call.arg("status"))
        if status.ended or incident.ended:
            leads = incident.assignee == call.actor.key
            if not may(call.actor, Right.RESOLVE_INCIDENT, leads=leads):
                raise UserError("A commander resolves and reopens incidents.", code="no_right")
            return await (self.resolve(call) if status.ended else self._bring_back(call, status))
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
        check_role(person)
        await self._record(call, incidents.set_lead(incident, person.key, call.now))
        return told(f"{person.name} leads {incident.number} now.")

    async def update(self, call: Call) -> Reply:
        """Post how it stands."""
        await self._record(call, incidents.post_update(call.incident, call.arg("text"), call.now))
        return told(f"Told in every thread of {call.incident.number}.")

    async def note(self, call: Call) -> Reply:
        """Keep an internal note."""
        note = talk.Note(
            text=call.arg("text"), files=call.files, said=call.said, source=call.surface
        )
        await talk.add_note(self._core, call.work, call.incident, call.actor, note, call.now)
        return told(f"Noted on {call.incident.number}.")

    async def resolve(self, call: Call) -> Reply:
        """End it; alerts that still fire are named, not hidden."""
        incident = call.incident
        firing = await call.work.alerts.of(incident.id, MOST_NAMED, firing=True)
        count = (await call.work.alerts.count(incident.id)).firing
        actor = person_actor(call.actor.key)
        reason = call.arg("reason")
        await running.resolve(self._core, call.work, incident, actor, call.now, reason)
        titles = [alert.title for alert in firing]
        return told(f"{incident.number} is resolved.{_still_firing(titles, count)}")

    async def reopen(self, call: Call) -> Reply:
        """Bring it back; nobody is paged until somebody escalates."""
        incident = call.incident
        if not incident.ended:
            raise UserError(f"{incident.number} is {incident.status} already.", code="not_ended")
        return await self._bring_back(call, IncidentStatus.INVESTIGATING)

    async def _bring_back(self, call: Call, status: IncidentStatus) -> Reply:
        incident, me = call.incident, call.actor.key
        await running.reopen(self._core, call.work, incident, me, call.now, status)
        words = f"{incident.number} is open again and yours; `/incident escalate` pages for help."
        return told(words)

    async def show(self, call: Call) -> Reply:
        """The incident's card."""
        return Reply(card=await drawing.item_card(self._core, call.work, call.incident.id))

    async def timeline(self, call: Call) -> Reply:
        """The incident's timeline."""
        return Reply(card=await drawing.item_history(self._core, call.work, call.incident))

    async def list(self, call: Call) -> Reply:
        """Open incidents."""
        query, items = queues.burning(call.actor), call.work.items
        found, total = await items.find(query), await items.count(query)
        empty = "Nothing is burning. `/incident declare` raises the alarm."
        card = drawing.queue_card("Incidents", found, empty, self._core.directory, total)
        return Reply(card=card)

    async def _record(self, call: Call, change: Change[Incident]) -> None:
        actor = person_actor(call.actor.key)
        await record(
            self._core, call.work, call.incident, change, actor, call.now, source=call.surface
        )


async def acknowledge(core: Core, call: Call, incident: Incident) -> Reply:
    """Acknowledge for whoever calls; the second one is told who was first."""
    me = call.actor.key
    after = await running.acknowledge(core, call.work, incident, me, person_actor(me), call.now)
    if after.acknowledged_by == me or after.acknowledged_by is None:
        return told(f"{after.number} is yours; nobody else is paged.")
    has = f"{core.directory.name_of(after.acknowledged_by)} has {after.number}"
    since = after.acknowledged_at
    return shown(Plain(f"{has} since "), When(since), Plain(".")) if since else told(f"{has}.")


def shown(*runs: Run) -> Reply:
    """A reply with instants in it, which every reader sees by their own clock."""
    return Reply(card=Card(title="", fallback=shorten(plain(runs), 150), status=runs))


def _still_firing(titles: Sequence[str], count: int) -> str:
    if not titles:
        return ""
    more = count - len(titles)
    named = ", ".join(f"“{title}”" for title in titles)
    rest = f" and {more} more" if more > 0 else ""
    return f" Still firing at the source: {named}{rest}."


def _verb(
    verb: str, right: Right, handler: Handler, help_: str, sample: str = "", *params: Param
) -> Command:
    return Command(
        root="incident",
        verb=verb,
        help=help_,
        example=f"/incident {verb} INC-7 {sample}".rstrip(),
        right=right,
        handler=handler,
        target=Target.INCIDENT,
        params=params,
    )


def _choice(name: str, help_: str, choices: tuple[str, ...], *, optional: bool = False) -> Param:
    return Param(name=name, help=help_, kind=ParamKind.CHOICE, choices=choices, optional=optional)
