"""The whole service: rooms wired together, started store first, engine next, listeners last."""

from __future__ import annotations

import logging
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from aiohttp import web

from adapters.alerts.http import intake_routes
from adapters.alerts.sources import SOURCES
from adapters.console.app import Console
from adapters.console.boot import Masthead
from adapters.console.demo import DemoControls
from adapters.console.sessions import Sessions
from adapters.console.surface import ConsoleSurface
from adapters.http.health import HealthPart, by_age, health_routes
from adapters.http.metrics import PrometheusMeter, metrics_routes
from adapters.http.server import HttpServer
from adapters.http.settings import HttpSettings
from adapters.mail.intake import SmtpIntake, SmtpIntakeSettings
from adapters.mail.sender import SmtpSender
from adapters.mail.worker import WorkerReader
from adapters.pager.chat import ChatPager
from adapters.pager.mail import MailPager
from adapters.scheduler.ticker import Ticker
from bot.clock import SystemClock
from bot.config.settings import Settings
from bot.domain.effects import Pool
from bot.domain.reply_keys import ReplyKeys, subaddress
from bot.engine.gauges import GaugePass
from bot.engine.inbox import AlertPass, MailPass
from bot.engine.outbox import OutboxPass
from bot.engine.runner import Pass, Runner
from bot.engine.timers import TimerPass
from bot.lifecycle import Lifecycle
from bot.ports import ChatSurface, Clock, MailSender, Pager
from bot.services.alerting import ReadAlerts
from bot.services.core import Core
from bot.services.delivering import Delivering
from bot.services.dispatch import Dispatcher
from bot.services.reminders import ON_TIMER
from bot.services.verbs.table import build_table
from storage.database import Database
from storage.feed import SqlFeed
from storage.lock import ProcessLock
from storage.migrate import migrate
from storage.store import SqlStore

log = logging.getLogger(__name__)

TICK_SECONDS: Final = 1.0
GAUGE_SECONDS: Final = 10.0
PASS_LIMIT: Final = timedelta(seconds=90)
TICK_LIMIT: Final = timedelta(seconds=10)
DRAIN: Final = timedelta(seconds=8)


@dataclass(frozen=True, kw_only=True)
class Edges:
    """What a demonstration or a test puts in place of the outside world."""

    clock: Clock = field(default_factory=SystemClock)
    sender: MailSender | None = None
    surfaces: tuple[ChatSurface, ...] = ()
    demo: DemoControls | None = None


