"""The way in from Slack, before a core that records what reaches it and answers as it is told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Literal

from adapters.http.server import HttpServer
from adapters.http.settings import HttpSettings
from adapters.memory.meter import MemoryMeter
from adapters.slack.app import Slack, Surroundings
from adapters.slack.events.background import Patience
from adapters.slack.events.sockets import Rhythm
from adapters.slack.settings import SlackSettings
from bot.cards import Form, FormField, Home, action_id
from bot.clock import ManualClock
from bot.commands.call import Invocation, Reaction, Reply, Talk, told
from bot.commands.table import Table
from bot.config.settings import Settings
from bot.domain.mail import Attachment
from bot.domain.people import Person, parse_grant
from bot.domain.threads import ThreadRef
from bot.errors import TemporaryError
from bot.operate.manifests import command_table
from tests.fakes.slack import (
    APP_TOKEN,
    BOT_TOKEN,
    SIGNING_SECRET,
    FakeSlack,
    Json,
    Message,
    Seen,
)

RHYTHM = ("lifetime", "heartbeat", "watch")
QUICK = Rhythm(retry=0.01, most=0.05, refused=0.1, hello=2.0)
FORM = Form(
    id=action_id("note", "SUP-1"),
    title="Note on SUP-1",
    fields=(FormField(name="text", label="Text"),),
)
DONE = told("Done.")
ROOTS = {root: f"/{root}" for root in ("ticket", "incident", "oncall")}


@dataclass
class Script:
    """Dispatcher that writes down what it gets; `replies` come in order, then always `usual`."""

    table: Table
    usual: Reply = DONE
    replies: list[Reply] = field(default_factory=list)
    invocations: list[Invocation] = field(default_factory=list)
    talks: list[Talk] = field(default_factory=list)
    revised: list[Talk] = field(default_factory=list)
    withdrawn: list[tuple[str, str, str]] = field(default_factory=list)
    reactions: list[Reaction] = field(default_factory=list)
    kept: list[Invocation] = field(default_factory=list)
    homes: int = 0
    breaks: bool = False
    may_go: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.may_go.set()

    async def run(self, invocation: Invocation) -> Reply:
        self.invocations.append(invocation)
        await self.may_go.wait()
        if self.breaks:
            raise RuntimeError("a defect")
        return self._next()

    async def say(self, talk: Talk) -> Reply | None:
        self.talks.append(talk)
        await self.may_go.wait()
        return self._next() if talk.addressed else None

    async def revise(self, talk: Talk) -> Reply | None:
        self.revised.append(talk)
        return None

    async def withdraw(self, surface: str, account: str, key: str) -> Reply | None:
        self.withdrawn.append((surface, account, key))
        return None

    async def react(self, reaction: Reaction) -> Reply | None:
        self.reactions.append(reaction)
        return None

    async def home(self, surface: str, account: str) -> Home:
        self.homes += 1
        return Home(title=f"Home {self.homes}")

    async def keep(self, invocation: Invocation) -> None:
        self.kept.append(invocation)

    def _next(self) -> Reply:
        return self.replies.pop(0) if self.replies else self.usual


@dataclass
class Surrounded:
    """What the service does for Slack, written down."""

    threads: set[str] = field(default_factory=set)
    told: dict[str, str] = field(default_factory=dict)
    away: bool = False

    async def knows(self, thread: ThreadRef) -> bool:
        if self.away:
            raise TemporaryError("the database is away")
        return thread.id in self.threads

    async def adopt(self, thread: ThreadRef, key: str) -> None:
        self.threads.add(thread.id)

    async def tell(self, key: str, title: str, text: str) -> None:
        if self.away:
            raise TemporaryError("the database is away")
        self.told.setdefault(key, title)

    async def file(self, id_: int) -> Attachment | None:
        return None


@dataclass
class Front:
    """Slack's side, our adapter, and what reached the core."""

    fake: FakeSlack
    slack: Slack
    core: Script
    around: Surrounded
    clock: ManualClock

    async def card(self, *, inside: bool = False) -> Message:
        """A message of ours in #desk, with the buttons that tests press."""
        root = await self._post()
        if inside:
            root = await self._post(root["ts"])
        return next(m for m in self.fake.workspace.messages if m.ts == root["ts"])

    async def _post(self, thread_ts: str | None = None) -> Json:
        return await self.slack.client.call(
            "chat.postMessage",
            channel="CDESK",
            text="SUP-1",
            blocks=BUTTONS,
            thread_ts=thread_ts,
        )

    async def until(self, probe: Callable[[], object]) -> None:
        """Wait for something that no call to Slack tells: a turn of the loop at a time."""
        async with asyncio.timeout(3):
            while not probe():  # noqa: ASYNC110 - nothing rings for what is inside
                await asyncio.sleep(0)

    async def claims(self, **more: bool) -> Seen:
        """Ana presses Claim on a card."""
        return await self.fake.presses("ana", await self.card(**more), "Claim")


