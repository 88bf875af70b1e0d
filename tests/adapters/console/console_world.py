"""A small world for the console: a feed in memory, a dispatcher that records, and sample cards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from aiohttp import web

from adapters.console.app import Console
from adapters.console.boot import Masthead
from adapters.console.demo import DemoAlert, DemoControls, DemoMail, DemoPerson
from adapters.console.sessions import Sessions
from adapters.console.stream import Rhythm
from adapters.console.surface import ConsoleSurface
from bot.cards import Card, Home, plain, read_action
from bot.clock import DemoClock
from bot.commands.call import Call, Completion, Invocation, Reply, Talk, refusal, told
from bot.commands.table import Command, Table, Target
from bot.domain.directory import Desk, Directory, Service
from bot.domain.mail import Attachment
from bot.domain.people import Person, Right, parse_grant
from bot.domain.threads import Space, ThreadRef
from bot.errors import UserError
from bot.ports import Clock, FeedLine
from tests.adapters.console import console_cards as cards

SUPPORT = Space(surface="console", id="support")
INCIDENTS = Space(surface="console", id="incidents")


class FakeFeed:
    """ConsoleFeed in memory."""

    def __init__(self) -> None:
        self.rows: dict[int, FeedLine] = {}
        self.keys: dict[str, int] = {}
        self._revision = 0

    async def post(self, space: str, thread: int, body: str, key: str, at: datetime) -> int:
        if key not in self.keys:
            id_ = self.keys[key] = len(self.rows) + 1
            self.rows[id_] = FeedLine(
                id=id_, revision=self._next(), space=space, thread=thread, body=body, at=at
            )
        return self.keys[key]

    async def edit(self, id_: int, body: str, at: datetime) -> bool:
        if id_ not in self.rows:
            return False
        changed = replace(self.rows[id_], body=body, edited_at=at, revision=self._next())
        self.rows[id_] = changed
        return True

    async def find(self, key: str) -> int | None:
        return self.keys.get(key)

    async def lines(self, space: str, limit: int = 100) -> Sequence[FeedLine]:
        found = [row for row in self.rows.values() if row.space == space and not row.thread]
        return found[-limit:]

    async def thread(self, root: int) -> Sequence[FeedLine]:
        return [row for row in self.rows.values() if root in (row.id, row.thread)]

    async def changes(self, since: int, limit: int = 200) -> Sequence[FeedLine]:
        newer = [row for row in self.rows.values() if row.revision > since]
        return sorted(newer, key=lambda row: row.revision)[:limit]

    async def revision(self) -> int:
        return self._revision

    def _next(self) -> int:
        self._revision += 1
        return self._revision


class FakeDispatcher:
    """Records what it is handed, and answers as the real one would on the sample cards."""

    def __init__(self, clock: Clock, surface: ConsoleSurface) -> None:
        self.invocations: list[Invocation] = []
        self.talks: list[Talk] = []
        self.kept: list[Invocation] = []
        self.table = sample_table()
        self._clock = clock
        self._surface = surface

    async def run(self, invocation: Invocation) -> Reply:
        self.invocations.append(invocation)
        if invocation.action:
            return await self._press(invocation)
        return self._look(invocation.line)

    async def say(self, talk: Talk) -> Reply | None:
        self.talks.append(talk)
        name = talk.account.capitalize()
        await self._surface.post(talk.thread, cards.note(talk.text, name), talk.key)
        return None

    async def keep(self, invocation: Invocation) -> None:
        self.kept.append(invocation)

    async def home(self, surface: str, account: str) -> Home:
        return Home(title=f"Hello {account}")

    async def complete(
        self, surface: str, account: str, line: str, thread: ThreadRef | None
    ) -> Sequence[Completion]:
        lines = (f"/{command.name} " for command in self.table)
        known = [Completion(line=text, label=text.strip(), help=self._help(text)) for text in lines]
        known.append(Completion(line="/ticket claim SUP-42", label="SUP-42", help=cards.SUBJECT))
        return [c for c in known if c.line.startswith(line) and c.line != line]

    async def file(self, surface: str, account: str, file_id: int) -> Attachment:
        if file_id != 7:
            raise UserError("There is no such file.", code="not_found")
        return Attachment(name="Rechnung „88“.html", content_type="text/html", content=b"<b>hi</b>")

    async def _press(self, invocation: Invocation) -> Reply:
        verb, number, _ = read_action(invocation.action) or ("", "", ())
        if verb == "claim":
            return await self._claim(invocation, number)
        if verb == "reply":
            return await self._reply(invocation, number)
        if verb == "assign" and not invocation.args:
            return Reply(form=cards.priority_form(number))
        if verb == "spam":
            return refusal(UserError("Only leads may do that.", hint="Ask Carla Conti."))
        return told(f"Done: {verb} {number}.")

    async def _claim(self, invocation: Invocation, number: str) -> Reply:
        ref = invocation.thread
        if ref is not None:
            now = self._clock.now()
            await self._surface.edit(ref, ref.id, cards.claimed_ticket(now, number))
            await self._surface.post(ref, cards.info("Ana Alvarez claimed this"), invocation.key)
        return told(f"{number} is yours.")

    async def _reply(self, invocation: Invocation, number: str) -> Reply:
        text = invocation.args.get("text", "")
        if not text or invocation.thread is None:
            return Reply(form=cards.reply_form(number))
        await self._surface.post(invocation.thread, cards.reply(text), invocation.key)
        return Reply(card=cards.sent(self._clock.now(), number))

    def _look(self, line: str) -> Reply:
        now = self._clock.now()
        known: dict[str, Card] = {
            "/ticket queue": cards.queue(now),
            "/ticket report": cards.report(),
            "/ticket sla SUP-42": cards.sla(now),
            "/ticket log SUP-42": cards.history([(now, "Maria Huber wrote"), (now, "Ana claimed")]),
        }
        if card := known.get(line.strip()):
            return Reply(card=card)
        return refusal(UserError(f"`{line}` is no command.", hint="Try `/ticket help`."))

    def _help(self, line: str) -> str:
        return next(c.help for c in self.table if line == f"/{c.name} ")


@dataclass
class FakeDemo:
    """DemoControls that record."""

    clock: DemoClock
    mails: list[DemoMail] = field(default_factory=list)
    fired: list[str] = field(default_factory=list)

    def people(self) -> Sequence[DemoPerson]:
        return [
            DemoPerson(key="ana", name="Ana Alvarez", role="agent"),
            DemoPerson(key="carla", name="Carla Conti", role="commander"),
            DemoPerson(name="Maria Huber", role="customer", address="maria@acme.example"),
        ]

    def alerts(self) -> Sequence[DemoAlert]:
        return [DemoAlert(name="errors", title="HighErrorRate on checkout (SEV1)")]

    def mailbox(self) -> Sequence[DemoMail]:
        return self.mails

    async def write(
        self, from_address: str, to: str, subject: str, text: str, in_reply_to: str
    ) -> None:
        mail = DemoMail(
            to=to,
            from_=from_address,
            subject=subject,
            text=text,
            at=self.clock.now(),
            ref=f"{len(self.mails)}@acme.example",
        )
        self.mails.append(mail)

    async def fire(self, alert: str) -> None:
        self.fired.append(alert)

    async def push_clock(self, minutes: int) -> None:
        self.clock.push(timedelta(minutes=minutes))

    def clock_ahead(self) -> timedelta:
        return self.clock.ahead


class World:
    """The console on its feed, with everybody's doors."""

    def __init__(self, *, demo: bool = False, clock: Clock | None = None) -> None:
        demo_clock = DemoClock()
        self.clock: Clock = clock or demo_clock
        self.feed = FakeFeed()
        self.used: set[str] = set()
        self.directory = sample_directory()
        self.surface = ConsoleSurface(self.feed, self.clock, lambda: self.console.wake())
        self.dispatcher = FakeDispatcher(self.clock, self.surface)
        self.demo = FakeDemo(demo_clock) if demo else None
        self.sessions = Sessions("a secret", self.clock, self.once, secure=False, demo=demo)
        controls: DemoControls | None = self.demo
        self.console = Console(
            dispatcher=self.dispatcher,
            feed=self.feed,
            directory=self.directory,
            sessions=self.sessions,
            masthead=Masthead(name="Deskhand", addresses={"mail": "127.0.0.1:2525"}),
            public_url="https://desk.example",
            demo=controls,
            rhythm=Rhythm(poll=0.05, heartbeat=0.1),
        )

    async def once(self, key: str) -> bool:
        fresh = key not in self.used
        self.used.add(key)
        return fresh

    def app(self) -> web.Application:
        app = web.Application()
        app.add_routes(self.console.routes())

        async def close(app: web.Application) -> None:
            self.console.close()

        app.on_shutdown.append(close)
        return app

    async def fill(self) -> ThreadRef:
        """A working day: tickets in three states, an incident, a page; the thread of SUP-42."""
        now = self.clock.now()
        await self.surface.open_thread(SUPPORT, cards.resolved_ticket(now), "r40")
        other = cards.claimed_ticket(now, "SUP-41", "SSO loop after Safari update")
        await self.surface.open_thread(SUPPORT, other, "r41")
        root = await self.surface.open_thread(SUPPORT, cards.new_ticket(now), "r42")
        ref = ThreadRef(surface="console", space="support", id=root)
        await self.surface.post(ref, cards.customer_mail(), "m1")
        await self.surface.post(ref, cards.note("The tax table was deployed on Monday."), "m2")
        await self.surface.open_thread(INCIDENTS, cards.incident(now), "i7")
        await self.surface.direct("ana", cards.page(now), "p1")
        return ref