class App:
    """One instance of Deskhand; `start` returns when it is ready to take work."""

    def __init__(self, settings: Settings, secret: str, edges: Edges | None = None) -> None:
        self.settings = settings
        self.edges = edges or Edges()
        self._secret = secret
        self._life = Lifecycle()
        self._runners: dict[str, Runner] = {}
        self._ticker = Ticker()
        self.meter = PrometheusMeter()

    # ------------------------------------------------------------ start and stop

    async def start(self) -> None:
        """Start everything; what began is stopped again when a later step fails."""
        try:
            await self._start()
        except BaseException:
            await self._life.stop()
            raise

    async def stop(self) -> None:
        """Take nothing more, finish what is in flight, and end; at most some seconds."""
        await self._life.stop()

    async def _start(self) -> None:
        await self._open_store()
        await self._start_engine()
        await self._start_listeners()
        log.info("ready", extra={"http": self.http_address, "smtp": self.smtp_address})

    async def _open_store(self) -> None:
        url = self.settings.database_url
        self.database = await Database.open(url)
        self._life.on_stop("database", self.database.close)
        if self.database.file is not None:
            self._life.on_release("lock", ProcessLock(self.database.file).release)
        await migrate(self.database)
        self.store = SqlStore(self.database, self.edges.clock)
        self.feed = SqlFeed(self.database)
        self.core = Core(
            directory=self.settings.directory(),
            clock=self.edges.clock,
            store=self.store,
            meter=self.meter,
            keys=ReplyKeys((self._secret.encode(),)),
            name=self.settings.service.name,
            public_url=self.settings.public_url,
        )

    async def _start_engine(self) -> None:
        self.dispatcher = Dispatcher(self.core, build_table(self.core, self.store.inbox))
        self.console = self._console()
        surfaces = self._surfaces()
        sender = self._sender()
        delivering = Delivering(self.core, surfaces, sender, self._pagers(surfaces, sender))
        self._reader = WorkerReader()
        await self._life.start("mail reader", self._reader.start, self._reader.stop)
        for pool in Pool:
            await self._start_outbox(OutboxPass(self.core, delivering, pool, random.random), pool)
        self._runner("mail", MailPass(self.core, self._reader))
        self._runner("alerts", AlertPass(self.core, _readers()))
        self._runner("timers", TimerPass(self.core, ON_TIMER))
        self._runner("gauges", GaugePass(self.core))
        self.store.on_commit(self._wake)
        await self._life.start("passes", self._start_runners, self._stop_runners)
        self._ticker.every(TICK_SECONDS, "passes", self._tick)
        self._ticker.every(GAUGE_SECONDS, "gauges", self._runners["gauges"].wake)
        await self._life.start("scheduler", self._ticker.start, self._ticker.stop)

    async def _start_outbox(self, outbox: OutboxPass, pool: Pool) -> None:
        self._runner(f"outbox-{pool}", outbox)

        async def drain() -> None:
            await outbox.land(DRAIN)

        self._life.on_stop(f"outbox-{pool}", drain)

    async def _start_listeners(self) -> None:
        self.http = HttpServer(
            self._routes(), self._http_settings(), self.meter, on_shutdown=[self._close_streams]
        )
        await self._life.start("http", self.http.start, self.http.stop)
        self.smtp = self._smtp()
        await self._life.start("smtp", self.smtp.start, self.smtp.stop)

    # ------------------------------------------------------------ the passes

    def _runner(self, name: str, work: Pass) -> None:
        self._runners[name] = Runner(name, work.run_once, self.meter)

    async def _start_runners(self) -> None:
        for runner in self._runners.values():
            runner.start()

    async def _stop_runners(self) -> None:
        for runner in self._runners.values():
            await runner.stop()

    def wake_all(self) -> None:
        """Let every pass look for work, for example since the clock was pushed."""
        self._tick()

    def _tick(self) -> None:
        for name, runner in self._runners.items():
            if name != "gauges":
                runner.wake()

    def _wake(self, topic: str) -> None:
        """Wake those whose work a commit made."""
        woken = {
            "inbox": ("mail", "alerts"),
            "outbox": tuple(f"outbox-{pool}" for pool in Pool),
            "timers": ("timers",),
        }
        for name in woken.get(topic, ()):
            self._runners[name].wake()
        if topic == "feed":
            self.console.wake()

    # ------------------------------------------------------------ the outside

    def _surfaces(self) -> Mapping[str, ChatSurface]:
        console = ConsoleSurface(self.feed, self.edges.clock, self.console.wake)
        return {surface.name: surface for surface in (console, *self.edges.surfaces)}

    def _pagers(
        self, surfaces: Mapping[str, ChatSurface], sender: MailSender
    ) -> Mapping[str, Pager]:
        people = self.core.directory.people
        pagers: dict[str, Pager] = {
            name: ChatPager(surface, people) for name, surface in surfaces.items()
        }
        desks = self.core.directory.desks
        if desks:
            first = next(iter(desks.values()))
            pagers["mail"] = MailPager(sender, people, first.sender, self.edges.clock)
        return pagers

    def _sender(self) -> MailSender:
        if self.edges.sender is not None:
            return self.edges.sender
        return SmtpSender.of(self.settings.mail.outbound)

    def _console(self) -> Console:
        settings = self.settings
        sessions = Sessions(
            self._secret,
            self.edges.clock,
            self._once,
            secure=settings.public_url.startswith("https://"),
            demo=self.edges.demo is not None,
        )
        self.sessions = sessions
        return Console(
            dispatcher=self.dispatcher,
            feed=self.feed,
            directory=self.core.directory,
            sessions=sessions,
            masthead=Masthead(name=settings.service.name, addresses=self._addresses()),
            public_url=settings.public_url,
            demo=self.edges.demo,
        )

    async def _once(self, key: str) -> bool:
        async with self.store.work() as work:
            return await work.seen.once(key, self.edges.clock.now())

    def _addresses(self) -> Mapping[str, str]:
        addresses = {"mail": str(self.settings.mail.intake.listen)}
        addresses |= {
            f"alerts ({i.kind})": f"/in/{i.kind}/…" for i in self.core.directory.intakes.values()
        }
        return addresses

    def _smtp(self) -> SmtpIntake:
        intake = self.settings.mail.intake
        directory = self.core.directory
        return SmtpIntake(
            accepts=lambda address: directory.desk_at(subaddress(address)[0]) is not None,
            inbox=self.store.inbox,
            settings=SmtpIntakeSettings.of(intake),
            meter=self.meter,
        )

    def _http_settings(self) -> HttpSettings:
        http = self.settings.http
        return HttpSettings(
            host=http.listen.host,
            port=http.listen.port,
            trusted_proxies=tuple(str(network) for network in http.trusted_proxies),
        )

    def _routes(self) -> list[web.AbstractRouteDef]:
        console = self.console.routes() if self.settings.console.enabled else []
        intakes = intake_routes(self.core.directory.intakes, self.store.inbox, self.meter)
        health = health_routes(self._alive, self._ready)
        return [*health, *metrics_routes(self.meter), *intakes, *console]

    async def _close_streams(self, _: web.Application) -> None:
        self.console.close()

    # ------------------------------------------------------------ how it fares

    async def _alive(self) -> Mapping[str, HealthPart]:
        parts = {
            name: by_age(timedelta(seconds=runner.age()) if runner.alive else None, PASS_LIMIT)
            for name, runner in self._runners.items()
        }
        parts["scheduler"] = by_age(self._ticker.age("passes"), TICK_LIMIT)
        return parts

    async def _ready(self) -> Mapping[str, HealthPart]:
        await self.database.fetch("SELECT 1 AS one")
        parts = dict(await self._alive())
        parts["database"] = HealthPart(ok=True, detail=self.database.dialect)
        parts["smtp"] = HealthPart(ok=True, detail=self.smtp_address)
        return parts

    @property
    def http_address(self) -> str:
        """Where the HTTP server really listens."""
        return "{}:{}".format(*self.http.address)

    @property
    def smtp_address(self) -> str:
        """Where the SMTP intake really listens."""
        return "{}:{}".format(*self.smtp.address)


def _readers() -> Mapping[str, ReadAlerts]:
    return {kind: source.read for kind, source in SOURCES.items()}
