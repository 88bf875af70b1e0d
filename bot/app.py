"""The whole service: rooms put together, started store first, engine next, listeners last."""

from __future__ import annotations

import logging
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from aiohttp import web

from adapters.alerts.http import intake_routes
from adapters.console.app import Console
from adapters.console.boot import Masthead
from adapters.console.demo import DemoControls
from adapters.console.sessions import Sessions
from adapters.console.surface import ConsoleSurface
from adapters.http.health import HealthPart, by_age, health_routes
from adapters.http.metrics import PrometheusMeter, metrics_routes
from adapters.http.server import HttpServer
from adapters.mail.receiving.imap import ImapFetcher
from adapters.mail.worker import WorkerReader
from adapters.scheduler.ticker import Ticker
from bot.clock import SystemClock
from bot.config.settings import Settings
from bot.domain.effects import Pool
from bot.domain.reply_keys import ReplyKeys
from bot.engine.daily import DailyPass
from bot.engine.erasures import ErasurePass
from bot.engine.gauges import GaugePass
from bot.engine.inbox import AlertPass, MailPass
from bot.engine.outbox import OutboxPass
from bot.engine.runner import Pass, Runner
from bot.engine.timers import TimerPass
from bot.errors import TemporaryError
from bot.lifecycle import Lifecycle
from bot.ports import ChatSurface, Clock, MailSender
from bot.services.core import Core
from bot.services.delivery.delivering import Delivering
from bot.services.gestures.dispatch import Dispatcher
from bot.services.reminders import ON_TIMER
from bot.services.verbs.table import build_table
from bot.wiring import chat, edges, mail, privacy
from bot.wiring.signing_in import TokenSources
from storage.database import Database
from storage.lock import ProcessLock
from storage.migrate import migrate
from storage.queues.keeping import SqlKeeping
from storage.records.feed import SqlFeed
from storage.store import SqlStore

log = logging.getLogger(__name__)

TICK_SECONDS: Final = 1.0
GAUGE_SECONDS: Final = 10.0
PASS_LIMIT: Final = timedelta(seconds=90)
TICK_LIMIT: Final = timedelta(seconds=10)
DRAIN: Final = timedelta(seconds=8)

_GAUGES: Final = "gauges"


@dataclass(frozen=True, kw_only=True)
class Edges:
    """What a demonstration or a test puts in place of the outside world."""

    clock: Clock = field(default_factory=SystemClock)
    sender: MailSender | None = None
    surfaces: tuple[ChatSurface, ...] = ()
    demo: DemoControls | None = None