BUTTONS = [
    {
        "type": "actions",
        "elements": [
            {
                "type": "button",
                "action_id": "dk1:claim:SUP-1",
                "value": "dk1:claim:SUP-1",
                "text": {"type": "plain_text", "text": "Claim"},
            },
            {
                "type": "button",
                "action_id": "dk1:note:SUP-1",
                "value": "dk1:note:SUP-1",
                "text": {"type": "plain_text", "text": "Note"},
            },
            {
                "type": "overflow",
                "action_id": "dk1-menu",
                "options": [
                    {
                        "text": {"type": "plain_text", "text": "Escalate"},
                        "value": "dk1:escalate:SUP-1",
                    }
                ],
            },
        ],
    }
]


def member(name: str) -> Person:
    grants = (parse_grant("agent:support"),)
    account = {"slack": f"U{name.upper()}"}
    return Person(key=name, name=name.capitalize(), grants=grants, accounts=account)


_made: list[Table] = []


async def real_table() -> Table:
    """The product's own command table, made once: it holds no state."""
    if not _made:
        _made.append(await command_table(Settings()))
    return _made[0]


@asynccontextmanager
async def front(
    mode: Literal["socket", "http"] = "socket", *, up: bool = True, **settings: Any
) -> AsyncIterator[Front]:
    """A workspace with #desk, Ana and Ben of the team and Eve of nobody's, and us in it."""
    clock = ManualClock(datetime(2026, 11, 21, 9, 0, tzinfo=UTC))
    async with FakeSlack(clock, mode=mode) as fake:
        for name in ("ana", "ben", "eve"):
            fake.add_user(name)
        fake.add_channel("desk", ["ana", "ben", "eve"])
        around = Surrounded()
        core = Script(await real_table())
        slack = _adapter(fake, around, clock, mode, settings)
        slack.serve(core)
        server = HttpServer(slack.routes(), HttpSettings(port=0), MemoryMeter())
        await server.start()
        host, port = server.address
        fake.http.url = f"http://{host}:{port}/slack/events"
        await slack.open()
        await slack.start()
        if mode == "socket" and up:
            await fake.until(lambda: fake.sockets.count == 2)
        await fake.until(lambda: fake.calls("auth.test") or not up)
        try:
            yield Front(fake, slack, core, around, clock)
        finally:
            core.may_go.set()
            await slack.stop()
            await server.stop()
            await slack.close()


def _adapter(
    fake: FakeSlack, around: Surrounded, clock: ManualClock, mode: str, changes: dict[str, Any]
) -> Slack:
    given = SlackSettings(
        bot_token=BOT_TOKEN,
        app_token=str(changes.get("app_token", APP_TOKEN)),
        signing_secret=SIGNING_SECRET,
        mode=mode,
        api_url=fake.api_url,
        commands={**ROOTS, "page": "/pager"},
    )
    surroundings = Surroundings(
        clock=clock,
        around=around,
        load=around.file,
        meter=changes.get("meter"),
        people=(member("ana"), member("ben")),
        channels=("CDESK",),
        rhythm=replace(QUICK, **{n: v for n, v in changes.items() if n in RHYTHM}),
        patience=Patience(
            gesture=changes.get("gesture", 2.0), form=changes.get("form", 0.05), gather=0.005
        ),
    )
    return Slack(given, surroundings)
