"""The demonstration's controls: play a customer, fire an alert, push the clock, act as others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

from aiohttp import web

from adapters.console.body import read_body
from adapters.console.guard import Guard, Refusal, json_response
from adapters.console.render import instant
from adapters.console.sessions import PATH, Sessions
from bot.domain.people import Person

MAX_PUSH: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoPerson:
    """Somebody to play: a member of the team (`key`), or a customer (`address`, no key)."""

    name: str
    role: str
    key: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoAlert:
    """An alert that can be fired."""

    name: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoMail:
    """A mail in the customers' mailbox, sent or received; `ref` is its Message-ID."""

    to: str
    from_: str
    subject: str
    text: str
    at: datetime
    ref: str


class DemoControls(Protocol):
    """What a demonstration lets a visitor do to the outside world."""

    def people(self) -> Sequence[DemoPerson]:
        """Whom one can play."""
        ...

    def alerts(self) -> Sequence[DemoAlert]:
        """Which alerts can be fired."""
        ...

    def mailbox(self) -> Sequence[DemoMail]:
        """The customers' mail, oldest first."""
        ...

    async def write(
        self, from_address: str, to: str, subject: str, text: str, in_reply_to: str
    ) -> None:
        """Send a customer's mail to a desk; `in_reply_to` is a mail's `ref`, or empty."""
        ...

    async def fire(self, alert: str) -> None:
        """Fire the alert of that name."""
        ...

    async def push_clock(self, minutes: int) -> None:
        """Move the service's clock forward."""
        ...

    def clock_ahead(self) -> timedelta:
        """How far the clock was pushed."""
        ...


def demo_facts(demo: DemoControls | None) -> Mapping[str, Any]:
    """What open pages are told when it changes: the clock, and how much mail there is."""
    if demo is None:
        return {}
    return {"ahead": demo.clock_ahead().total_seconds(), "mails": len(demo.mailbox())}


def demo_boot(demo: DemoControls | None) -> dict[str, Any] | None:
    """What a page needs to draw the controls; None where there is no demonstration."""
    if demo is None:
        return None
    people = [
        {"key": p.key, "name": p.name, "role": p.role, "address": p.address} for p in demo.people()
    ]
    alerts = [{"name": alert.name, "title": alert.title} for alert in demo.alerts()]
    return {**demo_facts(demo), "people": people, "alerts": alerts}


class DemoApi:
    """The paths under /console/api/demo/, which exist only in a demonstration."""

    def __init__(self, demo: DemoControls, guard: Guard, sessions: Sessions) -> None:
        self._demo = demo
        self._guard = guard
        self._sessions = sessions

    def routes(self) -> list[web.RouteDef]:
        """The routes, each behind the guard."""
        at, write = f"{PATH}/api/demo", self._guard.write
        return [
            web.get(f"{at}/mailbox", self._guard.read(self._mailbox)),
            web.post(f"{at}/act-as", write(self._act_as)),
            web.post(f"{at}/mail", write(self._mail)),
            web.post(f"{at}/alert", write(self._alert)),
            web.post(f"{at}/clock", write(self._clock)),
        ]

    async def _mailbox(self, request: web.Request, person: Person) -> web.Response:
        return json_response({"mails": [_mail_json(mail) for mail in self._demo.mailbox()]})

    async def _act_as(self, request: web.Request, person: Person) -> web.Response:
        wanted = (await read_body(request)).text("person")
        if wanted not in {p.key for p in self._demo.people() if p.key}:
            raise Refusal(400, f"Nobody here is called {wanted!r}.")
        response = json_response({})
        self._sessions.open(response, wanted)
        return response

    async def _mail(self, request: web.Request, person: Person) -> web.Response:
        body = await read_body(request)
        parts = [body.text(name).strip() for name in ("from", "to", "subject", "text")]
        if not all(parts):
            raise Refusal(400, "A mail needs a sender, a recipient, a subject and a text.")
        sender, to, subject, text = parts
        await self._demo.write(sender, to, subject, text, body.text("in_reply_to"))
        return json_response({})

    async def _alert(self, request: web.Request, person: Person) -> web.Response:
        wanted = (await read_body(request)).text("name")
        if wanted not in {alert.name for alert in self._demo.alerts()}:
            raise Refusal(400, f"There is no alert {wanted!r} to fire.")
        await self._demo.fire(wanted)
        return json_response({})

    async def _clock(self, request: web.Request, person: Person) -> web.Response:
        minutes = (await read_body(request)).number("minutes")
        if not timedelta() < timedelta(minutes=minutes) <= MAX_PUSH:
            raise Refusal(400, "The clock goes forward only, by at most a week at a time.")
        await self._demo.push_clock(minutes)
        return json_response({"ahead": self._demo.clock_ahead().total_seconds()})


def _mail_json(mail: DemoMail) -> dict[str, Any]:
    return {
        "to": mail.to,
        "from": mail.from_,
        "subject": mail.subject,
        "text": mail.text,
        "at": instant(mail.at),
        "ref": mail.ref,
    }