class App:
    """One instance of Deskhand; `secret` signs links, sessions and reply addresses."""

    def __init__(self, settings: Settings, secret: str, edges: Edges | None = None) -> None:
        self._settings = settings
        self._secret = secret
        self._edges = edges or Edges()
        self._life = Lifecycle()
        self._runners: dict[str, Runner] = {}
        self._ticker = Ticker()
        self._meter = PrometheusMeter()
        self._mailboxes: Sequence[ImapFetcher] = ()

    # ------------------------------------------------------------ start and stop

    async def start(self) -> None:
        """Start everything; what began is stopped again when a later step fails."""
        try:
            await self._open_store()
            self._build()
            await self._start_engine()
            await self._start_listeners()
        except BaseException:
            await self._life.stop()
            raise
        log.info("ready", extra={"http": self.http_address, "smtp": self.smtp_address})

    async def stop(self) -> None:
        """Take nothing more, finish what is in flight, and end; at most some seconds."""
        await self._life.stop()

    async def _open_store(self) -> None:
        self.database = await Database.open(self._settings.database_url)
        self._life.on_stop("database", self.database.close)
        if self.database.file is not None:
            self._life.on_release("process lock", ProcessLock(self.database.file).release)
        await migrate(self.database)
        self.store = SqlStore(self.database, self._edges.clock)
        if self.database.file is not None:
            # With the lock, whoever left something leased in the file has ended.
            await self.store.take_over()
        self.feed = SqlFeed(self.database)
        notes = mail.StoreNotes(self.store, self._edges.clock)
        self._sources = TokenSources(self._settings, notes, self._edges.clock)
        self._life.on_stop("mail sign-in", self._sources.settle)

    def _build(self) -> None:
        settings = self._settings
        self.core = Core(
            directory=settings.directory(),
            clock=self._edges.clock,
            store=self.store,
            meter=self._meter,
            keys=ReplyKeys((self._secret.encode(),)),
            name=settings.service.name,
            public_url=settings.public_url,
            hiding=chat.hiding(settings),
            links=settings.service.public_url or "",
            guard=mail.file_guard(settings, self._meter),
        )
        self.dispatcher = Dispatcher(self.core, build_table(self.core, self.store.inbox))
        self.platforms = chat.platforms(settings, self.core, self.database)
        for platform in self.platforms:
            platform.serve(self.dispatcher)
        self.sessions = self._make_sessions()
        self.console = Console(
            dispatcher=self.dispatcher,
            feed=self.feed,
            directory=self.core.directory,
            sessions=self.sessions,
            masthead=Masthead(
                name=settings.service.name, addresses=edges.outside_addresses(settings)
            ),
            public_url=settings.public_url,
            demo=self._edges.demo,
        )

    async def _start_engine(self) -> None:
        reader = WorkerReader()
        await self._life.start("mail reader", reader.start, reader.stop)
        self._add("mail", MailPass(self.core, reader, mail.scanning(self._settings, self.core)))
        self._add("alerts", AlertPass(self.core, edges.alert_readers()))
        self._add("timers", TimerPass(self.core, ON_TIMER))
        self._add(_GAUGES, GaugePass(self.core))
        self._add("daily", self._daily())
        erasing = privacy.erasing(self.core, self.database, self.console.wake)
        self._add("erasures", ErasurePass(self.core, erasing))
        for platform in self.platforms:
            await self._life.start(
                f"calls to {platform.surface.name}", platform.open, platform.close
            )
        delivering = self._delivering()
        for pool in Pool:
            self._add_outbox(pool, OutboxPass(self.core, delivering, pool, random.random))
        self.store.on_commit(self._wake)
        await self._life.start("passes", self._start_passes, self._stop_passes)
        self._ticker.every(TICK_SECONDS, "passes", self.wake_all)
        self._ticker.every(GAUGE_SECONDS, _GAUGES, self._runners[_GAUGES].wake)
        await self._life.start("scheduler", self._ticker.start, self._ticker.stop)

    async def _start_listeners(self) -> None:
        for platform in self.platforms:
            await self._life.start(platform.surface.name, platform.start, platform.stop)
        intake = self._settings.mail.intake
        self._smtp = mail.mail_intake(intake, self.core.directory, self.store.inbox, self._meter)
        if intake.enabled:
            await self._life.start("smtp", self._smtp.start, self._smtp.stop)
        self._mailboxes = mail.mailboxes(self._settings, self.core, self.database, self._sources)
        for mailbox in self._mailboxes:
            await self._life.start("mailbox", mailbox.start, mailbox.stop)
        # Last: it tells how all the others are.
        self._http = HttpServer(
            self._routes(),
            edges.http_settings(self._settings),
            self._meter,
            on_shutdown=[self._close_streams],
        )
        await self._life.start("http", self._http.start, self._http.stop)

    # ------------------------------------------------------------ the passes

    def _add(self, name: str, work: Pass) -> None:
        self._runners[name] = Runner(name, work.run_once, self._meter)

    def _add_outbox(self, pool: Pool, outbox: OutboxPass) -> None:
        async def drain() -> None:
            if not await outbox.land(DRAIN):
                log.warning("some deliveries did not end in time", extra={"pool": pool})

        self._add(_outbox(pool), outbox)
        self._life.on_stop(_outbox(pool), drain)

    async def _start_passes(self) -> None:
        for runner in self._runners.values():
            runner.start()

    async def _stop_passes(self) -> None:
        for runner in self._runners.values():
            await runner.stop()

    def wake_all(self) -> None:
        """Let every pass that carries work look for it now."""
        for name, runner in self._runners.items():
            if name != _GAUGES:
                runner.wake()

    def _wake(self, topic: str) -> None:
        """Wake those whose work a commit made."""
        if topic == "feed":
            self.console.wake()
        for name in _WOKEN_BY.get(topic, ()):
            self._runners[name].wake()

    def _daily(self) -> DailyPass:
        keeping, settings = SqlKeeping(self.database), self._settings
        retention, zone = settings.retention.domain(), settings.service.timezone
        return DailyPass(self.core, keeping, keeping, retention, zone)

    # ------------------------------------------------------------ the edges

    def _delivering(self) -> Delivering:
        console = ConsoleSurface(self.feed, self._edges.clock, self.console.wake)
        theirs = (platform.surface for platform in self.platforms)
        surfaces: Mapping[str, ChatSurface] = {
            surface.name: surface for surface in (console, *theirs, *self._edges.surfaces)
        }
        sender = self._edges.sender or self._smarthost()
        found = edges.pagers(self.core.directory, surfaces, sender, self._edges.clock)
        return Delivering(self.core, surfaces, sender, found)

    def _smarthost(self) -> MailSender:
        outbound = self._settings.mail.outbound
        other: MailSender = mail.NoSmarthost()
        if outbound is not None:
            other = kept = mail.smarthost(outbound, self._sources.of(outbound))
            self._life.on_stop("smarthost", kept.stop)
        sender = mail.smarthosts(self._settings, other, self._sources)
        self._life.on_stop("smarthosts of desks", sender.stop)
        return sender

    def _make_sessions(self) -> Sessions:
        return Sessions(
            self._secret,
            self._edges.clock,
            self._once,
            secure=self._settings.public_url.startswith("https://"),
            demo=self._edges.demo is not None,
        )

    async def _once(self, key: str) -> bool:
        async with self.store.work() as work:
            return await work.seen.once(key, self._edges.clock.now())

    def _routes(self) -> list[web.RouteDef]:
        console = self.console.routes() if self._settings.console.enabled else []
        intakes = intake_routes(self.core.directory.intakes, self.store.inbox, self._meter)
        health = health_routes(self._alive, self._ready)
        links = edges.link_routes(self.core, self.dispatcher)
        mounted = [route for platform in self.platforms for route in platform.routes()]
        return [*health, *metrics_routes(self._meter), *intakes, *links, *console, *mounted]

    async def _close_streams(self, _: web.Application) -> None:
        self.console.close()

    # ------------------------------------------------------------ how it fares

    async def healthy(self) -> bool:
        """Whether every pass is alive and the scheduler ticks."""
        return all(part.ok for part in (await self._alive()).values())

    async def _alive(self) -> Mapping[str, HealthPart]:
        parts = {
            name: by_age(timedelta(seconds=runner.age()) if runner.alive else None, PASS_LIMIT)
            for name, runner in self._runners.items()
        }
        return parts | {"scheduler": by_age(self._ticker.age("passes"), TICK_LIMIT)}

    async def _ready(self) -> Mapping[str, HealthPart]:
        return {
            **await self._alive(),
            "database": await self._database_part(),
            "smtp": HealthPart(ok=True, detail=self.smtp_address or "switched off"),
            **self._mailbox_parts(),
            **self._platform_parts(),
        }

    def _platform_parts(self) -> Mapping[str, HealthPart]:
        """How the chat platforms fare; one that is away leaves mail, pages and the console."""
        return {
            platform.surface.name: HealthPart(ok=True, detail=platform.state)
            for platform in self.platforms
        }

    def _mailbox_parts(self) -> Mapping[str, HealthPart]:
        """How fetching fares; a mailbox that is away makes nothing else less ready."""
        return {
            f"mailbox {index}": HealthPart(ok=True, detail=mailbox.state)
            for index, mailbox in enumerate(self._mailboxes, 1)
        }

    async def _database_part(self) -> HealthPart:
        """The store answers; its schema is this version's, or the start would have failed."""
        try:
            await self.store.answers()
        except TemporaryError as error:
            return HealthPart(ok=False, detail=error.words)
        return HealthPart(ok=True, detail=self.database.dialect)

    @property
    def http_address(self) -> str:
        """Where the HTTP server listens."""
        return _address(*self._http.address)

    @property
    def smtp_address(self) -> str:
        """Where mail comes in; empty when the intake is switched off."""
        return _address(*self._smtp.address) if self._settings.mail.intake.enabled else ""


def _address(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _outbox(pool: Pool) -> str:
    return f"outbox-{pool}"


_WOKEN_BY: Final[Mapping[str, tuple[str, ...]]] = {
    "inbox": ("mail", "alerts"),
    "outbox": tuple(_outbox(pool) for pool in Pool),
    "timers": ("timers",),
}
