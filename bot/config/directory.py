"""From settings to the directory: what the core knows of desks, people, policies and intakes."""

from __future__ import annotations

from datetime import date
from itertools import chain
from pathlib import Path

from bot.config.dates import days_off
from bot.config.problems import Invalid
from bot.config.settings import Settings
from bot.config.tables.clocks import ALWAYS_OPEN
from bot.config.tables.desks import Desk as DeskTable
from bot.config.tables.intakes import Route as RouteTable
from bot.config.tables.oncall import Layer as LayerTable
from bot.config.tables.people import METHODS
from bot.config.tables.people import Person as PersonTable
from bot.domain.calendars import ALWAYS, Calendar
from bot.domain.directory import AlertIntake, Desk, Directory, Route, SavedReply, Service
from bot.domain.escalation import EscalationPolicy, Step
from bot.domain.expressions import ExpressionError, compile_expression
from bot.domain.people import Person
from bot.domain.schedules import Layer, Schedule
from bot.domain.sla import SlaPolicy


def build(settings: Settings, folder: Path, today: date) -> Directory:
    """The directory; regions' holidays reach from last year to three years on.

    Raises Invalid for what single values do not show: a file of holidays that went away since it
    was checked, a condition that is too long once the name of its intake is added.
    """
    return Directory(
        postmaster=settings.mail.intake.postmaster,
        desks={key: _desk(key, desk) for key, desk in settings.desks.items()},
        people={key: _person(key, person, settings) for key, person in settings.people.items()},
        slas=_slas(settings, folder, today),
        services=_services(settings),
        schedules=_schedules(settings),
        escalations=_escalations(settings),
        intakes={
            key: AlertIntake(
                name=key,
                kind=intake.kind.value,
                token=intake.token.get_secret_value(),
                service=intake.service,
            )
            for key, intake in settings.intakes.items()
        },
        routes=_routes(settings),
        saved_replies={
            key: SavedReply(
                key=key, name=saved.name or titled(key), text=saved.text, desks=saved.desks
            )
            for key, saved in settings.saved_replies.items()
        },
    )


def _desk(key: str, desk: DeskTable) -> Desk:
    return Desk(
        key=key,
        prefix=desk.key,
        name=desk.name or titled(key),
        addresses=desk.addresses,
        sender=desk.sender or desk.addresses[0],
        channels=desk.channels,
        sla=desk.sla,
        reply_mode=desk.reply_mode,
        reopen=desk.reopen,
        escalation=desk.escalation,
        templates=desk.templates.model_dump(exclude_none=True),
    )


def _person(key: str, person: PersonTable, settings: Settings) -> Person:
    accounts = {"slack": person.slack, "discord": person.discord, "console": key}
    known = {surface: account for surface, account in accounts.items() if account}
    ways = known | ({"mail": person.email} if person.email else {})
    on = {"slack": settings.slack, "discord": settings.discord}
    off = {surface for surface, section in on.items() if section is None}
    off |= set() if settings.console.enabled else {"console"}
    return Person(
        key=key,
        name=person.name or titled(key),
        email=person.email or "",
        grants=person.roles,
        accounts=known,
        contact=person.contact or tuple(m for m in METHODS if m in ways and m not in off),
        timezone=str(person.timezone or settings.service.timezone),
        mails=person.mails,
    )


def _slas(settings: Settings, folder: Path, today: date) -> dict[str, SlaPolicy]:
    calendars = {ALWAYS_OPEN: ALWAYS} | {
        key: Calendar(
            name=key,
            timezone=calendar.timezone or settings.service.timezone,
            week=calendar.week,
            holidays=frozenset(
                chain.from_iterable(days_off(each, folder, today) for each in calendar.holidays)
            ),
        )
        for key, calendar in settings.calendars.items()
    }
    return {
        key: SlaPolicy(
            name=key,
            calendar=calendars[sla.calendar],
            targets={priority.value: targets for priority, targets in sla.targets.items()},
            warn=sla.warn,
        )
        for key, sla in settings.slas.items()
    }


def _services(settings: Settings) -> dict[str, Service]:
    return {
        key: Service(
            key=key,
            name=service.name or titled(key),
            escalation=service.escalation,
            channels=service.channels,
            runbook=service.runbook or "",
            confidential=service.confidential,
        )
        for key, service in settings.services.items()
    }


def _schedules(settings: Settings) -> dict[str, Schedule]:
    return {
        key: Schedule(
            name=key,
            timezone=schedule.timezone or settings.service.timezone,
            layers=tuple(_layer(layer) for layer in schedule.layers),
        )
        for key, schedule in settings.schedules.items()
    }


def _layer(layer: LayerTable) -> Layer:
    weekday, clock = layer.handoff
    return Layer(
        people=layer.people,
        handoff_time=clock,
        handoff_weekday=weekday,
        every=layer.every,
        start=layer.start,
        restrict=layer.restrict,
    )


def _escalations(settings: Settings) -> dict[str, EscalationPolicy]:
    return {
        key: EscalationPolicy(
            name=key,
            steps=tuple(
                Step(targets=step.page, after=step.after, urgency=step.urgency)
                for step in policy.steps
            ),
            repeat=policy.repeat,
            catch_all=policy.catch_all,
        )
        for key, policy in settings.escalations.items()
    }


def _routes(settings: Settings) -> tuple[Route, ...]:
    own = (
        _route(route, f"intake == {key!r} and ({route.when.text})", key)
        for key, intake in settings.intakes.items()
        for route in intake.routes
    )
    return (*own, *(_route(route, route.when.text, "") for route in settings.routes))


def _route(route: RouteTable, condition: str, intake: str) -> Route:
    try:
        when = compile_expression(condition)
    except ExpressionError as error:
        words = f"a route of the intake {intake!r} is {error.words}"
        raise Invalid(words, "Shorten its condition, or make two routes of it") from None
    return Route(when=when, service=route.service, severity=route.severity)


def titled(key: str) -> str:
    """A name for somebody to read, made of a key: `platform-team` gives `Platform Team`."""
    return key.replace("-", " ").replace("_", " ").title()
