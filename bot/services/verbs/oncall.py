"""`/oncall` verbs and `/page`: who has it, taking a shift, answering, and calling somebody."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from bot.commands.call import Call, Reply, told
from bot.commands.table import Command, Param, ParamKind, Target
from bot.domain.durations import format_duration, parse_duration, parse_moment
from bot.domain.escalation import Call as PageCall
from bot.domain.escalation import EscalationPolicy, Step, Urgency
from bot.domain.events import person_actor
from bot.domain.people import Right, may
from bot.domain.schedules import Override
from bot.domain.work_items import Incident, Kind, Severity
from bot.errors import UserError
from bot.ports import AuditRow, ItemQuery
from bot.services import drawing, oncall, paging
from bot.services import incidents as running
from bot.services.core import Core
from bot.services.people import find_person, zone_of

LONGEST_OVERRIDE = timedelta(days=60)


class OncallVerbs:
    """Carries out what is about shifts and pages rather than about one incident."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def commands(self) -> tuple[Command, ...]:
        """The entries of the table."""
        schedules = tuple(self._core.directory.schedules)
        return (
            Command(
                root="oncall",
                verb="now",
                help="Who is on call.",
                example="/oncall now",
                right=Right.ASK,
                handler=self.now,
            ),
            Command(
                root="oncall",
                verb="next",
                help="Who comes next.",
                example="/oncall next",
                right=Right.ASK,
                handler=self.next,
            ),
            Command(
                root="oncall",
                verb="ack",
                help="Acknowledge the page you got.",
                example="/oncall ack INC-7",
                right=Right.ACKNOWLEDGE,
                handler=self.ack,
                target=Target.INCIDENT,
                target_optional=True,
            ),
            Command(
                root="oncall",
                verb="override",
                help="Let somebody take a shift.",
                example="/oncall override platform @ben 4h",
                right=Right.OVERRIDE_OWN,
                handler=self.override,
                params=(
                    Param(
                        name="schedule",
                        help="whose shifts",
                        kind=ParamKind.CHOICE,
                        choices=schedules,
                    ),
                    Param(name="person", help="who takes it", kind=ParamKind.PERSON),
                    Param(name="until", help="4h, or 18:00, from now", kind=ParamKind.MOMENT),
                ),
                form_submit="Take the shift",
            ),
            Command(
                root="page",
                verb="",
                help="Page a person, a schedule or a policy.",
                example="/page @ben INC-7 please look at the database",
                right=Right.ESCALATE,
                handler=self.page,
                target=Target.NOTHING,
                target_optional=True,
                params=(
                    Param(name="who", help="@person, schedule:x or policy:x", source="who"),
                    Param(
                        name="reason",
                        help="what you need; INC-7 first to tie it to one",
                        kind=ParamKind.TEXT,
                    ),
                ),
                form_submit="Page",
            ),
        )

    async def now(self, call: Call) -> Reply:
        """Every schedule's present shift."""
        duties = await oncall.duties(self._core, call.work, call.now)
        return Reply(card=drawing.duty_card(duties, self._core.directory, following=False))

    async def next(self, call: Call) -> Reply:
        """Every schedule's next shift."""
        duties = await oncall.duties(self._core, call.work, call.now)
        return Reply(card=drawing.duty_card(duties, self._core.directory, following=True))

    async def ack(self, call: Call) -> Reply:
        """Acknowledge the named incident, or the only one this person is being paged for."""
        incident = call.item if isinstance(call.item, Incident) else await self._paged(call)
        after = await running.acknowledge(
            self._core, call.work, incident, call.actor.key, person_actor(call.actor.key), call.now
        )
        name = self._core.directory.name_of(after.acknowledged_by or "")
        return told(f"{after.number} is acknowledged by {name}; nobody else is paged.")

    async def _paged(self, call: Call) -> Incident:
        query = ItemQuery(kind=Kind.INCIDENT, open_only=True, newest_first=True)
        waiting = [
            i
            for i in await call.work.items.find(query)
            if isinstance(i, Incident) and i.acknowledged_by is None and i.escalation is not None
        ]
        mine = [
            i
            for i in waiting
            if any(p.person == call.actor.key for p in await call.work.pages.of(i.id))
        ]
        if len(mine) != 1:
            names = ", ".join(i.number for i in mine or waiting)
            words = f"Which one? Waiting: {names}." if names else "No page waits for an answer."
            raise UserError(words, code="no_target", hint="For example `/oncall ack INC-7`.")
        found = await call.work.items.by_id(mine[0].id)
        assert isinstance(found, Incident)
        return found

    async def override(self, call: Call) -> Reply:
        """Put somebody on a schedule from now until then, on top of its rotation."""
        name, person = call.arg("schedule"), find_person(self._core, call.arg("person"), call.actor)
        if person.key != call.actor.key and not may(call.actor, Right.OVERRIDE_ANY):
            raise UserError(
                "You may take a shift yourself; a lead puts others on it.", code="no_right"
            )
        until = self._until(call)
        await call.work.overrides.add(
            Override(schedule=name, person=person.key, start=call.now, end=until)
        )
        await call.work.audit.record(
            AuditRow(
                at=call.now,
                actor=person_actor(call.actor.key),
                action="OverrideAdded",
                subject=f"schedule:{name}",
                after=f"{person.key} until {until:%Y-%m-%dT%H:%MZ}",
                source=call.surface,
            )
        )
        shown = until.astimezone(zone_of(call.actor))
        return told(f"{person.name} has {name} until {shown:%a %d %b %H:%M}.")

    def _until(self, call: Call) -> datetime:
        try:
            until = parse_moment(call.arg("until"), call.now, zone_of(call.actor))
        except ValueError as error:
            raise UserError(str(error), code="moment") from None
        if not timedelta() < until - call.now <= LONGEST_OVERRIDE:
            longest = format_duration(LONGEST_OVERRIDE)
            raise UserError(f"An override ends in the future, within {longest}.", code="bound")
        return until

    async def page(self, call: Call) -> Reply:
        """Page by name: tied to an incident, or by declaring one that repeats until answered."""
        target, reason = self._target(call), call.arg("reason")
        first, _, rest = reason.partition(" ")
        named = await call.work.items.get(first.strip("#")) if "-" in first else call.item
        incident = named if isinstance(named, Incident) else None
        if isinstance(named, Incident) and named is not call.item:
            reason = rest or named.title
        if incident is not None and not incident.ended:
            return await self._page_for(call, incident, target, reason)
        policy = self._policy(target)
        draft = Incident(title=reason[:200], severity=Severity.SEV3, created_at=call.now)
        made = await running.declare(
            self._core,
            call.work,
            draft,
            person_actor(call.actor.key),
            call.now,
            reason=f"{call.actor.name} pages {target}",
            policy=policy,
        )
        return told(f"Paging {target} as {made.number}, again and again until somebody answers.")

    async def _page_for(self, call: Call, incident: Incident, target: str, reason: str) -> Reply:
        resolve = await oncall.resolver(self._core, call.work, call.now)
        targets = [t for step in self._policy(target).steps[:1] for t in step.targets]
        calls = [
            PageCall(person=person, target=t, urgency=Urgency.HIGH)
            for t in targets
            for person in resolve(t)
        ]
        if not calls:
            raise UserError(
                f"Nobody is on call for {target} now.",
                code="nobody_on_call",
                hint="`/oncall now` shows who is.",
            )
        await paging.call_people(self._core, call.work, incident.id, calls, reason, call.now)
        await paging.tell(
            self._core, call.work, incident, calls, reason, person_actor(call.actor.key), call.now
        )
        names = ", ".join(self._core.directory.name_of(c.person) for c in calls)
        return told(f"Paging {names} for {incident.number}.")

    def _target(self, call: Call) -> str:
        word = call.arg("who")
        kind, _, name = word.partition(":")
        directory = self._core.directory
        known = {"schedule": directory.schedules, "policy": directory.escalations}
        if kind in known and name:
            if name not in known[kind]:
                raise UserError(
                    f"There is no {kind} {name!r}.",
                    code="not_found",
                    hint=f"Known: {', '.join(known[kind]) or 'none'}.",
                )
            return word
        if word in directory.schedules:
            return f"schedule:{word}"
        return f"person:{find_person(self._core, word, call.actor).key}"

    def _policy(self, target: str) -> EscalationPolicy:
        kind, _, name = target.partition(":")
        if kind == "policy":
            return self._core.directory.escalations[name]
        step = Step(targets=(target,), after=parse_duration("5m"))
        return replace(_BARE, name=target, steps=(step,))


_BARE = EscalationPolicy(name="", steps=())
