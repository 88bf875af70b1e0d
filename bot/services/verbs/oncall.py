"""`/oncall` verbs and `/page`: who has it, taking a shift, answering, and calling somebody."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from difflib import get_close_matches
from typing import Final

from bot.cards import Plain, When, shorten
from bot.commands.call import Call, Reply, told
from bot.commands.parsing import NUMBER
from bot.commands.table import Command, Handler, Param, ParamKind, Target
from bot.domain.durations import format_duration, parse_moment
from bot.domain.escalation import Call as PageCall
from bot.domain.escalation import EscalationPolicy
from bot.domain.events import person_actor
from bot.domain.people import Person, Right, may
from bot.domain.schedules import Override
from bot.domain.work_items import AnyItem, Incident, Severity, Ticket
from bot.errors import UserError
from bot.ports import AuditRow
from bot.services import drawing, oncall, queues
from bot.services.alerts import paging
from bot.services.core import Core
from bot.services.gestures.access import named
from bot.services.insiders import is_hidden, put_out_of
from bot.services.people import find_person, zone_of
from bot.services.verbs.declaring import MAX_TITLE, declare
from bot.services.verbs.incident import acknowledge, shown

LONGEST_OVERRIDE: Final = timedelta(days=60)


class OncallVerbs:
    """Carries out what is about shifts and pages rather than about one incident."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def commands(self) -> tuple[Command, ...]:
        """The entries of the table."""
        return (
            _question("now", self.now, "Who is on call."),
            _question("next", self.next, "Who comes next."),
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
            self._overriding(),
            self._paging(),
        )

    def _overriding(self) -> Command:
        schedules = tuple(self._core.directory.schedules)
        return Command(
            root="oncall",
            verb="override",
            help="Let somebody take a shift.",
            example="/oncall override platform @ben 4h",
            right=Right.OVERRIDE_OWN,
            handler=self.override,
            params=(
                Param(
                    name="schedule", help="whose shifts", kind=ParamKind.CHOICE, choices=schedules
                ),
                Param(name="person", help="who takes it", kind=ParamKind.PERSON),
                Param(name="until", help="4h, or 18:00, from now", kind=ParamKind.MOMENT),
            ),
            form_submit="Take the shift",
        )

    def _paging(self) -> Command:
        reason = "what you need; INC-7 first to tie it to one"
        return Command(
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
                Param(name="reason", help=reason, kind=ParamKind.TEXT),
            ),
            form_submit="Page",
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
        return await acknowledge(self._core, call, incident)

    async def _paged(self, call: Call) -> Incident:
        found = await call.work.items.find(queues.burning(call.actor))
        mine = [i for i in found if await self._waits(call, i)]
        if len(mine) != 1:
            names = ", ".join(item.number for item in mine)
            words = f"Which one? You are paged for {names}." if names else "No page waits for you."
            raise UserError(words, code="no_target", hint="For example `/oncall ack INC-7`.")
        incident = await call.work.items.by_id(mine[0].id)
        if not isinstance(incident, Incident):
            raise UserError("No page waits for you.", code="no_target")
        return incident

    async def _waits(self, call: Call, item: AnyItem) -> bool:
        pages = await call.work.pages.of(item.id)
        return any(page.person == call.actor.key and paging.is_open(page) for page in pages)

    async def override(self, call: Call) -> Reply:
        """Put somebody on a schedule from now until then, on top of its rotation."""
        name, person = call.arg("schedule"), find_person(self._core, call.arg("person"), call.actor)
        if person.key != call.actor.key and not may(call.actor, Right.OVERRIDE_ANY):
            words = "You may take a shift yourself; a lead puts others on it."
            raise UserError(words, code="no_right")
        _check_answers(person)
        until = self._until(call)
        shift = Override(schedule=name, person=person.key, start=call.now, end=until)
        await call.work.overrides.add(shift)
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
        return shown(Plain(f"{person.name} has {name} until "), When(until), Plain("."))

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
        target = self._target(call)
        item, reason = await self._about(call)
        incident = item if isinstance(item, Incident) and not item.ended else None
        policy = self._policy(target, f"{call.actor.name} asks: {reason}")
        calls = await self._calls(call, policy, item)
        if incident is not None:
            return await self._page_for(call, incident, policy, calls, reason)
        draft, why = _draft(call, item, reason), f"to page {self._names(calls)}"
        made = await declare(self._core, call, draft, reason, why, policy)
        return told(self._until_answered(calls, made))

    async def _about(self, call: Call) -> tuple[AnyItem | None, str]:
        """What a page is about, by its number or by the thread; and the words left."""
        reason = call.arg("reason")
        first, _, rest = reason.partition(" ")
        number, item = NUMBER.match(first), call.item
        if number is not None and number[1].upper().startswith("INC-"):
            item, reason = await named(call.work, number[1], call.actor), rest.strip()
            if item is None:
                raise UserError(f"There is no {number[1].upper()}.", code="not_found")
        return item, reason or (item.title if item is not None else "")

    async def _page_for(
        self,
        call: Call,
        incident: Incident,
        policy: EscalationPolicy,
        calls: Sequence[PageCall],
        reason: str,
    ) -> Reply:
        work, now = call.work, call.now
        if incident.acknowledged_by is None and incident.escalation is None:
            # Nobody has it and nobody would be paged again: this is its policy from now on.
            await paging.begin(self._core, work, incident, policy, now)
            return told(self._until_answered(calls, incident))
        asks, actor = f"{call.actor.name} asks: {reason}", person_actor(call.actor.key)
        await paging.call_people(self._core, work, incident.id, calls, asks, now)
        await paging.tell(self._core, work, incident, calls, reason, actor, now)
        return told(f"Paging {self._names(calls)} for {incident.number}.")

    def _until_answered(self, calls: Sequence[PageCall], incident: Incident) -> str:
        names = self._names(calls)
        return f"Paging {names} for {incident.number}, again and again until somebody answers."

    def _names(self, calls: Sequence[PageCall]) -> str:
        return ", ".join(self._core.directory.name_of(call.person) for call in calls)

    async def _calls(
        self, call: Call, policy: EscalationPolicy, item: AnyItem | None
    ) -> Sequence[PageCall]:
        """Those whom the policy's first step that has somebody means now, or UserError."""
        resolve = await paging.reach(self._core, call.work, item, call.now)
        for step in policy.steps:
            found = {person: target for target in step.targets for person in resolve(target)}
            if found:
                return [
                    PageCall(person=person, target=target, urgency=step.urgency)
                    for person, target in found.items()
                ]
        if item is not None and (out := await _put_out(call, policy, item)):
            raise UserError(
                f"{self._core.directory.name_of(out)} was put out of {item.number}.",
                code="put_out",
                hint=f"`/incident invite {item.number} @name` lets them in again.",
            )
        raise UserError(
            f"A page to {call.arg('who')} would reach nobody now.",
            code="nobody_on_call",
            hint="`/oncall now` shows who is on call.",
        )

    def _target(self, call: Call) -> str:
        word = call.arg("who")
        kind, _, name = word.partition(":")
        directory = self._core.directory
        known = {"schedule": directory.schedules, "policy": directory.escalations}
        if kind in known and name:
            if name not in known[kind]:
                raise _unknown(kind, name, tuple(known[kind]))
            return word
        if word in directory.schedules:
            return f"schedule:{word}"
        person = find_person(self._core, word, call.actor)
        _check_answers(person)
        return f"person:{person.key}"

    def _policy(self, target: str, asks: str) -> EscalationPolicy:
        kind, _, name = target.partition(":")
        if kind == "policy":
            return self._core.directory.escalations[name]
        return paging.by_hand(target, asks)