def sample_directory() -> Directory:
    """Two desks, one service, and a person for every kind of reader."""
    people = [
        _person("ana", "Ana Alvarez", "agent:support"),
        _person("ben", "Ben Baker", "agent:billing", "responder"),
        _person("carla", "Carla Conti", "commander"),
        _person("dora", "Dora Diaz", "admin"),
        _person("zoe", "Zoe without a role"),
    ]
    desks = [_desk("support", "SUP"), _desk("billing", "BIL")]
    checkout = Service(key="checkout", name="Checkout", channels=(INCIDENTS,))
    return Directory(
        desks={desk.key: desk for desk in desks},
        people={person.key: person for person in people},
        services={"checkout": checkout},
    )


def sample_table() -> Table:
    """Enough commands for the page."""

    async def handler(call: Call) -> Reply:
        return told(plain(()))

    rows = [
        ("ticket", "queue", "the open tickets you may see", Target.NOTHING),
        ("ticket", "claim", "take a ticket", Target.TICKET),
        ("ticket", "reply", "send an email to the customer", Target.TICKET),
        ("ticket", "sla", "a ticket's clocks, and why they stand there", Target.TICKET),
        ("ticket", "log", "everything that happened to a ticket", Target.TICKET),
        ("ticket", "report", "the week in figures", Target.NOTHING),
        ("incident", "declare", "start an incident", Target.NOTHING),
        ("incident", "timeline", "everything that happened", Target.INCIDENT),
        ("oncall", "now", "who is on call", Target.NOTHING),
    ]
    return Table(
        Command(
            root=root,
            verb=verb,
            help=help_,
            example=f"/{root} {verb}",
            right=Right.SEE,
            handler=handler,
            target=target,
        )
        for root, verb, help_, target in rows
    )


def _person(key: str, name: str, *grants: str) -> Person:
    return Person(key=key, name=name, grants=tuple(map(parse_grant, grants)))


def _desk(key: str, prefix: str) -> Desk:
    address = f"{key}@acme.example"
    place = Space(surface="console", id=key)
    return Desk(
        key=key,
        prefix=prefix,
        name=key.capitalize(),
        addresses=(address,),
        sender=address,
        channels=(place,),
    )