def _question(verb: str, handler: Handler, help_: str) -> Command:
    return Command(
        root="oncall",
        verb=verb,
        help=help_,
        example=f"/oncall {verb}",
        right=Right.ASK,
        handler=handler,
        reads=True,
    )


def _check_answers(person: Person) -> None:
    """Refuse to page somebody who cannot be reached, or could not answer."""
    if not oncall.contacts_of(person):
        raise UserError(
            f"{person.name} has no way to be reached.",
            code="unreachable",
            hint="An operator writes one under [people] in the configuration.",
        )
    if not may(person, Right.ACKNOWLEDGE):
        raise UserError(
            f"{person.name} may not acknowledge a page, so it would never end.",
            code="no_right",
            hint="Page somebody with the role responder, lead or commander.",
        )


async def _put_out(call: Call, policy: EscalationPolicy, item: AnyItem) -> str:
    """Whom the policy names although they were put out of the incident; empty for nobody."""
    named = {target.removeprefix("person:") for step in policy.steps for target in step.targets}
    return next(iter(sorted(named & await put_out_of(call.work, item))), "")


def _draft(call: Call, item: AnyItem | None, reason: str) -> Incident:
    """The incident that is declared to page for it; what comes of a confidential one is, too."""
    hidden = is_hidden(item)
    return Incident(
        title=_title(call, reason),
        severity=Severity.SEV3,
        created_at=call.now,
        confidential=hidden,
        insiders=(call.actor.key,) if hidden else (),
    )


def _title(call: Call, reason: str) -> str:
    """The reason in one line, and the ticket it was asked for in."""
    words = shorten(" ".join(reason.split()), MAX_TITLE)
    return f"{words} ({call.item.number})" if isinstance(call.item, Ticket) else words


def _unknown(kind: str, name: str, known: Sequence[str]) -> UserError:
    near = get_close_matches(name, known, n=1, cutoff=0.5)
    hint = f"Did you mean {kind}:{near[0]}?" if near else f"Known: {', '.join(known) or 'none'}."
    return UserError(f"There is no {kind} “{name[:40]}”.", code="not_found", hint=hint)
